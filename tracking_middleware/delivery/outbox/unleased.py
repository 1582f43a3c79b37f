"""A file in which nothing can be written, since the disk is full: the process sends what it put there itself.

A lease needs room, as does ending one, and deleting what was delivered. Without a lease nobody but the
process that put an event into the file may send it, so that two never do; what is to be changed in the
file is owed, and done before anything else is written.
"""

from __future__ import annotations

import sqlite3
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any

from ..memory.batch import Batch
from .ledger import OutboxLedger
from .rows import Claim, Row, batches_of

_MOST_RANGES = 10_000
"""Where many processes write in turn; what is beyond waits for room."""
NO_LEASE = 0
"""The lease of a batch that has none."""

Work = Callable[[sqlite3.Connection], Any]


class Unleased:
    """What a process put into one file, and owes it; whoever calls has the file to itself."""

    def __init__(self) -> None:
        self._ranges: deque[tuple[int, int]] = deque(maxlen=_MOST_RANGES)
        self._rests_until = 0.0
        self._owed: deque[tuple[Work, str, int]] = deque()
        """Each with where the events of it belong, and how many they are."""
        self._ended: dict[int, float] = {}
        """Its own leases that are still in the file, and from when their events may be tried again."""
        self._gone: set[int] = set()
        """The numbers of events that have left, and are still in the file."""

    @property
    def owed_events(self) -> int:
        """How many events have left, and are still in the file."""
        return sum(events for *_, events in self._owed)

    def add(self, first: int, last: int) -> None:
        """These events were stored by this process."""
        if self._ranges and self._ranges[-1][1] == first - 1:
            first, _ = self._ranges.pop()
        self._ranges.append((first, last))

    def claim(self, connection: sqlite3.Connection, *, most: int, most_bytes: int, now: float) -> Claim:
        """The oldest of its own events that nobody has leased; none while the last try is put off."""
        if now < self._rests_until:
            return Claim(next_lapse=self._rests_until)
        lapses = [until for until in self._ended.values() if until > now]
        free = "".join(f",{lease}," for lease, until in self._ended.items() if until <= now)
        for _ in range(len(self._ranges)):
            first, last = self._ranges.popleft()
            found = _unleased_rows(connection, first, last, now=now, free=free)
            if rows := self._together(found, most=most, most_bytes=most_bytes):
                start, end = rows[0][0], rows[-1][0]
                if start > first:  # leased to somebody, or gone: that is looked at later
                    self._ranges.append((first, start - 1))
                if end < last:
                    self._ranges.appendleft((end + 1, last))
                return Claim(batches=batches_of(rows, lease=NO_LEASE))
            if (lapse := _lapse(connection, first, last)) is not None:
                lapses.append(lapse)
                self._ranges.append((first, last))
        return Claim(next_lapse=min(lapses, default=None))

    def give_back(self, batch: Batch, *, until: float) -> None:
        """They were not taken: the others come first, after a rest for all."""
        self._ranges.append((batch.numbers[0], batch.numbers[-1]))
        self._rests_until = until

    def hurry(self) -> None:
        """Nothing is put off any more."""
        self._rests_until = 0.0

    def end(self, leases: Iterable[int], *, until: float) -> None:
        """Leases of its own that the file could not be told of: it may try their events from then on."""
        self._ended.update(dict.fromkeys(leases, until))

    def owe(self, work: Work, place: str = "", numbers: Sequence[int] = ()) -> None:
        """The file is to be told when that is possible, also of events that belong elsewhere now."""
        self._owed.append((work, place, len(numbers)))
        self._gone.update(numbers)

    def pay(self, connection: sqlite3.Connection) -> int:
        """Do what is owed, within a transaction; how much of it that was, for ``forget``."""
        for work, *_ in self._owed:
            work(connection)
        return len(self._owed)

    def forget(self, paid: int) -> None:
        """The transaction was committed."""
        for _ in range(paid):
            self._owed.popleft()
        if paid:  # all there was: the file knows of each lease now
            self._ended.clear()
            self._gone.clear()

    def corrected(self, ledger: OutboxLedger) -> OutboxLedger:
        """The file's ledger with what is owed to it."""
        for _, place, events in self._owed:
            from_pending = min(events, ledger.pending)
            from_leased = min(events - from_pending, ledger.leased)
            left = {
                "pending": ledger.pending - from_pending,
                "leased": ledger.leased - from_leased,
                place: getattr(ledger, place, 0) + from_pending + from_leased,
            }
            ledger = replace(ledger, **left) if events else ledger
        return ledger

    def _together(self, found: Iterable[Row], *, most: int, most_bytes: int) -> list[Row]:
        """The oldest that have not left, as far as their numbers follow each other."""
        rows: list[Row] = []
        for row in found:
            if row[0] in self._gone:
                if rows:
                    break
                continue
            most_bytes -= len(row[2])
            if rows and (most_bytes < 0 or row[0] != rows[-1][0] + 1 or len(rows) == most):
                break
            rows.append(row)
        return rows


def _unleased_rows(
    connection: sqlite3.Connection, first: int, last: int, *, now: float, free: str
) -> Iterable[Row]:
    """The rows of a range that nobody has leased; leases do not count that are in ``free`` between commas."""
    return connection.execute(
        "SELECT number, is_anonymous, payload FROM events WHERE number BETWEEN ? AND ? AND NOT EXISTS "
        "(SELECT 1 FROM leases WHERE number BETWEEN leases.first AND leases.last AND until > ? "
        "AND instr(?, printf(',%d,', token)) = 0) ORDER BY number",
        (first, last, now, free),
    )


def _lapse(connection: sqlite3.Connection, first: int, last: int) -> float | None:
    """When the first of the leases runs out that hold events of a range; ``None`` where none does."""
    until: float | None = connection.execute(
        "SELECT min(until) FROM leases WHERE leases.first <= :last AND leases.last >= :first AND EXISTS "
        "(SELECT 1 FROM events WHERE number BETWEEN max(leases.first, :first) AND min(leases.last, :last))",
        {"first": first, "last": last},
    ).fetchone()[0]
    return until
