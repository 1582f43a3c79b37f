"""The bounded buffer between the request path and the collector, and the ledger of the process.

Each event is in one place at any instant, so ``recorded = buffered + in_flight + stored + delivered
+ dead + dropped`` always holds: every move below changes two counts under one lock.
"""

from __future__ import annotations

import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Literal

from ...events.events import Recorded
from .backlog import Backlog, WaitingBatch
from .batch import Batch

_TELL_EVERY = 60.0
_MANY_QUEUED = 1_000
"""So many recorded events wake the writer, and of a small buffer the half of what it holds."""
_PACK_BEYOND = 5_000
"""So many events wait as they are; further ones are compressed, to a tenth of their size."""

OnFull = Literal["drop_newest", "drop_oldest"]


class Buffer:
    """Events that wait in memory, and the counts of those that left.

    Recorded events are *queued* until the writer takes them. It encodes them and hands them to the
    outbox, or back to the buffer, which keeps them in batches for the sender. All that is neither in
    a POST nor gone is what ``stats()`` calls buffered.
    """

    def __init__(
        self,
        *,
        size: int,
        on_full: OnFull,
        batch_size: int,
        batch_bytes: int,
        linger: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        # re-entrant, since a signal handler may come while its own thread has the lock
        self._lock = threading.RLock()
        self.queued = threading.Condition(self._lock)
        """The writer waits here; it shares its lock with ``changed``."""
        self.changed = threading.Condition(self._lock)
        """The sender waits here for something to send, and whoever flushes for the last to be gone."""
        self.is_closed = self.is_writer_idle = False
        """The writer waits for the first event; as long as it is false, an append wakes nobody."""
        self.is_writer_watching = False
        """While it waits, it comes by itself before a POST that begins now takes too long."""
        self.is_full_untold = False
        """Events were dropped for want of room, and the writer has not told so in the last minute."""
        self._tell_full_at = 0.0
        self._size = size
        self._many_queued = min(_MANY_QUEUED, (size + 1) // 2)
        self._on_full = on_full
        self._clock = clock
        self._queue: deque[Recorded] = deque()
        self._backlog = Backlog(batch_size=batch_size, batch_bytes=batch_bytes, linger=linger)
        self._waiting = 0  # queued, encoded or in between, and in flight
        self._in_flight = 0
        self._recorded = self._stored = self._delivered = self._dead = 0
        self._dropped: Counter[str] = Counter()

    # --- the request path ---

    def append(self, recorded: Recorded) -> None:
        """Take an event, or drop one and count it; never waits for room."""
        with self._lock:
            self._recorded += 1
            if self.is_closed:
                self._dropped["closed"] += 1
                return
            if self._waiting >= self._size and not self._has_made_room():
                return
            self._waiting += 1
            self._queue.append(recorded)
            if self.is_writer_idle or len(self._queue) == self._many_queued:
                self.is_writer_idle = False
                self.queued.notify_all()

    def pass_by(self, *, dropped: str = "") -> None:
        """Count an event that never waits here: it is stored elsewhere, or dropped for the reason given."""
        with self._lock:
            self._recorded += 1
            self._stored += not dropped
            if dropped:
                self._dropped[dropped] += 1

    def _has_made_room(self) -> bool:
        """Drop an event by the policy: whether it was the oldest that is not in a POST, not the new one."""
        self._dropped["buffer_full"] += 1
        now = self._clock()
        if now >= self._tell_full_at:
            self._tell_full_at = now + _TELL_EVERY
            self.is_full_untold = True
            self.queued.notify_all()
        if self._on_full == "drop_newest":
            return False
        dropped = 1
        if self._backlog:
            dropped = self._backlog.drop_oldest()
        elif self._queue:
            self._queue.popleft()
        else:
            return False
        self._waiting -= dropped
        self._dropped["buffer_full"] += dropped - 1
        return True

    # --- the writer ---

    def take(self, most: int) -> list[Recorded]:
        """Up to ``most`` of the oldest queued events, to be encoded."""
        with self._lock:
            return [self._queue.popleft() for _ in range(min(most, len(self._queue)))]

    def queued_events(self) -> int:
        """How many events wait to be taken."""
        return len(self._queue)

    def has_many_queued(self) -> bool:
        """Whether so many wait to be taken that the writer should not rest any longer."""
        return len(self._queue) >= self._many_queued

    def keep(self, payloads: Sequence[tuple[bytes, bool]]) -> None:
        """Take encoded events back, each with whether it is anonymous, for the sender."""
        with self._lock:
            if self.is_closed:  # they were counted then, here and below
                return
            filled, is_news = self._backlog.add(payloads, now=self._clock())
            if is_news:
                self.changed.notify_all()
        if self._waiting > _PACK_BEYOND:
            self._pack(filled)

    def _pack(self, filled: Iterable[WaitingBatch]) -> None:
        for batch in filled:
            compressed = batch.compressed()
            with self._lock:
                if not batch.is_gone:
                    batch.pack(compressed)

    def store(self, events: int) -> None:
        """Encoded events are in the outbox file."""
        self._leave("_stored", events)

    def bury(self, events: int = 1) -> None:
        """Encoded events are among the outbox file's dead letters."""
        self._leave("_dead", events)

    def drop(self, reason: str, events: int = 1) -> None:
        """Events that were taken will never be delivered."""
        with self._lock:
            if not self.is_closed:
                self._dropped[reason] += events
                self._end_waiting(events)

    def _leave(self, place: str, events: int) -> None:
        with self._lock:
            if not self.is_closed:
                setattr(self, place, getattr(self, place) + events)
                self._end_waiting(events)

    def _end_waiting(self, events: int) -> None:
        """So many are not here any more; whoever waits for the last of them is told when it has gone."""
        self._waiting -= events
        if not self._waiting:
            self.changed.notify_all()

    # --- the sender ---

    def claim(self, *, is_hurried: bool) -> Batch | None:
        """The next batch to send, which is then in flight: full, or old enough, or in a hurry."""
        with self._lock:
            batch = self._backlog.claim(now=self._clock(), is_hurried=is_hurried)
            if batch is None:
                return None
            self._in_flight += batch.count
        return Batch(payloads=batch.unpacked(), is_anonymous=batch.is_anonymous, attempt=batch.attempt)

    def next_due(self, *, is_hurried: bool) -> float | None:
        """When the next batch may be sent, in monotonic seconds; ``None`` while there is none."""
        with self._lock:
            return self._backlog.next_due(is_hurried=is_hurried)

    def deliver(self, batch: Batch) -> None:
        """Events in flight are delivered."""
        self._land("_delivered", batch)

    def bury_in_flight(self, batch: Batch) -> None:
        """Events in flight are among the outbox file's dead letters."""
        self._land("_dead", batch)

    def _land(self, place: str, batch: Batch) -> None:
        with self._lock:
            if not self.is_closed:
                self._in_flight -= len(batch)
                self._leave(place, len(batch))

    def refuse(self, batch: Batch, reason: str) -> None:
        """Events in flight will never be taken by the collector."""
        with self._lock:
            if not self.is_closed:
                self._in_flight -= len(batch)
                self.drop(reason, len(batch))

    def drop_in_flight(self, reason: str) -> None:
        """No event in flight will ever be delivered."""
        with self._lock:
            in_flight, self._in_flight = self._in_flight, 0
            self.drop(reason, in_flight)

    def give_back(self, batch: Batch, *, wait: float) -> None:
        """Events in flight were not taken: they wait again, and are not tried for ``wait`` seconds."""
        with self._lock:
            if self.is_closed:
                return
            self._in_flight -= len(batch)
            waiting = WaitingBatch(is_anonymous=batch.is_anonymous, since=0.0)
            waiting.add(batch.payloads)
            waiting.attempt = batch.attempt + 1
            waiting.not_before = self._clock() + wait
            self._backlog.put_back(waiting)
            self.changed.notify_all()

    def is_full(self) -> bool:
        """Whether the next event costs one."""
        return self._waiting >= self._size

    def left(self) -> int:
        """How many events are in memory: neither delivered nor stored nor dropped yet."""
        return self._waiting

    def close(self) -> int:
        """Drop all that is left and take nothing more; how many that were."""
        with self._lock:
            self.is_closed = True
            left, self._waiting, self._in_flight = self._waiting, 0, 0
            if left:
                self._dropped["closed"] += left
            for waiting in (self._queue, self._backlog):
                waiting.clear()
            self.queued.notify_all()
            self.changed.notify_all()
            return left

    def stats(self) -> dict[str, Any]:
        """The ledger at this instant."""
        with self._lock:
            return {
                "recorded": self._recorded,
                "buffered": self._waiting - self._in_flight,
                "in_flight": self._in_flight,
                "stored": self._stored,
                "delivered": self._delivered,
                "dead": self._dead,
                "dropped": dict(self._dropped),
            }
