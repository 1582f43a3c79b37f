"""Requests on their way into the store: what cannot be kept is answered so, and a listener costs nothing."""

from __future__ import annotations

import asyncio
import json
import threading

import httpx
import pytest

from tracking_middleware.collector import Store, create_app
from tracking_middleware.collector.intake.intake import Intake
from tracking_middleware.collector.store.committer import NotKeptError

from ..conftest import PATIENCE, POST_PATH, SCHEMA
from .conftest import page_view
from .test_store_queries import rows


class Hit:
    """As much of one as the intake looks at."""

    def __init__(self, size):
        self.body = "x" * size


async def post_to(app, *events):
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://localhost") as client:
        body = json.dumps({"schema": SCHEMA, "data": list(events)})
        headers = {"Content-Type": "application/json"}
        posted = await client.post(POST_PATH, content=body, headers=headers)
        return posted, await client.get("/i", params=page_view())


def test_a_store_that_keeps_nothing_is_answered_503_so_that_trackers_send_again(tmp_path):
    store = Store(tmp_path / "events.sqlite3")
    app = create_app(store)
    store.close()
    for answer in asyncio.run(post_to(app, page_view())):
        assert answer.status_code == 503
        assert answer.headers["retry-after"] == "5"
        assert answer.headers["access-control-allow-origin"] == "*"
        assert "set-cookie" not in answer.headers


def test_a_listener_that_fails_costs_no_answer(tmp_path):
    def broken(_rows):
        raise RuntimeError("a bug of a listener")

    store = Store(tmp_path / "events.sqlite3")
    answers = asyncio.run(post_to(create_app(store, heard=broken), page_view()))
    assert [answer.status_code for answer in answers] == [200, 200]
    assert store.counts() == (2, 0)
    store.close()


def test_more_than_may_wait_is_refused_until_there_is_room(tmp_path):
    store = Store(tmp_path / "events.sqlite3")
    may_read = threading.Event()

    def read(_hit):
        assert may_read.wait(PATIENCE)
        return rows(page_view())

    async def send():
        intake = Intake(store, read)
        first = asyncio.create_task(intake.keep(Hit(60_000_000)))
        second = asyncio.create_task(intake.keep(Hit(5_000_000)))
        await asyncio.sleep(0)
        with pytest.raises(NotKeptError):
            await intake.keep(Hit(5_000_000))
        may_read.set()
        await asyncio.gather(first, second)
        await intake.keep(Hit(100_000_000))

    asyncio.run(send())
    assert store.counts() == (3, 0)
    store.close()


def test_a_request_that_waits_for_a_schema_holds_up_no_other(tmp_path):
    store = Store(tmp_path / "events.sqlite3")
    may_read = threading.Event()

    def read(hit):
        if hit.body:
            assert may_read.wait(PATIENCE)
        return rows(page_view())

    async def send():
        intake = Intake(store, read)
        slow = asyncio.create_task(intake.keep(Hit(1)))
        await asyncio.wait_for(intake.keep(Hit(0)), PATIENCE)
        assert not slow.done()
        may_read.set()
        await slow

    asyncio.run(send())
    store.close()
