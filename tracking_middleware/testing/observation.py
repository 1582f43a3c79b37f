"""A test under observation: what is recorded, skipped, counted and logged while it runs."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any

from ..errors import FilterFailedError
from ..ids import new_uuid
from ..request.outside import refusing_writes_outside_requests
from ..tracking.holding import stage
from ..tracking.living_trackers import LivingTracker, living_trackers
from .explanations import Logs, reading_logs
from .recording import Recording, recording_all
from .tracked.data import TrackedData
from .tracked.hidden import confidential_values
from .tracked.report import Skipped
from .tracked.selection import TrackedEvents
from .tracked.tracked_event import TrackedEvent, tracked_event


@contextmanager
def observation(*, schemas: Sequence[str] = ()) -> Iterator[TrackedEvents]:
    """Within this block nothing leaves, all that is tracked is seen, and writing outside a request raises.

    ``schemas`` are folders of Iglu schemas.
    """
    with ExitStack() as stack:
        stack.enter_context(stage.holding())
        stack.enter_context(refusing_writes_outside_requests())
        logs = stack.enter_context(reading_logs())
        recording = stack.enter_context(recording_all())
        yield TrackedEvents(_Observed(recording, logs), _schemas=tuple(schemas))


class _Observed:
    """See ``tracked_events.Source``."""

    def __init__(self, recording: Recording, logs: Logs) -> None:
        self._recording = recording
        self._logs = logs
        # the trackers are kept, so that what they counted before stays known
        self._before = {tracker: _errors_of(tracker) for tracker in living_trackers()}
        self._read: dict[int, TrackedEvent | None] = {}

    def events(self) -> list[TrackedEvent]:
        """All so far, oldest first, also those whose response or test case's transaction nobody ends."""
        self._recording.end_served()
        leave_transactions()
        taken = range(len(self._recording.taken))
        return [event for number in taken if (event := self._event(number)) is not None]

    def _event(self, number: int) -> TrackedEvent | None:
        """An event is made once: its ids are drawn then."""
        if number not in self._read:
            settings, recorded = self._recording.taken[number]
            try:
                event = recorded.to_event(new_uuid)
            except FilterFailedError:  # it is dropped for that
                event = None
            self._read[number] = None if event is None else tracked_event(settings, event)
        return self._read[number]

    def skipped(self) -> list[Skipped]:
        """The requests that were no page views."""
        return list(self._logs.skipped)

    def errors(self) -> dict[str, int]:
        """What could not be used since the test began."""
        self.events()  # some of it is found out when an event is made
        counts: Counter[str] = Counter()
        for tracker in {*self._before, *living_trackers()}:
            counts += _errors_of(tracker) - self._before.get(tracker, Counter())
        return dict(counts)

    def confidential_values(self) -> list[Any]:
        """Every confidential value in what was tracked."""
        described = [each for event in self.events() for each in event.described()]
        return [value for each in described for value in confidential_values(each.schema, dict(each))]

    def problems(self, described: Sequence[TrackedData], folders: Sequence[str]) -> list[str]:
        """What is not as its schema in one of the folders says."""
        from .validity import problems  # loads the collector

        return problems(described, folders)

    def silence(self) -> str:
        """Why there may be neither events nor skipped requests."""
        if self._recording.taken or self._recording.has_request or self._logs.skipped:
            return ""
        return silence_of(living_trackers())

    def places(self) -> list[tuple[str, str]]:
        """The log records of the test."""
        return list(self._logs.written)


def leave_transactions() -> None:
    """What waits for a transaction that Django's ``TestCase`` never commits leaves as if it had."""
    transactions = sys.modules.get("tracking_middleware.django.transactions")
    if transactions is not None:
        transactions.leave_as_if_committed()


def silence_of(trackers: Sequence[LivingTracker]) -> str:
    """What may be the matter where nothing came from these trackers."""
    if not trackers:
        return (
            "there is no tracker in this process: is the middleware there (MIDDLEWARE of Django, "
            "Tracking(app) of Flask, Middleware(TrackingMiddleware, …) of Starlette)?"
        )
    if not any(tracker.enabled for tracker in trackers):
        return "tracking is off: the setting enabled is False"
    return "no request reached the middleware, and nothing was tracked"


def _errors_of(tracker: LivingTracker) -> Counter[str]:
    return Counter(tracker.tally.snapshot()["errors"])
