"""From a request to a recorded event, without any server."""

from __future__ import annotations

import json
import logging
import re
import uuid
from unittest.mock import MagicMock, Mock

import pytest
from django.utils.functional import lazystr
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup
from msgspec.structs import replace

from tracking_middleware import Article, Settings, SettingsError, StructuredEvent, Tracker, current_page
from tracking_middleware.asgi import ScopeRequest
from tracking_middleware.collector.adapters.choosing import parameters_of
from tracking_middleware.collector.enrichment.enrich import enrich
from tracking_middleware.collector.payload.hit import Hit
from tracking_middleware.collector.schemas.iglu import Iglu
from tracking_middleware.errors import FilterFailedError
from tracking_middleware.events.events import PageView, SelfDescribingEvent
from tracking_middleware.identity.subject import Subject
from tracking_middleware.protocol import FIELDS, Encoder, encode_post
from tracking_middleware.request.raw_request import raw_path
from tracking_middleware.wsgi import EnvironRequest

from .exchanges import HTML, Records, request, serve

IGLU = Iglu()
HTTP_HIT = {
    "vendor": "com.snowplowanalytics.snowplow",
    "version": "tp2",
    "query": "",
    "timestamp": "2026-01-01T00:00:00.000Z",
}


class Awkward:
    def __str__(self):
        raise RuntimeError("no text")


class Picky:
    """As numpy's arrays, which say of no comparison whether it is true."""

    __hash__ = None

    def __eq__(self, other):
        raise ValueError("ambiguous")


def test_records_a_page_view_once(make_tracker, records):
    serve(make_tracker())
    assert len(records.recorded) == 1
    event = records.event()
    assert event.dvce_created_tstamp == 1_700_000_000_123
    assert event.page_url == "https://www.example.test/page"
    assert event.subject.user_ipaddress == "203.0.113.9"


def test_a_request_that_is_not_tracked_has_a_page_of_its_own(make_tracker, records, caplog):
    tracker = make_tracker(debug=True)
    exchange = tracker.begin(request("/a", "b=c", method="POST", headers={"referer": "https://r.example/"}))
    page = current_page()
    page.title = "Kept and not sent"
    page.attach(Article("a"))
    with caplog.at_level(logging.INFO):
        page.skip("staff")
        assert current_page() is page
        assert (page.title, page.url) == ("Kept and not sent", "https://www.example.test/a?b=c")
        assert page.referrer == "https://r.example/"
        assert exchange.start(200, HTML) == ()
        assert not exchange.is_candidate
        exchange.finish("complete")
    assert "not tracked: POST '/a': method staff" in caplog.text
    page.title = "late"
    assert page.url is None
    assert records.recorded == []
    assert tracker.stats()["errors"] == {"late_write": 1}
    assert tracker.stats()["skipped"] == {"method": 1}


def test_a_page_that_is_first_asked_for_after_the_answer_takes_nothing(make_tracker):
    tracker = make_tracker()
    tracker.begin(request(method="POST")).finish("complete")
    current_page().title = "late"
    assert current_page().url is None
    assert tracker.stats()["errors"] == {"late_write": 1}


def test_an_adapter_within_an_untracked_request_joins_it(make_tracker, records):
    tracker = make_tracker()
    environ = {}
    outer = tracker.begin(request("/static/a"), environ)
    inner = tracker.begin(request("/page"), environ)
    inner.start(200, HTML)
    inner.finish("complete")
    outer.finish("complete")
    assert tracker.stats()["skipped"] == {"nested": 1, "excluded": 1}
    serve(tracker, request())
    assert len(records.recorded) == 1


def test_counts_why_it_was_not_tracked(make_tracker, records, caplog):
    tracker = make_tracker(debug=True)
    with caplog.at_level(logging.INFO):
        serve(tracker, request(method="POST"))
        serve(tracker, request("/static/a"))
        serve(tracker, status=500)
        serve(tracker, during=lambda page: page.skip("staff"))
    assert tracker.stats()["skipped"] == {"method": 1, "excluded": 1, "status": 1, "skipped_by_app": 1}
    assert "not tracked: GET '/page': skipped_by_app staff" in caplog.text
    assert records.recorded == []


def test_what_a_visitor_sends_ends_no_line_of_the_log(make_tracker, caplog):
    tracker = make_tracker(debug=True)
    with caplog.at_level(logging.INFO):
        serve(tracker, request("/a\r\nb", method="PO\r\nST"))
        serve(tracker, during=lambda page: page.skip("for\r\nX: y\x1b[31m"))
    assert len(caplog.messages) == 2
    assert all(message.isprintable() for message in caplog.messages), caplog.messages


