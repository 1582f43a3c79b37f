"""Finds the rows of journeys in the store, so many persons and so many rows of each, whatever there is.

All that the store's indexes join to a row may be of one person: the models say who of them did what.
"""

from __future__ import annotations

import sqlite3
import time
from collections import deque
from collections.abc import Iterator

from ..payload.json_text import decoded
from ..store.text_search import LONGEST, like
from .journeys import Journey, crossings_of
from .persons import persons_of

_PATIENCE = 0.5
"""Seconds that a search for persons goes on."""
_WINDOW = 2_000
_MOST_ROWS = 200
_MOST_IDS = 40
"""Ids that are followed from one row. Somebody with more is a machine, or a user_id that all share."""

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
_EVENT_ID = "SELECT event_id FROM summaries WHERE id = ?"
_CROSSED = "SELECT shape FROM events WHERE id = ? AND instr(shape, '/cross_navigation/') > 0"
_NAMES = tuple(_BY_ID)
_SEARCHED = (
    *("page_url", "page_title", "event_name", "app_id", "event_id"),
    *("user_id", "domain_userid", "domain_sessionid", "network_userid"),
)
"""Columns of ``_SEARCH``."""

_Found = tuple[int, str | None, str | None, str | None]
_Key = tuple[str, str]


def journeys(
    connection: sqlite3.Connection, *, before: int | None, most: int
) -> tuple[list[Journey], int | None]:
    """Those who did something last, and the next ``before``; None where there are no more.

    ``most`` counts the groups that are joined, most of which are one person. Raises LiveError.
    """
    joined = _Joined(connection)
    position = before
    for low, rows in _walk(connection, before):
        for row in rows:
            if joined.has(row):
                continue
            if joined.count == most:
                return joined.journeys(), row[0] + 1
            joined.add(row, before=before)
        position = low
    is_over = position is None or not _is_older(connection, position)
    return joined.journeys(), None if is_over else position


def journeys_named(
    connection: sqlite3.Connection, text: str, *, before: int | None, most: int
) -> tuple[list[Journey], int | None]:
    """The journeys in which ``text`` is a part of an id, a page's URL or title, an event's name or an app,
    and the next ``before``; None where all there is was looked through.

    Those whose id begins with it are found however old they are, the others from the newest to the oldest
    as far as the time goes, which is why there may be a next ``before`` and nobody yet. Raises LiveError.
    """
    joined = _Joined(connection, wanted=text)
    bounds = {"low": text, "high": f"{text}\U0010ffff", "most": _MOST_ROWS}
    for name in _NAMES:
        for row in connection.execute(_NAMED[name], bounds).fetchall():
            if joined.count < most and not joined.has(row):
                joined.add(row)
    if before is not None:
        joined.forget()  # they stand on the first page
    (oldest,) = connection.execute(_OLDEST).fetchone()
    position = before
    for low, rows in _walk(connection, before, text):
        for row in rows:
            if joined.has(row):
                continue
            if joined.count >= most:
                return joined.journeys(), row[0] + 1
            joined.add(row, before=before)
        position = low
    is_over = position is None or oldest is None or position <= oldest
    return joined.journeys(), None if is_over else position


def journey_with(connection: sqlite3.Connection, number: int) -> Journey | None:
    """The journey that an event belongs to; None where it names nobody. Raises LiveError."""
    row = connection.execute(_ONE, (number,)).fetchone()
    if row is None or not _keys(row):
        return None
    joined = _Joined(connection)
    joined.add(row)
    (event_id,) = connection.execute(_EVENT_ID, (number,)).fetchone()  # of one that came twice, one is kept
    return next(
        (each for each in joined.journeys() if event_id in {row.summary.event_id for row in each.rows}), None
    )


class _Joined:
    """Rows of the store, with all that is joined to them; ``wanted`` is the text that is searched for."""

    def __init__(self, connection: sqlite3.Connection, wanted: str = "") -> None:
        self._connection = connection
        self._wanted = wanted
        self._keys: set[_Key] = set()
        self._ids: set[int] = set()
        self._cut: set[int] = set()
        self.count = 0

    def has(self, row: _Found) -> bool:
        """Whether a row is joined to what is there."""
        return not self._keys.isdisjoint(_keys(row))

    def add(self, row: _Found, *, before: int | None = None) -> None:
        """Put in a row and what is joined to it, unless that was shown before."""
        ids, keys, is_cut = _component(self._connection, row)
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
        if not self._wanted:
            return bool(later)
        return any(_searched(self._connection, number, number + 1, self._wanted) for number in later)

    def journeys(self) -> list[Journey]:
        """What the models say of all of it; of a search, of those who are found by it."""
        found = persons_of(self._connection, self._ids, cut=self._cut) if self._ids else []
        return [journey for journey in found if _is_found(journey, self._wanted)]


def _walk(
    connection: sqlite3.Connection, before: int | None, text: str = ""
) -> Iterator[tuple[int, list[_Found]]]:
    """Rows that name somebody, newest first, with the lowest id of their window; one window at least."""
    (newest,) = connection.execute(_NEWEST).fetchone()
    high = (newest or 0) + 1 if before is None else min(before, (newest or 0) + 1)
    deadline = time.monotonic() + _PATIENCE
    while high > 1:
        low = high - _WINDOW
        yield low, _searched(connection, low, high, text)
        high = low
        if time.monotonic() > deadline:
            return


def _searched(connection: sqlite3.Connection, low: int, high: int, text: str) -> list[_Found]:
    bounds = {"low": low, "high": high}
    if not text:
        return connection.execute(_WALK, bounds).fetchall()
    return connection.execute(_SEARCH, {**bounds, "text": like(text)}).fetchall()


def _is_found(journey: Journey, text: str) -> bool:
    wanted = text[:LONGEST].lower()
    summaries = (row.summary for row in journey.rows)
    return any(
        wanted in (getattr(summary, name) or "").lower() for summary in summaries for name in _SEARCHED
    )


def _is_older(connection: sqlite3.Connection, position: int) -> bool:
    return any(rows for _, rows in _walk(connection, position))


def _component(connection: sqlite3.Connection, row: _Found) -> tuple[set[int], set[_Key], bool]:
    """All that is joined to a row: the newest ids, by which keys, and whether there is more."""
    ids, keys, looked_at = {row[0]}, _keys(row), set[int]()
    waiting = deque(sorted(keys))
    is_cut = False
    while waiting:
        name, value = waiting.popleft()
        rows = connection.execute(_BY_ID[name], (value, _MOST_ROWS + 1)).fetchall()
        is_cut = is_cut or len(rows) > _MOST_ROWS
        ids.update(found[0] for found in rows)
        new = {key for found in rows for key in _keys(found)}
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
    return _newest(ids), keys, is_cut or len(ids) > _MOST_ROWS


def _newest(ids: set[int]) -> set[int]:
    return set(sorted(ids, reverse=True)[:_MOST_ROWS])


def _origins(connection: sqlite3.Connection, number: int) -> set[_Key]:
    """The device and the session in which a token was made that an event carries."""
    row = connection.execute(_CROSSED, (number,)).fetchone()
    if row is None:
        return set()
    found = set[_Key]()
    for data in crossings_of(decoded(row[0])["event"]):
        given = {"domain_userid": data.get("domain_user_id"), "domain_sessionid": data.get("session_id")}
        found |= {(name, value) for name, value in given.items() if value and isinstance(value, str)}
    return found


def _keys(row: _Found) -> set[_Key]:
    return {(name, value) for name, value in zip(_NAMES, row[1:], strict=True) if value}
