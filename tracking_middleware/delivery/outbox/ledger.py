"""Where the events of an outbox file are, and how some are taken out because a person is to be forgotten.

What is forgotten counts in the file's ``evicted``, so that the equation holds for every version that reads
it; how many of those there are is beside it, in a column that a file has from the first of them on.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboxLedger:
    """Where the events of a file are: ``stored`` is the sum of the other places.

    ``leased``: a process is sending them, or has put them off after a failure. ``forgotten``: taken out by
    ``tracking-middleware forget``.
    """

    stored: int
    pending: int
    leased: int
    delivered: int
    dead: int
    evicted: int
    forgotten: int = 0

    def as_dict(self) -> dict[str, int]:
        """The places by name, in the equation's order; ``forgotten`` where anything was."""
        places = {name: getattr(self, name) for name in self.__slots__}
        return places if self.forgotten else {name: places[name] for name in places if name != "forgotten"}


def ledger(connection: sqlite3.Connection, *, now: float) -> OutboxLedger:
    """Where the events are at this instant."""
    found = connection.execute("SELECT * FROM ledger")
    names = [name for name, *_ in found.description]
    counted: dict[str, int] = dict(zip(names, found.fetchone(), strict=True))
    stored, delivered, dead = counted["stored"], counted["delivered"], counted["dead"]
    forgotten = counted.get("forgotten", 0)
    (leased,) = connection.execute(
        "SELECT count(*) FROM leases JOIN events ON number BETWEEN first AND last WHERE until > ?", (now,)
    ).fetchone()
    return OutboxLedger(
        stored=stored,
        pending=stored - delivered - dead - counted["evicted"] - leased,
        leased=leased,
        delivered=delivered,
        dead=dead,
        evicted=counted["evicted"] - forgotten,
        forgotten=forgotten,
    )


def forget_numbers(connection: sqlite3.Connection, numbers: Sequence[int]) -> tuple[int, int]:
    """Delete events by their numbers, waiting ones and dead letters; how many of each. In a transaction.

    One that is being sent at this moment may reach the collector all the same.
    """
    columns = {name for (name,) in connection.execute("SELECT name FROM pragma_table_info('ledger')")}
    if "forgotten" not in columns:
        connection.execute("ALTER TABLE ledger ADD COLUMN forgotten INTEGER NOT NULL DEFAULT 0")
    asked = (json.dumps(list(numbers)),)
    waiting = connection.execute(
        "DELETE FROM events WHERE number IN (SELECT value FROM json_each(?))", asked
    ).rowcount
    dead = connection.execute(
        "DELETE FROM dead_letters WHERE number IN (SELECT value FROM json_each(?))", asked
    ).rowcount
    connection.execute(
        "UPDATE ledger SET dead = dead - :dead, evicted = evicted + :all, forgotten = forgotten + :all",
        {"dead": dead, "all": waiting + dead},
    )
    return waiting, dead
