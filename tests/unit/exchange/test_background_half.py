"""What most events are made by in few steps is what the careful ways make, whatever is set and sent."""

from __future__ import annotations

import json
from contextlib import ExitStack, closing
from unittest.mock import patch

from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from msgspec.structs import replace

from tests.unit.exchanges import COOKIES, HTML, PERSON, SESSION, Records, request
from tracking_middleware import Article, StructuredEvent, Tracker, current_page
from tracking_middleware import addresses as written_addresses
from tracking_middleware.exchange import capture, visitor
from tracking_middleware.identity import cookies, id_cookie, languages
from tracking_middleware.privacy import urls
from tracking_middleware.protocol import Encoder, encoder
from tracking_middleware.request import client_ip

CAREFUL = (
    (urls, "ordinary", lambda _url, _scrubbing: None),
    (capture, "ordinary_url", lambda _origin, _rest, _scrubbing: None),
    (capture, "ordinary_pair", lambda _origin, _rest, _referrer, _scrubbing: None),
    (cookies, "match_ordinary_id", lambda _value: None),
    (id_cookie, "match_ordinary_id", lambda _value: None),
    (written_addresses, "is_plain_ipv4", lambda _text: False),
    (client_ip, "is_plain_ipv4", lambda _text: False),
    (visitor, "ordinary_identity", lambda _cookies, _prefix: None),
    (languages, "_known_language", languages._first_language),
    (capture.CapturedEvent, "_seen", lambda _event: None),
    (encoder, "_is_short", lambda _texts, _encoded: False),
)
"""The short ways, each with what goes the long way in its place."""


def carefully():
    stack = ExitStack()
    for module, name, instead in CAREFUL:
        stack.enter_context(patch.object(module, name, instead))
    return stack


def retitled(event):
    return replace(event, page_url=event.page_url + "?a=\x07b", subject=replace(event.subject, user_id='"u"'))


def rewritten(url):
    return url.replace("news", "n\xe9ws") if "?" in url else None


settings_of_events = st.fixed_dictionaries(
    {},
    optional={
        "public_url": st.just("https://public.example"),
        "cookie_prefix": st.sampled_from(["_sp_", "sp", "_x_"]),
        "cookie_domain": st.sampled_from([".example.test", "example.test"]),
        "trusted_proxies": st.sampled_from([1, 2, "10.0.0.0/8, 203.0.113.9"]),
        "anonymize_ip": st.booleans(),
        "scrub_query": st.sampled_from([[], ["page"], ["token", "1", "b"]]),
        "mask_paths": st.sampled_from([["/news/<token>/"], ["**/x/<path:rest>"]]),
        "rewrite_url": st.just(rewritten),
        "before_send": st.sampled_from([retitled, lambda event: event, lambda event: None]),
        "consent": st.sampled_from([lambda view: "anonymous", lambda view: "full"]),
        "user_id": st.sampled_from([lambda view: 7, lambda view: "None", lambda view: "\xe9" * 200]),
        "gpc": st.sampled_from(["ignore", "anonymous"]),
    },
)
odd = st.sampled_from(
    [
        *(
            "",
            "a",
            "Z9",
            "%20",
            "%2",
            "%253d",
            "%zz",
            "+",
            "&",
            "=",
            ";",
            "/",
            "?",
            "#",
            "..",
            "@",
            ":",
            "[",
            "]",
        ),
        *(
            "token=1",
            "_sp=",
            "utm_source=",
            "x" * 200,
            "é",
            "\x7f",
            "\x00",
            "\t",
            '"',
            "\\",
            "\ud800",
            "😀",
            " ",
        ),
    ]
)
parts = st.lists(odd, max_size=6).map("".join)
hosts = st.sampled_from(
    ["www.example.test", "EXAMPLE.test:8000", "[::1]:80", "[", "", "a..b", "example.test"]
)
addresses = st.sampled_from(
    ["203.0.113.9", "10.0.0.1", "010.0.0.1", "::1", "::ffff:1.2.3.4", "0.0.0.0", "239.1.1.1", "unknown", ""]
)
referrers = st.builds(
    "{}{}/{}?{}".format, st.sampled_from(["https://", "HTTP://", "x-app://", ""]), hosts, parts, parts
)
ids = st.builds(
    "{}.{}.{}.{}.{}.{}{}".format,
    st.sampled_from([PERSON, PERSON.upper(), "0" * 16, "", "x"]),
    *(st.sampled_from(["1700000000", "3", "", "99999999999", "-1"]) for _ in range(4)),
    st.sampled_from([SESSION, "", "y", "00000000-0000-0000-0000-000000000000"]),
    st.sampled_from(["", "....2", ".%2e", ".é"]),
)
pairs = st.sampled_from(
    ["_ga=1", "sp=" + SESSION, "sp=x", " sp = y", "", "_sp_ses.8e5d=*", "_sp_ses.1234=", "x"]
)
cookie_headers = st.just(COOKIES) | st.lists(
    pairs
    | st.builds("{}id.{}={}".format, st.sampled_from(["_sp_", "sp"]), st.sampled_from(["8e5d", "1234"]), ids),
    max_size=5,
).map("; ".join)
headers = st.fixed_dictionaries(
    {},
    optional={
        "cookie": cookie_headers,
        "referer": referrers | st.just("https://news.example/a?b=1"),
        "user-agent": st.sampled_from(["Mozilla/5.0 (X11)", '"\\', "é" * 600, "x" * 1001, "\x00\x85\u2028"]),
        "accept-language": st.sampled_from(["de-DE,de;q=0.9", "*", "", " en ", "x" * 300, "é"]),
        "x-forwarded-for": st.lists(addresses, max_size=3).map(", ".join),
        "x-forwarded-proto": st.sampled_from(["https", "http, https", "x"]),
        "x-forwarded-host": hosts,
        "x-forwarded-port": st.sampled_from(["8443", "443", "x"]),
        "forwarded": st.builds("for={};proto=https".format, addresses),
        "sec-gpc": st.just("1"),
    },
)
requests = st.builds(
    lambda path, query, host, sent, peer: request(f"/{path}", query, host, sent, peer),
    parts | st.sampled_from(["news/abc/", "article-1"]),
    parts | st.just("page=2&utm_source=mail"),
    hosts,
    headers,
    addresses,
)
pages = st.fixed_dictionaries(
    {},
    optional={
        "title": st.sampled_from(["A headline", 'He said "so"', "é" * 1001, "\x00", "\ud83d", "x" * 1999]),
        "url": referrers,
        "referrer": referrers,
        "user_id": st.sampled_from(["u-1", "a\tb", "x" * 255, None]),
    },
)
entities = st.lists(
    st.builds(Article, id=st.sampled_from(["a", '"', "\\", "é\n😀"]), tags=st.just(("x", "y"))), max_size=2
)