def test_the_outer_of_nested_adapters_owns_the_event(make_tracker, records):
    tracker = make_tracker()
    environ = {}
    outer = tracker.begin(request(), environ)
    inner = tracker.begin(request(host="rewritten.example"), {**environ})
    current_page().title = "From the inside"
    inner.start(500, [])
    inner.finish("complete")
    outer.start(200, HTML)
    outer.finish("complete")
    assert len(records.recorded) == 1
    assert records.event().page_title == "From the inside"
    assert tracker.stats()["skipped"] == {"nested": 1}


def test_another_request_within_an_exchange_is_one_of_its_own(make_tracker, records):
    tracker = make_tracker()
    outer = tracker.begin(request(), {})
    serve(tracker, request("/page"))
    outer.start(200, HTML)
    outer.finish("complete")
    assert [recorded.to_event().page_url[-6:] for recorded in records.recorded] == ["t/page", "t/page"]


def test_an_exchange_that_a_server_never_ended_hides_no_later_one(make_tracker, records):
    tracker = make_tracker()
    tracker.begin(request(), {})
    serve(tracker, request())
    assert len(records.recorded) == 1


def test_a_response_that_never_started_was_an_error(make_tracker, records):
    tracker = make_tracker()
    tracker.begin(request()).finish("raised")
    assert tracker.stats()["skipped"] == {"status": 1}


def test_the_last_start_holds(make_tracker, records):
    tracker = make_tracker()
    exchange = tracker.begin(request())
    exchange.start(200, HTML)
    exchange.start(500, HTML)
    exchange.finish("complete")
    assert records.recorded == []


def test_the_page_takes_what_the_application_sets(make_tracker, records):
    def fill(page):
        page.title = 42
        page.url = "https://canonical.example/?token=1"
        page.referrer = "https://elsewhere.example/"
        page.user_id = 7
        page.attach(Article("a"))
        page.attach(Article("b"))
        page.replace(Article("c"))

    serve(make_tracker(), during=fill)
    event = records.event()
    assert event.page_title == "42"
    assert event.page_url == "https://canonical.example/?token=REDACTED"
    assert event.page_referrer == "https://elsewhere.example/"
    assert event.subject.user_id == "7"
    assert [json.loads(entity)["data"]["id"] for entity in event.entities] == ["c"]


def test_the_page_knows_its_url_and_referrer(make_tracker):
    tracker = make_tracker()
    tracker.begin(request("/a", "b=c", headers={"referer": "https://r.example/"}))
    assert current_page().url == "https://www.example.test/a?b=c"
    assert current_page().referrer == "https://r.example/"
    assert current_page().title is None


def test_what_the_page_cannot_use_is_left_out_and_counted(make_tracker, records):
    def fill(page):
        page.title = Awkward()
        page.attach(object())
        page.attach(Article(Awkward()))
        for n in range(4):
            page.attach(Article(str(n)))

    tracker = make_tracker(max_entities=3)
    serve(tracker, during=fill)
    assert len(records.event().entities) == 3
    assert tracker.stats()["errors"] == {"text_invalid": 1, "entity_invalid": 2, "too_many_entities": 1}


@pytest.mark.parametrize("field", ["title", "url", "referrer"])
@pytest.mark.parametrize("wrong", [object(), b"x", ["x"], True, 1.5, Awkward(), Mock(), MagicMock()])
def test_what_is_no_text_is_left_out_and_warned_of_by_its_type(make_tracker, caplog, field, wrong):
    def fill(page):
        before = getattr(page, field)
        setattr(page, field, wrong)
        assert getattr(page, field) == before
        setattr(page, field, "https://a.example/kept")
        setattr(page, field, wrong)
        assert getattr(page, field) == "https://a.example/kept"

    tracker = make_tracker()
    serve(tracker, during=fill)
    assert tracker.stats()["errors"] == {"text_invalid": 2}
    told = [record.getMessage() for record in caplog.records]
    assert len(told) == 2  # on two lines
    for warning in told:
        assert f": {field} is " in warning
        assert type(wrong).__name__ in warning
        assert "give text, a whole number or a UUID" in warning
        assert "0x" not in warning


@pytest.mark.parametrize("given", ["text", 7, uuid.UUID(int=7), Markup("text"), lazystr("text")])
def test_text_numbers_uuids_and_lazy_text_are_taken(make_tracker, records, given):
    def fill(page):
        page.title = page.user_id = given
        page.referrer = lazystr("https://a.example/")
        page.consent = lazystr("full")

    tracker = make_tracker()
    serve(tracker, during=fill)
    event = records.event()
    assert event.page_title == event.subject.user_id == str(given)
    assert event.page_referrer == "https://a.example/"
    assert tracker.stats()["errors"] == {}


