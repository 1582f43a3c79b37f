"""Nothing leaves a test process unasked: what stands before every tracker's delivery."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from ..events.events import Recorded
from ..exchange.exchange import Exchange
from ..settings.settings import Settings
from ..tracking.destination import Delivery
from ..tracking.living_trackers import LivingTracker, watch_trackers

HELD = "held_by_tests"
"""What events that did not leave are counted as, among those dropped."""


class Recording:
    """What was recorded while it was on, with the settings of the tracker that did it, in order."""

    def __init__(self) -> None:
        self.taken: list[tuple[Settings, Recorded]] = []
        self._begun: list[Exchange] = []

    def begin(self, exchange: Exchange) -> None:
        """A request that may be a page view begins."""
        self._begun.append(exchange)

    def end_served(self) -> None:
        """End the responses that have started: test clients leave them open until they are read or closed."""
        begun, self._begun = self._begun, []
        for exchange in begun:
            if exchange.is_being_served:
                exchange.finish("closed")
            elif exchange.is_open:
                self._begun.append(exchange)


class _Stage:
    """What holds now in this process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._is_watching = False
        self._holders = 0
        self._recordings: tuple[Recording, ...] = ()
        self._let_out: tuple[str, ...] = ()

    @contextmanager
    def holding(self) -> Iterator[None]:
        """Within this block no event leaves, but to collectors that are let in on it."""
        with self._lock:
            self._holders += 1
            must_watch, self._is_watching = not self._is_watching, True
        if must_watch:
            watch_trackers(_hold)
        try:
            yield
        finally:
            with self._lock:
                self._holders -= 1

    @contextmanager
    def recording(self) -> Iterator[Recording]:
        """What is recorded within this block, by any thread."""
        recording = Recording()
        with self._lock:
            self._recordings = (*self._recordings, recording)
        try:
            yield recording
        finally:
            with self._lock:
                self._recordings = tuple(other for other in self._recordings if other is not recording)

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

    def begin(self, exchange: Exchange) -> None:
        """Show an exchange to who looks."""
        if exchange.may_be_page:
            for recording in self._recordings:
                recording.begin(exchange)

    def take(self, settings: Settings, recorded: Recorded) -> bool:
        """Show an event to who looks; whether it may leave."""
        for recording in self._recordings:
            recording.taken.append((settings, recorded))
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


def _hold(tracker: LivingTracker) -> None:
    tracker.divert(lambda delivery: HeldDelivery(tracker.settings, delivery))
    tracker.on_begin = stage.begin
