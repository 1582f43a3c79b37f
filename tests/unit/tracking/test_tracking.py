"""Tracking events: in a request, after it, and where there is none."""

from __future__ import annotations

import asyncio
import contextvars
import dataclasses
import json
import logging
import threading
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from decimal import Decimal
from types import SimpleNamespace
from unittest.mock import Mock

import attrs
import msgspec
import pydantic
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from tracking_middleware import (
    Article,
    EntityError,
    StructuredEvent,
    Subject,
    Tracker,
    current_page,
    current_tracker,
    entity,
    event,
    track,
)
from tracking_middleware.events.events import PageView, SelfDescribingEvent
from tracking_middleware.identity.identity import Identity
from tracking_middleware.identity.subject import HandOff, KnownSubject, subject_of
from tracking_middleware.protocol import Encoder

from ..exchanges import COOKIES, HTML, PERSON, SESSION, Records, outside, request, serve

SCHEMA = "iglu:com.acme/order_returned/jsonschema/1-0-0"
TOLD = b'{"schema":"iglu:com.acme/told/jsonschema/1-0-0","data":{}}'
PLAY = StructuredEvent("video", "play")
VISITOR = {"cookie": COOKIES, "referer": "https://r.example/?_sp=a.1&q=2", "user-agent": "Unit/1.0"}
ENCODER = Encoder(app_id="test", namespace="server", platform="srv")


class BrokenZone(tzinfo):
    """A time zone that has no offset to give."""

    def utcoffset(self, _moment):
        raise ZeroDivisionError


@entity(SCHEMA)
class OfPydanticEntity(pydantic.BaseModel):
    """Its fields can be iterated over."""

    sku: str = "a"


@event(SCHEMA)
class Returned:
    """A bare class, which becomes a frozen dataclass."""

    sku: str
    price: Decimal


@event(SCHEMA)
@dataclasses.dataclass
class OfDataclass:
    sku: str
    price: Decimal


@event(SCHEMA)
class OfStruct(msgspec.Struct):
    sku: str
    price: Decimal


@event(SCHEMA)
@attrs.define
class OfAttrs:
    sku: str
    price: Decimal


@event(SCHEMA)
class OfPydantic(pydantic.BaseModel):
    sku: str
    price: Decimal


def in_a_page_view(tracker, *events, headers=VISITOR, during=lambda page: None, status=200, **options):
    """Serve a page in which events are tracked."""

    def view(page):
        for value in events:
            assert track(value)
        during(page)

    return serve(tracker, request(headers=headers, **options), during=view, status=status)


def in_a_post(tracker, *events, headers=VISITOR, during=lambda page: None):
    exchange = tracker.begin(request(method="POST", headers=headers))
    for value in events:
        assert track(value)
    during(current_page())
    exchange.finish("returned")
    return exchange


def data_of(event):
    return json.loads(event.self_describing_json)


# --- what an event is ---


@pytest.mark.parametrize("declared", [Returned, OfDataclass, OfStruct, OfAttrs, OfPydantic])
def test_tracks_every_kind_of_class(make_tracker, records, declared):
    tracker = make_tracker()
    event_id = outside(lambda: tracker.track(declared(sku="RS-1", price=Decimal("12.30"))))
    recorded = records.event()
    assert isinstance(recorded, SelfDescribingEvent)
    assert recorded.event_id == event_id
    assert data_of(recorded) == {"schema": SCHEMA, "data": {"sku": "RS-1", "price": 12.3}}
    assert recorded.dvce_created_tstamp == 1_700_000_000_123
    assert recorded.subject == Subject()


def test_tracks_a_self_describing_dict(make_tracker, records):
    tracker = make_tracker()
    outside(lambda: tracker.track({"schema": SCHEMA, "data": {"a": 1}}))
    assert data_of(records.event()) == {"schema": SCHEMA, "data": {"a": 1}}


def test_a_bare_class_becomes_a_frozen_dataclass():
    with pytest.raises(dataclasses.FrozenInstanceError):
        Returned("a", Decimal(1)).sku = "b"


def test_refuses_a_schema_that_is_no_iglu_uri():
    with pytest.raises(EntityError, match="is no Iglu URI"):
        event("order_returned")


def test_what_changes_later_does_not_change_the_event(make_tracker, records):
    tracker = make_tracker()
    returned = OfDataclass("before", Decimal(1))
    outside(lambda: tracker.track(returned))
    returned.sku = "after"
    assert data_of(records.event())["data"]["sku"] == "before"


class Lazy:
    """As a framework's lazy translation."""

    def __init__(self, problem=None):
        self.problem = problem

    def __str__(self):
        if self.problem is not None:
            raise self.problem
        return "translated"

    def casefold(self):
        return str(self).casefold()


def test_a_structured_event_becomes_plain_text_at_once(make_tracker, records):
    tracker = make_tracker()
    outside(lambda: tracker.track(StructuredEvent(Lazy(), "\ud800", label=5, value=Decimal("1.50"))))
    recorded = records.event()
    assert (recorded.category, recorded.action, recorded.label) == ("translated", "\ufffd", "5")
    assert (recorded.property, recorded.value) == (None, Decimal("1.50"))


