"""Bodies and heads that are too much: too large, too slow, packed, or no filter."""

from __future__ import annotations

import asyncio
import gzip
import json
import socket
import tracemalloc

import httpx
import pytest
from starlette.requests import Request

from tracking_middleware.collector import Store, create_app
from tracking_middleware.collector.http.bodies import BodyRefusedError, read_body
from tracking_middleware.collector.intake.tracker_routes import MAX_BODY
from tracking_middleware.collector.micro.filters import MAX_FILTER

from ..conftest import PATIENCE, POST_PATH, SCHEMA
from .conftest import page_view

NOTHING = {"total": 0, "good": 0, "bad": 0}


def packed(*events):
    return gzip.compress(json.dumps({"schema": SCHEMA, "data": list(events)}).encode())


def post_packed(collector, body, **headers):
    given = {"Content-Type": "application/json", "Content-Encoding": "gzip", **headers}
    return collector.client.post(POST_PATH, content=body, headers=given)


def test_a_body_of_the_most_is_taken_and_one_byte_more_is_not(collector):
    envelope = json.dumps({"schema": SCHEMA, "data": [page_view(page="")]})
    text = envelope.replace('"page": ""', '"page": "{}"')
    for size, status in ((MAX_BODY, 200), (MAX_BODY + 1, 413)):
        body = text.replace("{}", "x" * (size - len(text) + 2))
        assert len(body) == size
        headers = {"Content-Type": "application/json"}
        assert collector.client.post(POST_PATH, content=body, headers=headers).status_code == status
    assert collector.counts()["total"] == 1


def test_a_body_of_unsaid_length_is_bounded_too(collector):
    chunks = (b"x" * 65_536 for _ in range(64))
    answer = collector.client.post(POST_PATH, content=chunks)
    assert answer.status_code == 413
    assert collector.counts() == NOTHING


def test_a_claim_of_too_much_is_answered_before_it_is_sent(collector):
    with socket.create_connection(("127.0.0.1", collector.client.base_url.port), timeout=PATIENCE) as sender:
        sender.sendall(f"POST {POST_PATH} HTTP/1.1\r\nHost: x\r\nContent-Length: {10**12}\r\n\r\n".encode())
        assert sender.recv(12) == b"HTTP/1.1 413"


def test_what_our_own_tracker_compresses_is_taken(collector):
    assert post_packed(collector, packed(page_view(page="packed"))).status_code == 200
    assert post_packed(collector, packed(page_view(page="in capitals")), **{"Content-Encoding": "GZIP"})
    titles = [shape["event"]["page_title"] for shape in collector.good()]
    assert titles == ["in capitals", "packed"]


def test_a_bomb_is_not_unpacked(collector):
    bomb = gzip.compress(b"x" * 64 * 1024 * 1024)
    assert len(bomb) < MAX_BODY
    assert post_packed(collector, bomb).status_code == 413
    assert collector.counts() == NOTHING


def test_a_bomb_takes_no_memory():
    bomb = gzip.compress(b"x" * 64 * 1024 * 1024)

    async def receive():
        return {"type": "http.request", "body": bomb, "more_body": False}

    request = Request({"type": "http", "headers": [(b"content-encoding", b"gzip")]}, receive)
    tracemalloc.start()
    try:
        with pytest.raises(BodyRefusedError):
            asyncio.run(read_body(request, most=MAX_BODY, seconds=PATIENCE))
        assert tracemalloc.get_traced_memory()[1] < 4 * MAX_BODY
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    ("body", "encoding", "status"),
    [
        (b"no gzip", "gzip", 400),
        (packed(page_view())[:-9], "gzip", 400),
        (packed(page_view()) + b"more", "gzip", 400),
        (packed(page_view()) * 2, "gzip", 400),
        (packed(page_view()), "br", 415),
        (packed(page_view()), "gzip, gzip", 415),
    ],
    ids=["no gzip", "cut off", "more behind it", "two members", "another encoding", "two encodings"],
)
def test_what_cannot_be_unpacked_is_refused_in_words(collector, body, encoding, status):
    answer = post_packed(collector, body, **{"Content-Encoding": encoding})
    assert answer.status_code == status
    assert "gzip" in answer.text
    assert collector.counts() == NOTHING


