"""Who closes a tracker, and what comes after its end."""

from __future__ import annotations

import asyncio
import re

import httpx
import pytest
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route

from tracking_middleware import StructuredEvent, current_tracker, track
from tracking_middleware.starlette import TrackingMiddleware
from tracking_middleware.wsgi import WSGIMiddleware

from ..exchanges import outside, request, serve

TICK = StructuredEvent("clock", "tick")


def test_a_block_closes_a_tracker_that_nothing_else_has(make_tracker, records):
    tracker = make_tracker()

    def work():
        with tracker:
            with tracker:
                track(TICK)
            assert records.closed == 0
            track(TICK)

    outside(work)
    assert len(records.recorded) == 2
    assert records.closed == 1


def _wrapped(tracker):
    WSGIMiddleware(lambda environ, start_response: [], tracker=tracker)


def _asked(tracker):
    tracker.begin(request(method="POST")).finish("returned")


@pytest.mark.parametrize("share", [_wrapped, _asked])
def test_a_block_leaves_a_tracker_open_that_an_app_has_as_well(make_tracker, records, share):
    tracker = make_tracker()
    share(tracker)

    def job():
        with tracker:
            track(TICK)

    outside(job)
    assert records.closed == 0
    serve(tracker)
    assert len(records.recorded) == 2
    assert tracker.health()["status"] == "healthy"


def test_a_closed_tracker_says_that_it_drops_events(make_tracker, records, caplog):
    tracker = make_tracker()
    tracker.close()
    assert tracker.health()["status"] == "healthy"
    for _ in range(2):
        assert outside(lambda: tracker.track(TICK)) == ""
    (warning,) = [record.getMessage() for record in caplog.records]
    assert re.search(r"tracker_closed at \S+test_lifetime\.py:\d+ in .*: the tracker was closed", warning)
    health = tracker.health()
    assert health["status"] == "degraded"
    assert "the tracker is closed" in health["reasons"][0]
    assert tracker.stats()["errors"] == {"tracker_closed": 2}
    assert records.recorded == []
    assert records.dropped == {"closed": 2}


def test_a_page_view_after_the_end_is_told_as_well(make_tracker, records, caplog):
    tracker = make_tracker()
    tracker.close()
    serve(tracker)
    assert "tracker_closed" in caplog.text
    assert tracker.health()["status"] == "degraded"


def test_the_tracker_that_an_app_was_given_is_that_of_its_requests(make_tracker, records):
    tracker = make_tracker()

    def health(_request):
        assert current_tracker() is tracker
        return JSONResponse(tracker.health())

    app = Starlette(routes=[Route("/health", health)])
    app.add_middleware(TrackingMiddleware, tracker=tracker)

    async def ask():
        async with httpx.AsyncClient(
            transport=httpx.ASGITransport(app), base_url="http://a.example"
        ) as client:
            return (await client.get("/health")).json()

    assert asyncio.run(ask()) == {"status": "healthy", "reasons": []}
    assert records.closed == 0
