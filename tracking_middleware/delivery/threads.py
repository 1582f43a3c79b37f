"""The threads of a delivery: they go on whatever happens in them, and it is told that it happened."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Mapping

RESTS_FOR = 1.0
"""Seconds after which a thread goes on that something ended."""
TELLS_FOR = 60.0
"""Seconds for which that is a reason of ``health()``."""


class Threads:
    """Threads by name, each with what it runs until its work is over.

    What would end one before is counted by ``failure``, and the thread begins again; ``is_over`` says
    whether there is nothing to begin again for. ``at_end`` is called by the last of them.
    """

    def __init__(
        self,
        runs: Mapping[str, Callable[[], None]],
        *,
        failure: Callable[[str], None],
        is_over: Callable[[], bool],
        at_end: Callable[[], None],
    ) -> None:
        self._runs = runs
        self._failure = failure
        self._is_over = is_over
        self._at_end = at_end
        self._threads: list[threading.Thread] = []
        self._left = len(runs)
        self._lock = threading.Lock()
        self._ended: dict[str, tuple[float, str]] = {}
        """When each was ended last, and by what."""

    def __bool__(self) -> bool:
        return bool(self._threads)

    def start(self, owner: object) -> bool:
        """Start those that do not run yet, which keep ``owner`` alive; whether all could be started."""
        try:
            for name in list(self._runs)[len(self._threads) :]:  # one may run, where the system had no other
                thread = threading.Thread(
                    target=self._run, args=(name, owner), name=f"tracking_middleware {name}", daemon=True
                )
                thread.start()
                self._threads.append(thread)
        except RuntimeError:  # none to be had, or the interpreter is ending
            return False
        return True

    def are_alive(self) -> bool:
        """Whether they were started, and none is over."""
        return bool(self._threads) and all(thread.is_alive() for thread in self._threads)

    def join(self, *, until: float) -> None:
        """Wait for their end, until a moment in monotonic seconds."""
        for thread in self._threads:
            thread.join(max(0.0, until - time.monotonic()))

    def reasons(self) -> list[str]:
        """A sentence for each that something ended a short while ago."""
        now = time.monotonic()
        return [
            f"the {name} was ended by {cause} and began again: what it was at may be lost, see stats()"
            for name, (when, cause) in dict(self._ended).items()
            if now - when < TELLS_FOR
        ]

    def _run(self, name: str, _owner: object) -> None:
        while not self._has_ended(name):
            time.sleep(RESTS_FOR)
        with self._lock:
            self._left -= 1
            is_last = not self._left
        if is_last:
            self._at_end()

    def _has_ended(self, name: str) -> bool:
        """Run once; whether the work is over, or this was the last thing that could be done for it."""
        try:
            self._runs[name]()
        except BaseException as error:  # noqa: BLE001
            # no signal comes to this thread: what raised is the application's, within a hook, or ours
            self._ended[name] = (time.monotonic(), type(error).__name__)
            with contextlib.suppress(BaseException):  # a log handler of the application's may raise as well
                self._failure(f"the {name}")
            return self._is_over()
        return True