@pytest.mark.parametrize("path", [POST_PATH, "/micro/good", "/micro/bad"])
def test_a_body_that_does_not_arrive_is_given_up(tmp_path, path):
    async def ask():
        async def receive():
            await asyncio.sleep(PATIENCE)

        answers = []

        async def send(message):
            answers.append(message)

        scope = {"type": "http", "method": "POST", "path": path, "query_string": b"", "headers": []}
        store = Store(tmp_path / "events.sqlite3")
        try:
            await create_app(store, body_seconds=0.05)(scope, receive, send)
            assert store.counts() == (0, 0)
        finally:
            store.close()
        return answers

    start, body = asyncio.run(ask())
    assert start["status"] == 408
    assert (b"connection", b"close") in start["headers"]
    assert b"within 0.05 seconds" in body["body"]


@pytest.mark.parametrize(
    "head", [f"GET /i?{'x' * 70_000} HTTP/1.1\r\n", f"GET /i HTTP/1.1\r\nA: {'x' * 70_000}\r\n"]
)
def test_a_head_too_large_is_refused(collector, head):
    with socket.create_connection(("127.0.0.1", collector.client.base_url.port), timeout=PATIENCE) as sender:
        sender.sendall(head.format("x" * 70_000).encode())
        assert sender.recv(10) == b"HTTP/1.1 4"
    assert collector.counts() == NOTHING


def test_a_long_query_string_is_taken(collector):
    assert collector.get("/i", params=page_view(co="x" * 20_000)).status_code == 200


@pytest.mark.parametrize("path", ["/micro/good", "/micro/bad"])
def test_a_filter_too_large_is_refused(collector, path):
    answer = collector.client.post(path, json={"schema": "x" * MAX_FILTER})
    assert answer.status_code == 413


@pytest.mark.parametrize(
    "criteria",
    [
        {"contexts": 5},
        {"contexts": "iglu:a/b/jsonschema/1-0-0"},
        {"contexts": [["nested"]]},
        {"contexts": [{}]},
        {"event_type": {}},
        {"schema": ["x"]},
        {"vendor": 1},
        {"limit": True},
        {"limit": 1.5},
    ],
)
def test_a_filter_of_wrong_types_is_refused_in_words(collector, criteria):
    for path in ("/micro/good", "/micro/bad"):
        answer = collector.client.post(path, json=criteria)
        assert answer.status_code == 400
        assert answer.text.startswith(f"the filter's {next(iter(criteria))} must be")


def test_what_a_filter_says_too_much_or_as_null_is_passed_over(collector):
    collector.post(page_view())
    criteria = {"event_type": None, "schema": None, "contexts": None, "limit": None, "unknown": [1]}
    assert len(collector.good(**criteria)) == 1


def test_a_get_may_filter_by_query_string_and_by_body(collector):
    collector.post(page_view(page="view"), page_view(e="se", se_ca="a", se_ac="b", page="click"))

    def titles(**options):
        answer = collector.client.request("GET", "/micro/good", **options)
        return [shape["event"]["page_title"] for shape in answer.json()]

    assert titles() == ["click", "view"] or titles() == ["view", "click"]
    assert titles(params={"event_type": "page_view"}) == ["view"]
    assert titles(json={"event_type": "struct"}) == ["click"]
    assert titles(params={"event_type": "struct"}, json={"event_type": "page_view"}) == ["view"]
    assert titles(params={"limit": "0"}) == []
    assert titles(params={"contexts": "iglu:a/b/jsonschema/1-0-0,iglu:a/c/jsonschema/1-0-0"}) == []
    for limit in ("x", "-1", "9" * 30, "²"):
        assert collector.get("/micro/good", params={"limit": limit}).status_code == 400


def test_long_answers_are_packed_for_who_takes_that(collector):
    collector.post(*(page_view() for _ in range(20)))
    with httpx.Client(base_url=collector.url, timeout=PATIENCE) as client:
        packed_answer = client.get("/micro/good", headers={"Accept-Encoding": "gzip"})
        plain = client.get("/micro/good", headers={"Accept-Encoding": "identity"})
    assert packed_answer.headers["content-encoding"] == "gzip"
    assert "content-encoding" not in plain.headers
    assert packed_answer.json() == plain.json()
    assert packed_answer.num_bytes_downloaded < len(plain.content) / 5
