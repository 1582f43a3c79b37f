"""What can be asked of the store; every question is bounded in time, however many events there are.

The ids that a filter lets pass come from that filter's index, one window of ids after another; where there
are several filters a row must be in the answers of all. No statement is put together from parts.
"""

from __future__ import annotations

import sqlite3
import time
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from ..payload.json_text import decoded
from .rows import Facets, Listing, Query, Reason, StoredRow
from .summary import Summary
from .tables import SUMMARY_COLUMNS
from .text_search import like

_PATIENCE = 0.25
"""Seconds that a search goes on without having found enough."""

_PATIENCE_FOR_ALL = 2.0
"""Seconds that a search for all there is goes on."""

Wanted = Mapping[str, Sequence[str]]

_FIRST_WINDOW, _LAST_WINDOW = 512, 32_768
_MOST_FACETS = 100
_HIGHEST = 2**62

_ALL = "SELECT id FROM summaries WHERE id BETWEEN :low AND :high"
_FILTERS = {
    # from what usually has few rows to what has many
    "domain_sessionid": """
        SELECT id FROM summaries WHERE domain_sessionid = :value AND id BETWEEN :low AND :high
    """,
    "domain_userid": "SELECT id FROM summaries WHERE domain_userid = :value AND id BETWEEN :low AND :high",
    "user_id": "SELECT id FROM summaries WHERE user_id = :value AND id BETWEEN :low AND :high",
    "bad": "SELECT id FROM summaries WHERE is_good = 0 AND id BETWEEN :low AND :high",
    "event_name": "SELECT id FROM summaries WHERE event_name = :value AND id BETWEEN :low AND :high",
    "app_id": "SELECT id FROM summaries WHERE app_id = :value AND id BETWEEN :low AND :high",
    "platform": "SELECT id FROM summaries WHERE platform = :value AND id BETWEEN :low AND :high",
    "good": "SELECT id FROM summaries WHERE is_good = 1 AND id BETWEEN :low AND :high",
    # the + keeps SQLite to the window: the index on the moments knows nothing of it
    "since": "SELECT id FROM summaries WHERE +received >= :value AND id BETWEEN :low AND :high",
    "until": "SELECT id FROM summaries WHERE +received < :value AND id BETWEEN :low AND :high",
    "happened_since": "SELECT id FROM summaries WHERE derived >= :value AND id BETWEEN :low AND :high",
    "happened_until": "SELECT id FROM summaries WHERE derived < :value AND id BETWEEN :low AND :high",
    "page": """
        SELECT id FROM summaries WHERE id BETWEEN :low AND :high
            AND substr(page_url, 1, length(:value)) = :value
            AND substr(page_url, length(:value) + 1, 1) IN ('', '?', '#')
    """,
    "text": r"""
        SELECT id FROM summaries WHERE id BETWEEN :low AND :high AND (
            page_url LIKE :value ESCAPE '\' OR page_title LIKE :value ESCAPE '\'
            OR event_name LIKE :value ESCAPE '\' OR app_id LIKE :value ESCAPE '\'
            OR event_id LIKE :value ESCAPE '\' OR user_id LIKE :value ESCAPE '\'
            OR domain_userid LIKE :value ESCAPE '\' OR domain_sessionid LIKE :value ESCAPE '\'
            OR network_userid LIKE :value ESCAPE '\'
        )
    """,
}
WHATEVER_CASE = {
    "app_id": """
        SELECT id FROM summaries WHERE app_id = :value COLLATE NOCASE AND id BETWEEN :low AND :high
    """,
    "platform": """
        SELECT id FROM summaries WHERE platform = :value COLLATE NOCASE AND id BETWEEN :low AND :high
    """,
    "event_id": """
        SELECT id FROM summaries WHERE event_id = :value COLLATE NOCASE AND id BETWEEN :low AND :high
    """,
    "user_id": """
        SELECT id FROM summaries WHERE user_id = :value COLLATE NOCASE AND id BETWEEN :low AND :high
    """,
    "domain_userid": """
        SELECT id FROM summaries WHERE domain_userid = :value COLLATE NOCASE AND id BETWEEN :low AND :high
    """,
    "domain_sessionid": """
        SELECT id FROM summaries WHERE domain_sessionid = :value COLLATE NOCASE AND id BETWEEN :low AND :high
    """,
}
"""Columns that Micro's way to filter, which takes no notice of case, is quick for."""

