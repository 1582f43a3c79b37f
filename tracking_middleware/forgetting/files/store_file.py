"""A person in the collector's store, also while the collector writes it."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

from ...collector.payload import json_text
from ...collector.store.summary import summary_of
from ...collector.store.tables import Record, forget_ids, insert, prepare, refuse_foreign
from ..holding import Counts, Found, Reading, Told, What
from ..mentions import Mentions
from ..persons import Facts, Given, Person
from ..retention.nameless import nameless_shape
from ..texts import (
    CROSSING,
    ENCODED,
    facts_of_columns,
    facts_of_parameters,
    masked_columns,
    readable,
    readable_parameters,
)
from .sqlite_file import STRIDE, has_free_pages, in_strides, opened, written_over

_FACTS = "SELECT DISTINCT user_id, domain_userid, domain_sessionid, network_userid FROM summaries"
_CROSSINGS = "SELECT shape FROM events WHERE is_good = 1 AND instr(shape, '/cross_navigation/') > 0"
_ROWS = """
SELECT e.id, e.is_good, e.received, s.event_id, s.user_id, s.domain_userid, s.domain_sessionid,
       s.network_userid, e.shape
FROM events AS e JOIN summaries AS s ON s.id = e.id
WHERE e.id > ? ORDER BY e.id LIMIT ?
"""
_OLDER = "SELECT id, is_good FROM summaries WHERE received < ?"
_NAMED_OLDER = """
SELECT s.id, s.is_good
FROM summaries AS s JOIN events AS e ON e.id = s.id
WHERE s.received < ? AND (
    s.user_id IS NOT NULL OR s.domain_userid IS NOT NULL OR s.domain_sessionid IS NOT NULL
    OR s.network_userid IS NOT NULL OR instr(e.shape, '"ipAddress":"') > 0
)
"""
_GOOD, _BAD, _NAMED = "events", "bad rows", "others' events that name them"


class _Row(NamedTuple):
    number: int
    is_good: int
    received: str
    event_id: str | None
    user_id: str | None
    domain_userid: str | None
    session: str | None
    network_userid: str | None
    shape: str

    @property
    def facts(self) -> Facts:
        said = Facts(self.user_id, self.domain_userid, self.session, self.network_userid)
        if self.is_good and CROSSING in self.shape:
            return facts_of_columns(json_text.decoded(self.shape)["event"])
        if not self.is_good and "cross_navigation" in self.text:
            return facts_of_parameters(_parameters(json_text.decoded(self.shape)))
        return said

    @property
    def text(self) -> str:
        """All that it says; a bad row's entities and event are only there as they were sent."""
        if self.is_good or not any(f'"{name}"' in self.shape for name in ENCODED):
            return self.shape
        return f"{self.shape} {readable(_parameters(json_text.decoded(self.shape)))}"


@dataclass(frozen=True, slots=True)
class StoreFile:
    """The file of ``tracking-middleware collector --store``."""

    path: Path
    kind: str = "store"

    @contextmanager
    def opened(self, *, wait: float) -> Iterator[HeldStore]:
        """See ``Holding``."""
        with opened(self.path, what="store of the collector", wait=wait, check=_check) as connection:
            yield HeldStore(connection, self.path, wait)


