"""What the store can be asked: filters, cursors, counts, a timeline; and an older file that it is given."""

from __future__ import annotations

import json
import sqlite3

import pytest

from tracking_middleware.collector.enrichment.judging import rows_of
from tracking_middleware.collector.payload.hit import Hit
from tracking_middleware.collector.schemas.iglu import Iglu
from tracking_middleware.collector.store.rows import Query
from tracking_middleware.collector.store.store import Store, StoreError

from .conftest import page_view

ALICE, BOB = "11111111-1111-4111-8111-111111111111", "22222222-2222-4222-8222-222222222222"


def rows(*events, at="2026-01-02T10:00:00.000Z"):
    """What the collector makes of events that came in one POST."""
    body = {
        "schema": "iglu:com.snowplowanalytics.snowplow/payload_data/jsonschema/1-0-4",
        "data": list(events),
    }
    return rows_of(
        Hit(
            vendor="com.snowplowanalytics.snowplow",
            version="tp2",
            query="",
            body=json.dumps(body),
            content_type="application/json",
            timestamp=at,
            address="127.0.0.1",
            useragent="Agent/1",
            referer=None,
            hostname="localhost",
            network_userid=BOB,
        ),
        Iglu(unknown_schemas="good").validation,
    )


@pytest.fixture
def store(tmp_path):
    store = Store(tmp_path / "events.sqlite3")
    yield store
    store.close()


def titles(listing):
    return [row.summary.page_title for row in listing.rows]


@pytest.fixture
def filled(store):
    store.add(rows(page_view(page="one", aid="news", duid="alice", sid=ALICE, uid="a@example.com")))
    store.add(rows(page_view(page="two", aid="shop", p="srv", duid="alice", sid=BOB)))
    store.add(rows(page_view(page="three", aid="news", e="pp", url="https://a.example/50%25_off")))
    store.add(rows(page_view(page="four", aid="shop", e="xx"), at="2026-01-02T11:00:00.000Z"))
    return store


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        (Query(), ["four", "three", "two", "one"]),
        (Query(is_good=True), ["three", "two", "one"]),
        (Query(is_good=False), ["four"]),
        (Query(app_id="news"), ["three", "one"]),
        (Query(app_id="nobody"), []),
        (Query(platform="srv"), ["two"]),
        (Query(event_name="page_ping"), ["three"]),
        (Query(event_name="xx"), ["four"]),
        (Query(domain_userid="alice"), ["two", "one"]),
        (Query(domain_sessionid=ALICE), ["one"]),
        (Query(user_id="a@example.com"), ["one"]),
        (Query(domain_userid="alice", app_id="shop"), ["two"]),
        (Query(page="https://a.example/50%25_off"), ["three"]),
        (Query(page="https://a.example/50%25_of"), []),
        (Query(page="https://a.example/50%"), []),
        (Query(domain_userid="alice", is_good=False), []),
        (Query(since="2026-01-02T11:00:00.000Z"), ["four"]),
        (Query(until="2026-01-02T11:00:00.000Z"), ["three", "two", "one"]),
        (Query(text="TWO"), ["two"]),
        (Query(text="50%25_"), ["three"]),
        (Query(text="5%_off"), []),
        (Query(text=ALICE[:9]), ["one"]),
        (Query(text="a@example", app_id="shop"), []),
        (Query(text=""), ["four", "three", "two", "one"]),
    ],
)
def test_a_query_finds_the_rows_that_are_all_of_it(filled, query, expected):
    newest_first = filled.latest(query)
    assert (titles(newest_first), newest_first.cursor) == (expected, None)
    assert titles(filled.after(query, after=0)) == expected[::-1]


def test_a_listing_goes_on_from_its_cursor_to_the_end(store):
    for start in range(0, 3000, 100):
        store.add(rows(*(page_view(page=str(n), aid=f"app{n % 3}") for n in range(start, start + 100))))
    seen, before = [], None
    while True:
        listing = store.latest(Query(app_id="app1"), before=before, most=64)
        seen += titles(listing)
        if listing.cursor is None:
            break
        before = listing.cursor
    assert seen == [str(n) for n in range(2999, -1, -1) if n % 3 == 1]


def test_the_rows_after_an_id_come_oldest_first_and_go_on_from_the_cursor(store):
    store.add(rows(*(page_view(page=str(n), aid=f"app{n % 3}") for n in range(1000))))
    seen, after = [], 0
    while rows_then := store.after(Query(app_id="app2"), after=after, most=50).rows:
        seen += [row.summary.page_title for row in rows_then]
        after = store.after(Query(app_id="app2"), after=after, most=50).cursor
    assert seen == [str(n) for n in range(1000) if n % 3 == 2]
    assert store.after(Query(), after=10_000).cursor == 10_000


def test_a_row_is_had_by_its_id_with_all_that_was_sent(filled):
    (row,) = filled.latest(Query(domain_sessionid=ALICE)).rows
    again = filled.get(row.id)
    assert again == row
    assert again.shape["event"]["user_id"] == again.summary.user_id == "a@example.com"
    assert filled.get(99) is None