@pytest.mark.parametrize(
    "wrong", [object(), b"17", True, "None", "anonymous", 0, Mock(), "<object object at 0x7f8a5c0b1d90>"]
)
@pytest.mark.parametrize("where", ["page", "setting"])
def test_a_user_id_that_may_be_a_strangers_names_nobody(make_tracker, records, wrong, where):
    def fill(page):
        page.user_id = "of before"
        page.user_id = wrong

    tracker = make_tracker(user_id=lambda view: wrong)
    serve(tracker, during=fill if where == "page" else lambda page: None)
    assert records.event().subject.user_id == ""
    assert tracker.stats()["errors"] == {"user_id_invalid": 1}


@pytest.mark.parametrize("wrong", ["yes", "", object(), b"full", True, Mock(), Awkward(), Picky()])
def test_a_consent_that_is_no_answer_collects_nothing(make_tracker, records, caplog, wrong):
    def fill(page):
        page.consent = "full"
        page.consent = wrong

    tracker = make_tracker()
    serve(tracker, during=fill)
    assert records.recorded == []
    assert tracker.stats()["errors"] == {"consent_invalid": 1}
    assert "give 'full', 'anonymous' or 'none'" in caplog.text


def test_a_page_is_skipped_whatever_the_reason(make_tracker, records):
    tracker = make_tracker()
    serve(tracker, during=lambda page: page.skip(Awkward()))
    serve(tracker, during=lambda page: page.skip(lazystr("later")))
    assert records.recorded == []
    assert tracker.stats()["skipped"] == {"skipped_by_app": 2}
    assert tracker.stats()["errors"] == {"text_invalid": 1}


def test_an_entity_that_cannot_be_encoded_is_told_with_its_path(make_tracker, records, caplog):
    def fill(page):
        for _ in range(2):
            page.attach(Article("a", tags=["x", float("nan")]))

    tracker = make_tracker()
    serve(tracker, during=fill)
    assert records.event().entities == ()
    assert tracker.stats()["errors"] == {"entity_invalid": 2}
    (warning,) = [record.getMessage() for record in caplog.records]
    assert "article/jsonschema/1-0-0 cannot be encoded: data.tags[1] is not a finite number" in warning


def test_replacing_an_entity_needs_no_more_room_than_the_page_has(make_tracker, records):
    other = {"schema": "iglu:com.acme/other/jsonschema/1-0-0", "data": {}}

    def fill(page):
        page.attach(Article("first"))
        page.replace(Article("second"))
        page.replace(other)

    tracker = make_tracker(max_entities=1)
    serve(tracker, during=fill)
    (kept,) = records.event().entities
    assert b'"second"' in kept
    assert tracker.stats()["errors"] == {"too_many_entities": 1}


def test_what_is_written_outside_a_request_is_counted(make_tracker):
    import contextvars

    tracker = make_tracker()

    def outside():
        current_page().title = "nobody's"
        current_page().attach(Article("a"))
        assert current_page().title is None

    contextvars.Context().run(outside)
    assert tracker.stats()["errors"]["outside_request"] == 2


def test_user_id_is_asked_for_at_the_response_with_the_native_request(make_tracker, records):
    tracker = make_tracker(user_id=lambda view: view.native["user"] + view.cookies["c"])
    serve(tracker, request(native=lambda: {"user": "u"}, headers={"cookie": "c=1; c=2"}))
    assert records.event().subject.user_id == "u1"


def test_the_pages_user_id_wins(make_tracker, records):
    def set_user(page):
        page.user_id = "page"

    serve(make_tracker(user_id=lambda view: "setting"), during=set_user)
    assert records.event().subject.user_id == "page"


def test_a_failing_user_id_names_nobody(make_tracker, records):
    tracker = make_tracker(user_id=lambda view: 1 / 0)
    serve(tracker)
    assert records.event().subject.user_id == ""
    assert tracker.stats()["errors"] == {"user_id_failed": 1}


def test_a_user_id_that_is_too_long_is_left_out_not_cut(make_tracker, records):
    tracker = make_tracker(user_id=lambda view: "x" * 256)
    serve(tracker)
    assert records.event().subject.user_id == ""
    assert tracker.stats()["errors"] == {"user_id_invalid": 1}


