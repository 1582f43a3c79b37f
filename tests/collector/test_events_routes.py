"""Micro 4's lists of events, timelines, and the exports."""

from __future__ import annotations

import json
import uuid

import pytest

from tracking_middleware.protocol.columns import COLUMNS

from .conftest import page_view
from .test_micro_api import ARTICLE, WEB_PAGE, with_entities

FAILURE = "contexts_com_snowplowanalytics_snowplow_failure_1"


def listed(collector, **request):
    given = {"page": 1, "pageSize": 50, "filters": [], **request}
    return collector.client.post("/micro/events", json=given).raise_for_status().json()


def titles(answer):
    return [event["page_title"] for event in answer["events"]]


@pytest.fixture
def filled(collector):
    collector.post(page_view(page="one", aid="news", uid="Ann"))
    collector.post(page_view(page="two", aid="shop", tna="client"))
    collector.post(page_view(page="three", aid="News", e="se", se_ca="a", se_ac="b"))
    collector.post(page_view(page="four", aid="shop", eid="7"))
    return collector


@pytest.mark.parametrize(
    ("request_", "expected"),
    [
        ({}, ["four", "three", "two", "one"]),
        ({"validEvents": True}, ["three", "two", "one"]),
        ({"validEvents": False}, ["four"]),
        ({"filters": [{"column": "app_id", "values": ["NEWS"]}]}, ["three", "one"]),
        (
            {"filters": [{"column": "app_id", "values": ["news", "shop"]}], "validEvents": True},
            ["three", "two", "one"],
        ),
        ({"filters": [{"column": "app_id", "value": "shop"}]}, ["four", "two"]),
        ({"filters": [{"column": "app_id", "values": ["new"]}]}, []),
        ({"filters": [{"column": "app_id", "values": []}]}, ["four", "three", "two", "one"]),
        ({"filters": [{"column": "user_id", "values": ["ann"]}]}, ["one"]),
        ({"filters": [{"column": "name_tracker", "values": ["CLIENT"]}]}, ["two"]),
        ({"filters": [{"column": "event_name", "values": ["event"]}]}, ["three"]),
        (
            {
                "filters": [
                    {"column": "app_id", "values": ["shop"]},
                    {"column": "page_title", "values": ["four", "one"]},
                ]
            },
            ["four"],
        ),
        ({"filters": [{"column": "made_up", "values": ["x"]}]}, []),
        ({"sorting": {"column": "collector_tstamp", "desc": False}}, ["one", "two", "three", "four"]),
        ({"sorting": {"column": "page_title", "desc": False}}, ["four", "one", "three", "two"]),
        ({"sorting": {"column": "page_title", "desc": True}}, ["two", "three", "one", "four"]),
        ({"timeRange": {"start": "2000-01-01T00:00:00Z", "end": "2001-01-01T00:00:00Z"}}, []),
        ({"timeRange": {"start": "2100-01-01T00:00:00Z"}}, []),
        ({"timeRange": {"start": "2001-01-01T00:00:00Z", "end": None}, "pageSize": 1}, ["four"]),
        ({"timeRange": {"end": "2001-01-01T00:00:00Z"}}, []),
        ({"timeRange": {"start": None, "end": "2100-01-01T00:00:00Z"}, "pageSize": 2}, ["four", "three"]),
        ({"timeRange": {}, "pageSize": 1}, ["four"]),
        ({"sorting": {"column": "name_tracker", "desc": False}}, ["two", "one", "three", "four"]),
        ({"sorting": {"column": "name_tracker", "desc": True}}, ["two", "four", "three", "one"]),
        (
            {"timeRange": {"start": "2001-01-01T00:00:00Z", "end": "2100-01-01T00:00:00Z"}, "pageSize": 1},
            ["four"],
        ),
    ],
)
def test_events_are_listed_as_asked(filled, request_, expected):
    assert titles(listed(filled, **request_)) == expected


@pytest.mark.parametrize(
    ("parameter", "column", "ordered"),
    [
        ("vid", "domain_sessionidx", ["0", "2", "9", "10", "100"]),
        ("se_va", "se_value", ["-20", "-3", "0.5", "9.10", "10", "1e22", "12345678901234567890123.1"]),
        ("tr_tt", "tr_total", ["0", "9.99", "10.00", "100"]),
    ],
)
def test_numbers_are_sorted_by_their_size_and_what_has_none_comes_last(collector, parameter, column, ordered):
    kind = {"e": "se", "se_ca": "a", "se_ac": "b"} if parameter == "se_va" else {"e": "tr", "tr_id": "1"}
    for value in (*ordered[::-1], None):
        collector.post(page_view(page=str(value), **kind, **{parameter: value}))
    assert titles(listed(collector, sorting={"column": column, "desc": False})) == [*ordered, "None"]
    assert titles(listed(collector, sorting={"column": column, "desc": True})) == [*ordered[::-1], "None"]


