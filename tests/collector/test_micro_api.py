"""Micro's REST API: counts, lists, filters, reset; and the page."""

from __future__ import annotations

import json
import re
import uuid
from pathlib import Path

import pytest

from tracking_middleware.protocol.columns import COLUMNS

from ..conftest import POST_PATH, SCHEMA
from .conftest import page_view

WEB_PAGE = "iglu:com.snowplowanalytics.snowplow/web_page/jsonschema/1-0-0"
ARTICLE = "iglu:com.acme/article/jsonschema/1-0-0"


def with_entities(*schemas, **parameters):
    entities = [{"schema": schema, "data": {"id": str(uuid.UUID(int=1))}} for schema in schemas]
    wrapper = {"schema": "iglu:com.snowplowanalytics.snowplow/contexts/jsonschema/1-0-1", "data": entities}
    return page_view(co=json.dumps(wrapper), **parameters)


def test_counts_and_reset(collector):
    collector.post(page_view(), page_view(eid="bad"))
    assert collector.counts() == {"total": 2, "good": 1, "bad": 1}
    assert collector.client.post("/micro/all").json() == collector.counts()
    assert collector.reset().text == "Reset completed"
    assert collector.counts() == {"total": 0, "good": 0, "bad": 0}
    assert collector.get("/micro/good").json() == []
    assert collector.get("/micro/bad").json() == []


def test_events_are_listed_newest_first_beyond_one_read_of_the_store(collector):
    for start in range(0, 1200, 100):
        collector.post(*(page_view(page=str(n)) for n in range(start, start + 100)))
    listed = [int(shape["event"]["page_title"]) for shape in collector.good()]
    assert listed == list(range(1199, -1, -1))
    assert len(collector.good(limit=3)) == 3


def test_an_event_has_the_131_columns_in_their_order(collector):
    collector.post(page_view())
    (shape,) = collector.good()
    assert len(COLUMNS) == 131
    assert list(shape["event"]) == list(COLUMNS)
    assert set(shape) == {"rawEvent", "eventType", "schema", "contexts", "event", "incomplete"}


@pytest.mark.parametrize(
    ("criteria", "titles"),
    [
        ({}, {"plain", "article", "click"}),
        ({"event_type": "page_view"}, {"plain", "article"}),
        ({"event_type": "pv"}, set()),
        ({"event_type": "struct"}, {"click"}),
        ({"schema": "iglu:com.google.analytics/event/jsonschema/1-0-0"}, {"click"}),
        ({"contexts": [ARTICLE]}, {"article"}),
        ({"contexts": [ARTICLE, WEB_PAGE]}, {"article"}),
        ({"contexts": [WEB_PAGE]}, {"plain", "article"}),
        ({"event_type": "struct", "contexts": [WEB_PAGE]}, set()),
        ({"limit": 1}, {"click"}),
        ({"limit": 0}, set()),
        ({"contexts": [WEB_PAGE], "limit": 1}, {"article"}),
    ],
)
def test_good_events_are_filtered(collector, criteria, titles):
    collector.post(with_entities(WEB_PAGE, page="plain"))
    collector.post(with_entities(WEB_PAGE, ARTICLE, page="article"))
    collector.post(page_view(e="se", se_ca="a", se_ac="b", page="click"))
    assert {shape["event"]["page_title"] for shape in collector.good(**criteria)} == titles


def test_bad_rows_are_filtered_by_the_route_they_came_by(collector):
    collector.post(page_view(eid="bad"))
    collector.get("/i", params=page_view(eid="bad"))
    assert len(collector.bad(version="tp2")) == 1
    assert len(collector.bad(vendor="com.snowplowanalytics.snowplow")) == 2
    assert collector.bad(vendor="other") == []
    assert len(collector.bad(limit=1)) == 1


@pytest.mark.parametrize(
    ("body", "word"),
    [
        *((body, "filter") for body in (b"{", b"[]", b"[" * 10_000, b"\xff", b"9" * 5000)),
        *((body, "limit") for body in (b'{"limit": -1}', b'{"limit": "3"}', b'{"limit": 1.5}')),
        *((body, "event_type") for body in (b'{"event_type": []}', b'{"event_type": {}}')),
        *((body, "contexts") for body in (b'{"contexts": "a"}', b'{"contexts": [[]]}', b'{"contexts": {}}')),
        *((b'{"%b": {}}' % name.encode(), name) for name in ("schema", "vendor", "version")),
    ],
)
def test_a_filter_that_is_none_is_refused_in_words(collector, body, word):
    collector.post(page_view())
    answer = collector.client.post("/micro/good", content=body)
    assert answer.status_code == 400
    assert word in answer.text


def test_a_limit_may_be_larger_than_any_machines(collector):
    collector.post(page_view())
    assert len(collector.good(limit=10**30)) == 1


@pytest.mark.parametrize("name", ["event_type", "schema"])
def test_half_a_surrogate_pair_in_a_filter_finds_nothing(collector, name):
    collector.post(page_view())
    answer = collector.client.post("/micro/good", content=json.dumps({name: "\ud800"}))
    assert (answer.status_code, answer.json()) == (200, [])


def test_half_a_surrogate_pair_is_listed_and_shown(collector):
    events = [page_view(page="\ud800"), page_view(page="\ud800", eid="7")]
    body = json.dumps({"schema": SCHEMA, "data": events})
    collector.client.post(POST_PATH, content=body, headers={"Content-Type": "application/json"})
    (good,), (bad,) = collector.good(), collector.bad()
    assert good["event"]["page_title"] == "?"
    assert bad["rawEvent"]["parameters"]["page"] == "\ud800"
    assert collector.get("/").status_code == 200


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("GET", "/micro/events", "POST"),
        ("GET", "/micro/timeline", "POST"),
        ("GET", "/micro/columnStats", "POST"),
        ("POST", "/micro/columns", "GET, HEAD"),
        ("PUT", "/micro/events", "POST"),
    ],
)
def test_a_route_asked_in_the_wrong_way_says_how_it_is_asked(collector, method, path, allowed):
    answer = collector.client.request(method, path)
    assert answer.status_code == 405
    assert answer.headers["allow"] == allowed
    if method != "PUT":
        assert answer.text == f"{path} takes {allowed}, not {method}."


def test_an_unknown_route_names_the_known_ones(collector):
    answer = collector.get("/micro/goood")
    assert answer.status_code == 404
    assert "/micro/good" in answer.text


PAGE = (Path(__file__).resolve().parents[2] / "docs" / "reference" / "collector-http.md").read_text()
ASKED = re.findall(r"^curl [^\n]*9090(/micro/\w+) -d '(.*?)'$", PAGE, re.DOTALL | re.MULTILINE)
assert ASKED


@pytest.mark.parametrize(("path", "body"), ASKED)
def test_what_its_page_asks_of_the_lists_is_answered(collector, path, body):
    assert set(collector.client.post(path, content=body).raise_for_status().json()) & {"events", "points"}
