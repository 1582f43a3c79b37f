"""Growth: what a question to the local collector takes when very many events are stored."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from tracking_middleware.collector import Store
from tracking_middleware.collector.insights.answer_tables import AnswerTables
from tracking_middleware.collector.insights.asking import Answering
from tracking_middleware.collector.insights.gap_counts import GapCounts
from tracking_middleware.collector.insights.gaps import Asked
from tracking_middleware.collector.insights.journey_rows import journey_with, journeys
from tracking_middleware.collector.micro.event_list import events, timeline
from tracking_middleware.collector.micro.showing import Showing
from tracking_middleware.collector.payload.json_text import encoded
from tracking_middleware.collector.schemas.iglu import Iglu
from tracking_middleware.collector.store.rows import Query, Row

from .figures import Row as Line
from .figures import Table
from .processes import measure_in_child

_CHUNK = 5_000
_REPEATS = 7
_PATIENCE = 600
_BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
_STEP = timedelta(milliseconds=50)
_BROKEN = {
    "api": {"vendor": "com.snowplowanalytics.snowplow", "version": "tp2"},
    "querystring": [],
    "body": "{",
    "contentType": "application/json",
    "context": {"timestamp": "2026-01-01T00:00:00.000Z", "headers": [], "ipAddress": None},
}
"""What a bad row was sent as."""
_EVENTS = {"page": 1, "pageSize": 50, "filters": []}


def compare(*, quick: bool) -> Iterator[Table]:
    """Each question at each size, the median of some times that it is asked."""
    sizes = [1_000, 10_000] if quick else [10_000, 100_000, 1_000_000]
    found = measure_in_child("fill_collector", {"sizes": sizes}, timeout=_PATIENCE)
    if found is None:
        raise RuntimeError(f"the store took longer than {_PATIENCE} s")
    yield Table(
        title="The local collector's store: a question, ms",
        columns=tuple(f"{size:,} events" for size in sizes),
        rows=tuple(Line(name, tuple(times)) for name, times in found["times"].items()),
        contestants=(),
        notes=(
            "an event each 50 ms, every hundredth bad, seven to a session; answers of 100 rows or 50",
            "a search that finds nothing is broken off after 250 ms, with a cursor to go on from",
        ),
    )


def fill_collector(*, sizes: list[int], folder: Path) -> dict[str, Any]:
    """In the child: the times of all questions at each size, the store growing from one to the next."""
    store = Store(folder / "events.sqlite3", most_events=max(sizes))
    times: dict[str, list[float]] = {}
    stored = 0
    for size in sizes:
        for start in range(stored, size, _CHUNK):
            store.add([minimal_row(number) for number in range(start, min(start + _CHUNK, size))])
        stored = size
        for name, ask in _questions(store, size).items():
            times.setdefault(name, []).append(_median(ask))
    store.close()
    return {"times": times}


def _questions(store: Store, size: int) -> dict[str, Callable[[], object]]:
    whole = {"since": _moment(0), "until": _moment(size)}
    buckets = [{"start": _moment(n * size // 60), "end": _moment((n + 1) * size // 60)} for n in range(60)]
    gaps = GapCounts(Answering(AnswerTables(store)), Showing(Iglu().hiding))
    some_app = [{"column": "app_id", "values": ["APP1"]}]
    some_title = [{"column": "name_tracker", "values": ["nobody"]}]
    return {
        "counts": store.counts,
        "facets": store.facets,
        "reasons of bad rows": store.bad_reasons,
        "newest": store.latest,
        "newest of an app": lambda: store.latest(Query(app_id="app1")),
        "newest bad rows": lambda: store.latest(Query(is_good=False)),
        "a session, the oldest": lambda: store.latest(Query(domain_sessionid=_session(1))),
        "two filters that exclude each other": lambda: store.latest(Query(app_id="app1", is_good=False)),
        "text in many rows": lambda: store.latest(Query(text="article")),
        "text in no row": lambda: store.latest(Query(text="nowhere")),
        "until long ago": lambda: store.latest(Query(until=_moment(50))),
        "after the last but 100": lambda: store.after(Query(), after=size - 100),
        "the journey of an event": lambda: _journey(store, size - 1),
        "the newest journeys": lambda: _journeys(store),
        "gaps, counted again": lambda: gaps.ask(Asked(wait=10)),
        "timeline, 60 parts": lambda: store.timeline(**whole, buckets=60),
        "timeline of an app": lambda: store.timeline(Query(app_id="app1"), **whole, buckets=60),
        "/micro/events": lambda: _list(store, {}),
        "/micro/events, an app": lambda: _list(store, {"filters": some_app}),
        "/micro/events, any other column": lambda: _list(store, {"filters": some_title}),
        "/micro/timeline, 60 parts": lambda: timeline(store, encoded({"buckets": buckets}).encode()),
    }


def _journey(store: Store, number: int) -> object:
    with store.reading() as connection:
        return journey_with(connection, number)


def _journeys(store: Store) -> object:
    with store.reading() as connection:
        return journeys(connection, before=None, most=10)


def _list(store: Store, request: dict[str, Any]) -> object:
    return events(store, lambda row: row, encoded({**_EVENTS, **request}).encode())


def _median(ask: Callable[[], object]) -> float:
    taken = []
    for _ in range(_REPEATS):
        begun = time.perf_counter()
        ask()
        taken.append((time.perf_counter() - begun) * 1000)
    return sorted(taken)[_REPEATS // 2]


def _moment(number: int) -> str:
    moment = _BEGIN + number * _STEP
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _session(number: int) -> str:
    return str(uuid.UUID(int=number // 7))


def minimal_row(number: int) -> Row:
    """A row with the columns that are searched, and no more, so that a million fit a disk."""
    received = _moment(number)
    if number % 100 == 0:
        shape = {"collectorPayload": _BROKEN, "rawEvent": None, "errors": ["the request breaks the protocol"]}
        return Row(is_good=False, received=received, shape=shape)
    event = {
        "event": "page_view",
        "event_name": "page_view",
        "event_vendor": "com.snowplowanalytics.snowplow",
        "event_id": str(uuid.UUID(int=number)),
        "app_id": f"app{number % 3}",
        "platform": "web",
        "collector_tstamp": received,
        "derived_tstamp": received,
        "domain_sessionid": _session(number),
        "domain_userid": str(uuid.UUID(int=number % 20_000)),
        "page_title": f"Article {number}",
        "page_url": f"https://www.example.com/article/{number % 5000}?utm_source=newsletter",
        "useragent": "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0",
    }
    return Row(is_good=True, received=received, shape={"event": event, "contexts": []})
