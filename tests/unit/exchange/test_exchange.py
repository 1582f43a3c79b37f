"""An exchange that asks what may be awaited, tells health what is set up wrong, and shares its web page."""

from __future__ import annotations

import asyncio

import pytest

from tracking_middleware import StructuredEvent, track
from tracking_middleware.events.events import PageView
from tracking_middleware.exchange.doubts import ENOUGH

from ..exchanges import COOKIES, HTML, outside, request, serve

PLAY = StructuredEvent("video", "play")
VISITOR = {"cookie": COOKIES}


async def answered_async(tracker, view=None, *, during=lambda: None):
    exchange = tracker.begin(view or request())
    during()
    await exchange.start_async(200, HTML)
    exchange.finish("complete")


async def named(_view):
    await asyncio.sleep(0)
    return "u-7"


async def breaks(_view):
    await asyncio.sleep(0)
    raise LookupError("secret")


def test_an_async_user_id_is_awaited_where_that_can_be(make_tracker, records):
    asyncio.run(answered_async(make_tracker(user_id=named)))
    assert records.event().subject.user_id == "u-7"


def test_an_async_user_id_that_was_asked_for_early_is_awaited_when_the_response_starts(make_tracker, records):
    asyncio.run(answered_async(make_tracker(user_id=named), during=lambda: track(PLAY)))
    assert [event.subject.user_id for event in records.events()] == ["u-7", "u-7"]


def test_an_async_user_id_under_wsgi_names_nobody_and_says_so(make_tracker, records, caplog):
    tracker = make_tracker(user_id=named)
    serve(tracker)
    assert records.event().subject.user_id == ""
    assert tracker.stats()["errors"] == {"user_id_failed": 1}
    assert "async" in caplog.text


def test_an_async_user_id_that_raises_names_nobody(make_tracker, records, caplog):
    tracker = make_tracker(user_id=breaks)
    asyncio.run(answered_async(tracker))
    assert records.event().subject.user_id == ""
    assert tracker.stats()["errors"] == {"user_id_failed": 1}
    assert "LookupError" in caplog.text
    assert "secret" not in caplog.text


def test_strangers_never_share_what_an_async_user_id_gave(make_tracker, records):
    tracker = make_tracker(user_id=named)
    for _ in range(2):
        serve(tracker)
    assert {event.subject.user_id for event in records.events()} == {""}


@pytest.mark.parametrize("is_async", [False, True])
@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (lambda: True, "gave True"),
        (lambda: None, "gave None"),
        (dict, "of type dict"),
        (lambda: 1 / 0, "ZeroDivision"),
    ],
)
def test_a_consent_that_is_none_of_the_answers_is_told_by_health(make_tracker, answer, said, is_async):
    answers = [answer, lambda: "full"]

    def consents(_view):
        return answers[0]()

    tracker = make_tracker(consent=consents)
    for _ in range(3):
        asyncio.run(answered_async(tracker)) if is_async else serve(tracker)
    health = tracker.health()
    (reason,) = health["reasons"]
    assert health["status"] == "degraded"
    assert said in reason
    assert "consents" in reason
    assert "'full', 'anonymous' or 'none'" in reason
    del answers[0]
    serve(tracker)
    assert tracker.health() == {"status": "healthy", "reasons": []}


def test_a_consent_that_would_have_to_be_awaited_is_told_by_health(make_tracker):
    async def consents(_view):
        return "full"

    tracker = make_tracker(consent=consents)
    serve(tracker)
    assert "async" in tracker.health()["reasons"][0]


@pytest.mark.parametrize(
    ("cookie", "said"),
    [
        ("_sp_id.8e5d=%%%; theme=dark", "none could be read"),
        ("theme=dark", "cookieName against cookie_prefix"),
    ],
)
def test_visitors_that_never_have_an_identity_although_cookies_come_are_told_by_health(
    make_tracker, records, cookie, said
):
    tracker = make_tracker()
    for _ in range(ENOUGH):
        assert tracker.health()["status"] == "healthy"
        serve(tracker, request(headers={"cookie": cookie}))
        records.event()
    (reason,) = tracker.health()["reasons"]
    assert said in reason
    serve(tracker, request(headers=VISITOR))
    assert records.event().subject is not None
    assert tracker.health() == {"status": "healthy", "reasons": []}


def test_visitors_without_any_cookie_are_no_doubt(make_tracker, records):
    tracker = make_tracker()
    for _ in range(2 * ENOUGH):
        serve(tracker)
        records.event()
    assert tracker.health()["status"] == "healthy"


@pytest.mark.parametrize("is_sent", [False, True])
def test_an_event_of_a_background_task_has_the_web_page_of_its_view(make_tracker, records, is_sent):
    tracker = make_tracker()

    def work():
        serve(tracker, request(headers=VISITOR))
        view = records.event() if is_sent else None
        track(PLAY)
        late, view = records.recorded[-1].to_event(), view or records.recorded[0].to_event()
        assert isinstance(view, PageView)
        assert late.web_page_id == view.web_page_id != ""

    outside(work)


def test_an_event_after_an_answer_that_is_no_page_view_has_no_web_page(make_tracker, records):
    tracker = make_tracker()

    def work():
        exchange = tracker.begin(request(headers=VISITOR))
        track(PLAY)
        exchange.start(404, HTML)
        exchange.finish("complete")
        track(PLAY)

    outside(work)
    assert [event.web_page_id for event in records.events()] == ["", ""]