_ROW = """
SELECT id, summaries.is_good, summaries.received, shape, derived, event_id, app_id, platform, event_name,
       event_vendor, domain_userid, domain_sessionid, domain_sessionidx, user_id, network_userid, page_url,
       page_title, useragent, br_family, reason
FROM summaries JOIN events USING (id) WHERE id = ?
"""
_BOUNDS = "SELECT (SELECT min(id) FROM summaries), (SELECT max(id) FROM summaries)"
_COUNTS = "SELECT is_good, sum(count) FROM kinds GROUP BY is_good"
_APP_IDS = (
    "SELECT app_id, sum(count) AS n FROM kinds WHERE app_id <> '' GROUP BY 1 ORDER BY n DESC, 1 LIMIT ?"
)
_PLATFORMS = (
    "SELECT platform, sum(count) AS n FROM kinds WHERE platform <> '' GROUP BY 1 ORDER BY n DESC, 1 LIMIT ?"
)
_EVENT_NAMES = """
SELECT event_name, sum(count) AS n FROM kinds WHERE event_name <> '' GROUP BY 1 ORDER BY n DESC, 1 LIMIT ?
"""
_REASONS = """
SELECT reason, sum(count) AS n, (SELECT min(id) FROM summaries WHERE summaries.reason = kinds.reason)
FROM kinds WHERE is_good = 0 AND count > 0 GROUP BY reason ORDER BY n DESC, reason LIMIT ?
"""


def latest(connection: sqlite3.Connection, query: Query, *, before: int | None, most: int) -> Listing:
    """The newest rows with ids below ``before``, newest first."""
    lowest, highest = _bounds_of(connection, query)
    last = highest if before is None else min(before - 1, highest)
    ids: list[int] = []
    for low, high in _timely(_windows_down(last, lowest) if most > 0 else ()):
        ids += sorted(matching(connection, query, low, high), reverse=True)
        last = low - 1
        if len(ids) >= most:
            last = ids[most - 1] - 1
            break
    return Listing(rows(connection, ids[:most]), last + 1 if last >= lowest else None)


def after(connection: sqlite3.Connection, query: Query, *, after: int, most: int) -> Listing:
    """The oldest rows with ids above ``after``, oldest first; the cursor is always there to go on from."""
    lowest, highest = _bounds(connection)
    ids: list[int] = []
    last = after
    for low, high in _timely(_windows_up(max(after + 1, lowest), highest) if most > 0 else ()):
        ids += sorted(matching(connection, query, low, high))
        last = high
        if len(ids) >= most:
            last = ids[most - 1]
            break
    return Listing(rows(connection, ids[:most]), last)


def all_ids(connection: sqlite3.Connection, query: Query, wanted: Wanted, *, most: int | None) -> list[int]:
    """The ids of all rows that a query finds and that have a wanted value in each column, newest first.

    Case makes no difference to ``wanted``, whose columns are those of WHATEVER_CASE. After two seconds those
    that were found by then; with ``most`` the newest so many.
    """
    lowest, highest = _bounds(connection)
    found: list[int] = []
    for low, high in _timely(_windows_down(highest, lowest), _PATIENCE_FOR_ALL):
        ids = matching(connection, query, low, high)
        for column, values in wanted.items():
            ids &= _having(connection, column, values, low, high) if ids else set()
        found += sorted(ids, reverse=True)
        if most is not None and len(found) >= most:
            break
    return found[:most]


def rows(connection: sqlite3.Connection, ids: Iterable[int]) -> tuple[StoredRow, ...]:
    """Rows by their ids, in that order, without those that are no longer there."""
    found = (connection.execute(_ROW, (number,)).fetchone() for number in ids)
    return tuple(_row(columns) for columns in found if columns is not None)


