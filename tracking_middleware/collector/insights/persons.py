"""Asks the models of ``journeys`` whose some events of the store are."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterator, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING

import msgspec

from ...journeys.live import Live, LiveError
from ...journeys.sources.events import stored_event
from ..store import queries
from .journeys import Journey, Placed, Told, journeys_of

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

__all__ = ["LiveError", "persons_of"]

_MOST_BYTES = 32 * 1024 * 1024
"""Of events that are looked at together; of larger ones fewer are."""
_SHAPE = "SELECT shape FROM events WHERE id = ?"
_PLACED = """
SELECT e.line, j.person_id, j.session_id, j.side, j.how
FROM journeys AS j
JOIN events AS e ON e.event_id = j.event_id
ORDER BY j.at, j.event_id
"""
_PAIRS = """
SELECT s.line, b.line
FROM page_views AS v
JOIN events AS s ON s.event_id = v.server_event_id
JOIN events AS b ON b.event_id = v.browser_event_id
"""
_IDENTIFIERS = """
SELECT person_id, value FROM person_identifiers WHERE kind = $kind ORDER BY valid_from, value
"""

_live = Live("journeys", "page_views", "person_identifiers")
"""One for all that a process shows: it holds some megabytes, and takes a moment to make."""


def prepare() -> None:
    """Have all that does not depend on who is asked about ready; raises LiveError."""
    _live.prepare()


def persons_of(
    connection: sqlite3.Connection, ids: Collection[int], *, cut: Collection[int] = ()
) -> list[Journey]:
    """The journeys of the persons that rows of the store are of; ``cut`` are those of which older ones are
    left out. What a run rejects is left out too. Raises LiveError."""
    texts = dict(_texts(connection, ids))
    left = {*cut, *(texts if len(texts) < len(ids) else ())}
    with _live.made_of(_events(texts)) as tables:
        told = _told(tables)
    found = queries.rows(connection, told.placed)
    return journeys_of({row.id: row for row in found}, told, cut=frozenset(left))


def _events(texts: Mapping[int, str]) -> Iterator[bytes]:
    for number, text in texts.items():
        with suppress(msgspec.DecodeError):  # a run would reject it
            yield stored_event(text, number=number)


def _texts(connection: sqlite3.Connection, ids: Collection[int]) -> Iterator[tuple[int, str]]:
    """The newest events first, as far as they fit."""
    size = 0
    for number in sorted(ids, reverse=True):
        row = connection.execute(_SHAPE, (number,)).fetchone()
        if row is None:
            continue
        size += len(row[0])
        if size > _MOST_BYTES:
            return
        yield number, row[0]


def _told(tables: DuckDBPyConnection) -> Told:
    placed = tables.execute(_PLACED).fetchall()
    return Told(
        placed={
            line: Placed(person=person, session=session, side=side, how=how)
            for line, person, session, side, how in placed
        },
        pairs=dict(tables.execute(_PAIRS).fetchall()),
        users=_identifiers(tables, "user_id"),
        devices=_identifiers(tables, "domain_userid"),
    )


def _identifiers(tables: DuckDBPyConnection, kind: str) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for person, value in tables.execute(_IDENTIFIERS, {"kind": kind}).fetchall():
        found[person] = (*found.get(person, ()), value)
    return found
