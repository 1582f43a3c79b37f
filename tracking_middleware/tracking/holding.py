"""Nothing leaves a test process unasked: what stands before the delivery of every tracker there."""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from ..events.events import Recorded
from ..settings.settings import Settings
from .destination import Delivery
from .living_trackers import LivingTracker, watch_trackers
from .who_runs import runner_of_tests

logger = logging.getLogger("tracking_middleware.testing")

HELD = "held_by_tests"
"""What events that did not leave are counted as, among those dropped."""
HOLD, SEND = "hold", "send"
WISH = "TRACKING_DELIVERY"
"""The environment variable by which tests ask for events to leave, whoever runs them."""

Look = Callable[[Settings, Recorded], None]


class _Stage:
    """What holds now in this process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._is_watching = False
        self._holders = 0
        self._looks: tuple[Look, ...] = ()
        self._let_out: tuple[str, ...] = ()

    def hold(self) -> None:
        """From here on no event leaves, but to collectors that are let in on it."""
        with self._lock:
            self._holders += 1
        self.watch()

    def watch(self) -> None:
        """Stand before the delivery of every tracker there is and will be."""
        with self._lock:
            must_watch, self._is_watching = not self._is_watching, True
        if must_watch:
            watch_trackers(_stand_before)

    @contextmanager
    def holding(self) -> Iterator[None]:
        """``hold`` within this block."""
        self.hold()
        try:
            yield
        finally:
            with self._lock:
                self._holders -= 1

    @contextmanager
    def showing(self, look: Look) -> Iterator[None]:
        """Show ``look`` what is recorded within this block, by any thread."""
        self.watch()
        with self._lock:
            self._looks = (*self._looks, look)
        try:
            yield
        finally:
            with self._lock:
                self._looks = tuple(other for other in self._looks if other is not look)

    @contextmanager
    def letting_out(self, collector_url: str) -> Iterator[None]:
        """Within this block events to this collector are sent as ever."""
        with self._lock:
            self._let_out = (*self._let_out, collector_url)
        try:
            yield
        finally:
            with self._lock:
                self._let_out = tuple(url for url in self._let_out if url != collector_url)

    def take(self, settings: Settings, recorded: Recorded) -> bool:
        """Show an event to who looks; whether it may leave."""
        for look in self._looks:
            look(settings, recorded)
        return not self._holders or settings.collector_url.startswith(self._let_out)


stage = _Stage()
"""The process's own: trackers are made anywhere in it."""


class HeldDelivery:
    """A delivery that passes on what may leave, and counts what may not."""

    def __init__(self, settings: Settings, delivery: Delivery) -> None:
        self._settings = settings
        self._delivery = delivery

    def record(self, recorded: Recorded) -> None:
        """See ``Delivery``."""
        if stage.take(self._settings, recorded):
            self._delivery.record(recorded)
        else:
            self._delivery.drop(HELD)

    def drop(self, reason: str) -> None:
        """See ``Delivery``."""
        self._delivery.drop(reason)

    def flush(self, timeout: float) -> int:
        """See ``Delivery``."""
        return self._delivery.flush(timeout)

    def close(self, timeout: float) -> int:
        """See ``Delivery``."""
        return self._delivery.close(timeout)

    def stats(self) -> dict[str, Any]:
        """See ``Delivery``."""
        return self._delivery.stats()

    def health(self) -> dict[str, Any]:
        """See ``Delivery``."""
        return self._delivery.health()


def _stand_before(tracker: LivingTracker) -> None:
    tracker.divert(lambda delivery: HeldDelivery(tracker.settings, delivery))


class _Question:
    """Who runs this process? Asked for each tracker when it is made and once more at its first event.

    A script of test cases makes its trackers before it says that it is one. The answer that tests do
    holds for the process.
    """

    def __init__(self) -> None:
        self._is_answered = False

    def ask(self) -> None:
        """Hold from here on if tests run this process and do not ask for events to leave."""
        runner = None if self._is_answered else runner_of_tests()
        if runner is None:
            return
        self._is_answered = True
        wish = os.environ.get(WISH, HOLD)
        if wish not in {HOLD, SEND}:
            logger.warning("tracking: %s is %r: write '%s' or '%s'", WISH, wish, HOLD, SEND)
        if wish != SEND:
            logger.info("tracking: %s runs: no event leaves, %s=%s lets them out", runner, WISH, SEND)
            stage.hold()

    def ask_of(self, tracker: LivingTracker) -> None:
        """Ask now and at the tracker's first event."""
        self.ask()
        if not self._is_answered:
            tracker.on_first_event = self.ask


def hold_under_tests() -> None:
    """Ask of every tracker whether tests run it."""
    watch_trackers(_Question().ask_of)
