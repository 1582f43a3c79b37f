"""Events that were tracked in an exchange: they wait until the visitor's consent is known."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

import msgspec

from ..events.events import Recorded
from ..tally import Tally
from ..tracking.preparation import Tracked

_FORGOTTEN = (
    "an event was tracked after the answer to a request that is no page view, and its visitor is not known "
    "any more: call current_page() while the request is answered"
)

MOST_WAITING = 1000
"""Events after which those of a request that goes on and on are passed on before it is over."""


class WaitingEvents(msgspec.Struct, eq=False):
    """Events in the order they were tracked, by any thread."""

    _events: deque[Tracked] = msgspec.field(default_factory=deque)

    __repr__ = object.__repr__

    @property
    def are_many(self) -> bool:
        """Whether they should not wait any longer."""
        return len(self._events) > MOST_WAITING

    def add(self, tracked: Tracked) -> None:
        """Let an event wait."""
        self._events.append(tracked)

    def pass_on(self, complete: Callable[[Tracked], Recorded]) -> None:
        """Record each with what ``complete`` makes of it."""
        for tracked in iter(self._next, None):
            tracked.record(complete(tracked))

    def drop(self, count: Callable[[], None]) -> None:
        """Count each instead."""
        for _ in iter(self._next, None):
            count()

    def forget(self, tally: Tally) -> None:
        """Nobody knows any more whose they are."""
        self.drop(lambda: tally.error("visitor_forgotten", _FORGOTTEN))

    def _next(self) -> Tracked | None:
        try:
            return self._events.popleft()
        except IndexError:  # all are gone, maybe by another thread
            return None