def test_nothing_of_the_request_outlives_it(make_tracker, records):
    import gc
    import weakref

    class Native:
        pass

    native = Native()
    gone = weakref.ref(native)
    view = request(native=lambda native=native: native)
    exchange = serve(make_tracker(), view)
    del view, native
    gc.collect()
    assert gone() is None
    assert exchange is not None
    assert records.recorded


def test_before_send_may_change_or_drop_an_event(make_tracker, records):
    serve(make_tracker(before_send=lambda event: None))
    assert records.event() is None

    serve(make_tracker(before_send=lambda event: replace(event, page_title="changed")))
    assert records.event().page_title == "changed"


@pytest.mark.parametrize("filter_", [lambda event: 1 / 0, lambda event: "text"])
def test_a_failing_before_send_lets_nothing_leave(make_tracker, records, filter_):
    serve(make_tracker(before_send=filter_))
    with pytest.raises(FilterFailedError):
        records.event()


SOUND = b'{"schema":"iglu:com.acme/a/jsonschema/1-0-0","data":{}}'


@pytest.mark.parametrize(
    "entities",
    [
        (b"{broken",),
        (SOUND, b"{broken"),
        (SOUND[:-1],),
        (SOUND + b"}",),
        (b"5",),
        (b'{"schema":"a","data":{}}',),
        (b'{"schema":"iglu:com.acme/a/jsonschema/1-0-0"}',),
        (b'{"schema":"iglu:com.acme/a/jsonschema/1-0-0","data":NaN}',),
        (b'{"schema":"iglu:com.acme/a/jsonschema/1-0-0","data":"\xff"}',),
        (b"[" * 100_000,),
        (SOUND.decode(),),
        ({"schema": "iglu:com.acme/a/jsonschema/1-0-0", "data": {}},),
        SOUND,
        None,
        5,
    ],
    ids=lambda value: repr(value)[:40],
)
def test_entities_that_before_send_encoded_wrongly_let_nothing_leave(make_tracker, records, entities):
    serve(make_tracker(before_send=lambda event: replace(event, entities=entities)))
    with pytest.raises(FilterFailedError, match="give bytes of UTF-8"):
        records.event()


def test_entities_that_before_send_adds_or_takes_away_are_what_leaves(make_tracker, records):
    serve(make_tracker(before_send=lambda event: replace(event, entities=(*event.entities, SOUND))))
    assert records.event().entities[-1] == SOUND
    serve(make_tracker(before_send=lambda event: replace(event, entities=())))
    assert records.event().entities == ()


def test_what_an_event_describes_is_looked_at_too_where_before_send_changed_it(make_tracker, records):
    def before_send(event):
        return SelfDescribingEvent(self_describing_json=b"{broken")

    serve(make_tracker(before_send=before_send))
    with pytest.raises(FilterFailedError, match="gave an event that is no self-describing JSON"):
        records.event()


def test_public_url_is_the_origin_and_names_the_cookies_host(make_tracker, records):
    person = "6fbe7f1e-0c6e-4e5e-9f0e-3c2b4f3a7a11"
    cookies = f"_sp_id.8e5d={person}.1.1.1.; _sp_id.dc78={person.replace('6', '7')}.1.1.9."
    serve(
        make_tracker(public_url="https://example.test"),
        request("/a", host="127.0.0.1:8000", headers={"cookie": cookies}),
    )
    assert records.event().page_url == "https://example.test/a"
    assert records.event().subject.domain_userid == person


@pytest.mark.parametrize("field", ["url", "referrer"])
@pytest.mark.parametrize("given", ["foo bar", "/relative", "https://", "mailto:a@example.com"])
def test_a_url_that_is_none_is_told_where_it_is_set(make_tracker, records, caplog, field, given):
    tracker = make_tracker()
    serve(tracker, during=lambda page: setattr(page, field, given))
    assert getattr(records.event(), f"page_{field}") == ""
    assert tracker.stats()["errors"] == {"url_invalid": 1}
    (warning,) = caplog.messages
    assert re.search(r"url_invalid at \S+test_tracker\.py:\d+ in \S+: ", warning)
    assert f": {field} of current_page() has no scheme and host" in warning
    assert given not in warning.partition("such as")[0].rpartition("py:")[2]


def test_an_odd_host_costs_the_url_and_not_the_event(make_tracker, records):
    tracker = make_tracker()
    serve(tracker, request(host="a b\r\nX: y"))
    assert records.event().page_url == ""
    assert tracker.stats()["errors"] == {"url_invalid": 1}


