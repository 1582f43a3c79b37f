"""The bounded buffer between the request path and the background thread, and the ledger of both.

Each event is in one place at any instant, so ``recorded = buffered + in_flight + delivered +
dropped`` always holds: every move below changes two counts under one lock.
"""

from __future__ import annotations

import threading
from collections import Counter, deque
from typing import Any, Literal

from ..events import Recorded


class Buffer:
    """Events that wait, and the counts of those that left.

    Waiting events are *queued* until the background thread takes them; then it *holds* them, and
    while a POST is under way they are *in flight*. Queued and held are what ``stats()`` calls
    buffered.
    """

    def __init__(self, *, size: int, on_full: Literal["drop_newest", "drop_oldest"], wake_at: int) -> None:
        """``wake_at``: how many queued events end the background thread's wait for company."""
        # re-entrant, since a signal handler may come while its own thread has the lock
        self.changed = threading.Condition(threading.RLock())
        self.is_closed = False
        self._size = size
        self._on_full = on_full
        self._wake_at = wake_at
        self._queue: deque[Recorded] = deque()
        self._held = 0
        self._in_flight = 0
        self._recorded = 0
        self._delivered = 0
        self._dropped: Counter[str] = Counter()

    def append(self, recorded: Recorded) -> None:
        """Take an event, or drop one and count it; never waits for room."""
        with self.changed:
            self._recorded += 1
            if self.is_closed:
                self._dropped["closed"] += 1
                return
            if len(self._queue) + self._held + self._in_flight >= self._size:
                self._dropped["buffer_full"] += 1
                if self._on_full == "drop_newest" or not self._queue:
                    return
                self._queue.popleft()
            self._queue.append(recorded)
            if len(self._queue) in {1, self._wake_at}:
                self.changed.notify_all()

    def take(self, most: int) -> list[Recorded]:
        """Hold up to ``most`` of the oldest queued events."""
        with self.changed:
            taken = [self._queue.popleft() for _ in range(min(most, len(self._queue)))]
            self._held += len(taken)
            return taken

    def queued(self) -> int:
        """How many events wait to be taken."""
        return len(self._queue)

    def left(self) -> int:
        """How many events are neither delivered nor dropped yet."""
        with self.changed:
            return len(self._queue) + self._held + self._in_flight

    def depart(self, events: int) -> None:
        """Held events are in flight."""
        with self.changed:
            if self.is_closed:  # they were counted then, here and below
                return
            self._held -= events
            self._in_flight += events

    def come_back(self, events: int) -> None:
        """Events in flight are held again: they were not taken."""
        with self.changed:
            if self.is_closed:
                return
            self._in_flight -= events
            self._held += events

    def arrive(self, events: int) -> None:
        """Events in flight are delivered."""
        with self.changed:
            if self.is_closed:
                return
            self._in_flight -= events
            self._delivered += events
            self.changed.notify_all()

    def drop(self, reason: str, events: int = 1) -> None:
        """Held events will never be delivered."""
        with self.changed:
            if self.is_closed:
                return
            self._held -= events
            self._dropped[reason] += events
            self.changed.notify_all()

    def drop_held(self, reason: str) -> None:
        """None of the events that were taken will ever be delivered."""
        with self.changed:
            self.come_back(self._in_flight)
            self.drop(reason, self._held)

    def close(self) -> int:
        """Drop all that is left and take nothing more; how many that were."""
        with self.changed:
            self.is_closed = True
            left = len(self._queue) + self._held + self._in_flight
            if left:
                self._dropped["closed"] += left
            self._queue.clear()
            self._held = self._in_flight = 0
            self.changed.notify_all()
            return left

    def stats(self) -> dict[str, Any]:
        """The ledger at this instant."""
        with self.changed:
            return {
                "recorded": self._recorded,
                "buffered": len(self._queue) + self._held,
                "in_flight": self._in_flight,
                "stored": 0,
                "delivered": self._delivered,
                "dead": 0,
                "dropped": dict(self._dropped),
            }
