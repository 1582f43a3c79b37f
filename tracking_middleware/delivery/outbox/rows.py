"""Each change to the rows of an outbox file, as a function within a transaction.

The file's own counts change in the same transactions as its rows; see ``outbox_schema``.
"""

from __future__ import annotations

import secrets
import sqlite3
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from ..memory.batch import Batch
from .room import Limit, make_room

LONGEST_WAIT = 3600.0
"""Seconds for which events may be put off at the most."""

Row = tuple[int, int, bytes]
"""An event's number, whether it is anonymous, and its payload."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """What was leased; where that is nothing, when the next of others' leases runs out, if there is one."""

    batches: tuple[Batch, ...] = ()
    next_lapse: float | None = None
    beyond: int | None = None
    """How many more there are at the most, ``0`` where another look would find none; None: nobody knows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadLetter:
    """An event that will not be sent, and why; ``died`` is in seconds since the epoch."""

    number: int
    payload: bytes = field(repr=False)
    reason: str
    died: float


def store(connection: sqlite3.Connection, events: Sequence[tuple[bytes, bool]], *, limit: Limit) -> int:
    """Put events at the end, each with whether it is anonymous: the first one's number; raises FullError."""
    make_room(connection, sum(len(payload) for payload, _ in events), limit)
    first = last_number(connection) + 1
    connection.executemany(
        "INSERT INTO events VALUES (?, ?, ?)",
        # for bool and bytes sqlite3 looks for an adapter, row by row; of these two types it knows better
        (
            (number, 1 if is_anonymous else 0, bytearray(payload))
            for number, (payload, is_anonymous) in enumerate(events, first)
        ),
    )
    connection.execute(
        "UPDATE ledger SET last_number = last_number + :count, stored = stored + :count",
        {"count": len(events)},
    )
    return first


def bury(
    connection: sqlite3.Connection,
    payload: bytes,
    *,
    is_anonymous: bool,
    reason: str,
    limit: Limit,
) -> None:
    """Put an event straight among the dead letters; raises FullError."""
    make_room(connection, len(payload), limit)
    connection.execute(
        "INSERT INTO dead_letters VALUES (?, ?, ?, ?, ?)",
        (last_number(connection) + 1, is_anonymous, payload, reason, time.time()),
    )
    connection.execute(
        "UPDATE ledger SET last_number = last_number + 1, stored = stored + 1, dead = dead + 1"
    )


def claim(connection: sqlite3.Connection, *, most: int, most_bytes: int, now: float, until: float) -> Claim:
    """Lease the oldest events that nobody has, and read them; identified and anonymous ones apart."""
    lapsed, attempt = _lapsed(connection, now, longest=until - now) or ([], 0)
    rows = _within(lapsed, most_bytes) or _free_rows(connection, most, most_bytes)
    if not rows:
        return Claim(next_lapse=connection.execute("SELECT min(until) FROM leases").fetchone()[0])
    token = secrets.randbits(63)
    connection.execute(
        "INSERT INTO leases VALUES (?, ?, ?, ?, ?)", (rows[0][0], rows[-1][0], token, until, attempt)
    )
    newest: int = connection.execute("SELECT max(number) FROM events").fetchone()[0]
    return Claim(
        batches=batches_of(rows, lease=token, attempt=attempt),
        beyond=None if lapsed else newest - rows[-1][0],
    )


def batches_of(rows: Sequence[Row], *, lease: int, attempt: int = 0) -> tuple[Batch, ...]:
    """What is sent of rows: identified and anonymous ones apart."""
    numbers, kinds, payloads = zip(*rows, strict=True) if rows else ((), (), ())
    if kinds and kinds.count(kinds[0]) == len(kinds):  # as mostly
        is_anonymous = bool(kinds[0])
        batch = Batch(
            payloads=payloads, is_anonymous=is_anonymous, attempt=attempt, numbers=numbers, lease=lease
        )
        return (batch,)
    return tuple(
        Batch(
            payloads=tuple(payload for _, _, payload in part),
            is_anonymous=is_anonymous,
            attempt=attempt,
            numbers=tuple(number for number, _, _ in part),
            lease=lease,
        )
        for is_anonymous in (False, True)
        if (part := [row for row in rows if row[1] == is_anonymous])
    )


def renew(connection: sqlite3.Connection, lease: int, *, until: float) -> bool:
    """Lengthen a lease; False where it ran out and somebody else has the events."""
    return connection.execute("UPDATE leases SET until = ? WHERE token = ?", (until, lease)).rowcount > 0


def deliver(connection: sqlite3.Connection, batch: Batch) -> None:
    """The collector took the events: they leave the file."""
    gone = _delete(connection, batch)
    connection.execute("UPDATE ledger SET delivered = delivered + ?", (gone,))
    _end_empty_lease(connection, batch)


def refuse(connection: sqlite3.Connection, batch: Batch, reason: str) -> None:
    """The collector will never take the events: they become dead letters."""
    connection.execute(
        "INSERT INTO dead_letters SELECT number, is_anonymous, payload, ?, ? FROM events "
        "WHERE number BETWEEN ? AND ? AND is_anonymous = ?",
        (reason, time.time(), batch.numbers[0], batch.numbers[-1], batch.is_anonymous),
    )
    gone = _delete(connection, batch)
    connection.execute("UPDATE ledger SET dead = dead + ?", (gone,))
    _end_empty_lease(connection, batch)