def test_a_list_comes_in_pages(filled):
    pages = [listed(filled, page=n, pageSize=3) for n in (1, 2, 3)]
    assert [titles(page) for page in pages] == [["four", "three", "two"], ["one"], []]
    assert {(page["totalItems"], page["totalPages"]) for page in pages} == {(4, 2)}
    assert listed(filled, filters=[{"column": "app_id", "values": ["x"]}])["totalPages"] == 1


def test_a_page_may_be_further_than_any_machine_counts(filled):
    assert titles(listed(filled, page=2**63, pageSize=2**63)) == []


@pytest.mark.parametrize(
    ("start", "end"),
    [
        ("0001-01-01T00:00:00+14:00", "2026-01-01T00:00:00Z"),
        ("2026-01-01T00:00:00Z", "9999-12-31T23:59:59-14:00"),
    ],
)
def test_a_moment_in_no_year_is_refused_in_words(collector, start, end):
    time = {"start": start, "end": end}
    listing = {"page": 1, "pageSize": 5, "filters": [], "timeRange": time}
    for route, asked in (("events", listing), ("timeline", {"buckets": [time]})):
        answer = collector.client.post(f"/micro/{route}", json=asked)
        assert answer.status_code == 400
        assert "no year from 1 to 9999" in answer.text


def test_a_moment_in_no_year_filters_no_export(collector):
    answer = collector.get("/export.tsv", params={"since": "0001-01-01T00:00:00+14:00"})
    assert answer.status_code == 400
    assert "no year from 1 to 9999" in answer.text


def test_an_event_is_flat_with_a_column_for_each_kind_of_entity(collector):
    data = {"schema": "iglu:com.acme-inc/orderReturn/jsonschema/2-0-1", "data": {"sku": "RS-1"}}
    wrapped = {"schema": "iglu:com.snowplowanalytics.snowplow/unstruct_event/jsonschema/1-0-0", "data": data}
    collector.post(with_entities(ARTICLE, ARTICLE, WEB_PAGE, e="ue", ue_pr=json.dumps(wrapped)))
    (event,) = listed(collector)["events"]
    assert set(COLUMNS) - set(event) == {"contexts", "derived_contexts", "unstruct_event"}
    assert event["contexts_com_acme_article_1"] == [{"id": str(uuid.UUID(int=1))}] * 2
    assert event["contexts_com_snowplowanalytics_snowplow_web_page_1"] == [{"id": str(uuid.UUID(int=1))}]
    assert event["unstruct_event_com_acme_inc_order_return_2"] == {"sku": "RS-1"}


def test_a_bad_event_says_why_in_a_failure_entity(filled):
    (event,) = listed(filled, validEvents=False)["events"]
    (failure,) = event[FAILURE]
    assert event["app_id"] == "shop"
    assert event["collector_tstamp"] == failure["timestamp"]
    assert "'7' is no UUID" in failure["errors"][0]["message"]


def test_a_bad_event_has_all_columns_as_far_as_they_can_be_read(collector):
    entities = {"eid": "7", "tna": "client", "vid": "3", "res": "1024x768", "p": "fridge", "tr_cu": "EUR"}
    collector.post(with_entities(ARTICLE, **entities), page_view(url="https://a.example/?utm_source=news"))
    good, bad = (listed(collector, validEvents=kind)["events"][0] for kind in (True, False))
    assert set(bad) - set(good) == {FAILURE, "contexts_com_acme_article_1"}
    assert set(good) <= set(bad)
    assert bad["contexts_com_acme_article_1"] == [{"id": str(uuid.UUID(int=1))}]
    known = {
        "event": "page_view",
        "event_id": None,
        "platform": None,
        "name_tracker": "client",
        "domain_sessionidx": 3,
        "dvce_screenwidth": 1024,
        "page_urlhost": "www.example.com",
        "page_urlquery": "x=1",
        "tr_currency": "EUR",
        "dvce_created_tstamp": "2023-11-14T22:13:20.000Z",
        "v_collector": good["v_collector"],
        "user_ipaddress": "127.0.0.1",
        "network_userid": bad["network_userid"],
    }
    assert {name: bad[name] for name in known} == known


def test_a_request_that_holds_no_event_has_all_columns_too(collector):
    collector.client.post("/com.acme/v1", content=b"{", headers={"User-Agent": "agent/7"})
    (bad,) = listed(collector)["events"]
    assert set(bad) >= set(COLUMNS) - {"contexts", "derived_contexts", "unstruct_event"}
    assert (bad["useragent"], bad["event"]) == ("agent/7", None)
    assert bad[FAILURE][0]["errors"] == [{"message": "there is no adapter for the path /com.acme/v1"}]


def test_what_is_too_long_is_no_value_of_a_bad_event(collector):
    collector.post(page_view(url=f"https://a.example/?utm_source={'a' * 256}"))
    (bad,) = listed(collector)["events"]
    assert (bad["mkt_source"], bad["page_urlhost"]) == (None, "a.example")


