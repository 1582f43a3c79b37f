"""What the store's indexes join to a row: whose it may be, the models say."""

from __future__ import annotations

import sqlite3
from collections import deque

from ..payload.json_text import decoded
from .journeys import crossings_of

MOST_ROWS = 200
_MOST_IDS = 40
"""Ids that are followed from one row. Somebody with more is a machine, or a user_id that all share."""

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
_CROSSED = "SELECT shape FROM events WHERE id = ? AND instr(shape, '/cross_navigation/') > 0"
NAMES = tuple(_BY_ID)

Found = tuple[int, str | None, str | None, str | None]
Key = tuple[str, str]


def component(connection: sqlite3.Connection, row: Found) -> tuple[set[int], set[Key], bool]:
    """All that is joined to a row: the newest ids, by which keys, and whether there is more."""
    ids, keys, looked_at = {row[0]}, keys_of(row), set[int]()
    waiting = deque(sorted(keys))
    is_cut = False
    while waiting:
        name, value = waiting.popleft()
        rows = connection.execute(_BY_ID[name], (value, MOST_ROWS + 1)).fetchall()
        is_cut = is_cut or len(rows) > MOST_ROWS
        ids.update(found[0] for found in rows)
        new = {key for found in rows for key in keys_of(found)}
        if not waiting:  # only now: what an event carries stands in itself, which is longer to read
            newest = _newest(ids) - looked_at
            looked_at |= newest
            new |= {key for number in newest for key in _origins(connection, number)}
        new -= keys
        if len(keys) + len(new) > _MOST_IDS:
            new = set(sorted(new)[: max(0, _MOST_IDS - len(keys))])
            is_cut = True
        keys |= new
        waiting.extend(sorted(new))
    return _newest(ids), keys, is_cut or len(ids) > MOST_ROWS


def _newest(ids: set[int]) -> set[int]:
    return set(sorted(ids, reverse=True)[:MOST_ROWS])


def _origins(connection: sqlite3.Connection, number: int) -> set[Key]:
    """The device and the session in which a token was made that an event carries."""
    row = connection.execute(_CROSSED, (number,)).fetchone()
    if row is None:
        return set()
    found = set[Key]()
    for data in crossings_of(decoded(row[0])["event"]):
        given = {"domain_userid": data.get("domain_user_id"), "domain_sessionid": data.get("session_id")}
        found |= {(name, value) for name, value in given.items() if value and isinstance(value, str)}
    return found


def keys_of(row: Found) -> set[Key]:
    return {(name, value) for name, value in zip(NAMES, row[1:], strict=True) if value}