@pytest.mark.parametrize(
    ("peer", "headers", "address", "counted"),
    [
        ("203.0.113.9", {}, "203.0.113.9", {}),
        ("::ffff:203.0.113.9", {}, "203.0.113.9", {}),
        ("fe80::1%eth0", {}, "fe80::1", {}),
        ("127.0.0.1", {}, "127.0.0.1", {}),
        ("127.0.0.1", {"x-forwarded-for": "1.2.3.4"}, "", {"proxy_untrusted": 1}),
        ("10.0.0.1", {"forwarded": "for=1.2.3.4"}, "", {"proxy_untrusted": 1}),
        ("8.8.8.8", {"x-forwarded-for": "1.2.3.4"}, "8.8.8.8", {}),
        ("", {}, "", {}),
        ("unix:", {}, "", {}),
    ],
)
def test_client_address(make_tracker, records, peer, headers, address, counted):
    tracker = make_tracker()
    serve(tracker, request(peer=peer, headers=headers))
    assert records.event().subject.user_ipaddress == address
    assert tracker.stats()["errors"] == counted


@pytest.mark.parametrize(
    ("target", "prefix", "path", "expected"),
    [
        ("/a%20b?q", "", "/a b", "/a%20b"),
        ("http://h/a?q", "", "/a", "/a"),
        ("", "", "/é b%", "/%C3%A9%20b%25"),
        ("/m/a", "/m", "/a", "/m/a"),
        ("/a", "/m", "/a", "/m/a"),
        ("", "/m", "/a", "/m/a"),
        ("", "/m", "/m/a", "/m/a"),
        ("/m", "/m", "", "/m"),
        ("/mm/a", "/m", "/mm/a", "/m/mm/a"),
        ("http://[/a", "", "/b", "/b"),
        ("http://[/a", "/m", "/b", "/m/b"),
    ],
)
def test_raw_path(target, prefix, path, expected):
    assert raw_path(target, prefix=prefix, path=path) == expected
    scope = {"raw_path": target.encode(), "root_path": prefix, "path": path}
    assert ScopeRequest(scope, scope).path == expected
    inner = path.removeprefix(prefix).encode().decode("latin-1")
    environ = {"REQUEST_URI": target, "SCRIPT_NAME": prefix, "PATH_INFO": inner}
    assert EnvironRequest(environ, environ).path == expected


def test_switched_off_records_nothing():
    tracker = Tracker(enabled=False)
    assert tracker.enabled is False
    assert (tracker.flush(), tracker.close()) == (0, 0)
    stats = tracker.stats()
    assert (stats["recorded"], stats["skipped"], stats["errors"]) == (0, {}, {})


# --- the payload, from the protocol's documentation ---

EVENT = PageView(
    event_id="11111111-1111-4111-8111-111111111111",
    web_page_id="22222222-2222-4222-8222-222222222222",
    dvce_created_tstamp=1_700_000_000_123,
    page_url="https://example.test/",
    page_title="T",
    page_referrer="https://r.example/",
    subject=Subject(
        domain_userid="33333333-3333-4333-8333-333333333333",
        domain_sessionid="44444444-4444-4444-8444-444444444444",
        domain_sessionidx=5,
        network_userid="55555555-5555-4555-8555-555555555555",
        user_id="u",
        user_ipaddress="203.0.113.9",
        useragent="UA",
        language="en",
    ),
    entities=(b'{"schema":"iglu:a/b/jsonschema/1-0-0","data":{}}',),
)
ENCODER = Encoder(app_id="news", namespace="server", platform="srv")


def test_a_full_payload_is_as_the_protocol_documents_it():
    payload = json.loads(ENCODER.encode(EVENT))
    tracker_version = payload.pop("tv")
    assert tracker_version.startswith("tracking-middleware-")
    assert payload == {
        "e": "pv",
        "p": "srv",
        "aid": "news",
        "tna": "server",
        "eid": "11111111-1111-4111-8111-111111111111",
        "dtm": "1700000000123",
        "url": "https://example.test/",
        "page": "T",
        "refr": "https://r.example/",
        "uid": "u",
        "duid": "33333333-3333-4333-8333-333333333333",
        "sid": "44444444-4444-4444-8444-444444444444",
        "vid": "5",
        "tnuid": "55555555-5555-4555-8555-555555555555",
        "ip": "203.0.113.9",
        "ua": "UA",
        "lang": "en",
        "co": (
            '{"schema":"iglu:com.snowplowanalytics.snowplow/contexts/jsonschema/1-0-0","data":['
            '{"schema":"iglu:com.snowplowanalytics.snowplow/web_page/jsonschema/1-0-0",'
            '"data":{"id":"22222222-2222-4222-8222-222222222222"}},'
            '{"schema":"iglu:a/b/jsonschema/1-0-0","data":{}}]}'
        ),
    }