def give_back(connection: sqlite3.Connection, batch: Batch, *, until: float) -> None:
    """The events were not taken: nobody tries them until then, and anybody may afterwards."""
    connection.execute(
        "UPDATE leases SET until = ?, attempt = ? WHERE token = ?", (until, batch.attempt + 1, batch.lease)
    )


def release(connection: sqlite3.Connection, leases: Iterable[int]) -> None:
    """Anybody may send the events of these leases now."""
    connection.executemany("UPDATE leases SET until = 0 WHERE token = ?", [(lease,) for lease in leases])


def retry_dead_letters(connection: sqlite3.Connection) -> int:
    """Let all dead letters wait to be sent again, with new numbers; how many they were."""
    # a number of old may lie in the range that somebody has leased, and would be deleted with it
    moved = connection.execute(
        "INSERT INTO events SELECT (SELECT last_number FROM ledger) + row_number() OVER (ORDER BY number), "
        "is_anonymous, payload FROM dead_letters"
    ).rowcount
    connection.execute("DELETE FROM dead_letters")
    connection.execute(
        "UPDATE ledger SET last_number = last_number + :count, dead = dead - :count", {"count": moved}
    )
    return moved


def dead_letters(connection: sqlite3.Connection) -> list[DeadLetter]:
    """All dead letters, the oldest first."""
    rows = connection.execute("SELECT number, payload, reason, died FROM dead_letters ORDER BY number")
    return [
        DeadLetter(number=number, payload=payload, reason=reason, died=died)
        for number, payload, reason, died in rows
    ]


def payloads(connection: sqlite3.Connection, *, after: int, most: int) -> list[tuple[int, bytes]]:
    """Numbers and payloads of events beyond a number, waiting or dead, the oldest first."""
    return connection.execute(
        "SELECT number, payload FROM events WHERE number > :after "
        "UNION ALL SELECT number, payload FROM dead_letters WHERE number > :after "
        "ORDER BY number LIMIT :most",
        {"after": after, "most": most},
    ).fetchall()


def last_number(connection: sqlite3.Connection) -> int:
    """The number of the event that was put in last."""
    number: int = connection.execute("SELECT last_number FROM ledger").fetchone()[0]
    return number


def has_until(connection: sqlite3.Connection, number: int, *, but: int = 0) -> bool:
    """Whether more than ``but`` events of up to this number still wait."""
    found = connection.execute(
        "SELECT count(*) > ? FROM (SELECT 1 FROM events WHERE number <= ? LIMIT ?)", (but, number, but + 1)
    )
    return bool(found.fetchone()[0])


def _lapsed(connection: sqlite3.Connection, now: float, *, longest: float) -> tuple[list[Row], int] | None:
    """The events of a lease that ran out, with its failed tries: of a dead process, or put off."""
    while lease := connection.execute(
        # one from before the machine was started again may lie far ahead on its new clock
        "SELECT first, last, attempt FROM leases WHERE until <= ? OR until > ? ORDER BY first LIMIT 1",
        (now, now + max(longest, LONGEST_WAIT)),
    ).fetchone():
        first, last, attempt = lease
        connection.execute("DELETE FROM leases WHERE first = ?", (first,))
        rows = connection.execute(
            "SELECT number, is_anonymous, payload FROM events WHERE number BETWEEN ? AND ? ORDER BY number",
            (first, last),
        ).fetchall()
        if rows:
            return rows, attempt
    return None


def _free_rows(connection: sqlite3.Connection, most: int, most_bytes: int) -> list[Row]:
    """The oldest events that are in no lease, as far as they lie together and share one POST."""
    select = (
        "SELECT number, is_anonymous, payload FROM events WHERE number > ? AND number < ? "
        "ORDER BY number LIMIT ?"
    )
    position = 0
    for first, last in connection.execute("SELECT first, last FROM leases ORDER BY first").fetchall():
        if rows := _within(connection.execute(select, (position, first, most)), most_bytes):
            return rows
        position = max(position, last)
    return _within(connection.execute(select, (position, 2**62, most)), most_bytes)


def _within(rows: Iterable[Row], most_bytes: int) -> list[Row]:
    """As many of the first rows as share one POST by their size; one at least."""
    kept: list[Row] = []
    for row in rows:
        most_bytes -= len(row[2])
        if kept and most_bytes < 0:
            break
        kept.append(row)
    return kept


def _delete(connection: sqlite3.Connection, batch: Batch) -> int:
    """Delete a batch's rows, as far as they are still there; how many were."""
    return connection.execute(
        "DELETE FROM events WHERE number BETWEEN ? AND ? AND is_anonymous = ?",
        (batch.numbers[0], batch.numbers[-1], batch.is_anonymous),
    ).rowcount


def _end_empty_lease(connection: sqlite3.Connection, batch: Batch) -> None:
    connection.execute(
        "DELETE FROM leases WHERE token = ? AND NOT EXISTS "
        "(SELECT 1 FROM events WHERE number BETWEEN first AND last)",
        (batch.lease,),
    )
