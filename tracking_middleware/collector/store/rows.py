"""What goes into the store and what comes out of it: values, without a database."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from .summary import Summary


@dataclass(frozen=True, slots=True)
class Row:
    """One event, good or bad; ``shape`` is what Micro's API shows of it."""

    is_good: bool
    received: str
    shape: dict[str, Any]


@dataclass(frozen=True, slots=True)
class StoredRow(Row):
    """A row of the store. Ids grow in the order of the commits, and none is given twice."""

    id: int
    summary: Summary


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """Which rows are wanted: those that are all of what is given; ``None`` leaves a question open.

    ``text`` is looked for in the page's URL and title, the event's name and all ids, whatever the case
    of its letters (of A to Z). ``page`` is a URL without query string and fragment: any of these may follow
    it. ``since`` (included) and ``until`` (excluded) are moments of receipt, ISO
    8601 in UTC with milliseconds and ``Z``, as ``received`` has them; ``happened_since`` and
    ``happened_until`` are of when it happened. ``ids`` are the numbers that may pass, in their order.
    """

    is_good: bool | None = None
    app_id: str | None = None
    platform: str | None = None
    event_name: str | None = None
    domain_userid: str | None = None
    domain_sessionid: str | None = None
    user_id: str | None = None
    page: str | None = None
    text: str | None = None
    since: str | None = None
    until: str | None = None
    happened_since: str | None = None
    happened_until: str | None = None
    ids: tuple[int, ...] | None = None


EVERYTHING = Query()


@dataclass(frozen=True, slots=True)
class Listing:
    """Rows that were found, and where to go on: ``cursor`` is the ``before`` or ``after`` of the next call.

    It is ``None`` where nothing more can be found. There may be a cursor and few rows, or none: the
    search was broken off after a while, so that no question keeps a page waiting.
    """

    rows: tuple[StoredRow, ...]
    cursor: int | None


@dataclass(frozen=True, slots=True)
class Bucket:
    """How many rows of a kind came in a part of a timeline, which begins at ``start`` (ISO 8601 in UTC)."""

    start: str
    platform: str | None
    is_good: bool
    count: int


@dataclass(frozen=True, slots=True)
class Facets:
    """The values there are and how many rows have each, the most frequent first."""

    app_ids: tuple[tuple[str, int], ...]
    platforms: tuple[tuple[str, int], ...]
    event_names: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Reason:
    """Why rows are bad, how many are for this reason, and the first of them that is still there."""

    reason: str
    count: int
    first: StoredRow
