"""Where the sender gets its batches, and what becomes of them there: memory, and what lends them."""

from __future__ import annotations

import contextlib
import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from typing import Protocol, TypeVar

from ..settings.settings import Settings
from .memory.batch import Batch
from .memory.buffer import Buffer
from .outbox.file import OutboxError
from .outbox.rows import Claim
from .outbox.troubled_outbox import LEASE_TIMEOUTS, REFUSES_FOR

T = TypeVar("T")

_LOOKS = 3
"""Tries after which an end gives up what cannot be asked; the next process has it."""
LOOK_AROUND = 5.0
"""Seconds after which an idle sender looks for what other processes left in the outbox."""


class Store(Protocol):
    """Where a batch comes from; nothing here raises."""

    @property
    def is_drained(self) -> bool:
        """Whether the last look found nothing to send, and nothing came since."""

    def claim(self, *, is_hurried: bool) -> Batch | None:
        """The next batch that may be sent now; in a hurry all that there is."""

    def next_due(self, *, is_hurried: bool) -> float | None:
        """When to claim again, in monotonic seconds; ``None``: not before something is notified."""

    def hold(self, batch: Batch) -> bool:
        """Whether a batch that was claimed is still this process's to send."""

    def deliver(self, batch: Batch) -> None:
        """The collector took the events."""

    def refuse(self, batch: Batch, reason: str) -> None:
        """The collector will never take the events."""

    def give_back(self, batch: Batch, *, wait: float) -> None:
        """The events were not taken, and are not tried again for ``wait`` seconds."""

    def close(self) -> None:
        """Give up what is claimed: others may send it."""


class Lender(Protocol):
    """Events outside the process, which processes claim by leases; every call may raise OutboxError."""

    def claim(self, *, most: int, most_bytes: int) -> Claim:
        """Lease the oldest events that nobody has; identified and anonymous ones come apart."""

    def hold(self, batch: Batch) -> bool:
        """See to it that the lease outlasts another POST; False where somebody else has the events."""

    def deliver(self, batch: Batch) -> None:
        """The collector took the events: they leave."""

    def refuse(self, batch: Batch, reason: str) -> None:
        """The collector will never take the events: they become dead letters."""

    def give_back(self, batch: Batch, *, wait: float) -> None:
        """The events were not taken: nobody tries them for ``wait`` seconds, then anybody may."""

    def release(self, leases: Iterable[int]) -> None:
        """Anybody may send the events of these leases now, whoever put them off."""


class Guard(Protocol):
    """A lender as the sender uses it: its troubles are told, and it is left alone after one."""

    def use(self, work: Callable[[Lender], T]) -> T:
        """Do the work; raises OutboxError."""

    def forgive(self) -> None:
        """Try again at once."""


class Elsewhere(Protocol):
    """What the application itself keeps events in, such as its database, and sends them from."""

    @property
    def stores(self) -> Sequence[LeasedStore]:
        """Where the sender gets them."""

    def left(self) -> int:
        """How many events wait there, of whatever process; nothing is raised."""


class MemoryStore:
    """The batches that wait in the buffer.

    ``bury`` keeps a dead letter; it may raise OutboxError, and is None where there is no place for one.
    """

    is_drained = True
    """What is in memory the buffer itself knows."""

    def __init__(self, buffer: Buffer, *, bury: Callable[[Batch, str], None] | None) -> None:
        self._buffer = buffer
        self._bury = bury
        self.claim = buffer.claim
        self.next_due = buffer.next_due
        self.deliver = buffer.deliver
        self.give_back = buffer.give_back

    def hold(self, _batch: Batch) -> bool:
        """Nobody else can have it."""
        return True

    def refuse(self, batch: Batch, reason: str) -> None:
        """Among the dead letters with it, where there are any."""
        if self._bury is not None:
            with contextlib.suppress(OutboxError):  # told by the guard
                self._bury(batch, reason)
                self._buffer.bury_in_flight(batch)
                return
        self._buffer.refuse(batch, "rejected")

    def close(self) -> None:
        """Nothing is claimed from anybody."""


