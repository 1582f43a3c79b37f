"""Finds the rows of journeys in the store, so many persons and so many rows of each, whatever there is.

All that the store's indexes join to a row may be of one person: the models say who of them did what.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterator

from ..store.queries import matching
from ..store.rows import EVERYTHING, Query, StoredRow
from ..store.text_search import LONGEST, like
from .joining import MOST_ROWS, NAMES, Found, Key, component, keys_of
from .journeys import Journey
from .persons import persons_of

_PATIENCE = 0.25
"""Seconds that a search for persons goes on."""
_WINDOW = 2_000

_NEWEST = "SELECT max(id) FROM summaries"
_OLDEST = "SELECT min(id) FROM summaries"
_WALK = """
SELECT id, domain_userid, domain_sessionid, user_id FROM summaries
WHERE id >= :low AND id < :high AND is_good = 1
    AND (domain_userid IS NOT NULL OR user_id IS NOT NULL OR domain_sessionid IS NOT NULL)
ORDER BY id DESC
"""
_SEARCH = r"""
SELECT id, domain_userid, domain_sessionid, user_id FROM summaries
WHERE id >= :low AND id < :high AND is_good = 1
    AND (domain_userid IS NOT NULL OR user_id IS NOT NULL OR domain_sessionid IS NOT NULL)
    AND (
        page_url LIKE :text ESCAPE '\' OR page_title LIKE :text ESCAPE '\'
        OR event_name LIKE :text ESCAPE '\' OR app_id LIKE :text ESCAPE '\'
        OR event_id LIKE :text ESCAPE '\' OR user_id LIKE :text ESCAPE '\'
        OR domain_userid LIKE :text ESCAPE '\' OR domain_sessionid LIKE :text ESCAPE '\'
        OR network_userid LIKE :text ESCAPE '\'
    )
