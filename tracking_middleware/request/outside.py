"""What is written and tracked outside any request: counted, told once, and in tests an error."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from ..errors import TrackingError
from ..log_text import calling_line, one_line
from ..tally import MOST_CAUSES

logger = logging.getLogger("tracking_middleware.page")


class _Counter:
    """What was written and tracked outside any request, in this process."""

    def __init__(self) -> None:
        self.writes = 0
        self.refusals = 0
        self._told: set[tuple[str, str]] = set()

    def __call__(self, name: str, _advice: str = "", /) -> None:
        self.writes += 1
        advice = _ADVICE.get(name)
        if self.refusals:
            raise TrackingError(advice or _WRITTEN_OUTSIDE)
        if advice is None or len(self._told) >= MOST_CAUSES:
            return
        line = calling_line()
        if (name, line) not in self._told:
            self._told.add((name, line))
            where = f"{one_line(line)}: " if line else ""
            logger.warning("tracking: %s%s; further ones are counted in stats()", where, advice)


_ADVICE = {
    "track_outside_request": "track() was called outside a request, and nothing was sent: "
    "call tracker.track(...) with your app's tracker, or be within `with tracker.subject(Subject(...)):`; "
    "start a thread of a view with contextvars.copy_context().run",
    "seal_outside_request": "seal() was called outside a request, and gave an empty token: "
    "call the method of a Tracker with a Subject",
}
_WRITTEN_OUTSIDE = (
    "current_page() was written to outside a request, and nothing was sent: do it in a view, a template or "
    "a streaming body"
)
count_outside = _Counter()
"""Count what was tried outside any request; of some things the first is told."""


@contextmanager
def refusing_writes_outside_requests() -> Iterator[None]:
    """Within this block what is only counted outside any request raises TrackingError, as tests want it."""
    count_outside.refusals += 1
    try:
        yield
    finally:
        count_outside.refusals -= 1


def writes_outside_requests() -> int:
    """How often, in this process, something was written to a page or tracked outside any request."""
    return count_outside.writes