class HeldStore:
    """The store while it is looked into; see ``Held``."""

    def __init__(self, connection: sqlite3.Connection, path: Path, wait: float) -> None:
        self._connection = connection
        self._path = path
        self._wait = wait

    def facts(self) -> Iterator[Facts]:
        """See ``Held``."""
        yield from (Facts(*row) for row in self._connection.execute(_FACTS).fetchall())
        for (shape,) in self._connection.execute(_CROSSINGS):
            yield facts_of_columns(json_text.decoded(shape)["event"])

    def linked(self, _given: Given) -> Person:
        """See ``Held``: it links nobody."""
        return Person()

    def sources(self) -> tuple[str, ...]:
        """See ``Held``: events were sent here."""
        return ()

    def rows(self, person: Person, reading: Reading) -> Iterator[tuple[str, dict[str, Any]]]:
        """See ``Held``: columns of good events; of bad ones what was sent."""
        for row in self._rows():
            if (what := _what(row, person, is_named=False)) is None:
                continue
            shape = json_text.decoded(row.shape)
            if row.is_good:
                event = {name: value for name, value in shape["event"].items() if value not in (None, {})}
                yield what, masked_columns(event, reading.mask)
            else:
                errors = shape["errors"] if reading.shows_confidential else shape["errors"][:1]
                sent = readable_parameters(_parameters(shape), reading.mask)
                yield what, {"received": row.received, "errors": errors, **sent}

    def found(self, person: Person, mentions: Mentions) -> Found:
        """See ``Held``."""
        counts: Counter[str] = Counter()
        seen: set[str] = set()
        for row in self._rows():
            named = mentions.found_in(row.text)
            seen |= named
            if (what := _what(row, person, is_named=bool(named))) is not None:
                counts[what] += 1
        return Found(counts, frozenset(seen))

    def forget(self, person: Person, mentions: Mentions, told: Told) -> None:
        """See ``Held``."""
        kinds: dict[int, str] = {}
        for row in self._rows():
            is_named = bool(mentions.found_in(row.text))
            if (what := _what(row, person, is_named=is_named)) is not None:
                kinds[row.number] = what

        def take_out(numbers: list[int]) -> None:
            there = [row for number in numbers for row in self._rows(after=number - 1, most=1)]
            there = [row for row in there if row.number in kinds]
            forget_ids(self._connection, [row.number for row in there])
            named = [row for row in there if kinds[row.number] == _NAMED]
            insert(self._connection, [_without(row, mentions) for row in named])

        for some in _parts(sorted(kinds)):
            in_strides(self._connection, some, take_out)
            told(Counter(kinds[number] for number in some))

    def older(self, what: What, before: datetime) -> Counts:
        """See ``Held``; by the moment of receipt."""
        return Counter(_GOOD if is_good else _BAD for _, is_good in self._older(what, before))

    def change(self, what: What, before: datetime, told: Told) -> None:
        """See ``Held``."""

        def work(numbers: list[int]) -> None:
            rows = [row for number in numbers for row in self._rows(after=number - 1, most=1)]
            forget_ids(self._connection, numbers)
            if what == "anonymize":
                wanted = {*numbers}
                insert(self._connection, [_nameless(row) for row in rows if row.number in wanted])

        found = dict(self._older(what, before))
        for some in _parts(sorted(found)):
            in_strides(self._connection, some, work)
            told(Counter(_GOOD if found[number] else _BAD for number in some))
        if found or has_free_pages(self._connection):
            self.write_over()

    def _older(self, what: What, before: datetime) -> list[tuple[int, int]]:
        moment = before.isoformat(timespec="milliseconds") + "Z"
        question = _OLDER if what == "forget" else _NAMED_OLDER
        return self._connection.execute(question, (moment,)).fetchall()

    def write_over(self) -> None:
        """See ``Held``."""
        written_over(self._connection, self._path, wait=self._wait)

    def _rows(self, *, after: int = 0, most: int | None = None) -> Iterator[_Row]:
        """Rows in their order, read in strides, so that no log grows because somebody reads."""
        while rows := self._connection.execute(_ROWS, (after, most or STRIDE)).fetchall():
            yield from (_Row(*row) for row in rows)
            after = rows[-1][0]
            if most is not None:
                return


def _parts(numbers: list[int]) -> Iterator[list[int]]:
    yield from (numbers[first : first + STRIDE] for first in range(0, len(numbers), STRIDE))


def _check(connection: sqlite3.Connection) -> None:
    refuse_foreign(connection)
    prepare(connection)


def _what(row: _Row, person: Person, *, is_named: bool) -> str | None:
    """What a row is to a person; None where it is nothing."""
    facts = row.facts
    is_theirs = person.owns(facts) or person.owns_by_network(facts) or row.event_id in person.event_ids
    if row.is_good:
        return _GOOD if is_theirs else _NAMED if is_named else None
    if is_theirs or (is_named and '"rawEvent":null' in row.shape):  # nothing of it could be read
        return _BAD
    return _NAMED if is_named else None


def _without(row: _Row, mentions: Mentions) -> Record:
    """Somebody else's row without the person; a request's body has others' events too, and goes."""
    shape: dict[str, Any] = json_text.decoded(row.shape)
    payload = shape.get("collectorPayload")
    if payload:
        shape = {**shape, "collectorPayload": {**payload, "body": None, "querystring": []}}
    shape = mentions.taken_from_all(shape)
    is_good = bool(row.is_good)
    summary = summary_of(shape, is_good=is_good, received=row.received)
    return row.number, is_good, row.received, summary, json_text.encoded(shape)


def _nameless(row: _Row) -> Record:
    shape = nameless_shape(json_text.decoded(row.shape))
    is_good = bool(row.is_good)
    summary = summary_of(shape, is_good=is_good, received=row.received)
    return row.number, is_good, row.received, summary, json_text.encoded(shape)


def _parameters(shape: dict[str, Any]) -> dict[str, Any]:
    return (shape.get("rawEvent") or {}).get("parameters") or {}