ORDER BY id DESC
"""
_ONE = "SELECT id, domain_userid, domain_sessionid, user_id FROM summaries WHERE id = ? AND is_good = 1"
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
_EVENT_ID = "SELECT event_id FROM summaries WHERE id = ?"
_SEARCHED = (
    *("page_url", "page_title", "event_name", "app_id", "event_id"),
    *("user_id", "domain_userid", "domain_sessionid", "network_userid"),
)
"""Columns of ``_SEARCH``."""


def journeys(
    connection: sqlite3.Connection, *, before: int | None, most: int, query: Query = EVERYTHING
) -> tuple[list[Journey], int | None]:
    """Those who did something last that a query finds, and the next ``before``; None where there are no more.

    ``most`` counts the groups that are joined, most of which are one person. Raises LiveError.
    """
    joined = _Joined(connection, query=query)
    position = before
    for low, rows in _walk(connection, before, query=query):
        for row in rows:
            if joined.has(row):
                continue
            if joined.count == most:
                return joined.journeys(), row[0] + 1
            joined.add(row, before=before)
        position = low
    if query == EVERYTHING:
        is_over = position is None or not _is_older(connection, position)
    else:
        is_over = position is None or position <= _oldest(connection, query)
    return joined.journeys(), None if is_over else position


def journeys_named(
    connection: sqlite3.Connection,
    text: str,
    *,
    before: int | None,
    most: int,
    query: Query = EVERYTHING,
) -> tuple[list[Journey], int | None]:
    """The journeys in which ``text`` is a part of an id, a page's URL or title, an event's name or an app,
    and in which a query finds something, and the next ``before``; None where all there is was looked through.

    Those whose id begins with it are found however old they are, the others from the newest to the oldest
    as far as the time goes, which is why there may be a next ``before`` and nobody yet. Raises LiveError.
    """
    joined = _Joined(connection, wanted=text, query=query)
    bounds = {"low": text, "high": f"{text}\U0010ffff", "most": MOST_ROWS}
    for name in NAMES:
        for row in connection.execute(_NAMED[name], bounds).fetchall():
            if joined.count < most and not joined.has(row):
                joined.add(row)
    if before is not None:
        joined.forget()  # they stand on the first page
    position = before
    for low, rows in _walk(connection, before, text, query):
        for row in rows:
            if joined.has(row):
                continue
            if joined.count >= most:
                return joined.journeys(), row[0] + 1
            joined.add(row, before=before)
        position = low
    is_over = position is None or position <= _oldest(connection, query)
    return joined.journeys(), None if is_over else position


def journey_with(connection: sqlite3.Connection, number: int) -> Journey | None:
    """The journey that an event belongs to; None where it names nobody. Raises LiveError."""
    row = connection.execute(_ONE, (number,)).fetchone()
    if row is None or not keys_of(row):
        return None
    joined = _Joined(connection)
    joined.add(row)
    (event_id,) = connection.execute(_EVENT_ID, (number,)).fetchone()  # of one that came twice, one is kept
    return next(
        (each for each in joined.journeys() if event_id in {row.summary.event_id for row in each.rows}), None
    )


class _Joined:
    """Rows of the store, with all that is joined to them; ``wanted`` is the text that is searched for,
    ``query`` what else a row of each journey must pass."""

    def __init__(self, connection: sqlite3.Connection, wanted: str = "", query: Query = EVERYTHING) -> None:
        self._connection = connection
        self._wanted = wanted
        self._query = query
        self._keys: set[Key] = set()
        self._ids: set[int] = set()
        self._cut: set[int] = set()
        self.count = 0

    def has(self, row: Found) -> bool:
        """Whether a row is joined to what is there."""
        return not self._keys.isdisjoint(keys_of(row))

    def add(self, row: Found, *, before: int | None = None) -> None:
        """Put in a row and what is joined to it, unless that was shown before."""
        ids, keys, is_cut = component(self._connection, row)
        self._keys |= keys
        if before is None or not self._is_shown(ids, before):
            self._ids |= ids | {row[0]}
            self._cut |= ids if is_cut else set()
            self.count += 1

    def forget(self) -> None:
        """Leave out what was put in, and do not look at it again."""
        self._ids, self._cut, self.count = set(), set(), 0

    def _is_shown(self, ids: set[int], before: int) -> bool:
        """Whether an earlier page had them, by an event that came later."""
        later = [number for number in ids if number >= before]
        if not self._wanted and self._query == EVERYTHING:
            return bool(later)
        return any(
            _searched(self._connection, number, number + 1, self._wanted, self._query) for number in later
        )

    def journeys(self) -> list[Journey]:
        """What the models say of all of it; of a search, of those who are found by it."""
        found = persons_of(self._connection, self._ids, cut=self._cut) if self._ids else []
        passes = _passing(self._query)
        return [
            journey
            for journey in found
            if _is_found(journey, self._wanted) and any(map(passes, journey.rows))
        ]


def _walk(
    connection: sqlite3.Connection, before: int | None, text: str = "", query: Query = EVERYTHING
) -> Iterator[tuple[int, list[Found]]]:
    """Rows that name somebody, newest first, with the lowest id of their window; one window at least."""
    (newest,) = connection.execute(_NEWEST).fetchone()
    if query.ids is not None:
        newest = min(newest or 0, query.ids[-1]) if query.ids else 0
    high = (newest or 0) + 1 if before is None else min(before, (newest or 0) + 1)
    lowest = max(1, _oldest(connection, query))
    deadline = time.monotonic() + _PATIENCE
    while high > lowest:
        low = high - _WINDOW
        yield low, _searched(connection, low, high, text, query)
        high = low
        if time.monotonic() > deadline:
            return


def _oldest(connection: sqlite3.Connection, query: Query) -> int:
    """The lowest id that may pass."""
    lowest = connection.execute(_OLDEST).fetchone()[0] or 1
    return max(lowest, query.ids[0]) if query.ids else lowest


def _searched(connection: sqlite3.Connection, low: int, high: int, text: str, query: Query) -> list[Found]:
    bounds = {"low": low, "high": high}
    if text:
        found = connection.execute(_SEARCH, {**bounds, "text": like(text)}).fetchall()
    else:
        found = connection.execute(_WALK, bounds).fetchall()
    if query == EVERYTHING or not found:
        return found
    passing = matching(connection, query, low, high - 1)
    return [row for row in found if row[0] in passing]


def _passing(query: Query) -> Callable[[StoredRow], bool]:
    """Whether a row passes by app, by when it happened, and by its number."""
    ids = None if query.ids is None else frozenset(query.ids)

    def passes(row: StoredRow) -> bool:
        summary = row.summary
        return (
            query.app_id in {None, summary.app_id}
            and (query.happened_since is None or summary.derived >= query.happened_since)
            and (query.happened_until is None or summary.derived < query.happened_until)
            and (ids is None or row.id in ids)
        )

    return passes


def _is_found(journey: Journey, text: str) -> bool:
    wanted = text[:LONGEST].lower()
    summaries = (row.summary for row in journey.rows)
    return any(
        wanted in (getattr(summary, name) or "").lower() for summary in summaries for name in _SEARCHED
    )


def _is_older(connection: sqlite3.Connection, position: int) -> bool:
    return any(rows for _, rows in _walk(connection, position))
