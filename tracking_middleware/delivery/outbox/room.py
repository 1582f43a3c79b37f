"""How an outbox file is kept within its limit."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

_EVICT_AT_ONCE = 200

OnFull = Literal["drop_oldest", "drop_newest"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """How much of the file may be in use, and what goes when it is."""

    max_bytes: int
    on_full: OnFull


class FullError(Exception):
    """There is no room for what comes, and the policy is to refuse it."""


def make_room(connection: sqlite3.Connection, size: int, limit: Limit) -> None:
    """Keep the file within its limit by its policy; the oldest go first, dead letters before others."""
    if _file_bytes(connection) + size <= limit.max_bytes:  # in fewer steps, and no less is in use
        return
    excess = used_bytes(connection) + size - limit.max_bytes
    if excess <= 0:
        return
    if limit.on_full == "drop_newest":
        raise FullError
    while excess > 0:
        freed = _evict_dead_letters(connection) or _evict_events(connection)
        if not freed:
            raise FullError
        excess -= freed


def _evict_dead_letters(connection: sqlite3.Connection) -> int:
    """Delete the oldest dead letters; how many bytes of payload that were."""
    rows = connection.execute(
        "DELETE FROM dead_letters WHERE number IN (SELECT number FROM dead_letters ORDER BY number LIMIT ?) "
        "RETURNING length(payload)",
        (_EVICT_AT_ONCE,),
    ).fetchall()
    connection.execute(
        "UPDATE ledger SET evicted = evicted + :count, dead = dead - :count", {"count": len(rows)}
    )
    return _total(rows)


def _evict_events(connection: sqlite3.Connection) -> int:
    """Delete the oldest events that nobody is sending; how many bytes of payload that were."""
    rows = connection.execute(
        "DELETE FROM events WHERE number IN (SELECT number FROM events WHERE NOT EXISTS "
        "(SELECT 1 FROM leases WHERE number BETWEEN first AND last) ORDER BY number LIMIT ?) "
        "RETURNING length(payload)",
        (_EVICT_AT_ONCE,),
    ).fetchall()
    connection.execute("UPDATE ledger SET evicted = evicted + ?", (len(rows),))
    return _total(rows)


def _total(rows: Iterable[tuple[int]]) -> int:
    return sum(size for (size,) in rows)


def _file_bytes(connection: sqlite3.Connection) -> int:
    """How large the file is, the log among it."""
    (pages,) = connection.execute("PRAGMA page_count").fetchone()
    (of_each,) = connection.execute("PRAGMA page_size").fetchone()
    return int(pages) * int(of_each)


def used_bytes(connection: sqlite3.Connection) -> int:
    """How much of the file is in use, as far as the last checkpoint and the log have it."""
    used: int = connection.execute(
        "SELECT ((SELECT * FROM pragma_page_count) - (SELECT * FROM pragma_freelist_count)) "
        "* (SELECT * FROM pragma_page_size)"
    ).fetchone()[0]
    return used
