"""An event as curl: what was sent is sent again."""

from __future__ import annotations

import json
import shlex
from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracking_middleware.collector.pages.parts.replay import as_curl
from tracking_middleware.collector.payload.query import query_pairs


@given(st.dictionaries(st.sampled_from(["e", "p", "page", "url", "co"]), st.text(), min_size=1))
def test_curl_sends_what_was_sent(parameters):
    words = shlex.split(as_curl({"rawEvent": {"parameters": parameters}}, "http://c:9090"))
    assert words[:3] == ["curl", "http://c:9090/com.snowplowanalytics.snowplow/tp2", "-H"]
    assert json.loads(words[5])["data"] == [parameters]


@given(st.text(), st.text())
def test_curl_asks_what_was_asked_where_the_body_could_not_hold_it(name, value):
    words = shlex.split(as_curl({"rawEvent": {"parameters": {"e": "pv", f"_{name}": value}}}, "http://c"))
    query = urlsplit(words[1]).query
    sent = value.encode("utf-8", "replace").decode()
    assert (
        dict(parse_qsl(query, keep_blank_values=True))[f"_{name}".encode("utf-8", "replace").decode()] == sent
    )


@pytest.mark.parametrize("body", ["not json", "it's", "$(echo ran)\n`x`", "@/etc/passwd", "-o x"])
def test_curl_sends_a_request_that_could_not_be_read(body):
    request = {
        "api": {"vendor": "com.acme; echo", "version": "v1"},
        "querystring": ["a=b=c", "d="],
        "contentType": None,
        "body": body,
    }
    words = shlex.split(as_curl({"rawEvent": None, "collectorPayload": request}, "http://c"))
    assert words == [
        "curl",
        "http://c/com.acme%3B%20echo/v1?a=b%3Dc&d=",
        "-H",
        "Content-Type: text/plain",
        "--data-raw",
        body,
    ]


@pytest.mark.parametrize("query", ["aid", "aid=", "aid=x&b", "a%26b&c=d+e"])
def test_a_name_without_a_value_stays_one(query):
    request = {
        "api": {"vendor": "a", "version": "b"},
        "contentType": None,
        "querystring": [name if value is None else f"{name}={value}" for name, value in query_pairs(query)],
        "body": None,
    }
    words = shlex.split(as_curl({"rawEvent": None, "collectorPayload": request}, "http://c"))
    assert words == ["curl", f"http://c/a/b?{query}"]