def test_what_is_unknown_is_left_out_but_for_what_enrich_would_fill_in():
    event = PageView(
        event_id=EVENT.event_id, web_page_id=EVENT.web_page_id, dvce_created_tstamp=1, page_url=""
    )
    payload = json.loads(ENCODER.encode(event))
    assert set(payload) == {"e", "p", "tv", "aid", "tna", "eid", "dtm", "tnuid", "ip", "ua", "co"}
    assert (payload["tnuid"], payload["ip"], payload["ua"]) == ("", "", "")


def test_a_post_holds_the_events_and_the_time_of_sending():
    body = json.loads(encode_post([ENCODER.encode(EVENT)] * 2, sent=1_700_000_000_999))
    assert body["schema"] == "iglu:com.snowplowanalytics.snowplow/payload_data/jsonschema/1-0-4"
    assert [event["stm"] for event in body["data"]] == ["1700000000999"] * 2


@given(st.text(alphabet=st.sampled_from("aé😀\ud800"), max_size=3000))
def test_long_text_is_cut_in_utf16_units_on_a_character_boundary(text):
    event = replace(EVENT, page_title=text)
    title = json.loads(ENCODER.encode(event)).get("page", "")
    assert len(title.encode("utf-16-le")) // 2 <= FIELDS["page"].max_length
    title.encode()


texts = st.text(max_size=50) | st.text(min_size=900, max_size=1200)
header_names = ["cookie", "user-agent", "accept-language", "referer"]


@given(
    headers=st.dictionaries(st.sampled_from(header_names), texts),
    host=st.sampled_from(["example.test", "[::1]:80"]) | texts,
    path=texts,
    query=texts,
    title=texts,
    peer=texts,
)
def test_whatever_a_visitor_sends_enrich_accepts_the_event(headers, host, path, query, title, peer):
    records = Records()
    tracker = Tracker(Settings(collector_url="log:", app_id="test"), delivery=records)
    view = request("/" + path.replace("?", ""), query, host=host, headers=headers, peer=peer)

    def fill(page):
        page.title = title

    serve(tracker, view, during=fill)
    body = encode_post([ENCODER.encode(records.event())], sent=2)
    hit = Hit(
        **HTTP_HIT,
        body=body.decode(),
        content_type="application/json; charset=utf-8",
        address=None,
        useragent=None,
        referer=None,
        hostname=None,
        network_userid="55555555-5555-4555-8555-555555555555",
    )
    (parameters,) = parameters_of(hit)
    enrich(parameters, hit, IGLU.validation.for_request())


VISITOR = {
    "cookie": "_sp_id.8e5d=6fbe7f1e-0c6e-4e5e-9f0e-3c2b4f3a7a11.1.1.1..; "
    "sp=b1f7a3de-93c5-4e9a-9df8-0c7f0e0c0a77",
    "referer": "https://other.example/?_sp=a.1&q=1",
    "user-agent": "Contract/1.0",
}


def test_an_anonymous_page_view_names_nobody(make_tracker, records):
    def fill(page):
        page.user_id = "u"

    tracker = make_tracker(consent=lambda view: "anonymous", user_id=lambda view: "u")
    serve(tracker, request(headers=VISITOR, query="_sp=6fbe.1&q=1"), during=fill)
    event = records.event()
    assert event.is_anonymous
    assert event.subject == Subject(useragent="Contract/1.0")
    assert (event.page_url, event.page_referrer) == (
        "https://www.example.test/page?q=1",
        "https://other.example/?q=1",
    )


def test_without_consent_nothing_leaves(make_tracker, records):
    tracker = make_tracker(consent=lambda view: "none")
    serve(tracker, request(headers=VISITOR))
    assert records.recorded == []
    assert tracker.stats()["skipped"] == {"consent_none": 1}


@pytest.mark.parametrize("setting", ["full", "anonymous", "none"])
@pytest.mark.parametrize("own", ["full", "anonymous", "none"])
def test_the_pages_own_consent_wins(make_tracker, records, setting, own):
    def fill(page):
        page.consent = own

    serve(make_tracker(consent=lambda view: setting), during=fill)
    assert [recorded.is_anonymous for recorded in records.recorded] == {
        "full": [False],
        "anonymous": [True],
        "none": [],
    }[own]


def fails(view):
    raise RuntimeError("consent")


async def answers_later(view):
    return "full"


