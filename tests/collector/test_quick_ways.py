"""The quick ways of the collector say just what the thorough ones say, and what they keep is bounded."""

from __future__ import annotations

import asyncio
import json
import re
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.requests import Request
from starlette.responses import Response

from tracking_middleware.collector import Cookie, Store, create_app
from tracking_middleware.collector.enrichment import page_urls
from tracking_middleware.collector.http import origins
from tracking_middleware.collector.intake.tracker_routes import TP2
from tracking_middleware.collector.payload import envelope, times, values
from tracking_middleware.collector.payload.json_text import loaded
from tracking_middleware.collector.payload.problems import RefusedError
from tracking_middleware.collector.payload.self_describing import read_json

from .conftest import page_view

SCHEMAS = [f"iglu:com.snowplowanalytics.snowplow/payload_data/jsonschema/1-0-{n}" for n in range(6)]
KEYS = st.sampled_from(["e", "p", "tv", "ua", "tnuid", "sid", "stm", "ttm", "nuid", "ev_ca", "x", ""])
TEXTS = st.text(st.characters(exclude_categories=()), max_size=8)
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=8,
)
LEAST = {"e": "pv", "p": "web", "tv": "1"}
EVENTS = st.dictionaries(KEYS, TEXTS, max_size=6).map(lambda event: {**LEAST, **event})


def outcome(read, text):
    try:
        return read(text)
    except (ValueError, RefusedError) as error:
        return str(error)


@given(
    st.sampled_from(SCHEMAS) | TEXTS,
    st.lists(EVENTS | st.dictionaries(KEYS, ANYTHING), max_size=3) | ANYTHING,
    st.dictionaries(TEXTS, ANYTHING, max_size=1),
)
def test_an_envelope_is_read_as_by_the_one_that_says_what_is_wrong(schema, data, more):
    body = json.dumps({"schema": schema, "data": data, **more})
    assert outcome(envelope.events_in, body) == outcome(envelope._judged_events, body)


@pytest.mark.parametrize("version", range(6))
@pytest.mark.parametrize("key", ["ua", "tnuid", "sid", "stm", "ttm", "nuid", "ev_ca", "cv", "x"])
def test_a_key_is_allowed_by_the_versions_that_have_it(key, version):
    body = json.dumps({"schema": SCHEMAS[version], "data": [{**LEAST, key: "1"}]})
    assert outcome(envelope.events_in, body) == outcome(envelope._judged_events, body)


def test_a_good_envelope_takes_the_quick_way_and_a_bad_one_does_not():
    event = page_view()
    body = json.dumps({"schema": SCHEMAS[4], "data": [event]})
    assert envelope._good_events(body) == [event]
    assert envelope._good_events(body.replace('"e"', '"E"')) is None
    assert envelope._good_events('{"schema": 1, ' + body[1:]) is None  # a name twice
    assert envelope.events_in('{"schema": 1, ' + body[1:]) == [event]


JSON_TEXTS = ANYTHING.map(json.dumps) | st.from_regex(
    re.compile(r'\A[ \t\n]?(-?[0-9]{1,30}(\.[0-9]{1,30})?([eE][+-]?[0-9]{1,3})?|"(\\.|[^"]){0,4}"|NaN)\s?\Z')
)


@given(JSON_TEXTS)
def test_a_json_text_says_what_it_says_to_the_standard_library(text):
    def thorough(text):
        return loaded(text, parse_constant=refuse, parse_float=finite)

    def refuse(constant):
        raise ValueError(f"{constant} is no number of JSON")

    def finite(digits):
        if float(digits) in {float("inf"), -float("inf")}:
            raise ValueError(f"{digits!r} is too large a number")
        return float(digits)

    assert repr(outcome(read_json, text)) == repr(outcome(thorough, text))


