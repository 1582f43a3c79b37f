"""What is sent of a page that is fetched ahead, with the setting ``track_prefetch``."""

from __future__ import annotations

import asyncio

import pytest

from tracking_middleware import Article, StructuredEvent, current_page, track, untracked
from tracking_middleware.events.events import PageView

from ..exchanges import COOKIES, HTML, PERSON, SESSION, request

ARTICLE = Article(id="a-1", subject="rivers")
PREFETCH = {"sec-fetch-dest": "document", "sec-purpose": "prefetch", "cookie": COOKIES}
PRERENDER = {**PREFETCH, "sec-purpose": "prefetch;prerender"}
ISSUING = {"identity": "issue", "secret_key": "unit" * 8, "server_timing": True}


@pytest.fixture
def ahead(make_tracker):
    """Serves a page that is fetched ahead; the tracker."""

    def serve(headers=PREFETCH, *, status=200, answer=HTML, during=lambda: None, is_async=False, **options):
        tracker = make_tracker(**{"track_prefetch": True, **options})
        exchange = tracker.begin(request(headers=headers))
        during()
        extra = exchange.start(status, answer)
        if is_async:
            extra = asyncio.run(exchange.start_async(status, answer))
        assert extra == ()
        exchange.finish("complete")
        exchange.finish("closed")
        return tracker

    return serve


def test_it_is_a_structured_event_and_no_page_view(ahead, records):
    tracker = ahead(PRERENDER, during=lambda: current_page().attach(ARTICLE))
    (event,) = records.events()
    assert type(event) is StructuredEvent
    assert (event.category, event.action, event.label, event.value) == ("prefetch", "prerender", None, None)
    assert event.page_url == "https://www.example.test/page"
    identity = event.subject
    assert (identity.domain_userid, identity.domain_sessionid) == (PERSON, SESSION)
    assert event.dvce_created_tstamp == 1_700_000_000_123
    assert len(event.entities) == 1
    assert event.web_page_id == ""  # no page view shares it
    assert tracker.stats()["skipped"] == {"prefetch": 1}


@pytest.mark.parametrize(
    ("headers", "action"),
    [
        (PREFETCH, "prefetch"),
        ({"sec-fetch-dest": "empty", "sec-purpose": "prefetch"}, "prefetch"),
        ({"sec-fetch-dest": "empty", "x-sec-purpose": "prefetch", "x-turbo-request-id": "1"}, "prefetch"),
        ({"purpose": "prefetch"}, "prefetch"),
        ({"x-purpose": "preview"}, "preview"),
    ],
)
def test_the_action_says_how_it_was_fetched(ahead, records, headers, action):
    ahead(headers)
    assert records.event().action == action


def test_it_is_off_by_default(ahead, records):
    tracker = ahead(track_prefetch=False)
    assert records.recorded == []
    assert tracker.stats()["skipped"] == {"prefetch": 1}


@pytest.mark.parametrize(
    "options",
    [
        {"status": 404},
        {"answer": [("Content-Type", "application/json")]},
        {"answer": [*HTML, ("Content-Disposition", "attachment")]},
        {"headers": {**PREFETCH, "x-sec-purpose": "prefetch", "turbo-frame": "list"}},
        {"headers": {**PREFETCH, "sec-fetch-dest": "iframe"}},
        {"during": lambda: current_page().skip("mine")},
        {"during": untracked(lambda: None)},
    ],
)
def test_what_would_be_no_page_has_no_event(ahead, records, options):
    tracker = ahead(**options)
    assert records.recorded == []
    assert tracker.stats()["skipped"] == {"prefetch": 1}
    assert "internal" not in tracker.stats()["errors"]


@pytest.mark.parametrize("cookie", ["", COOKIES, COOKIES.partition(";")[0]])
def test_no_answer_carries_an_identity(ahead, records, cookie):
    ahead({**PREFETCH, "cookie": cookie}, **ISSUING)
    assert not isinstance(records.event(), PageView)
    ahead({**PREFETCH, "cookie": cookie}, is_async=True, **ISSUING)


def test_the_visitors_consent_holds(ahead, records):
    tracker = ahead(consent=lambda view: "none")
    assert records.recorded == []
    assert tracker.stats()["skipped"] == {"prefetch": 1, "consent_none": 1}
    ahead(consent=lambda view: "anonymous")
    assert records.event().is_anonymous
    assert records.event().subject.domain_userid is None
    ahead({**PREFETCH, "sec-gpc": "1"})
    assert records.event().is_anonymous


def test_a_consent_that_is_awaited_is_awaited(ahead, records):
    async def consent(view):
        await asyncio.sleep(0)
        return "full"

    tracker = ahead(consent=consent, is_async=True)
    assert records.event().subject.domain_userid == PERSON
    assert tracker.stats()["errors"] == {}
    assert len(records.recorded) == 1


def test_the_apps_own_events_come_as_ever(ahead, records):
    ahead(during=lambda: track(StructuredEvent("video", "play")))
    assert sorted(event.category for event in records.events()) == ["prefetch", "video"]


def test_the_last_start_of_a_response_holds(make_tracker, records):
    tracker = make_tracker(track_prefetch=True)
    exchange = tracker.begin(request(headers=PREFETCH))
    exchange.start(200, HTML)
    exchange.start(500, HTML)  # PEP 3333, exc_info
    exchange.finish("raised")
    assert records.recorded == []


def test_a_page_that_no_response_starts_of_has_no_event(make_tracker, records):
    tracker = make_tracker(track_prefetch=True)
    tracker.begin(request(headers=PREFETCH)).finish("raised")
    assert records.recorded == []


def test_headers_that_raise_reach_nobody(make_tracker, records):
    tracker = make_tracker(track_prefetch=True)
    exchange = tracker.begin(request(headers=PREFETCH))
    assert exchange.start(200, None) == ()
    exchange.finish("complete")
    assert tracker.stats()["errors"]["internal"] == 1
    assert records.recorded == []
