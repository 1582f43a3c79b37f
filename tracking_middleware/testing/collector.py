"""A real collector for the time of some tests, in a thread of the test process."""

from __future__ import annotations

import socket
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from ..tracking.holding import HELD, stage
from ..tracking.living_trackers import LivingTracker, living_trackers
from .explanations import Logs, reading_logs
from .observation import leave_transactions, silence_of
from .recording import Recording, recording_requests
from .tracked.report import skipped_line

_PATIENCE = 10.0
"""Seconds until something that must happen counts as not happening."""

_SCHEMAS = (
    "schemas are in the folders of pytest's option tracking_schemas, or CollectorServer(schemas=[…]): "
    "`tracking-middleware schema export YOUR.MODULE FOLDER` writes those of your classes"
)

__unittest = True  # unittest leaves the frames of such a module out of a failure


class CollectorServer:
    """The local collector, listening on this machine at ``url``; use it in a ``with`` block.

    Trackers of this process send to it also where tests hold all events. Responses that have started
    count as ended when it is asked for events, and a plain GET of a test client as a page load.

    ``schemas`` are folders in the layout of an Iglu registry; an event with a schema that is not there is
    bad. Raises ImportError where the extra ``[collector]`` is not installed, SchemasError where a folder
    cannot be used.
    """

    def __init__(self, *, schemas: Sequence[str | Path] = ()) -> None:
        import httpx  # all of these are loaded when somebody wants a collector, not with pytest
        import uvicorn

        from ..collector import Store, create_app, load_iglu

        self._ends = ExitStack()
        self._resources = ExitStack()
        self._requests: Recording | None = None
        self._logs: Logs | None = None
        self._held_before: dict[LivingTracker, int] = {}
        folder = self._resources.enter_context(tempfile.TemporaryDirectory(prefix="tracking-middleware-"))
        self._store = Store(Path(folder) / "events.sqlite3")
        self._resources.callback(self._store.close)
        self._listener = self._resources.enter_context(socket.create_server(("127.0.0.1", 0)))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        """What a tracker's ``collector_url`` is set to."""
        config = uvicorn.Config(
            create_app(self._store, load_iglu(folders=schemas)),
            log_config=None,
            access_log=False,
            timeout_graceful_shutdown=1,
        )
        self._server = uvicorn.Server(config)
        self._client = self._resources.enter_context(
            httpx.Client(base_url=self.url, timeout=_PATIENCE, trust_env=False)
        )
        self._thread = threading.Thread(
            target=self._server.run, kwargs={"sockets": [self._listener]}, name="tracking collector"
        )

    def __enter__(self) -> Self:
        self._ends.enter_context(self.listening())
        self._ends.enter_context(self.attending())
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ends.close()

    @contextmanager
    def listening(self) -> Iterator[Self]:
        """Within this block it answers."""
        with self._resources:
            self._thread.start()
            try:
                self._client.get("/health").raise_for_status()  # the socket listens: wait for the server
                yield self
            finally:
                self._server.should_exit = True
                self._thread.join(_PATIENCE)

    @contextmanager
    def attending(self) -> Iterator[Self]:
        """Within this block, which begins without events, what trackers of this process do comes to it."""
        self.reset()
        with recording_requests() as requests, reading_logs() as logs, stage.letting_out(self.url):
            self._requests, self._logs = requests, logs
            self._held_before = {tracker: _held(tracker) for tracker in living_trackers()}
            yield self
            self.settle()
        self._requests = self._logs = None

    def good(self, *, at_least: int = 0, **criteria: Any) -> list[dict[str, Any]]:
        """The good events, newest first, as Micro's ``/micro/good`` gives them.

        ``event_type``, ``schema``, ``contexts`` and ``limit`` are Micro's filters. What trackers of this
        process still hold is sent first. Raises AssertionError where ``at_least`` so many do not come.
        """
        __tracebackhide__ = True
        return self._events("/micro/good", at_least, criteria)

    def bad(self, *, at_least: int = 0, **criteria: Any) -> list[dict[str, Any]]:
        """The failed events, newest first, as Micro's ``/micro/bad`` gives them; see ``good``."""
        __tracebackhide__ = True
        return self._events("/micro/bad", at_least, criteria)

    def counts(self) -> dict[str, int]:
        """How many events there are: ``total``, ``good`` and ``bad``."""
        self.settle()
        counts: dict[str, int] = self._client.get("/micro/all").raise_for_status().json()
        return counts

    def reset(self) -> None:
        """Forget all events."""
        self.settle()
        self._client.post("/micro/reset").raise_for_status()

    def settle(self) -> None:
        """Let the trackers of this process send what they hold for this collector.

        Responses that have started end, and what waits for a test case's transaction leaves.
        """
        if self._requests is not None:
            self._requests.end_served()
            leave_transactions()
        for tracker in living_trackers():
            if tracker.settings.collector_url.startswith(self.url):
                tracker.flush(_PATIENCE)

    def _events(self, path: str, at_least: int, criteria: dict[str, Any]) -> list[dict[str, Any]]:
        __tracebackhide__ = True
        self.settle()
        deadline = time.monotonic() + _PATIENCE
        came = threading.Event()
        leave = self._store.subscribe(lambda _last: came.set())
        try:
            while True:
                came.clear()
                events: list[dict[str, Any]] = (
                    self._client.post(path, json=criteria).raise_for_status().json()
                )
                if len(events) >= at_least:
                    return events
                if not came.wait(deadline - time.monotonic()):  # a browser or another process sends them
                    raise AssertionError(self._missing(path, at_least, len(events)))
        finally:
            leave()

    def _missing(self, path: str, at_least: int, found: int) -> str:
        """What is there instead of events, and why there may be none."""
        counts = self.counts()
        there = f"{counts['good']} are good and {counts['bad']} are bad"
        lines = [f"waited for {at_least} events of {path}: there are {found}; {there}"]
        for bad in self._client.get("/micro/bad?limit=3").raise_for_status().json():
            lines += [f"bad: {reason}" for reason in bad["reasons"]]
        if any("not found" in line for line in lines):
            lines.append(_SCHEMAS)
        if self._logs is not None:
            lines += [skipped_line(skip) for skip in self._logs.skipped]
        return "\n".join([*lines, *self._silence()])

    def _silence(self) -> list[str]:
        """Why nothing may come from this process."""
        trackers = living_trackers()
        if any(tracker.settings.collector_url.startswith(self.url) for tracker in trackers):
            has_request = self._requests is None or self._requests.has_request
            return [] if has_request else ["no request reached the middleware"]
        if not trackers:
            return [silence_of(trackers)]
        others = ", ".join(sorted({tracker.settings.collector_url for tracker in trackers}))
        held = sum(_held(tracker) - self._held_before.get(tracker, 0) for tracker in trackers)
        return [f"no tracker has collector_url={self.url!r}: they have {others}; {held} events were held"]


def _held(tracker: LivingTracker) -> int:
    held: int = tracker.stats()["dropped"].get(HELD, 0)
    return held
