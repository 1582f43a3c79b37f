"""Finds the rows of journeys in the store, so many persons and so many rows of each, whatever there is."""

from __future__ import annotations

import sqlite3
import time
from collections import deque
from collections.abc import Iterator

from ..store import queries
from .journeys import Journey, journey_of

_PATIENCE = 0.5
"""Seconds that a search for persons goes on."""
_WINDOW = 2_000
_MOST_ROWS = 200
_MOST_IDS = 40
"""Ids that are followed for one person. Somebody with more is a machine, or a user_id that all share."""

_NEWEST = "SELECT max(id) FROM summaries"
_WALK = """
SELECT id, domain_userid, domain_sessionid, user_id FROM summaries
WHERE id > :low AND id < :high AND is_good = 1
    AND (domain_userid IS NOT NULL OR user_id IS NOT NULL OR domain_sessionid IS NOT NULL)
ORDER BY id DESC
"""
_ONE = "SELECT id, domain_userid, domain_sessionid, user_id FROM summaries WHERE id = ? AND is_good = 1"
_BY_ID = {
    "domain_userid": """
        SELECT id, domain_userid, domain_sessionid, user_id FROM summaries
        WHERE domain_userid = ? AND is_good = 1 ORDER BY id DESC LIMIT ?
    """,
    "domain_sessionid": """
        SELECT id, domain_userid, domain_sessionid, user_id FROM summaries
        WHERE domain_sessionid = ? AND is_good = 1 ORDER BY id DESC LIMIT ?
    """,
    "user_id": """
        SELECT id, domain_userid, domain_sessionid, user_id FROM summaries
        WHERE user_id = ? AND is_good = 1 ORDER BY id DESC LIMIT ?
    """,
}
_NAMED = {
    "domain_userid": """
        SELECT id, domain_userid, domain_sessionid, user_id FROM summaries
        WHERE domain_userid >= :low AND domain_userid < :high AND is_good = 1 LIMIT :most
    """,
    "domain_sessionid": """
        SELECT id, domain_userid, domain_sessionid, user_id FROM summaries
        WHERE domain_sessionid >= :low AND domain_sessionid < :high AND is_good = 1 LIMIT :most
    """,
    "user_id": """
        SELECT id, domain_userid, domain_sessionid, user_id FROM summaries
        WHERE user_id >= :low AND user_id < :high AND is_good = 1 LIMIT :most
    """,
}
_NAMES = tuple(_BY_ID)

_Found = tuple[int, str | None, str | None, str | None]
_Key = tuple[str, str]


def journeys(
    connection: sqlite3.Connection, *, before: int | None, most: int
) -> tuple[list[Journey], int | None]:
    """The persons who did something last, and the next ``before``; None where there are no more."""
    found: list[Journey] = []
    seen: set[_Key] = set()
    position = before
    for row in _walk(connection, before):
        position = row[0]
        if not seen.isdisjoint(_keys(row)):
            continue
        if len(found) == most:
            return found, position + 1
        ids, keys, is_cut = _component(connection, row)
        seen |= keys
        if before is None or max(ids) < before:  # else it was shown before
            found.append(_journey(connection, ids, is_cut=is_cut))
    is_over = position is None or not _is_older(connection, position)
    return found, None if is_over else position


def journeys_named(connection: sqlite3.Connection, text: str, *, most: int) -> list[Journey]:
    """The journeys of persons, users or sessions whose id begins with ``text``."""
    bounds = {"low": text, "high": f"{text}\U0010ffff", "most": _MOST_ROWS}
    found: list[Journey] = []
    seen: set[_Key] = set()
    for name in _NAMES:
        for row in connection.execute(_NAMED[name], bounds).fetchall():
            if len(found) < most and seen.isdisjoint(_keys(row)):
                ids, keys, is_cut = _component(connection, row)
                seen |= keys
                found.append(_journey(connection, ids, is_cut=is_cut))
    return found


def journey_with(connection: sqlite3.Connection, number: int) -> Journey | None:
    """The journey that an event belongs to; None where it names nobody."""
    row = connection.execute(_ONE, (number,)).fetchone()
    if row is None or not _keys(row):
        return None
    ids, _, is_cut = _component(connection, row)
    return _journey(connection, ids | {number}, is_cut=is_cut)


def _walk(connection: sqlite3.Connection, before: int | None) -> Iterator[_Found]:
    (newest,) = connection.execute(_NEWEST).fetchone()
    high = (newest or 0) + 1 if before is None else before
    deadline = time.monotonic() + _PATIENCE
    while high > 1 and time.monotonic() < deadline:
        low = high - _WINDOW
        yield from connection.execute(_WALK, {"low": low - 1, "high": high}).fetchall()
        high = low


def _is_older(connection: sqlite3.Connection, position: int) -> bool:
    return next(_walk(connection, position), None) is not None


def _component(connection: sqlite3.Connection, row: _Found) -> tuple[set[int], set[_Key], bool]:
    """All that is joined to a row: the newest ids, by which keys, and whether there is more."""
    ids, keys = {row[0]}, set(_keys(row))
    waiting = deque(sorted(keys))
    is_cut = False
    while waiting:
        name, value = waiting.popleft()
        rows = connection.execute(_BY_ID[name], (value, _MOST_ROWS + 1)).fetchall()
        is_cut = is_cut or len(rows) > _MOST_ROWS
        ids.update(found[0] for found in rows)
        new = {key for found in rows for key in _keys(found)} - keys
        if len(keys) + len(new) > _MOST_IDS:
            new = set(sorted(new)[: max(0, _MOST_IDS - len(keys))])
            is_cut = True
        keys |= new
        waiting.extend(sorted(new))
    newest = set(sorted(ids, reverse=True)[:_MOST_ROWS])
    return newest, keys, is_cut or len(ids) > _MOST_ROWS


def _keys(row: _Found) -> set[_Key]:
    return {(name, value) for name, value in zip(_NAMES, row[1:], strict=True) if value}


def _journey(connection: sqlite3.Connection, ids: set[int], *, is_cut: bool) -> Journey:
    rows = (queries.get(connection, number) for number in sorted(ids))
    return journey_of((row for row in rows if row is not None), is_cut=is_cut)
