"""The tables of the store's file, and how an older file comes to have them.

``events`` is all that was ever sent. ``summaries`` has what is searched, in narrow rows, so that a search
need not go through the events themselves; ``kinds`` how many there are of each kind.
"""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from msgspec.structs import astuple

from ..payload.json_text import decoded
from .summary import Summary, summary_of

APPLICATION_ID = 1_416_778_579  # "TrSS", in the header of the file; 0 in those of earlier versions
VERSION = 1
"""``PRAGMA user_version`` of the file; 0 is a new file, or one from before there was a version."""

SUMMARY_COLUMNS = Summary.__struct_fields__

_TABLES = (
    """
    CREATE TABLE IF NOT EXISTS events (
        id INTEGER PRIMARY KEY,
        is_good INTEGER NOT NULL,
        received TEXT NOT NULL,
        shape TEXT NOT NULL
    )
    """,
    "DROP INDEX IF EXISTS events_by_kind",
    """
    CREATE TABLE summaries (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        is_good INTEGER NOT NULL,
        received TEXT NOT NULL,
        derived TEXT NOT NULL,
        event_id TEXT,
        app_id TEXT,
        platform TEXT,
        event_name TEXT,
        event_vendor TEXT,
        domain_userid TEXT,
        domain_sessionid TEXT,
        domain_sessionidx INTEGER,
        user_id TEXT,
        network_userid TEXT,
        page_url TEXT,
        page_title TEXT,
        useragent TEXT,
        br_family TEXT,
        reason TEXT
    )
    """,
    """
    CREATE TABLE kinds (
        is_good INTEGER NOT NULL,
        app_id TEXT NOT NULL,
        platform TEXT NOT NULL,
        event_name TEXT NOT NULL,
        reason TEXT NOT NULL,
        count INTEGER NOT NULL,
        PRIMARY KEY (is_good, app_id, platform, event_name, reason)
    ) WITHOUT ROWID
    """,
    "PRAGMA user_version = 1",
    "PRAGMA application_id = 1416778579",
)
_OWN_TABLES = {"events", "summaries", "kinds"}
_OWN_COLUMNS = {"id", "is_good", "received", "shape"}
_INDEXES = (
    "CREATE INDEX summaries_by_received ON summaries (received, platform, is_good)",
    "CREATE INDEX summaries_by_app ON summaries (app_id)",
    "CREATE INDEX summaries_by_name ON summaries (event_name)",
    "CREATE INDEX summaries_by_platform ON summaries (platform)",
    "CREATE INDEX summaries_by_event_id ON summaries (event_id)",
    "CREATE INDEX summaries_by_person ON summaries (domain_userid) WHERE domain_userid IS NOT NULL",
    "CREATE INDEX summaries_by_session ON summaries (domain_sessionid) WHERE domain_sessionid IS NOT NULL",
    "CREATE INDEX summaries_by_user ON summaries (user_id) WHERE user_id IS NOT NULL",
    "CREATE INDEX summaries_of_bad ON summaries (id) WHERE is_good = 0",
    "CREATE INDEX summaries_by_reason ON summaries (reason) WHERE reason IS NOT NULL",
)
_INSERT_SUMMARY = """
INSERT INTO summaries (
    id, is_good, received, derived, event_id, app_id, platform, event_name, event_vendor, domain_userid,
    domain_sessionid, domain_sessionidx, user_id, network_userid, page_url, page_title, useragent, br_family,
    reason
) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""
_INSERT_EVENT = "INSERT INTO events (id, is_good, received, shape) VALUES (?, ?, ?, ?)"
_COUNT_KIND = """
INSERT INTO kinds (is_good, app_id, platform, event_name, reason, count) VALUES (?, ?, ?, ?, ?, ?)
ON CONFLICT DO UPDATE SET count = count + excluded.count
"""
_KINDS_UP_TO = """
SELECT is_good, coalesce(app_id, ''), coalesce(platform, ''), coalesce(event_name, ''), coalesce(reason, ''),
       count(*)
FROM summaries WHERE id <= ? GROUP BY 1, 2, 3, 4, 5
"""
_OLDEST = "SELECT id FROM summaries WHERE received < :moment ORDER BY received, id LIMIT :most"
_KINDS_OF = """
SELECT is_good, coalesce(app_id, ''), coalesce(platform, ''), coalesce(event_name, ''), coalesce(reason, ''),
       count(*)