def test_columns_are_named_with_the_keys_of_entities(collector):
    data = {"schema": "iglu:com.acme/orderReturn/jsonschema/2-0-1", "data": {"sku": "RS-1"}}
    wrapped = {"schema": "iglu:com.snowplowanalytics.snowplow/unstruct_event/jsonschema/1-0-0", "data": data}
    collector.post(with_entities(ARTICLE, e="ue", ue_pr=json.dumps(wrapped)), page_view(eid="7"))
    names = collector.get("/micro/columns").json()
    assert names == sorted(names)
    assert {"app_id", "true_tstamp"} <= set(names)
    assert {"contexts_com_acme_article_1", "contexts_com_acme_article_1.id"} <= set(names)
    assert {"unstruct_event_com_acme_order_return_2.sku", f"{FAILURE}.failureType"} <= set(names)
    assert not {"contexts", "derived_contexts", "unstruct_event"} & set(names)


def stats(collector, *columns):
    answer = collector.client.post("/micro/columnStats", json={"columns": columns})
    return answer.raise_for_status().json()


def test_a_column_says_its_values_where_it_can_be_filtered_by(filled):
    filled.post(with_entities(ARTICLE, aid="News"))
    none = {"sortable": False, "filterable": False, "values": None}
    assert stats(filled, "app_id", "contexts_com_acme_article_1", "made_up", "app_id", "mkt_term") == {
        "app_id": {"sortable": True, "filterable": True, "values": ["News", "news", "shop"]},
        "contexts_com_acme_article_1": none,
        "made_up": none,
        "mkt_term": {"sortable": True, "filterable": True, "values": []},
    }


@pytest.mark.parametrize(("count", "is_told"), [(20, True), (21, False)])
def test_a_column_of_more_than_20_values_tells_none(collector, count, is_told):
    collector.post(*(page_view(page=str(n)) for n in range(count)))
    values = stats(collector, "page_title")["page_title"]["values"]
    assert values == (sorted(map(str, range(count))) if is_told else None)


def test_stats_of_what_is_no_list_are_refused_in_words(collector):
    answer = collector.client.post("/micro/columnStats", content=b'{"columns": "app_id"}')
    assert answer.status_code == 400
    assert "columns" in answer.text


@pytest.mark.parametrize(
    "body",
    [
        *(b"{", b"[]", b'{"page": 1, "pageSize": 5}', b'{"page": 0, "pageSize": 5, "filters": []}'),
        *(b'{"page": 1, "pageSize": 0, "filters": []}', b'{"page": "1", "pageSize": 5, "filters": []}'),
        b'{"page": 1, "pageSize": 5, "filters": [], "timeRange": {"start": "2020-01-01", "end": "x"}}',
        b"[" * 10_000,
    ],
)
def test_a_request_that_is_none_is_refused_in_words(collector, body):
    answer = collector.client.post("/micro/events", content=body)
    assert answer.status_code == 400
    assert "Micro's documentation" in answer.text


def test_a_timeline_counts_good_and_bad_events_of_each_bucket(filled):
    buckets = [
        {"start": "2001-01-01T00:00:00.000Z", "end": "2100-01-01T00:00:00.000Z"},
        {"start": "1990-01-01T00:00:00.000Z", "end": "2001-01-01T00:00:00.000Z"},
    ]
    answer = filled.client.post("/micro/timeline", json={"buckets": buckets}).json()
    assert answer == {
        "points": [
            {"validEvents": 3, "failedEvents": 1, "bucket": buckets[0]},
            {"validEvents": 0, "failedEvents": 0, "bucket": buckets[1]},
        ]
    }
    too_many = filled.client.post("/micro/timeline", json={"buckets": buckets * 251})
    assert too_many.status_code == 400


def test_good_events_are_exported_as_lines_oldest_first(filled):
    tsv = filled.get("/export.tsv")
    assert tsv.headers["content-type"].startswith("text/tab-separated-values")
    lines = tsv.text.removesuffix("\n").split("\n")
    assert [len(line.split("\t")) for line in lines] == [131] * 3
    assert [line.split("\t")[COLUMNS.index("page_title")] for line in lines] == ["one", "two", "three"]
    flat = [json.loads(line) for line in filled.get("/export.jsonl").text.splitlines()]
    assert [event["page_title"] for event in flat] == ["one", "two", "three"]


def test_an_export_is_filtered_and_says_by_what_where_it_is_not(filled):
    assert len(filled.get("/export.jsonl", params={"app_id": "shop"}).text.splitlines()) == 1
    assert filled.get("/export.tsv", params={"since": "2100-01-01T00:00:00Z"}).text == ""
    refused = filled.get("/export.tsv", params={"apid": "shop"})
    assert refused.status_code == 400
    assert "apid" in refused.text
    assert "app_id" in refused.text
    assert filled.get("/export.tsv", params={"since": "now"}).status_code == 400


def test_an_export_goes_beyond_one_read_of_the_store(collector):
    for start in range(0, 700, 100):
        collector.post(*(page_view(page=str(n)) for n in range(start, start + 100)))
    events = [json.loads(line) for line in collector.get("/export.jsonl").text.splitlines()]
    assert [event["page_title"] for event in events] == [str(n) for n in range(700)]
