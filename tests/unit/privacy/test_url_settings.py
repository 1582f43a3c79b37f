"""What ``mask_paths`` and ``rewrite_url`` do to events, and how fields that are too long leave."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from tracking_middleware import Settings, SettingsError, StructuredEvent, Subject, Tracker
from tracking_middleware.events.entities import MAX_ENTITY_BYTES
from tracking_middleware.events.events import PageView
from tracking_middleware.identity.identity import Identity
from tracking_middleware.identity.subject import subject_of
from tracking_middleware.identity.user_id import LONGEST_USER_ID
from tracking_middleware.protocol import MAX_EVENT_BYTES, Encoder

from ..exchanges import HTML, PERSON, Records, outside, request, serve

RESET = request(
    path="/reset/s3cr3t/", query="a=1", headers={"referer": "https://www.example.test/reset/s3cr3t/?b=2"}
)


def urls_of(records):
    return [(event.page_url, event.page_referrer) for event in records.events()]


def test_paths_are_masked_in_page_views_and_events(make_tracker, records):
    tracker = make_tracker(mask_paths=["/reset/<token>/"])
    serve(tracker, RESET, during=lambda page: tracker.track(StructuredEvent("a", "b")))
    masked = (
        "https://www.example.test/reset/REDACTED/?a=1",
        "https://www.example.test/reset/REDACTED/?b=2",
    )
    assert urls_of(records) == [masked, masked]


def test_what_the_application_sets_is_masked_too(make_tracker, records):
    def view(page):
        page.url = "https://canonical.example/reset/s3cr3t"
        page.referrer = "https://user:s3cr3t@elsewhere.example/reset/s3cr3t"

    serve(make_tracker(mask_paths="/reset/<token>/,/invite/<code>"), during=view)
    assert urls_of(records) == [
        ("https://canonical.example/reset/REDACTED", "https://elsewhere.example/reset/REDACTED")
    ]


def test_a_pattern_that_masks_nothing_is_refused(make_tracker):
    with pytest.raises(SettingsError, match="mask_paths holds '/reset/', which masks nothing"):
        make_tracker(mask_paths=["/reset/"])


def test_rewrite_url_gets_both_urls_without_their_secrets(make_tracker, records):
    seen = []

    def rewrite(url):
        seen.append(url)
        return url.replace("https://www.example.test/", "https://public.example/é ")

    tracker = make_tracker(rewrite_url=rewrite, mask_paths=["/reset/<token>/"])
    serve(tracker, RESET)
    assert seen == []  # nothing of it happens while the request waits
    assert urls_of(records) == [
        (
            "https://public.example/%C3%A9%20reset/REDACTED/?a=1",
            "https://public.example/%C3%A9%20reset/REDACTED/?b=2",
        )
    ]
    assert not any("s3cr3t" in url for url in seen)


def test_what_rewrite_url_brings_in_is_cleaned_as_well(make_tracker, records):
    serve(make_tracker(rewrite_url=lambda url: "https://u:p@a.example/?token=s3cr3t"), RESET)
    assert urls_of(records) == [("https://a.example/?token=REDACTED",) * 2]


@pytest.mark.parametrize("nothing", [None, ""])
def test_rewrite_url_may_leave_a_url_out(make_tracker, records, nothing):
    tracker = make_tracker(rewrite_url=lambda url: nothing)
    serve(tracker, RESET)
    assert urls_of(records) == [("", "")]
    assert tracker.stats()["errors"] == {}


@pytest.mark.parametrize(
    "rewrite", [lambda url: 1 / 0, lambda url: 5, lambda url: url.encode(), lambda url: "no url"]
)
def test_a_url_that_rewrite_url_fails_on_is_left_out_and_counted(make_tracker, records, rewrite):
    tracker = make_tracker(rewrite_url=rewrite)
    serve(tracker, RESET)
    assert urls_of(records) == [("", "")]
    assert tracker.stats()["errors"] == {"rewrite_failed": 2}


def test_rewrite_url_is_not_asked_about_what_is_no_url(make_tracker, records):
    tracker = make_tracker(rewrite_url=lambda url: 1 / 0)
    serve(tracker, request(host="no host", headers={"referer": "about:blank"}))
    assert urls_of(records) == [("", "")]
    assert tracker.stats()["errors"] == {"url_invalid": 1}


def rewrite_here(url):
    return "https://here.example/"


def test_rewrite_url_may_be_a_dotted_path(make_tracker, records):
    serve(make_tracker(rewrite_url=f"{__name__}.rewrite_here"))
    assert records.event().page_url == "https://here.example/"


# --- limits ---

VIEW = PageView(
    event_id="11111111-1111-4111-8111-111111111111",
    web_page_id="22222222-2222-4222-8222-222222222222",
    dvce_created_tstamp=0,
    page_url="https://a.example/",
)


def encoded(event):
    counted = []
    told = lambda name, advice: counted.append((name, advice.partition(" characters")[0]))  # noqa: E731
    encoder = Encoder(app_id="a", namespace="n", platform="srv", count=told)
    return json.loads(encoder.encode(event)), counted


@pytest.mark.parametrize("piece", ["x", "é", "😀"])
def test_a_text_that_is_cut_shows_it_and_is_counted(piece):
    payload, counted = encoded(replace(VIEW, page_title=piece * 2001))
    assert payload["page"].endswith(f"{piece}…")
    assert 1999 <= len(payload["page"].encode("utf-16-le")) // 2 <= 2000
    assert counted == [("field_cut", "page_title may have 2000")]
    payload, counted = encoded(StructuredEvent(piece * 1001, "b", label=piece * 5000, event_id=VIEW.event_id))
    assert payload["se_ca"].endswith("…")
    assert payload["se_la"].endswith("…")
    assert counted == [("field_cut", "se_category may have 1000"), ("field_cut", "se_label may have 4096")]


def test_an_id_that_is_too_long_is_left_out_and_counted():
    subject = subject_of(
        identity=Identity(domain_userid="a" * 129, domain_sessionid="b" * 129, network_userid="c" * 129),
        user_id="😀" * 128,
        user_ipaddress="1" * 129,
        language="d" * 256,
    )
    payload, counted = encoded(replace(VIEW, subject=subject))
    assert {"uid", "duid", "sid", "lang"}.isdisjoint(payload)
    assert (payload["tnuid"], payload["ip"]) == ("", "")
    assert counted == [
        ("field_too_long", f"{column} may have {longest}")
        for column, longest in (
            *(("user_id", 255), ("domain_userid", 128), ("domain_sessionid", 128), ("network_userid", 128)),
            *(("user_ipaddress", 128), ("br_lang", 255)),
        )
    ]


def test_a_url_of_before_send_is_cut_between_its_escapes():
    payload, counted = encoded(replace(VIEW, page_url="https://a.example/x" + "%C3" * 4000))
    assert 9998 <= len(payload["url"]) <= 10_000
    assert payload["url"].endswith("%C3")
    assert counted == [("field_cut", "page_url may have 10000")]


def test_what_fits_is_left_as_it_is():
    subject = Subject(user_id="u" * LONGEST_USER_ID, useragent="a" * 1000)
    payload, counted = encoded(replace(VIEW, page_title="😀" * 1000, subject=subject))
    assert payload["page"] == "😀" * 1000
    assert payload["ua"] == "a" * 1000
    assert payload["uid"] == "u" * LONGEST_USER_ID
    assert counted == []


def large(size):
    return {"schema": "iglu:com.acme/large/jsonschema/1-0-0", "data": {"text": "\\" * (size // 2)}}


def test_an_entity_that_would_cost_the_page_view_is_left_out(make_tracker, records):
    def view(page):
        page.attach(large(MAX_ENTITY_BYTES // 2))
        page.attach(large(MAX_ENTITY_BYTES // 2))
        page.attach(large(100))
        tracker.track(StructuredEvent("a", "b"), entities=[large(MAX_ENTITY_BYTES + 1), large(100)])

    tracker = make_tracker()
    serve(tracker, during=view)
    assert sorted(len(event.entities) for event in records.events()) == [1, 2]
    assert tracker.stats()["errors"] == {"entity_too_large": 2}
    encoder = Encoder(app_id="a" * 255, namespace="n", platform="srv")
    assert all(len(encoder.encode(event)) < MAX_EVENT_BYTES for event in records.events())


def test_replacing_a_large_entity_by_another_is_no_more_than_one(make_tracker, records):
    def view(page):
        page.replace(large(MAX_ENTITY_BYTES - 1000))
        page.replace(large(MAX_ENTITY_BYTES - 1000))

    tracker = make_tracker()
    serve(tracker, during=view)
    assert len(records.event().entities) == 1
    assert tracker.stats()["errors"] == {}


def test_the_patterns_of_the_readme_mean_what_it_says(make_tracker, records):
    patterns = ["/reset/<uid>/<token>/", "/*/invite/<code>", "**/share/<token>", "/files/<path:name>"]
    tracker = make_tracker(mask_paths=patterns)
    paths = ["/reset/MQ/abc/", "/en/invite/x1", "/a/b/share/t", "/files/2024/report.pdf", "/news/share"]
    for path in paths:
        serve(tracker, request(path=path))
    assert [event.page_url.removeprefix("https://www.example.test") for event in records.events()] == [
        "/reset/REDACTED/REDACTED/",
        "/en/invite/REDACTED",
        "/a/b/share/REDACTED",
        "/files/REDACTED/REDACTED",
        "/news/share",
    ]


def test_an_event_that_is_too_large_is_told_by_its_schema_and_size_never_by_its_content(caplog):
    with Tracker(collector_url="log:", app_id="a") as tracker:
        event = {"schema": "iglu:com.acme/sale/jsonschema/1-0-0", "data": {"text": "s3cr3t" * 200_000}}
        outside(lambda: tracker.track(event))
    assert tracker.stats()["dropped"] == {"too_large": 1}
    assert "<iglu:com.acme/sale/jsonschema/1-0-0> is not sent, it is too large: 12" in caplog.text
    assert "s3cr3t" not in caplog.text


line_breaks = st.text(alphabet="a=.;*\r\n\x00\x85", max_size=30)


COOKIES = ["{0}", "_sp_id.8e5d={0}", f"_sp_id.8e5d={PERSON}.1.1.1.1.{{0}}....2; _sp_ses.8e5d={{0}}"]


@given(
    st.sampled_from(["www.example.test{}", "{}", "www.example.test:80{}"]),
    st.sampled_from(
        ["_sp_id.8e5d={0}", f"_sp_id.8e5d={PERSON}.1.1.1.1.{{0}}....2; _sp_ses.8e5d={{0}}", "{0}"]
    ),
    line_breaks,
)
def test_no_line_break_of_the_visitors_reaches_a_header(host, cookie, hostile):
    settings = Settings(
        collector_url="log:", app_id="a", identity="issue", server_timing=True, secret_key=("k" * 32,)
    )
    tracker = Tracker(settings, delivery=Records())
    view = request(host=host.format(hostile), headers={"cookie": cookie.format(hostile)})
    exchange = outside(lambda: tracker.begin(view))
    headers = exchange.start(200, HTML)
    exchange.finish("complete")
    assert any(name == "Server-Timing" for name, _ in headers)
    assert all(name.isprintable() and value.isprintable() and value.isascii() for name, value in headers)