class Awkward:
    def __str__(self):
        raise RuntimeError("no text")


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (object(), "object is no event: declare it with @event"),
        (Returned, "Returned is a class: give an instance"),
        (Article("a"), "Article is no event"),
        ({"schema": SCHEMA}, "exactly 'schema'"),
        ({"schema": SCHEMA, "data": object()}, "data is an object, which has no JSON form"),
        (
            PageView(event_id="", web_page_id="", dvce_created_tstamp=0, page_url=""),
            "a PageView is not tracked",
        ),
        (StructuredEvent("", "a"), "needs its category"),
        (StructuredEvent(b"a", "a"), "category is a bytes: give text, a whole number or a UUID"),
        (StructuredEvent(Lazy(ZeroDivisionError), "a"), "category is a Lazy that raised ZeroDivisionError"),
        ({"schema": SCHEMA, "data": {"margin": float("nan")}}, "data.margin is not a finite number"),
        (StructuredEvent("a", None), "needs its action"),
        (StructuredEvent(Awkward(), "a"), "category is an Awkward: give text"),
        (StructuredEvent("a", "b", value="12"), "value is a str: give a number"),
        (StructuredEvent("a", "b", value=True), "value is a bool"),
        (StructuredEvent("a", "b", value=float("nan")), "not finite"),
        (StructuredEvent("a", "b", value=Decimal("-Infinity")), "not finite"),
        (StructuredEvent("a", "b", value=Decimal("sNaN")), "not finite"),
        (StructuredEvent("a", "b", value=Decimal("1E+400")), "not finite"),
        (StructuredEvent("a", "b", value=10**400), "not finite"),
    ],
)
def test_what_is_no_event_is_counted_and_never_raised(make_tracker, records, caplog, wrong, message):
    tracker = make_tracker()
    assert outside(lambda: tracker.track(wrong)) == ""
    assert tracker.stats()["errors"] == {"event_invalid": 1}
    assert message in caplog.text
    assert records.recorded == []


def test_entities_that_cannot_be_encoded_are_left_out(make_tracker, records):
    tracker = make_tracker(max_entities=2)
    entities = [Article("a"), object(), {"schema": SCHEMA, "data": {}}, Article("c"), Article("d")]
    outside(lambda: tracker.track(PLAY, entities=entities))
    assert [json.loads(entity)["data"].get("id") for entity in records.event().entities] == ["a", None]
    assert tracker.stats()["errors"] == {"entity_invalid": 1, "too_many_entities": 1}


def test_entities_that_raise_while_they_are_listed_cost_no_more_than_themselves(
    make_tracker, records, caplog
):
    def given():
        yield Article("a")
        raise ZeroDivisionError

    tracker = make_tracker()
    assert outside(lambda: tracker.track(PLAY, entities=given()))
    assert [json.loads(entity)["data"]["id"] for entity in records.event().entities] == ["a"]
    assert tracker.stats()["errors"] == {"entity_invalid": 1}
    assert "entities raised ZeroDivisionError when it was read: give a list of entities" in caplog.text


