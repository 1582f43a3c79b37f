"""A test under observation: what is recorded, skipped, counted and logged while it runs."""

from __future__ import annotations

import logging
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any

from ..errors import FilterFailedError
from ..ids import new_uuid
from ..request.page import refusing_writes_outside_requests
from ..tracking.living_trackers import living_trackers
from .hidden import confidential_values
from .holding import Recording, stage
from .tracked_event import TrackedEvent, tracked_event
from .tracked_events import Skipped, TrackedEvents

_EXPLAINED = "tracking_middleware.shared"
"""The logger that is told why a request is no page view."""


@contextmanager
def observation(*, schemas: Sequence[str] = ()) -> Iterator[TrackedEvents]:
    """Within this block nothing leaves, all that is tracked is seen, and writing outside a request raises.

    ``schemas`` are folders of Iglu schemas.
    """
    with ExitStack() as stack:
        stack.enter_context(stage.holding())
        stack.enter_context(refusing_writes_outside_requests())
        logs = stack.enter_context(_logs())
        recording = stack.enter_context(stage.recording())
        yield TrackedEvents(_Observed(recording, logs), _schemas=tuple(schemas))


class _Observed:
    """See ``tracked_events.Source``."""

    def __init__(self, recording: Recording, logs: _Logs) -> None:
        self._recording = recording
        self._logs = logs
        self._before = _error_counts()
        self._read: dict[int, TrackedEvent | None] = {}

    def events(self) -> list[TrackedEvent]:
        """All so far, oldest first, also those whose response or test case's transaction nobody ends."""
        self._recording.end_served()
        transactions = sys.modules.get("tracking_middleware.django.transactions")
        if transactions is not None:
            transactions.leave_as_if_committed()
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
        return dict(_error_counts() - self._before)

    def confidential_values(self) -> list[Any]:
        """Every confidential value in what was tracked."""
        described = [each for event in self.events() for each in event.described()]
        return [value for each in described for value in confidential_values(each.schema, dict(each))]

    def places(self) -> list[tuple[str, str]]:
        """The log records of the test."""
        return list(self._logs.written)


def _error_counts() -> Counter[str]:
    counts: Counter[str] = Counter()
    for tracker in living_trackers():
        counts.update(tracker.tally.snapshot()["errors"])
    return counts


class _Logs(logging.Handler):
    """Keeps every log record as text, and reads from ours why requests are no page views."""

    def __init__(self, explained_from: int) -> None:
        super().__init__(logging.DEBUG)
        self._explained_from = explained_from
        self.written: list[tuple[str, str]] = []
        self.skipped: list[Skipped] = []
        self._format = logging.Formatter()

    def emit(self, record: logging.LogRecord) -> None:
        self.written.append((f"a log record of {record.name}", self._format.format(record)))

    def explained(self, record: logging.LogRecord) -> bool:
        """A filter of the logger that explains; what nobody else asked for goes no further."""
        if isinstance(record.args, tuple) and str(record.msg).startswith("not tracked: "):
            method, path, reason, _ = record.args
            self.skipped.append(Skipped(str(reason), str(method), str(path)))
        return record.levelno >= self._explained_from


@contextmanager
def _logs() -> Iterator[_Logs]:
    root, explaining = logging.getLogger(), logging.getLogger(_EXPLAINED)
    logs, level = _Logs(explaining.getEffectiveLevel()), explaining.level
    root.addHandler(logs)
    explaining.addFilter(logs.explained)
    explaining.setLevel(logging.DEBUG)
    try:
        yield logs
    finally:
        explaining.setLevel(level)
        explaining.removeFilter(logs.explained)
        root.removeHandler(logs)