def get(connection: sqlite3.Connection, number: int) -> StoredRow | None:
    """One row."""
    found = rows(connection, [number])
    return found[0] if found else None


def counts(connection: sqlite3.Connection) -> tuple[int, int]:
    """How many rows are good, how many bad."""
    found = dict(connection.execute(_COUNTS))
    return found.get(1, 0), found.get(0, 0)


def facets(connection: sqlite3.Connection) -> Facets:
    """The values there are."""
    return Facets(
        app_ids=tuple(connection.execute(_APP_IDS, (_MOST_FACETS,))),
        platforms=tuple(connection.execute(_PLATFORMS, (_MOST_FACETS,))),
        event_names=tuple(connection.execute(_EVENT_NAMES, (_MOST_FACETS,))),
    )


def bad_reasons(connection: sqlite3.Connection, most: int) -> list[Reason]:
    """Why rows are bad, the most frequent reason first."""
    found = connection.execute(_REASONS, (most,)).fetchall()
    return [
        Reason(reason, number, first)
        for reason, number, first_id in found
        if (first := get(connection, first_id)) is not None
    ]


def _bounds(connection: sqlite3.Connection) -> tuple[int, int]:
    lowest, highest = connection.execute(_BOUNDS).fetchone()
    return (lowest, highest) if lowest is not None else (1, 0)


def _bounds_of(connection: sqlite3.Connection, query: Query) -> tuple[int, int]:
    """The lowest and the highest id that may pass."""
    lowest, highest = _bounds(connection)
    if query.ids is None:
        return lowest, highest
    return (max(lowest, query.ids[0]), min(highest, query.ids[-1])) if query.ids else (1, 0)


def _windows_down(high: int, lowest: int) -> Iterator[tuple[int, int]]:
    size = _FIRST_WINDOW
    while high >= lowest:
        yield max(high - size + 1, lowest), high
        high -= size
        size = min(2 * size, _LAST_WINDOW)


def _windows_up(low: int, highest: int) -> Iterator[tuple[int, int]]:
    size = _FIRST_WINDOW
    while low <= highest:
        yield low, min(low + size - 1, highest)
        low += size
        size = min(2 * size, _LAST_WINDOW)


def _timely(windows: Iterable[tuple[int, int]], patience: float = _PATIENCE) -> Iterator[tuple[int, int]]:
    """Windows until the time is over, at least one where there is one."""
    deadline = time.monotonic() + patience
    for window in windows:
        yield window
        if time.monotonic() > deadline:
            return


def matching(connection: sqlite3.Connection, query: Query, low: int, high: int) -> set[int]:
    """The ids from one to another that pass all filters."""
    found: set[int] | None = None
    if query.ids is not None:
        found = set(query.ids[bisect_left(query.ids, low) : bisect_right(query.ids, high)])
    for name, value in _asked(query):
        cursor = connection.execute(_FILTERS[name], {"value": value, "low": low, "high": high})
        ids = {number for (number,) in cursor}
        found = ids if found is None else found & ids
        if not found:
            break
    return (
        {number for (number,) in connection.execute(_ALL, {"low": low, "high": high})}
        if found is None
        else found
    )


def _having(
    connection: sqlite3.Connection, column: str, values: Sequence[str], low: int, high: int
) -> set[int]:
    given = [{"value": value, "low": low, "high": high} for value in values]
    return {number for row in given for (number,) in connection.execute(WHATEVER_CASE[column], row)}


def _asked(query: Query) -> list[tuple[str, str | None]]:
    """The filters that are set, by name, in the order of the table."""
    kind = {None: None, True: "good", False: "bad"}[query.is_good]
    given = {name: getattr(query, name, None) for name in _FILTERS} | {"text": like(query.text)}
    return [(name, value) for name, value in given.items() if value is not None or name == kind]


def _row(columns: tuple[Any, ...]) -> StoredRow:
    number, is_good, received, shape, *summary = columns
    return StoredRow(
        is_good=bool(is_good),
        received=received,
        shape=decoded(shape),
        id=number,
        summary=Summary(**dict(zip(SUMMARY_COLUMNS, summary, strict=True))),
    )
