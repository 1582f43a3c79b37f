"""What trackers do while somebody looks: events, the requests that may be page views, the plain ones."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from ..events.events import Recorded
from ..exchange.exchange import Exchange
from ..request.raw_request import RawRequest
from ..request.rules import Reason
from ..settings.settings import Settings
from ..tracking.holding import stage
from ..tracking.living_trackers import LivingTracker, watch_trackers


class Recording:
    """What was recorded while it was on, with the settings of the tracker that did it, in order."""

    def __init__(self) -> None:
        self.taken: list[tuple[Settings, Recorded]] = []
        self.has_request = False
        """Whether any request reached a tracker."""
        self._begun: list[Exchange] = []

    def take(self, settings: Settings, recorded: Recorded) -> None:
        """An event is recorded."""
        self.taken.append((settings, recorded))

    def begin(self, exchange: Exchange) -> None:
        """A request begins."""
        self.has_request = True
        if exchange.may_be_page:
            self._begun.append(exchange)

    def end_served(self) -> None:
        """End the responses that have started: test clients leave them open until they are read or closed."""
        begun, self._begun = self._begun, []
        for exchange in begun:
            if exchange.is_being_served:
                exchange.finish("closed")
            elif exchange.is_open:
                self._begun.append(exchange)


class _Audience:
    """Who looks, in this process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._recordings: tuple[Recording, ...] = ()
        self._is_watching = False

    @contextmanager
    def looking(self, recording: Recording) -> Iterator[None]:
        """Within this block the recording is shown requests, and a plain GET counts as a page load."""
        with self._lock:
            self._recordings = (*self._recordings, recording)
            must_watch, self._is_watching = not self._is_watching, True
        if must_watch:
            watch_trackers(self._look_at)
        try:
            yield
        finally:
            with self._lock:
                self._recordings = tuple(other for other in self._recordings if other is not recording)

    def _look_at(self, tracker: LivingTracker) -> None:
        tracker.on_begin = self._begin
        tracker.reconsider = self._reconsider

    def _begin(self, exchange: Exchange) -> None:
        for recording in self._recordings:
            recording.begin(exchange)

    def _reconsider(self, request: RawRequest, reason: Reason) -> Reason | None:
        """Why a request is no page view; None for a plain GET, as test clients send it."""
        if reason == "fetch" and self._recordings and _is_plain(request):
            return None
        return reason


_audience = _Audience()


@contextmanager
def recording_requests() -> Iterator[Recording]:
    """A recording of the requests within this block, by any thread."""
    recording = Recording()
    with _audience.looking(recording):
        yield recording


@contextmanager
def recording_all() -> Iterator[Recording]:
    """A recording of the requests and the events within this block, by any thread."""
    with recording_requests() as recording, stage.showing(recording.take):
        yield recording


def _is_plain(request: RawRequest) -> bool:
    """Whether its headers say nothing of what it is for: no browser sends such a request."""
    headers = request.headers
    says_nothing = headers.get("accept", "").strip() in {"", "*/*"}
    return says_nothing and "sec-fetch-dest" not in headers and "x-requested-with" not in headers