@given(st.integers(-62_135_596_800_000, 253_402_300_799_999), st.integers(1, 10**12))
def test_moments_are_those_of_the_standard_library(milliseconds, lag):
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=milliseconds)
    assert times.iso_of_milliseconds(str(milliseconds)) == times.iso(moment)
    first = datetime(1, 1, 1, tzinfo=UTC)
    before = moment - timedelta(milliseconds=lag) if moment - first > timedelta(milliseconds=lag) else first
    assert times.earlier(times.iso(moment), milliseconds=lag) == times.iso(before)


def test_what_is_kept_of_urls_and_values_is_bounded_in_number_and_in_length():
    for n in range(10_000):
        page_urls.read_page_url(f"https://example.com/{n}")
        page_urls.read_referrer(f"https://example.com/{n}", page_host=None)
        values.READERS["integer"](str(n))
        values.READERS["size"](f"{n}x1")
        times.iso_of_milliseconds(str(n * 86_400_000))
        origins.name_of(f"{n}.example.com:80")
    known = (page_urls._known_page, page_urls._known_referrer)
    small = (values._read_integer, values._read_size, times._date, origins._known_name)
    for function in (*known, *small):
        found = function.cache_info()
        assert found.currsize <= found.maxsize <= 4096
    before = [function.cache_info() for function in known]
    long = "https://example.com/" + "x" * 500
    assert page_urls.read_page_url(long)["page_urlpath"] == "/" + "x" * 500
    page_urls.read_referrer(long, page_host=None)
    page_urls.read_referrer("https://example.com/0", page_host="x" * 501)
    assert [function.cache_info() for function in known] == before


@pytest.mark.parametrize("is_secure", [True, False])
@pytest.mark.parametrize("domains", [(), ("example.com",)])
def test_the_cookie_is_written_as_the_standard_library_writes_it(is_secure, domains):
    cookie = Cookie(domains=domains, is_secure=is_secure, same_site="Lax")
    scope = {"type": "http", "headers": [(b"origin", b"https://www.example.com")]}
    number = "5f5c9a24-3a5d-4a0b-8f3a-0d7a6b1c2d3e"
    ours, expected = Response(), Response()
    cookie.renew(ours, Request(scope), number)
    written = ours.headers["set-cookie"]
    expires = parsedate_to_datetime(re.search("expires=(.*?);", written)[1])
    assert abs(expires - datetime.now(UTC) - timedelta(days=365)) < timedelta(seconds=30)
    expected.set_cookie(
        "sp",
        number,
        expires=expires,
        domain="example.com" if domains else None,
        secure=is_secure,
        httponly=True,
        samesite="lax",
    )
    assert written == expected.headers["set-cookie"]


HEADERS = [
    {},
    {"Origin": "https://example.org"},
    {"Origin": "null"},
    {"Content-Type": "text/plain"},
    {"Content-Encoding": "br"},
    {"SP-Anonymous": "*", "Cookie": "sp=5f5c9a24-3a5d-4a0b-8f3a-0d7a6b1c2d3e"},
]


@pytest.mark.parametrize("headers", HEADERS)
def test_a_post_is_answered_as_through_the_routes(headers, tmp_path):
    store = Store(tmp_path / "events.sqlite3")
    app = create_app(store)
    body = json.dumps({"schema": SCHEMAS[4], "data": [page_view()]})
    given = {"Content-Type": "application/json", "Host": "localhost", **headers}

    async def answer_of(app):
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
            return await client.post(f"/{TP2}", content=body, headers=given)

    def shown(answer):
        kept = [
            (name, value if name != "set-cookie" else re.sub("sp=.*?;|expires=.*?;", "", value))
            for name, value in answer.headers.multi_items()
        ]
        return answer.status_code, kept, answer.content

    assert shown(asyncio.run(answer_of(app))) == shown(asyncio.run(answer_of(app._taking)))
    good, bad = store.counts()
    assert good + bad == (0 if "Content-Encoding" in headers else 2)
    assert 0 in (good, bad)
    store.close()