def test_counts_and_the_values_there_are(filled):
    assert filled.counts() == (3, 1)
    facets = filled.facets()
    assert facets.app_ids == (("news", 2), ("shop", 2))
    assert facets.platforms == (("web", 3), ("srv", 1))
    assert facets.event_names == (("page_view", 2), ("page_ping", 1), ("xx", 1))


def test_bad_rows_are_grouped_by_their_reason_with_the_first_of_each(store):
    store.add(rows(page_view(eid="7", page="first"), page_view(eid="8", page="second")))
    store.add(rows("nothing"))
    reasons = store.bad_reasons()
    assert [(reason.reason, reason.count) for reason in reasons] == [
        ("the event has fields that cannot be read", 2),
        ("the request breaks the tracker protocol", 1),
    ]
    assert reasons[0].first.summary.page_title == "first"
    assert reasons[1].first.summary.page_title is None
    assert len(store.bad_reasons(1)) == 1


def test_a_timeline_counts_what_came_in_each_part(filled):
    hours = {"since": "2026-01-02T10:00:00.000Z", "until": "2026-01-02T12:00:00.000Z", "buckets": 2}
    found = {(b.start[11:13], b.platform, b.is_good): b.count for b in filled.timeline(**hours)}
    assert found == {("10", "web", True): 2, ("10", "srv", True): 1, ("11", "web", False): 1}
    some = filled.timeline(Query(app_id="shop", text="two"), **hours)
    assert [(b.start, b.platform, b.count) for b in some] == [("2026-01-02T10:00:00.000Z", "srv", 1)]


@pytest.mark.parametrize(
    "wrong", [{"buckets": 0}, {"buckets": 10**6}, {"since": "soon"}, {"until": "2026-01-01"}]
)
def test_a_timeline_of_no_time_is_refused(filled, wrong):
    with pytest.raises(ValueError, match=r"."):
        filled.timeline(
            **{
                "since": "2026-01-02T10:00:00.000Z",
                "until": "2026-01-03T10:00:00.000Z",
                "buckets": 2,
                **wrong,
            }
        )


def test_ids_go_on_after_all_was_forgotten(filled, tmp_path):
    filled.clear()
    assert filled.counts() == (0, 0)
    assert filled.latest().rows == ()
    assert filled.facets().app_ids == ()
    filled.add(rows(page_view()))
    assert [row.id for row in filled.latest().rows] == [5]
    filled.clear()
    filled.close()
    again = Store(tmp_path / "events.sqlite3")
    again.add(rows(page_view()))
    assert [row.id for row in again.latest().rows] == [6]
    again.close()


def test_a_listener_hears_of_each_commit_until_it_goes(store):
    heard = []

    def broken(_last):
        raise RuntimeError("a bug of a listener")

    store.subscribe(broken)
    unsubscribe = store.subscribe(heard.append)
    store.add(rows(page_view(), page_view()))
    assert heard == [2]
    unsubscribe()
    store.add(rows(page_view()))
    assert heard == [2]


def test_a_file_of_before_there_were_summaries_can_be_searched(tmp_path):
    path = tmp_path / "old.sqlite3"
    old = sqlite3.connect(path)
    old.executescript(
        "CREATE TABLE events (id INTEGER PRIMARY KEY, is_good INTEGER NOT NULL, received TEXT NOT NULL,"
        " shape TEXT NOT NULL); CREATE INDEX events_by_kind ON events (is_good, id);"
    )
    for row in rows(page_view(page="kept", aid="news"), page_view(eid="7", page="\ud800")):
        old.execute(
            "INSERT INTO events (is_good, received, shape) VALUES (?, ?, ?)",
            (row.is_good, row.received, json.dumps(row.shape)),
        )
    old.commit()
    old.close()
    store = Store(path)
    assert titles(store.latest(Query(app_id="news"))) == ["kept"]
    assert store.counts() == (1, 1)
    assert store.bad_reasons()[0].first.summary.page_title == "?"
    store.add(rows(page_view(page="new")))
    assert titles(store.latest()) == ["new", "?", "kept"]
    store.close()


def test_a_file_of_a_newer_version_is_refused_and_left_alone(tmp_path):
    path = tmp_path / "new.sqlite3"
    Store(path).close()
    newer = sqlite3.connect(path)
    newer.execute("PRAGMA user_version = 99")
    newer.commit()
    newer.close()
    before = path.read_bytes()
    with pytest.raises(StoreError, match="number 99, which a newer tracking_middleware made"):
        Store(path)
    assert path.read_bytes()[:18] == before[:18]


def test_a_timeline_that_takes_too_long_is_counted_from_its_end(filled):
    hours = {"since": "2026-01-01T00:00:00.000Z", "until": "2026-01-02T00:00:00.000Z", "buckets": 24}
    whole = filled.timeline(**hours)
    found, since = filled.counted_back(Query(), **hours, patience=0)
    assert since == "2026-01-01T23:00:00.000Z"
    assert found == [bucket for bucket in whole if bucket.start >= since]
    assert filled.counted_back(Query(), **hours, patience=60) == (whole, hours["since"])