@pytest.mark.parametrize(
    ("entities", "what"),
    [
        (Article("a"), "an Article"),
        ({"schema": SCHEMA, "data": {}}, "a dict"),
        ({}, "a dict"),
        (None, "a NoneType"),
        ("text", "text of 4 characters"),
        (b"bytes", "a bytes"),
        (5, "an int"),
        (Article, "a type"),
        (OfPydanticEntity(), "an OfPydanticEntity"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_is_no_list_of_entities_is_told_and_the_event_kept(
    make_tracker, records, caplog, entities, what
):
    tracker = make_tracker()
    assert outside(lambda: tracker.track(PLAY, entities=entities))
    assert records.event().entities == ()
    assert tracker.stats()["errors"] == {"entity_invalid": 1}
    assert f"entities is {what}: give a list of entities" in caplog.text


@pytest.mark.parametrize("make", [list, tuple, iter, lambda given: dict.fromkeys(given).keys()])
def test_entities_may_be_any_iterable(make_tracker, records, make):
    outside(lambda: make_tracker().track(PLAY, entities=make([Article("a"), Article("b")])))
    assert len(records.event().entities) == 2


def test_switched_off_gives_an_id_and_sends_nothing():
    tracker = Tracker(enabled=False)
    assert len(outside(lambda: tracker.track(PLAY))) == 36
    assert tracker.stats()["recorded"] == 0


# --- time and key ---

CYCLE: list = []
CYCLE.append(CYCLE)


@pytest.mark.parametrize(
    ("at", "milliseconds"),
    [
        (datetime(2026, 1, 2, 3, 4, 5, 678_999, tzinfo=UTC), 1_767_323_045_678),
        (datetime(2026, 1, 2, 4, 4, 5, tzinfo=timezone(timedelta(hours=1))), 1_767_323_045_000),
        (1_767_323_045, 1_767_323_045_000),
        (1_767_323_045.678, 1_767_323_045_678),
        (Decimal("1767323045.678"), 1_767_323_045_678),
        (0, 0),
    ],
    ids=repr,
)
def test_a_time_of_the_source_is_both_of_the_events_times(make_tracker, records, at, milliseconds):
    tracker = make_tracker()
    outside(lambda: tracker.track(PLAY, at=at))
    assert records.event().true_tstamp == records.event().dvce_created_tstamp == milliseconds
    payload = json.loads(ENCODER.encode(records.event()))
    assert payload["ttm"] == payload["dtm"] == str(milliseconds)


def test_a_naive_time_is_local_time(make_tracker, records):
    naive = datetime(2026, 7, 1, 12)  # noqa: DTZ001
    tracker = make_tracker()
    outside(lambda: tracker.track(PLAY, at=naive))
    assert records.event().true_tstamp == int(naive.astimezone().timestamp() * 1000)


@pytest.mark.parametrize(
    "at",
    [
        "2026-01-02",
        True,
        float("nan"),
        float("inf"),
        -1,
        1_767_323_045_678,
        datetime(1960, 1, 1, tzinfo=UTC),
        10**400,
        -(10**400),
        1e308,
        Decimal("sNaN"),
        Decimal("NaN"),
        Decimal("-Infinity"),
        Decimal("1e999999"),
        datetime.min,  # noqa: DTZ901
        datetime.min.replace(tzinfo=timezone(timedelta(hours=1))),
        datetime.max.replace(tzinfo=timezone(timedelta(hours=-1))),
        datetime(2026, 1, 1, tzinfo=BrokenZone()),
    ],
    ids=lambda at: repr(at)[:40],
)
def test_what_is_no_time_is_counted_and_told(make_tracker, records, caplog, at):
    tracker = make_tracker()
    assert outside(lambda: tracker.track(PLAY, at=at)) == ""
    assert tracker.stats()["errors"] == {"event_invalid": 1}
    assert ": at is " in caplog.text or "at lies before 1970 or after 9999: give seconds" in caplog.text
    assert records.recorded == []


@pytest.mark.parametrize(
    ("key", "said"),
    [
        (CYCLE, "the key is nested too deep, or holds itself"),
        (10**5000, "too many digits"),
        (True, "holds bool"),
    ],
    ids=["cycle", "digits", "bool"],
)
def test_what_is_no_key_is_told(make_tracker, caplog, key, said):
    tracker = make_tracker()
    assert outside(lambda: tracker.track(PLAY, key=key)) == ""
    assert tracker.stats()["errors"] == {"event_invalid": 1}
    assert said in caplog.text


def test_a_subject_whose_past_was_replaced_has_none(make_tracker, records):
    tracker = make_tracker()
    outside(lambda: tracker.track(PLAY, subject=replace(KnownSubject(user_id="a"), handed_off=5)))
    assert (records.event().subject.user_id, records.event().subject.handed_off) == ("a", None)
    assert tracker.stats()["errors"] == {"subject_invalid": 1}


keys = st.recursive(
    st.text(alphabet=st.characters(codec="utf-8"), min_size=1) | st.integers() | st.uuids() | st.dates(),
    lambda parts: st.lists(parts, min_size=1, max_size=3).map(tuple),
    max_leaves=4,
)


@given(keys, st.integers(0, 2**33))
def test_a_repeat_is_identical_but_for_the_time_of_sending(key, at):
    encoded = []
    for clock in (1_700_000_000, 1_800_000_000):
        records = Records()
        tracker = Tracker(
            collector_url="log:", app_id="test", delivery=records, clock=lambda clock=clock: float(clock)
        )
        outside(
            lambda tracker=tracker: tracker.track(
                Returned("a", Decimal(1)),
                key=key,
                at=at,
                subject=Subject(user_id="u"),
                entities=[Article("a")],
            )
        )
        encoded.append(ENCODER.encode(records.event()))
    assert encoded[0] == encoded[1]


def test_a_key_that_cannot_be_one_is_counted(make_tracker, records):
    tracker = make_tracker()
    assert outside(lambda: tracker.track(PLAY, key=("return", None))) == ""
    assert tracker.stats()["errors"] == {"event_invalid": 1}


def test_without_a_key_every_event_is_one_of_its_own(make_tracker):
    tracker = make_tracker()
    assert outside(lambda: tracker.track(PLAY) != tracker.track(PLAY))


# --- in a request ---


def test_in_a_request_an_event_has_its_visitor_and_page(make_tracker, records):
    in_a_page_view(make_tracker(), PLAY)
    view, played = records.events()
    assert isinstance(view, PageView)
    assert (played.page_url, played.page_referrer) == (view.page_url, view.page_referrer)
    assert played.page_url == "https://www.example.test/page"
    assert played.subject == view.subject
    assert (played.subject.domain_userid, played.subject.domain_sessionid) == (PERSON, SESSION)
    assert played.subject.domain_sessionidx == 3
    assert played.web_page_id == view.web_page_id != ""


def test_an_event_has_the_page_as_the_view_left_it(make_tracker, records):
    def fill(page):
        page.url = "https://canonical.example/?token=1"
        page.referrer = "https://elsewhere.example/"
        page.user_id = 7

    in_a_page_view(make_tracker(), PLAY, during=fill)
    played = records.event()
    assert played.page_url == "https://canonical.example/?token=REDACTED"
    assert played.page_referrer == "https://elsewhere.example/"
    assert played.subject.user_id == "7"


def test_a_post_is_no_page_view_and_its_events_are_sent(make_tracker, records):
    tracker = make_tracker(user_id=lambda view: view.native["user"])
    exchange = tracker.begin(request(method="POST", headers=VISITOR, native=lambda: {"user": "u"}))
    assert len(track(PLAY)) == 36
    assert records.recorded == []
    assert exchange.is_waiting
    exchange.finish("returned")
    (played,) = records.events()
    assert played.page_url == "https://www.example.test/page"
    assert (played.subject.domain_userid, played.subject.user_id) == (PERSON, "u")
    assert played.web_page_id == ""
    assert tracker.stats()["skipped"] == {"method": 1}


@pytest.mark.parametrize("status", [404, 500])
def test_events_of_a_page_that_is_no_page_view_are_sent(make_tracker, records, status):
    in_a_page_view(make_tracker(), PLAY, status=status)
    assert [recorded.category for recorded in records.events()] == ["video"]
    assert records.event().subject.domain_userid == PERSON


def test_events_before_an_exception_are_sent(make_tracker, records):
    exchange = make_tracker(consent=lambda view: "full").begin(request(headers=VISITOR))
    track(PLAY)
    exchange.finish("raised")
    assert records.event().subject.domain_userid == PERSON


def test_events_before_an_exception_have_the_users_id(make_tracker, records):
    exchange = make_tracker(user_id=lambda view: "u").begin(request(headers=VISITOR))
    track(PLAY)
    exchange.finish("raised")
    assert records.event().subject.user_id == "u"


def test_the_users_id_is_not_asked_for_again_when_the_view_is_over(make_tracker):
    asked = []
    tracker = make_tracker(user_id=asked.append)
    in_a_post(tracker, PLAY)
    in_a_page_view(tracker, PLAY)
    assert len(asked) == 2


def test_events_alone_bring_the_browser_no_cookie(make_tracker, records):
    tracker = make_tracker(
        identity="issue", secret_key="k" * 32, cookie_domain="example.test", server_timing=True
    )
    in_a_page_view(tracker, PLAY, headers={}, status=404)
    in_a_page_view(tracker, PLAY, headers={}, during=lambda page: page.skip())
    assert [recorded.subject.domain_userid for recorded in records.events()] == [None, None]


def test_a_page_that_is_skipped_keeps_its_events(make_tracker, records):
    in_a_page_view(make_tracker(), PLAY, during=lambda page: page.skip("staff"))
    assert [recorded.category for recorded in records.events()] == ["video"]


def test_an_event_has_the_identity_that_its_page_view_issues(make_tracker, records):
    tracker = make_tracker(identity="issue", secret_key="k" * 32, cookie_domain="example.test")
    exchange = tracker.begin(request())
    track(PLAY)
    (_, id_cookie), *_ = exchange.start(200, HTML)
    exchange.finish("complete")
    track(StructuredEvent("later", "on"))
    view, played, later = records.events()
    assert id_cookie.startswith(f"_sp_id.8e5d={played.subject.domain_userid}.")
    assert view.subject == played.subject == later.subject
    assert view.session_start is not None
    assert "client_session" not in ENCODER.encode(played).decode()


# --- consent ---


@pytest.mark.parametrize("serve_events", [in_a_page_view, in_a_post])
@pytest.mark.parametrize("setting", ["full", "anonymous", "none", None])
@pytest.mark.parametrize("own", ["full", "anonymous", "none", None])
def test_events_wait_for_consent_given_or_withdrawn_later(make_tracker, records, serve_events, setting, own):
    def decide(page):
        assert records.recorded == []
        page.consent = own

    tracker = make_tracker(consent=None if setting is None else lambda view: setting)
    serve_events(tracker, PLAY, PLAY, during=decide)
    holds = own or setting or "full"
    events = [recorded for recorded in records.events() if isinstance(recorded, StructuredEvent)]
    assert len(events) == (0 if holds == "none" else 2)
    for played in events:
        assert played.is_anonymous == (holds == "anonymous")
        expected = None if holds == "anonymous" else PERSON
        assert played.subject.domain_userid == expected
    skipped = tracker.stats()["skipped"].get("consent_none", 0)
    assert skipped == (0 if holds != "none" else 2 if serve_events is in_a_post else 3)


def test_an_anonymous_event_names_nobody(make_tracker, records):
    tracker = make_tracker(consent=lambda view: "anonymous", user_id=lambda view: "u")
    in_a_page_view(tracker, PLAY, query="_sp=6fbe.1&q=1", during=lambda page: setattr(page, "user_id", "u"))
    view, played = records.events()
    assert played.subject == Subject(useragent="Unit/1.0")
    assert played.page_url == "https://www.example.test/page?q=1"
    assert played.page_referrer == "https://r.example/?q=2"
    assert played.web_page_id == view.web_page_id
    payload = json.loads(ENCODER.encode(played))
    assert (payload["tnuid"], payload["ip"], payload["ua"]) == ("", "", "Unit/1.0")


@pytest.mark.parametrize(
    ("headers", "settings", "holds"),
    [
        ({"sec-gpc": "1"}, {}, "anonymous"),
        ({"sec-gpc": "1"}, {"gpc": "none"}, "consent_none"),
        ({"dnt": "1"}, {"dnt": "anonymous"}, "anonymous"),
        ({"cookie": f"{COOKIES}; out=1"}, {"opt_out_cookie": "out"}, "opt_out"),
    ],
)
@pytest.mark.parametrize("serve_events", [in_a_page_view, in_a_post])
def test_the_browsers_own_signals_hold_for_events(
    make_tracker, records, serve_events, headers, settings, holds
):
    tracker = make_tracker(**settings)
    serve_events(tracker, PLAY, headers={**VISITOR, **headers})
    track(PLAY)  # after the response they hold as well
    played = [recorded for recorded in records.events() if isinstance(recorded, StructuredEvent)]
    if holds == "anonymous":
        assert [recorded.is_anonymous for recorded in played] == [True, True]
    else:
        assert played == []
        assert tracker.stats()["skipped"][holds] >= 2


def test_consent_is_asked_once_and_while_a_post_is_answered(make_tracker, records):
    asked = []

    def consent(view):
        asked.append(records.recorded[:])
        return "full"

    tracker = make_tracker(consent=consent)
    exchange = tracker.begin(request(method="POST", headers=VISITOR))
    assert asked == []
    track(PLAY)
    track(PLAY)
    assert asked == [[]]
    exchange.finish("returned")
    track(PLAY)
    assert len(asked) == 1
    assert len(records.recorded) == 3


def test_consent_that_is_awaited_is_so_before_the_exchange_ends(make_tracker, records):
    async def consent(view):
        await asyncio.sleep(0)
        return "full"

    async def answer(tracker):
        exchange = tracker.begin(request(method="POST", headers=VISITOR))
        track(PLAY)
        await exchange.settle()
        exchange.finish("returned")
        in_django = tracker.begin(request(method="POST", headers=VISITOR))
        track(PLAY)
        assert await in_django.start_async(200, HTML) == ()
        in_django.finish("closed")
        page = tracker.begin(request(headers=VISITOR))
        track(PLAY)
        await page.start_async(404, HTML)
        page.finish("complete")

    tracker = make_tracker(consent=consent)
    asyncio.run(answer(tracker))
    assert [recorded.subject.domain_userid for recorded in records.events()] == [PERSON] * 3


def test_a_consent_that_nobody_awaits_is_none(make_tracker, records):
    async def consent(view):
        return "full"

    tracker = make_tracker(consent=consent)
    in_a_post(tracker, PLAY)
    assert records.recorded == []
    assert tracker.stats()["errors"] == {"consent_failed": 1}
    in_a_post(tracker, PLAY, during=lambda page: setattr(page, "consent", "full"))
    assert len(records.recorded) == 1


def test_a_subject_with_a_consent_of_its_own_needs_no_visitors(make_tracker, records):
    tracker = make_tracker(consent=lambda view: "none")
    known = Subject(user_id="customer", consent="full", useragent="theirs")
    in_a_post(tracker, during=lambda page: track(PLAY, subject=known))
    assert records.event().subject == known
    assert (records.event().page_url, records.event().page_referrer) == ("", "")
    in_a_post(tracker, during=lambda page: track(PLAY, subject=replace(known, consent="none")))
    assert len(records.recorded) == 1
    assert tracker.stats()["skipped"]["consent_none"] == 1
    in_a_post(tracker, during=lambda page: track(PLAY, subject=replace(known, consent="anonymous")))
    assert records.event().is_anonymous
    assert records.event().subject == Subject(useragent="theirs")


@pytest.mark.parametrize("consent", ["full", "anonymous", "none"])
def test_a_known_customer_in_a_request_has_its_page_and_its_consent(make_tracker, records, consent):
    tracker = make_tracker(consent=lambda view: consent)
    exchange = tracker.begin(request(method="POST", query="_sp=6fbe.1&q=1", headers=VISITOR))
    track(PLAY, subject=Subject(user_id="123"))
    exchange.finish("returned")
    if consent == "none":
        assert records.recorded == []
        return
    played = records.event()
    assert played.page_url == "https://www.example.test/page?q=1"
    assert played.subject == (Subject(user_id="123") if consent == "full" else Subject())
    assert played.is_anonymous == (consent == "anonymous")


# --- after the response ---


@pytest.mark.parametrize("consent", ["full", "anonymous", "none"])
@pytest.mark.parametrize("serve_events", [in_a_page_view, in_a_post])
def test_after_the_response_the_consent_that_held_and_the_visitor_are_known(
    make_tracker, records, serve_events, consent
):
    tracker = make_tracker()
    serve_events(tracker, during=lambda page: setattr(page, "consent", consent))
    before = len(records.recorded)
    current_page().consent = "full"  # too late
    assert len(track(PLAY)) == 36
    if consent == "none":
        assert len(records.recorded) == before == 0
        return
    played = records.event()
    assert played.is_anonymous == (consent == "anonymous")
    assert played.page_url == "https://www.example.test/page"
    assert played.subject.domain_userid == (PERSON if consent == "full" else None)


def test_a_body_that_is_still_made_knows_its_visitor(make_tracker, records):
    tracker = make_tracker()
    for method in ("GET", "POST"):
        exchange = tracker.begin(request(method=method, headers=VISITOR))
        exchange.start(200, [("Content-Type", "text/csv")])
        exchange.finish("lingering")
        track(PLAY)
        assert records.event().subject.domain_userid == PERSON
    assert len(records.recorded) == 2


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_where_nobody_asked_for_anything_the_visitor_is_forgotten_and_that_is_counted(
    make_tracker, records, caplog, method
):
    tracker = make_tracker()
    exchange = tracker.begin(request(method=method, headers=VISITOR))
    exchange.start(404, HTML)
    exchange.finish("returned")
    track(PLAY)
    track(PLAY)
    assert records.recorded == []
    assert tracker.stats()["errors"] == {"visitor_forgotten": 2}
    assert "call current_page() while the request is answered" in caplog.text


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("how", ["complete", "lingering"])
def test_nothing_of_the_native_request_outlives_an_exchange_with_events(make_tracker, method, how):
    import gc
    import weakref

    class Native:
        pass

    native = Native()
    gone = weakref.ref(native)
    view = request(method=method, native=lambda native=native: native)
    tracker = make_tracker(consent=lambda view: "full" if view.native else "none")
    exchange = tracker.begin(view)
    track(PLAY)
    exchange.start(200, HTML)
    exchange.finish(how)
    del view, native
    gc.collect()
    assert gone() is None


def test_threads_that_track_at_once_lose_nothing(make_tracker, records):
    tracker = make_tracker()
    for method in ("GET", "POST"):
        exchange = tracker.begin(request(method=method, headers=VISITOR))
        ready = threading.Barrier(9)

        def work(ready=ready):
            ready.wait(15)
            for _ in range(50):
                track(PLAY)

        threads = [threading.Thread(target=contextvars.copy_context().run, args=(work,)) for _ in range(8)]
        for thread in threads:
            thread.start()
        track(PLAY)
        ready.wait(15)
        exchange.start(404, HTML)
        exchange.finish("complete")
        for thread in threads:
            thread.join(15)
    assert len(records.recorded) == 2 * (8 * 50 + 1)
    assert {recorded.subject.domain_userid for recorded in records.events()} == {PERSON}


def test_a_request_that_goes_on_and_on_does_not_keep_its_events_for_ever(make_tracker, records):
    exchange = make_tracker().begin(request(method="POST", headers=VISITOR))
    for _ in range(1001):
        track(PLAY)
    assert len(records.recorded) == 1001
    assert records.event().page_url == "https://www.example.test/page"
    track(PLAY)
    assert len(records.recorded) == 1001
    exchange.finish("returned")
    assert len(records.recorded) == 1002


# --- which tracker, which subject ---


def test_outside_a_request_nothing_is_guessed_and_one_warning_says_so(make_tracker, records, caplog):
    tracker = make_tracker()
    for _ in range(2):
        assert outside(lambda: track(PLAY)) == ""
    assert outside(current_tracker) is None
    (warning,) = [record for record in caplog.records if record.levelno == logging.WARNING]
    assert "test_tracking.py:" in warning.getMessage()
    assert "copy_context().run" in warning.getMessage()
    assert "call tracker.track(...)" in warning.getMessage()
    assert "`with tracker.subject(Subject(...)):`" in warning.getMessage()
    assert tracker.stats()["errors"] == {"outside_request": 2}
    assert records.recorded == []


def test_within_a_tracker_or_a_subject_track_uses_it(make_tracker, records):
    tracker, other = make_tracker(), make_tracker(app_id="other")

    def work():
        with tracker:
            assert current_tracker() is tracker
            with other.subject(Subject(user_id="1")):
                assert current_tracker() is other
                with tracker.subject(Subject(user_id="2")):
                    track(PLAY)
                track(PLAY)
                with tracker:  # changes the tracker, not whom it is about
                    track(PLAY)
            track(PLAY)
        assert current_tracker() is None

    outside(work)
    assert [recorded.subject.user_id for recorded in records.events()] == ["2", "1", "1", ""]


def test_in_a_request_the_requests_tracker_holds_but_for_a_block_within_it(make_tracker, records):
    outer, tracker = make_tracker(), make_tracker()

    def work():
        with outer.subject(Subject(user_id="around")):
            exchange = tracker.begin(request(method="POST", headers=VISITOR))
            assert current_tracker() is tracker
            track(PLAY)
            with tracker.subject(Subject(user_id="within")):
                track(PLAY)
            track(PLAY, subject=Subject(user_id="named"))
            exchange.finish("returned")

    outside(work)
    assert [recorded.subject.user_id for recorded in records.events()] == ["", "within", "named"]
    assert records.events()[0].subject.domain_userid == PERSON


def test_a_subject_around_a_request_is_not_its_visitor(make_tracker, records):
    tracker = make_tracker()

    def work():
        with tracker.subject(Subject(user_id="around")):
            exchange = tracker.begin(request(method="POST", headers=VISITOR))
            with tracker:
                track(PLAY)
            exchange.finish("returned")

    outside(work)
    assert records.event().subject.domain_userid == PERSON


def test_of_two_that_are_made_at_once_for_an_exchange_both_threads_take_the_first(make_tracker):
    shared = make_tracker()._shared
    owner = SimpleNamespace(part=None)
    first, second = object(), object()

    def made_while_another_is_made():
        assert shared.once(owner, "part", lambda: first) is first
        return second

    assert shared.once(owner, "part", made_while_another_is_made) is first
    assert shared.once(owner, "part", made_while_another_is_made) is owner.part is first
    assert shared.claims == {}


def test_subjects_do_not_mix_between_tasks_and_threads(make_tracker, records):
    tracker = make_tracker()

    async def job(name, turn):
        with tracker.subject(Subject(user_id=name)):
            for _ in range(3):
                await turn.wait()
                track(StructuredEvent("job", name))
                await asyncio.sleep(0)

    async def jobs():
        turn = asyncio.Event()
        tasks = [asyncio.create_task(job(str(n), turn)) for n in range(1, 6)]
        turn.set()
        await asyncio.gather(*tasks)

    def thread(name):
        with tracker.subject(Subject(user_id=name)):
            track(StructuredEvent("thread", name))

    outside(lambda: asyncio.run(jobs()))
    threads = [threading.Thread(target=thread, args=(f"t{n}",)) for n in range(5)]
    for worker in threads:
        worker.start()
    for worker in threads:
        worker.join(15)
    assert len(records.recorded) == 20
    assert all(recorded.subject.user_id == recorded.action for recorded in records.events())


def test_a_block_that_ends_by_an_exception_ends(make_tracker):
    tracker = make_tracker()

    def work():
        with pytest.raises(ZeroDivisionError), tracker.subject(Subject()):
            1 / 0  # noqa: B018
        return current_tracker()

    assert outside(work) is None


def test_another_tracker_in_a_request_sends_by_its_own_filter(make_tracker, records):
    sent = Records()
    other = Tracker(
        collector_url="log:",
        app_id="other",
        delivery=sent,
        before_send=lambda event: replace(event, label="filtered"),
    )
    in_a_post(make_tracker(), during=lambda page: other.track(PLAY))
    assert records.recorded == []
    assert sent.event().label == "filtered"
    assert sent.event().subject.domain_userid == PERSON


@pytest.mark.parametrize("where", ["inside", "outside"])
def test_before_send_is_given_events_and_may_give_another_kind(make_tracker, records, where):
    def before_send(event):
        if isinstance(event, PageView):
            return None
        return SelfDescribingEvent(event_id=event.event_id, self_describing_json=TOLD)

    tracker = make_tracker(before_send=before_send)
    if where == "inside":
        in_a_page_view(tracker, PLAY)
    else:
        outside(lambda: tracker.track(PLAY))
    assert isinstance(records.event(), SelfDescribingEvent)


# --- a subject that somebody made ---


def test_a_known_customer_needs_no_browser(make_tracker, records):
    tracker = make_tracker()
    outside(lambda: tracker.track(PLAY, subject=Subject(user_id=123)))
    payload = json.loads(ENCODER.encode(records.event()))
    assert payload["uid"] == "123"
    assert (payload["tnuid"], payload["ip"], payload["ua"]) == ("", "", "")
    assert not {"duid", "sid", "vid", "url", "refr", "co"} & set(payload)


def test_what_enrich_would_refuse_of_a_subject_is_left_out(make_tracker, records):
    tracker = make_tracker()
    wrong = subject_of(
        identity=Identity(
            domain_userid="d" * 129, domain_sessionid="s", domain_sessionidx=1, network_userid="n" * 129
        ),
        user_id="u" * 256,
    )
    outside(lambda: tracker.track(PLAY, subject=wrong))
    assert records.event().subject == Subject()
    assert tracker.stats()["errors"] == {"subject_invalid": 3, "user_id_invalid": 1}


@pytest.mark.parametrize(
    ("changes", "errors"),
    [
        ({"domain_userid": 17}, {"subject_invalid": 1}),
        ({"domain_sessionid": SESSION, "domain_sessionidx": 0}, {"subject_invalid": 1}),
        ({"network_userid": "ada@example.test"}, {"subject_invalid": 1}),
        ({"useragent": object(), "language": b"de", "user_ipaddress": Awkward()}, {"text_invalid": 3}),
        ({"user_id": object()}, {"user_id_invalid": 1}),
        ({"user_id": "None"}, {"user_id_invalid": 1}),
    ],
)
def test_what_replace_put_into_a_subject_is_looked_at_when_it_is_tracked(
    make_tracker, records, caplog, changes, errors
):
    tracker = make_tracker()
    wrong = replace(subject_of(identity=Identity(domain_userid=None)), **changes)
    outside(lambda: tracker.track(PLAY, subject=wrong))
    assert replace(records.event().subject, domain_sessionid=None) == Subject()
    assert tracker.stats()["errors"] == errors
    assert "give " in caplog.text
    assert "ada@" not in caplog.text


def test_a_subjects_consent_that_is_no_answer_collects_nothing(make_tracker, records):
    tracker = make_tracker()
    wrong = replace(subject_of(identity=Identity(domain_userid=PERSON)), consent="yes")
    outside(lambda: tracker.track(PLAY, subject=wrong))
    assert records.recorded == []
    assert tracker.stats()["errors"] == {"consent_invalid": 1}


def test_a_text_that_is_none_costs_a_structured_event_the_text_alone(make_tracker, records, caplog):
    tracker = make_tracker()
    wrong = StructuredEvent("a", "b", label=object(), property=b"x", value=1)
    assert outside(lambda: tracker.track(wrong)) != ""
    assert (records.event().label, records.event().property, records.event().value) == (None, None, 1)
    assert tracker.stats()["errors"] == {"text_invalid": 2}
    assert "label is an object: give text" in caplog.text
    assert "property is a bytes: give text" in caplog.text


@pytest.mark.parametrize("wrong", [object(), b"a", 1.5, Mock(), None, "", [Awkward()]])
def test_a_key_that_is_no_key_is_counted_with_its_type(make_tracker, records, caplog, wrong):
    tracker = make_tracker()
    assert outside(lambda: tracker.track(PLAY, key=("return", wrong))) == ""
    assert tracker.stats()["errors"] == {"event_invalid": 1}
    assert "the key holds" in caplog.text
    assert "0x" not in caplog.text


def test_lazy_text_in_a_key_is_what_it_says(make_tracker):
    tracker = make_tracker()
    lazy, plain = (
        outside(lambda key=key: tracker.track(PLAY, key=("a", (key,)))) for key in (Lazy(), "translated")
    )
    assert lazy == plain != ""


def test_what_is_no_subject_is_counted(make_tracker, records):
    tracker = make_tracker()
    assert outside(lambda: tracker.track(PLAY, subject="123")) == ""
    assert tracker.stats()["errors"] == {"event_invalid": 1}


def test_an_event_about_somebody_handed_over_says_where_from(make_tracker, records):
    tracker = make_tracker()
    subject = Subject(
        domain_userid=PERSON,
        user_id="u",
        handed_off=HandOff(domain_sessionid=SESSION, sealed=1_700_000_000_000),
    )
    outside(lambda: tracker.track(PLAY, subject=subject))
    payload = json.loads(ENCODER.encode(records.event()))
    assert payload["duid"] == PERSON
    assert "sid" not in payload
    (entity,) = json.loads(payload["co"])["data"]
    assert entity == {
        "schema": "iglu:com.snowplowanalytics.snowplow/cross_navigation/jsonschema/1-0-0",
        "data": {
            "domain_user_id": PERSON,
            "timestamp": "2023-11-14T22:13:20Z",
            "reason": "hand_off",
            "session_id": SESSION,
            "user_id": "u",
        },
    }


@pytest.mark.parametrize("address", ["nope", "203.0.113", "203.0.113.9:80"])
def test_an_address_that_is_none_is_left_out_and_counted(make_tracker, records, caplog, address):
    tracker = make_tracker()
    outside(lambda: tracker.track(PLAY, subject=Subject(user_id="1", user_ipaddress=address)))
    assert (records.event().subject.user_id, records.event().subject.user_ipaddress) == ("1", "")
    assert tracker.stats()["errors"] == {"subject_invalid": 1}
    assert f"user_ipaddress is text of {len(address)} characters: give an IP address" in caplog.text


@pytest.mark.parametrize("address", ["203.0.113.9", "2001:db8::1", "fe80::1%eth0"])
def test_an_address_of_a_subject_is_taken(make_tracker, records, address):
    tracker = make_tracker()
    outside(lambda: tracker.track(PLAY, subject=Subject(user_ipaddress=address)))
    assert records.event().subject.user_ipaddress == address
    assert tracker.stats()["errors"] == {}