class LeasedStore:
    """The batches that wait in an outbox: the file, or whatever lends its events likewise.

    ``arrived`` tells of what was stored. Rows that the collector took but that could not be
    deleted are deleted before anything else is claimed, so that they are not sent twice.
    """

    def __init__(
        self,
        guard: Guard,
        *,
        buffer: Buffer,
        settings: Settings,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.is_drained = False
        """Whether the last look found nothing to send, and nothing was stored since."""
        self._guard = guard
        self._use = guard.use
        self._changed = buffer.changed
        self._batch_size = settings.batch_size
        self._batch_bytes = settings.batch_bytes
        self._linger = settings.linger
        self._clock = clock
        self._claimed: deque[Batch] = deque()
        self._held: dict[int, int] = {}
        """Of what was claimed last, how many events of each lease are still to be settled."""
        self._lapse = LEASE_TIMEOUTS * settings.timeout
        self._put_off: dict[int, float] = {}
        """Leases that this process put off, and until when."""
        self._unsettled: deque[Callable[[Lender], None]] = deque()
        self.left = 0
        """How many events came and did not leave again, as far as this process knows."""
        self._fresh = self._arrivals = 0
        self._fresh_since = 0.0
        self._look_at = 0.0
        self._failed_looks = 0  # in a row
        self._works_at = 0.0  # when to try the lender again that did not work

    def arrived(self, events: int) -> None:
        """Events were stored; from any thread. With 0 of them there is to be a look from now on."""
        with self._changed:
            self._arrivals += 1
            # what comes to others that wait already changes nothing for the sender, until they are enough
            is_news = not self._fresh or self.is_drained or not events
            if not self._fresh:
                self._fresh_since = self._clock()
            self._fresh += events
            self.left += events
            self.is_drained = False
            if is_news or self._fresh >= self._batch_size > self._fresh - events:
                self._changed.notify_all()

    def next_due(self, *, is_hurried: bool) -> float | None:
        if self._claimed:
            return 0.0
        with self._changed:
            if self._fresh >= self._batch_size or (is_hurried and not self.is_drained):
                return self._works_at
            ripe_at = self._fresh_since + self._linger if self._fresh else self._look_at
            return max(self._works_at, min(self._look_at, ripe_at))

    def claim(self, *, is_hurried: bool) -> Batch | None:
        due = self._works_at if is_hurried else self.next_due(is_hurried=False) or 0.0
        if not self._claimed and self._clock() >= due:
            self._look(is_hurried=is_hurried)
        return self._claimed.popleft() if self._claimed else None

    def _look(self, *, is_hurried: bool) -> None:
        with self._changed:
            fresh, arrivals = self._fresh, self._arrivals
        try:
            self._settle()
            self._put_off_held()
            if is_hurried:
                self._end_waits()
            claim = self._use(
                lambda lender: lender.claim(most=self._batch_size, most_bytes=self._batch_bytes)
            )
        except OutboxError:  # told by the guard, which refuses for a second
            self._works_at = self._clock() + REFUSES_FOR
            self._failed_looks += 1
            self.is_drained = self._failed_looks >= _LOOKS  # an end waits for a lock, not for a broken disk
            return
        self._failed_looks = 0
        self._claimed.extend(claim.batches)
        for batch in claim.batches:
            self._held[batch.lease] = self._held.get(batch.lease, 0) + len(batch)
        with self._changed:
            self.is_drained = not claim.batches and self._arrivals == arrivals
            now, claimed = self._clock(), sum(map(len, claim.batches))
            self._fresh = max(0, self._fresh - (claimed or fresh))
            if not claimed:
                self._look_at = min(now + LOOK_AROUND, claim.next_lapse or now + LOOK_AROUND)
            elif claim.beyond is None or claim.beyond >= claimed:
                self._look_at = now
            else:  # what is left, or came meanwhile, waits for company
                self._fresh_since = self._fresh_since if claim.beyond else now
                self._look_at = self._fresh_since + min(self._linger, LOOK_AROUND)

    def _settle(self) -> None:
        while self._unsettled:
            self._use(self._unsettled[0])
            self._unsettled.popleft()

    def _put_off_held(self) -> None:
        """What was claimed last and neither sent nor given back, after trouble, lapses by itself."""
        until = self._clock() + self._lapse
        for lease in self._held:
            self._note_put_off(lease, until)
        self._held = {}

    def _note_put_off(self, lease: int, until: float) -> None:
        now = self._clock()
        self._put_off = {**{other: end for other, end in self._put_off.items() if end > now}, lease: until}

    def leases(self) -> tuple[int, ...]:
        """What this process has leased, or put off; from any thread."""
        return (*tuple(self._held), *tuple(self._put_off))

    def _end_waits(self) -> None:
        """What this process put off may be tried now."""
        if self._put_off:
            self._use(lambda lender: lender.release(self._put_off))
            self._put_off.clear()

    def hold(self, batch: Batch) -> bool:
        try:
            return self._use(lambda lender: lender.hold(batch))
        except OutboxError:  # the lease runs out, and whoever claims the events then sends them
            return False

    def deliver(self, batch: Batch) -> None:
        self._forget(batch)
        self._finish(lambda lender: lender.deliver(batch))

    def refuse(self, batch: Batch, reason: str) -> None:
        self._forget(batch)
        self._finish(lambda lender: lender.refuse(batch, reason))

    def give_back(self, batch: Batch, *, wait: float) -> None:
        self._finish(lambda lender: lender.give_back(batch, wait=wait))
        until = self._clock() + wait
        self._note_put_off(batch.lease, until)
        self._look_at = min(self._look_at, until)

    def _forget(self, batch: Batch) -> None:
        """Events of a lease are settled; one that has no others is over."""
        with self._changed:
            self.left = max(0, self.left - len(batch))
        left = self._held.pop(batch.lease, 0) - len(batch)
        if left > 0:
            self._held[batch.lease] = left

    def _finish(self, work: Callable[[Lender], None]) -> None:
        self._unsettled.append(work)
        with contextlib.suppress(OutboxError):  # told by the guard; tried again before the next claim
            self._settle()
        with self._changed:
            self._changed.notify_all()

    def close(self) -> None:
        for _ in range(_LOOKS):  # this is the last opportunity
            self._guard.forgive()
            with contextlib.suppress(OutboxError):  # told by the guard; at worst the leases run out
                self._settle()
                self._put_off_held()
                self._end_waits()
                return
