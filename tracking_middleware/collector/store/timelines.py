"""How many events came when."""

from __future__ import annotations

import itertools
import json
import math
import sqlite3
import time
from bisect import bisect_right
from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from ..payload.times import iso
from .queries import matching
from .rows import Bucket, Query
from .text_search import like

_MOST_BUCKETS = 1_000

_COUNT = """
SELECT platform, is_good, count(*) FROM summaries
WHERE received >= :start AND received < :end GROUP BY platform, is_good
"""
_COUNT_SOME = r"""
SELECT platform, is_good, count(*) FROM summaries
WHERE received >= :start AND received < :end
    AND (:is_good IS NULL OR is_good = :is_good)
    AND (:app_id IS NULL OR app_id = :app_id)
    AND (:platform IS NULL OR platform = :platform)
    AND (:event_name IS NULL OR event_name = :event_name)
    AND (:domain_userid IS NULL OR domain_userid = :domain_userid)
    AND (:domain_sessionid IS NULL OR domain_sessionid = :domain_sessionid)
    AND (:user_id IS NULL OR user_id = :user_id)
    AND (:happened_since IS NULL OR derived >= :happened_since)
    AND (:happened_until IS NULL OR derived < :happened_until)
    AND (:page IS NULL OR (
        substr(page_url, 1, length(:page)) = :page
        AND substr(page_url, length(:page) + 1, 1) IN ('', '?', '#')
    ))
    AND (:text IS NULL OR (
        page_url LIKE :text ESCAPE '\' OR page_title LIKE :text ESCAPE '\'
        OR event_name LIKE :text ESCAPE '\' OR app_id LIKE :text ESCAPE '\'
        OR event_id LIKE :text ESCAPE '\' OR user_id LIKE :text ESCAPE '\'
        OR domain_userid LIKE :text ESCAPE '\' OR domain_sessionid LIKE :text ESCAPE '\'
        OR network_userid LIKE :text ESCAPE '\'
    ))
GROUP BY platform, is_good
"""
_RECEIVED = """
SELECT received, platform, is_good FROM summaries
WHERE id IN (SELECT value FROM json_each(:ids)) AND received >= :start AND received < :end
"""
_COUNT_KINDS = """
SELECT is_good, count(*) FROM summaries WHERE received >= :start AND received < :end GROUP BY is_good
"""
_FILTERS = (
    *("is_good", "app_id", "platform", "event_name", "domain_userid", "domain_sessionid", "user_id", "page"),
    *("happened_since", "happened_until"),
)


def timeline(
    connection: sqlite3.Connection, query: Query, *, since: str, until: str, buckets: int
) -> list[Bucket]:
    """The counts of each part of a time in which something came; raises ValueError where it is no time."""
    found, _ = counted_back(connection, query, since=since, until=until, buckets=buckets, patience=math.inf)
    return found


def counted_back(
    connection: sqlite3.Connection, query: Query, *, since: str, until: str, buckets: int, patience: float
) -> tuple[list[Bucket], str]:
    """As ``timeline``, from the end back to where so many seconds are over, and the moment of that."""
    begin, end = moment(since), moment(until)
    if not 1 <= buckets <= _MOST_BUCKETS or begin >= end:
        raise ValueError(f"a timeline has 1 to {_MOST_BUCKETS} buckets, and begins before it ends")
    edges = [iso(begin + (end - begin) * n / buckets) for n in range(buckets + 1)]
    if query.ids is not None:
        return _of_ids(connection, query, edges), edges[0]
    found: list[Bucket] = []
    deadline = time.monotonic() + patience
    for start, stop in reversed(list(itertools.pairwise(edges))):
        counts = _counts(connection, query, start, stop)
        found[:0] = [Bucket(start, platform, bool(is_good), number) for platform, is_good, number in counts]
        if time.monotonic() > deadline:
            return found, start
    return found, edges[0]


def _of_ids(connection: sqlite3.Connection, query: Query, edges: Sequence[str]) -> list[Bucket]:
    """Of few rows that are known by their ids."""
    if not query.ids:
        return []
    found = sorted(matching(connection, query, query.ids[0], query.ids[-1]))
    given = {"ids": json.dumps(found), "start": edges[0], "end": edges[-1]}
    counts = Counter(
        (bisect_right(edges, received) - 1, platform, is_good)
        for received, platform, is_good in connection.execute(_RECEIVED, given)
    )
    return [
        Bucket(edges[place], platform, bool(is_good), number)
        for (place, platform, is_good), number in counts.items()
    ]


def counts_between(connection: sqlite3.Connection, since: str, until: str) -> tuple[int, int]:
    """How many good and how many bad rows came in a time; the moments are as in Query."""
    found = dict(connection.execute(_COUNT_KINDS, {"start": since, "end": until}))
    return found.get(1, 0), found.get(0, 0)


def moment(text: str) -> datetime:
    """An ISO 8601 text with a time zone; raises ValueError."""
    try:
        read = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(f"{text!r} is no moment: write it as 2026-03-14T09:30:00Z") from None
    if read.tzinfo is None:
        raise ValueError(f"{text!r} has no time zone: write the Z of UTC")
    return read


def _counts(
    connection: sqlite3.Connection, query: Query, start: str, end: str
) -> list[tuple[str | None, int, int]]:
    given = {name: getattr(query, name) for name in _FILTERS}
    given["text"] = like(query.text)
    if all(value is None for value in given.values()):
        return connection.execute(_COUNT, {"start": start, "end": end}).fetchall()
    return connection.execute(_COUNT_SOME, {**given, "start": start, "end": end}).fetchall()
