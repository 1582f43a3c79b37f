"""A person in an outbox file, also while an app sends from it."""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from ..delivery.outbox.ledger import forget_numbers
from ..delivery.outbox.tables import is_new
from .holding import Found, Told
from .mentions import Mentions
from .persons import Facts, Person
from .sqlite_file import STRIDE, in_strides, opened, written_over
from .texts import facts_of_parameters, readable

_ROWS = """
SELECT number, payload, '' AS reason, 0 AS is_dead,
       EXISTS (SELECT 1 FROM leases WHERE number BETWEEN first AND last) AS is_leased
FROM events WHERE number > :after
UNION ALL SELECT number, payload, reason, 1, 0 FROM dead_letters WHERE number > :after
ORDER BY number LIMIT :most
"""
_WAITING, _SENDING, _DEAD, _NAMED = (
    "events that wait",
    "events that are being sent",
    "dead letters",
    "others' events that name them",
)


class _Row(NamedTuple):
    number: int
    payload: bytes
    reason: str
    is_dead: int
    is_leased: int

    @property
    def parameters(self) -> dict[str, Any]:
        """What is sent; nothing of what nobody can read."""
        try:
            found = json.loads(self.payload)
        except ValueError:
            return {}
        return found if isinstance(found, dict) else {}


@dataclass(frozen=True, slots=True)
class OutboxFile:
    """The file that the setting ``outbox`` names."""

    path: Path
    kind: str = "outbox"

    @contextmanager
    def opened(self, *, wait: float) -> Iterator[HeldOutbox]:
        """See ``Holding``."""
        with opened(self.path, what="outbox", wait=wait, check=_check) as connection:
            yield HeldOutbox(connection, self.path, wait)


class HeldOutbox:
    """The outbox while it is looked into; see ``Held``."""

    def __init__(self, connection: sqlite3.Connection, path: Path, wait: float) -> None:
        self._connection = connection
        self._path = path
        self._wait = wait

    def facts(self) -> Iterator[Facts]:
        """See ``Held``."""
        for row in self._rows():
            yield facts_of_parameters(row.parameters)

    def found(self, person: Person, mentions: Mentions) -> Found:
        """See ``Held``."""
        counts: Counter[str] = Counter()
        seen: set[str] = set()
        for row in self._rows():
            named = mentions.found_in(text_of(row.payload, row.parameters, row.reason))
            seen |= named
            if (what := _what(row, person, is_named=bool(named))) is not None:
                counts[what] += 1
        return Found(counts, frozenset(seen))

    def forget(self, person: Person, mentions: Mentions, told: Told) -> None:
        """See ``Held``."""
        found: dict[int, str] = {}
        for row in self._rows():
            is_named = bool(mentions.found_in(text_of(row.payload, row.parameters, row.reason)))
            if (what := _what(row, person, is_named=is_named)) is not None:
                found[row.number] = what
        theirs = [number for number, what in found.items() if what != _NAMED]
        named = [number for number, what in found.items() if what == _NAMED]
        in_strides(self._connection, theirs, lambda some: forget_numbers(self._connection, some))
        in_strides(self._connection, named, lambda some: self._rewrite(some, mentions))
        told(Counter(found.values()))

    def write_over(self) -> None:
        """See ``Held``."""
        written_over(self._connection, self._path, wait=self._wait)

    def _rewrite(self, numbers: list[int], mentions: Mentions) -> None:
        for number in numbers:
            for row in self._rows(after=number - 1, most=1):
                payload = without(row.parameters, row.payload, mentions)
                table = "UPDATE dead_letters SET payload = ? WHERE number = ?"
                if not row.is_dead:
                    table = "UPDATE events SET payload = ? WHERE number = ?"
                if row.number == number:
                    self._connection.execute(table, (payload, number))

    def _rows(self, *, after: int = 0, most: int | None = None) -> Iterator[_Row]:
        """Rows in their order, read in strides, so that no log grows because somebody reads."""
        while True:
            given = {"after": after, "most": most or STRIDE}
            rows = self._connection.execute(_ROWS, given).fetchall()
            yield from (_Row(*row) for row in rows)
            if not rows or most is not None:
                return
            after = rows[-1][0]


def text_of(payload: bytes, parameters: dict[str, Any], reason: str) -> str:
    """All that an event says as it is kept to be sent."""
    return f"{payload.decode('utf-8', 'replace')} {readable(parameters)} {reason}"


def without(parameters: dict[str, Any], payload: bytes, mentions: Mentions) -> bytes:
    """Somebody else's event without the person."""
    if not parameters:
        return mentions.taken_from(payload.decode("utf-8", "replace")).encode()
    return json.dumps(mentions.taken_from_all(parameters), ensure_ascii=False, separators=(",", ":")).encode()


def _check(connection: sqlite3.Connection) -> None:
    if is_new(connection):
        raise sqlite3.DatabaseError("it has no tables yet")


def _what(row: _Row, person: Person, *, is_named: bool) -> str | None:
    """What an event is to a person; None where it is nothing."""
    facts = facts_of_parameters(row.parameters)
    is_theirs = (
        person.owns(facts)
        or person.owns_by_network(facts)
        or str(row.parameters.get("eid", "")).lower() in person.event_ids
    )
    if is_theirs:
        return _DEAD if row.is_dead else _SENDING if row.is_leased else _WAITING
    return _NAMED if is_named else None
