"""What is asked of ``/micro/events`` and ``/micro/timeline`` (Micro 4), and the answers.

The ids of an event, ``app_id`` and ``platform`` are looked for among all events. What a filter or a
sorting says of any other column is looked for in the newest 10,000 that pass the rest, or in those of them
that two seconds are enough for, so that every answer is quick.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Annotated, Any, TypeVar

import msgspec

from ..payload.decimals import Number
from ..payload.json_text import check_depth
from ..payload.times import iso
from ..store.queries import WHATEVER_CASE
from ..store.rows import Query, StoredRow
from ..store.store import Store
from .filters import FilterError
from .flat import flat

_MOST_ON_A_PAGE = 1_000
MOST_LOOKED_INTO = 10_000
_MOST_BUCKETS = 500
_MOST_ROWS = 2**63 - 1  # SQLite has no larger numbers
_CHUNK = 200
_PATIENCE = 2.0
_IN_ORDER = "collector_tstamp"

_Moment = Annotated[datetime, msgspec.Meta(tz=True)]
_Number = Annotated[int, msgspec.Meta(ge=1)]

_NOWHERE = (0, "")
"""Where a row is sorted that lacks the column."""

Show = Callable[[StoredRow], StoredRow]


class _Filter(msgspec.Struct, frozen=True):
    column: str
    values: list[str] = []
    value: str | None = None

    def wanted(self) -> list[str]:
        """The values that are asked for, in the words of Micro 4.4 and of those before."""
        given = [*self.values, *([] if self.value is None else [self.value])]
        return [value for value in given if value]


class _Time(msgspec.Struct, frozen=True):
    start: _Moment
    end: _Moment


class _TimeRange(msgspec.Struct, frozen=True):
    start: _Moment | None = None
    end: _Moment | None = None


class _Sorting(msgspec.Struct, frozen=True):
    column: str
    desc: bool = False


class _EventsRequest(msgspec.Struct, frozen=True, rename="camel"):
    page: _Number
    page_size: _Number
    filters: list[_Filter]
    valid_events: bool | None = None
    time_range: _TimeRange | None = None
    sorting: _Sorting | None = None


class _TimelineRequest(msgspec.Struct, frozen=True):
    buckets: list[_Time]


_Slow = list[tuple[str, set[str]]]
_Request = TypeVar("_Request")


def events(store: Store, show: Show, body: bytes) -> dict[str, Any]:
    """A page of flat events, newest first where nothing else is asked; raises FilterError."""
    request = read(body, _EventsRequest)
    quick: dict[str, list[str]] = {}
    slow: _Slow = []
    for given in request.filters:
        if given.column in WHATEVER_CASE and given.column not in quick and given.wanted():
            quick[given.column] = given.wanted()
        elif given.wanted():
            slow.append((given.column, {value.lower() for value in given.wanted()}))
    size = min(request.page_size, _MOST_ON_A_PAGE)
    first = (request.page - 1) * size
    if quick or slow or request.time_range or request.sorting:
        ids = _found(store, show, request, quick, slow)
        total = len(ids)
    else:
        ids = store.all_ids(_query(request), most=min(first + size, _MOST_ROWS))
        good, bad = store.counts()
        total = {None: good + bad, True: good, False: bad}[request.valid_events]
    return {
        "events": [flat(show(row)) for row in store.rows(ids[first : first + size])],
        "totalPages": max(1, -(-total // size)),
        "totalItems": total,
    }


def timeline(store: Store, body: bytes) -> dict[str, Any]:
    """How many events came in each bucket; raises FilterError."""
    buckets = read(body, _TimelineRequest).buckets
    if len(buckets) > _MOST_BUCKETS:
        raise FilterError(f"at most {_MOST_BUCKETS} buckets are counted, not {len(buckets)}")
    points = []
    for bucket in buckets:
        asked = {"start": _iso(bucket.start), "end": _iso(bucket.end)}
        good, bad = store.counts_between(asked["start"], asked["end"])
        points.append({"validEvents": good, "failedEvents": bad, "bucket": asked})
    return {"points": points}


def read(body: bytes, kind: type[_Request]) -> _Request:
    """What a request says; raises FilterError."""
    try:
        text = body.decode()
        check_depth(text)
        return msgspec.json.decode(text, type=kind)
    except (ValueError, msgspec.MsgspecError) as error:
        raise FilterError(f"the request is not as Micro's documentation has it: {error}") from None


def _query(request: _EventsRequest) -> Query:
    asked = request.time_range or _TimeRange()
    since, until = (None if moment is None else _iso(moment) for moment in (asked.start, asked.end))
    return Query(is_good=request.valid_events, since=since, until=until)


def _iso(moment: datetime) -> str:
    try:
        return iso(moment)
    except ValueError as error:
        raise FilterError(str(error)) from None


def _found(
    store: Store, show: Show, request: _EventsRequest, quick: dict[str, list[str]], slow: _Slow
) -> list[int]:
    """The ids of all that is asked for, in the order that is asked for."""
    sorting = request.sorting or _Sorting(_IN_ORDER, desc=True)
    ids = store.all_ids(_query(request), quick)
    if slow or sorting.column != _IN_ORDER:
        return _looked_into(store, show, ids, slow, sorting)
    return ids if sorting.desc else ids[::-1]


def _looked_into(store: Store, show: Show, ids: list[int], slow: _Slow, sorting: _Sorting) -> list[int]:
    """Those of the newest ids that have what is wanted, in the order of a column, those without it last."""
    found = [
        (_place_of(columns, sorting.column), number)
        for number, columns in flat_rows(store, show, ids)
        if all(text_of(columns, name).lower() in values for name, values in slow)
    ]
    if sorting.column == _IN_ORDER:
        return [number for _, number in (found if sorting.desc else found[::-1])]
    full = sorted((pair for pair in found if pair[0] != _NOWHERE), reverse=sorting.desc)
    empty = sorted((pair for pair in found if pair[0] == _NOWHERE), reverse=sorting.desc)
    return [number for _, number in full + empty]


def _place_of(columns: Mapping[str, Any], name: str) -> tuple[Number, str]:
    """By what a column is sorted: numbers by their size, anything else by its text."""
    value = columns.get(name)
    if isinstance(value, Number) and not isinstance(value, bool):
        return value, str(value)
    return 0, text_of(columns, name)


def flat_rows(store: Store, show: Show, ids: list[int]) -> Iterator[tuple[int, dict[str, Any]]]:
    """The newest 10,000 of these rows by their ids, a few in memory at a time; after two seconds no more."""
    ids = ids[:MOST_LOOKED_INTO]
    deadline = time.monotonic() + _PATIENCE
    for start in range(0, len(ids), _CHUNK):
        if start and time.monotonic() > deadline:
            return
        for row in store.rows(ids[start : start + _CHUNK]):
            yield row.id, flat(show(row))


def text_of(columns: Mapping[str, Any], name: str) -> str:
    """A column as it is filtered by, and sorted where it is no number; what has neither is the empty text."""
    value = columns.get(name)
    if value is None or isinstance(value, list | dict):  # entities can be neither filtered nor sorted by
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)