FROM summaries WHERE id IN (SELECT value FROM json_each(?)) GROUP BY 1, 2, 3, 4, 5
"""
_DELETE_KIND = """
DELETE FROM kinds
WHERE is_good = ? AND app_id = ? AND platform = ? AND event_name = ? AND reason = ? AND count <= 0
"""
_CHUNK = 1000
_MOST_FORGOTTEN = 10_000
"""So many at a time, where a file has far more than it may, so that no commit takes long."""
_MOST_TOO_OLD = 500
"""So many at a time: they are written over in the file, which takes longer."""

Record = tuple[int, bool, str, Summary, str]
"""A row on its way into the tables: id, is_good, received, summary, shape as JSON."""


def refuse_foreign(connection: sqlite3.Connection) -> None:
    """Raise sqlite3.Error where the file is a database of something else; nothing is written for it.

    Stores of earlier versions have no ``application_id`` and are told by their tables.
    """
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    if application == APPLICATION_ID:
        return
    names = {
        name
        for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type IN ('table', 'view')")
        if not name.startswith("sqlite_")
    }
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    columns = {name for (name,) in connection.execute("SELECT name FROM pragma_table_info('events')")}
    is_new = not names and not version
    is_older = names <= _OWN_TABLES and columns == _OWN_COLUMNS
    if application or not (is_new or is_older):
        shown = ", ".join(sorted(names)[:3]) or "none"
        raise sqlite3.DatabaseError(
            f"it is a database of something else (tables: {shown}), and was left as it is: name another "
            "file, or one that is not there yet"
        )


def prepare(connection: sqlite3.Connection) -> None:
    """Make the tables, or bring an older file up to date, in one transaction.

    Raises sqlite3.Error, also for a file that a newer version of the package made.
    """
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version == VERSION:
        return
    if version > VERSION:
        raise sqlite3.DatabaseError(
            f"its layout is number {version}, which a newer tracking_middleware made; this one knows "
            f"{VERSION}: use the newer one, or another file"
        )
    connection.execute("BEGIN IMMEDIATE")
    with connection:
        _make(connection)


def insert(connection: sqlite3.Connection, records: Sequence[Record]) -> None:
    """Put records into all tables; the caller's transaction."""
    connection.executemany(
        _INSERT_EVENT,
        [(number, is_good, received, shape) for number, is_good, received, _, shape in records],
    )
    summarise(connection, records)


def summarise(connection: sqlite3.Connection, records: Sequence[Record]) -> None:
    """Fill what is searched and counted, of rows whose events are there."""
    connection.executemany(
        _INSERT_SUMMARY,
        [(number, is_good, received, *astuple(summary)) for number, is_good, received, summary, _ in records],
    )
    count(connection, Counter(_kind(is_good, summary) for _, is_good, _, summary, _ in records))


def empty(connection: sqlite3.Connection) -> None:
    """Forget all rows; the caller's transaction."""
    connection.execute("DELETE FROM events")
    connection.execute("DELETE FROM summaries")
    connection.execute("DELETE FROM kinds")


def forget(connection: sqlite3.Connection, *, up_to: int) -> None:
    """Delete the oldest rows, with ids up to one, but not very many at a time; the caller's transaction."""
    (lowest,) = connection.execute("SELECT min(id) FROM summaries").fetchone()
    if lowest is None or lowest > up_to:
        return
    last = (min(up_to, lowest + _MOST_FORGOTTEN),)
    kinds = {tuple(kind): -number for *kind, number in connection.execute(_KINDS_UP_TO, last)}
    count(connection, Counter(kinds))
    connection.executemany(_DELETE_KIND, kinds)
    connection.execute("DELETE FROM events WHERE id <= ?", last)
    connection.execute("DELETE FROM summaries WHERE id <= ?", last)


def forget_before(connection: sqlite3.Connection, moment: str) -> int:
    """Delete the oldest rows that came before a moment, a few hundred at a time; the caller's transaction.

    How many; 0 where none is left. By their moments and not by their ids, since a clock may be set back.
    """
    asked = {"moment": moment, "most": _MOST_TOO_OLD}
    ids = [number for (number,) in connection.execute(_OLDEST, asked)]
    forget_ids(connection, ids)
    return len(ids)


def forget_ids(connection: sqlite3.Connection, ids: Sequence[int]) -> None:
    """Delete rows by their ids, which are there, from all tables; the caller's transaction."""
    kinds = {tuple(kind): -number for *kind, number in connection.execute(_KINDS_OF, (json.dumps(ids),))}
    count(connection, Counter(kinds))
    connection.executemany(_DELETE_KIND, kinds)
    connection.executemany("DELETE FROM events WHERE id = ?", [(number,) for number in ids])
    connection.executemany("DELETE FROM summaries WHERE id = ?", [(number,) for number in ids])


def last_id(connection: sqlite3.Connection) -> int:
    """The highest id that was ever given, 0 in a new file."""
    found = connection.execute("SELECT seq FROM sqlite_sequence WHERE name = 'summaries'").fetchone()
    return found[0] if found else 0


def count(connection: sqlite3.Connection, kinds: Counter[tuple[Any, ...]]) -> None:
    """Add to how many there are of each kind; a negative number is taken away."""
    connection.executemany(_COUNT_KIND, [(*kind, number) for kind, number in kinds.items()])


def _kind(is_good: bool, summary: Summary) -> tuple[Any, ...]:  # noqa: FBT001
    names = (summary.app_id, summary.platform, summary.event_name, summary.reason)
    return (is_good, *(name or "" for name in names))


def _make(connection: sqlite3.Connection) -> None:
    for statement in _TABLES:
        connection.execute(statement)
    old = connection.execute("SELECT id, is_good, received, shape FROM events ORDER BY id")
    while rows := old.fetchmany(_CHUNK):
        summarise(connection, list(_records(rows)))
    for statement in _INDEXES:
        connection.execute(statement)


def _records(rows: Iterable[tuple[int, int, str, str]]) -> Iterable[Record]:
    for number, is_good, received, text in rows:
        summary = summary_of(decoded(text), is_good=bool(is_good), received=received)
        yield number, bool(is_good), received, summary, text
