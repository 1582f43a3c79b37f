"""First looks at a collector of many events: a page is there at once, and loads again until it can count."""

from __future__ import annotations

import asyncio
import threading
import time

import httpx
import pytest

from tracking_middleware.collector import create_app
from tracking_middleware.collector.insights import answer_tables
from tracking_middleware.collector.insights.answer_tables import AnswerTables

from ..conftest import PATIENCE
from .test_gap_counts import add


class Gate:
    """What the tables wait for before they are made."""

    def __init__(self):
        self.opened, self.reached = threading.Event(), threading.Event()

    def __call__(self):
        self.reached.set()
        assert self.opened.wait(PATIENCE)


@pytest.fixture
def gate(monkeypatch):
    gate, make = Gate(), AnswerTables.make

    def waiting(tables):
        gate()
        return make(tables)

    monkeypatch.setattr(answer_tables, "FEW", 40)
    monkeypatch.setattr(AnswerTables, "make", waiting)
    return gate


@pytest.fixture
def get(store, gate):
    app = create_app(store)

    def get(path):
        async def ask():
            transport = httpx.ASGITransport(app)
            async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
                return await client.get(path)

        return asyncio.run(ask())

    yield get
    gate.opened.set()
    for thread in threading.enumerate():
        if thread.name in {"ahead", "answers"}:
            thread.join(PATIENCE)


def whole(get, path):
    deadline = time.monotonic() + PATIENCE
    while "refresh" in (answer := get(path)).headers:
        assert time.monotonic() < deadline
    return answer


@pytest.mark.parametrize("path", ["/gaps?wait=0&from=2020-01-01", "/articles", "/agents", "/campaigns"])
def test_a_page_that_has_no_tables_yet_says_so_and_loads_again(store, events, get, gate, path):
    add(store, events[:60])
    answer = get(path)
    assert (answer.status_code, answer.headers["refresh"]) == (200, "1")
    assert answer.headers["cache-control"] == "no-store"
    assert "This page loads again until they are there." in answer.text
    gate.opened.set()
    answer = whole(get, path)
    assert "Counting" not in answer.text
    assert "60 events" in answer.text


@pytest.mark.parametrize("path", ["/", "/bad", "/journeys", "/events/1"])
def test_a_look_at_any_page_begins_the_tables(store, events, get, gate, path):
    add(store, events[:60])
    assert not gate.reached.is_set()
    assert "refresh" not in get(path).headers
    assert gate.reached.wait(PATIENCE)


def test_of_few_events_they_are_made_for_who_asks_for_them(store, events, get, gate):
    add(store, events[:20])
    get("/")
    assert not [thread for thread in threading.enumerate() if thread.name in {"ahead", "answers"}]
    gate.opened.set()
    assert "refresh" not in get("/gaps").headers
