"""The live page's parts that need no collector: the view in a URL, an event in a line, as a tree, as curl."""

from __future__ import annotations

import json
import shlex
from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracking_middleware.collector.pages.parts.html import render
from tracking_middleware.collector.pages.parts.lines import hue_of, path_of, side_of
from tracking_middleware.collector.pages.parts.replay import as_curl
from tracking_middleware.collector.pages.parts.tree import tree
from tracking_middleware.collector.pages.view import View, read_view
from tracking_middleware.collector.store.rows import Query

TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=40).map(str.strip)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@given(
    st.builds(
        View,
        q=TEXTS,
        app=TEXTS,
        event=TEXTS,
        person=TEXTS,
        kind=st.sampled_from(["", "good", "bad"]),
        span=st.sampled_from(["15m", "7d"]),
        since=st.sampled_from(["", "2026-01-02T03:04:05.678Z"]),
        before=st.none() | st.integers(0, 2**62),
        open=st.none() | st.integers(0, 2**62),
    )
)
def test_a_view_comes_back_from_its_url(view):
    assert read_view(dict(parse_qsl(urlsplit(view.url()).query, keep_blank_values=True))) == view


def test_the_plain_view_has_a_plain_url():
    assert View().url() == "/"
    assert View().query() == Query()
    assert not View().is_filtered


@given(st.dictionaries(st.sampled_from([*View.__dataclass_fields__, "x"]), st.text()))
def test_any_url_is_a_view(parameters):
    query = read_view(parameters).query()
    for value in (query.text, query.app_id, query.domain_userid):
        assert value is None or "\0" not in value.encode().decode()


@pytest.mark.parametrize(
    ("platform", "side"), [("srv", "server"), ("web", "client"), ("mob", "client"), (None, "unknown")]
)
def test_who_saw_it(platform, side):
    assert side_of(platform) == side


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("https://e.com/a?b=c#d", "/a?b=c"),
        ("https://e.com", "/"),
        ("", ""),
        (None, ""),
        ("http://[x", "http://[x"),
    ],
)
def test_a_page_is_said_without_its_host(url, path):
    assert path_of(url) == path


@given(st.text())
def test_a_person_has_one_colour(person):
    assert hue_of(person) == hue_of(person)
    assert 0 <= hue_of(person) < 360


@given(JSON)
def test_any_json_is_a_tree(value):
    assert render(tree(value)).startswith(("<ul", "<span"))


def test_a_deep_tree_ends():
    value = "leaf"
    for _ in range(3000):
        value = [value]
    assert "{…}" in render(tree(value))


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