@pytest.mark.parametrize("consent", [fails, lambda view: None, lambda view: "yes", answers_later])
def test_a_consent_that_fails_is_none_and_counted(make_tracker, records, consent):
    tracker = make_tracker(consent=consent)
    serve(tracker)
    assert records.recorded == []
    assert tracker.stats()["errors"] == {"consent_failed": 1}


def test_a_consent_may_be_awaited(make_tracker, records):
    import asyncio

    async def serve_async(tracker):
        exchange = tracker.begin(request())
        assert await exchange.start_async(200, HTML) == ()
        exchange.finish("complete")

    asyncio.run(serve_async(make_tracker(consent=answers_later)))
    assert len(records.recorded) == 1
    failing = make_tracker(consent=fails)
    asyncio.run(serve_async(failing))
    assert failing.stats()["errors"] == {"consent_failed": 1}


def test_an_own_consent_that_is_no_answer_is_none(make_tracker, records):
    def fill(page):
        page.consent = "yes"

    tracker = make_tracker()
    serve(tracker, during=fill)
    assert records.recorded == []
    assert tracker.stats()["errors"] == {"consent_invalid": 1}


@pytest.mark.parametrize(
    ("headers", "settings", "expected"),
    [
        ({"sec-gpc": "1"}, {}, "anonymous"),
        ({"sec-gpc": "0"}, {}, "full"),
        ({"sec-gpc": "1"}, {"gpc": "ignore"}, "full"),
        ({"sec-gpc": "1"}, {"gpc": "none"}, "none"),
        ({"dnt": "1"}, {}, "full"),
        ({"dnt": "1"}, {"dnt": "none"}, "none"),
        ({"sec-gpc": "1", "dnt": "1"}, {"dnt": "none"}, "none"),
        ({"sec-gpc": "1"}, {"consent": lambda view: "full"}, "anonymous"),
        ({"sec-gpc": "1"}, {"consent": lambda view: "none"}, "none"),
        ({"cookie": "out=1"}, {"opt_out_cookie": "out"}, "opt_out"),
        ({"cookie": "out="}, {"opt_out_cookie": "out"}, "full"),
        ({"cookie": "other=1"}, {"opt_out_cookie": "out"}, "full"),
    ],
)
def test_the_browsers_own_signals_hold_consent_down(make_tracker, records, headers, settings, expected):
    tracker = make_tracker(**settings)
    serve(tracker, request(headers=headers))
    recorded = ["anonymous" if view.is_anonymous else "full" for view in records.recorded]
    skipped = {"none": "consent_none", "opt_out": "opt_out"}.get(expected)
    assert recorded == ([] if skipped else [expected])
    assert tracker.stats()["skipped"] == ({skipped: 1} if skipped else {})


def test_the_pages_own_consent_wins_over_signals_and_not_over_an_opt_out(make_tracker, records):
    def fill(page):
        page.consent = "full"

    tracker = make_tracker(opt_out_cookie="out")
    serve(tracker, request(headers={"sec-gpc": "1"}), during=fill)
    serve(tracker, request(headers={"cookie": "out=1"}), during=fill)
    assert [view.is_anonymous for view in records.recorded] == [False]
    assert tracker.stats()["skipped"] == {"opt_out": 1}


def test_consent_is_asked_only_for_page_views(make_tracker):
    asked = []
    tracker = make_tracker(consent=asked.append)
    serve(tracker, status=404)
    serve(tracker, request(method="POST"))
    assert asked == []


@pytest.mark.parametrize("answer", ["anonymous", "none"])
def test_without_full_consent_no_cookie_is_set_and_the_twin_expires(make_tracker, answer):
    tracker = make_tracker(
        identity="issue",
        secret_key="k" * 32,
        cookie_domain="example.test",
        server_timing=True,
        consent=lambda view: answer,
    )
    assert tracker.begin(request()).start(200, HTML) == ()
    with_twin = request(headers={"cookie": "_sp_twin.8e5d=x"})
    (name, value), private = tracker.begin(with_twin).start(200, HTML)
    assert name == "Set-Cookie"
    assert value.startswith("_sp_twin.8e5d=; Max-Age=0; Path=/;")
    assert private == ("Cache-Control", "private")


def test_a_consent_cookie_says_what_its_values_mean():
    from tracking_middleware.privacy.consent import consent_cookie

    ask = consent_cookie("c", values={"yes": "full"}, missing="anonymous")
    assert ask(request(headers={"cookie": "c=yes"})) == "full"
    assert ask(request(headers={"cookie": "c=no"})) == ask(request()) == "anonymous"
    assert consent_cookie("c")(request(headers={"cookie": "c=full"})) == "full"
    assert consent_cookie("c")(request()) == "none"