def recorded(options, view, page, attached):
    """What the request path leaves of a page view in which something was tracked as well."""
    records = Records()
    tracker = Tracker(collector_url="log:", app_id='a"pp', delivery=records, **options)
    with closing(tracker):
        exchange = tracker.begin(view)
        for name, value in page.items():
            setattr(current_page(), name, value)
        for entity in attached:
            current_page().attach(entity)
        tracker.track(StructuredEvent("\x00c", 'a"', label="é" * 4097, value=1.5))
        exchange.start(200, HTML)
        exchange.finish("complete")
    return tracker, records.recorded


def written(tracker, events):
    """The payloads, and what was counted while they were made."""
    counted = []
    before = tracker.stats()["errors"]
    pinned = iter(f"00000000-0000-4000-8000-{number:012}" for number in range(100)).__next__
    writing = Encoder(app_id='a"pp', namespace="n", platform="srv", count=lambda *told: counted.append(told))
    payloads = []
    for each in events:
        event = each.to_event(pinned)
        payloads.append(None if event is None else (writing.encode(event), event.is_anonymous))
    after = tracker.stats()["errors"]
    return payloads, counted, {name: after[name] - before.get(name, 0) for name in after}


@hypothesis_settings(max_examples=150, deadline=None)
@given(settings_of_events, requests, pages, entities)
def test_the_short_ways_lead_where_the_long_ones_do(options, view, page, attached):
    tracker, events = recorded(options, view, page, attached)
    for event in events:  # the page's id is drawn once
        event.to_event()
    by_short_ways = written(tracker, events)
    with carefully():
        by_long_ways = written(tracker, events)
    assert by_short_ways == by_long_ways
    for payload in filter(None, by_short_ways[0]):
        assert json.loads(payload[0])["aid"] == 'a"pp'


def test_an_ordinary_page_view_goes_the_short_ways_alone():
    tracker, events = recorded({}, request(query="page=2", headers={"cookie": COOKIES}), {"title": "Hé"}, [])
    with ExitStack() as stack:
        for module, name in (
            (urls, "_clean"),
            (visitor, "read_identity"),
            (written_addresses, "parse_address"),
            (encoder, "_measured"),
        ):
            stack.enter_context(patch.object(module, name, side_effect=AssertionError(name)))
        ((payload, is_anonymous),), counted, errors = written(tracker, events[:1])
    assert json.loads(payload)["duid"] == PERSON
    assert (is_anonymous, counted, sum(errors.values())) == (False, [], 0)


def test_a_request_is_looked_at_once_for_its_page_view_and_what_was_tracked_in_it():
    tracker, events = recorded(
        {}, request(query="page=2", headers={"cookie": COOKIES}), {"user_id": "u-1"}, []
    )
    written(tracker, events)  # from here on it is known that visitors have cookies
    by_looking_twice = written(tracker, events[1:])
    with patch.object(capture.CapturedEvent, "_looked_at", side_effect=AssertionError):
        assert written(tracker, events)[0][1] == by_looking_twice[0][0]


def test_what_was_tracked_in_another_request_is_that_visitor_s():
    records = Records()
    others = {"referer": "https://a.example/"}
    with closing(Tracker(collector_url="log:", app_id="a", delivery=records)) as tracker:
        for view in (
            request(headers={"cookie": COOKIES}),
            request("/other/", headers=others, peer="203.0.113.77"),
        ):
            exchange = tracker.begin(view)
            tracker.track(StructuredEvent("c", "a"))
            exchange.start(200, HTML)
            exchange.finish("complete")
        page_view, event, _, other_event = records.recorded
        page_view.to_event()  # from here on it is known that visitors have cookies
        of_page_view, theirs = page_view.to_event(), other_event.to_event()
    assert theirs.subject.domain_userid is None
    assert (theirs.subject.user_ipaddress, theirs.page_referrer) == ("203.0.113.77", "https://a.example/")
    assert event.to_event().subject is of_page_view.subject