def test_a_consent_cookie_that_would_mean_no_answer_is_refused_when_it_is_made():
    from tracking_middleware.privacy.consent import consent_cookie

    with pytest.raises(SettingsError) as caught:
        consent_cookie("c", values={"yes": "ful", "no": "none"}, missing="no")
    assert caught.value.problems == (
        "consent_cookie('c') says 'ful' for the value 'yes': say 'full', 'anonymous' or 'none'",
        "consent_cookie('c') says 'no' where it is missing: say 'full', 'anonymous' or 'none'",
    )


def test_a_link_from_another_domain_is_kept_and_never_taken_for_an_identity(make_tracker, records):
    tracker = make_tracker(identity="issue", secret_key="k" * 32, cookie_domain="example.test")
    link = "_sp=6fbe7f1e-0c6e-4e5e-9f0e-3c2b4f3a7a11.1700000000000"
    exchange = tracker.begin(request(query=link))
    (_, id_cookie), *_ = exchange.start(200, HTML)
    exchange.finish("complete")
    event = records.event()
    assert event.page_url.endswith(f"?{link}")
    assert id_cookie.startswith(f"_sp_id.8e5d={event.subject.domain_userid}.")
    assert "6fbe7f1e" not in id_cookie


def test_one_warning_says_which_domain_is_missing(make_tracker, records, caplog):
    tracker = make_tracker(identity="issue", secret_key="k" * 32)
    for host in ("www.example.test", "www.example.org"):
        serve(tracker, request(host=host))
    (warning,) = [record for record in caplog.records if record.levelno >= logging.WARNING]
    assert "set cookie_domain" in warning.getMessage()
    assert tracker.stats()["errors"] == {"cookie_domain_missing": 2}
    assert len(records.recorded) == 2


def test_a_cookie_that_the_app_sets_itself_is_not_set_twice(make_tracker):
    tracker = make_tracker(identity="issue", secret_key="k" * 32, cookie_domain="example.test")
    exchange = tracker.begin(request())
    assert exchange.start(200, [*HTML, ("Set-Cookie", "_sp_id.8e5d=own; Path=/")]) == ()


def test_a_response_that_starts_again_issues_the_same_identity(make_tracker):
    tracker = make_tracker(identity="issue", secret_key="k" * 32, cookie_domain="example.test")
    exchange = tracker.begin(request())
    assert exchange.start(200, HTML) == exchange.start(200, HTML) != ()


def test_no_full_address_leaves_where_addresses_are_anonymized(make_tracker, records):
    tracker = make_tracker(anonymize_ip=True)
    serve(tracker, request(peer="::ffff:198.51.100.7"))
    assert records.event().subject.user_ipaddress == "198.51.100.0"
    for address, sent in (("2001:db8:1:2::3", "2001:db8:1::"), ("somewhere", ""), ("", "")):
        tracker.track(StructuredEvent("order", "returned"), subject=Subject(user_ipaddress=address))
        assert records.event().subject.user_ipaddress == sent


def test_consent_withdrawn_while_the_body_streams_names_nobody(make_tracker, records):
    tracker = make_tracker(
        identity="issue", secret_key="k" * 32, cookie_domain="example.test", server_timing=True
    )
    exchange = tracker.begin(request())
    assert exchange.start(200, HTML)  # an identity is issued
    current_page().consent = "anonymous"
    exchange.finish("complete")
    event = records.event()
    assert (event.is_anonymous, event.subject, event.session_start) == (True, Subject(), None)


async def later_from_a_path(view):
    return "anonymous"


def test_a_consent_that_is_awaited_may_be_given_by_its_dotted_path(make_tracker, records):
    import asyncio

    async def serve_async():
        exchange = make_tracker(consent=f"{__name__}.later_from_a_path").begin(request())
        await exchange.start_async(200, HTML)
        exchange.finish("complete")

    asyncio.run(serve_async())
    assert [recorded.is_anonymous for recorded in records.recorded] == [True]


@pytest.mark.parametrize("answer", [0, True, b"full", ["full"], "Full"])
def test_a_consent_of_another_type_is_none_and_counted(make_tracker, records, answer):
    tracker = make_tracker(
        consent=lambda view: answer, identity="issue", secret_key="k" * 32, server_timing=True
    )
    exchange = tracker.begin(request())
    assert exchange.start(200, HTML) == ()
    exchange.finish("complete")
    assert (records.recorded, tracker.stats()["errors"]["consent_failed"]) == ([], 1)
