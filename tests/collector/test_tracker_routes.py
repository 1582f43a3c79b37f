"""What trackers send: by POST and by GET, plain and in base64, with and without cookies."""

from __future__ import annotations

import asyncio
import base64
import email.utils
import json
import re
import uuid
from datetime import UTC, datetime, timedelta
from unittest.mock import AsyncMock

import pytest
from starlette.requests import Request
from starlette.routing import Route

from tracking_middleware.collector.app import _routed, create_app
from tracking_middleware.collector.http.cors import allowed_origin
from tracking_middleware.collector.intake.tracker_routes import _hostname
from tracking_middleware.collector.store.store import Store

from ..conftest import POST_PATH
from .conftest import page_view

CONTEXTS = {
    "schema": "iglu:com.snowplowanalytics.snowplow/contexts/jsonschema/1-0-0",
    "data": [
        {
            "schema": "iglu:com.snowplowanalytics.snowplow/web_page/jsonschema/1-0-0",
            "data": {"id": "1b3c5d7e-0000-4000-8000-000000000000"},
        }
    ],
}
UNSTRUCT = {
    "schema": "iglu:com.snowplowanalytics.snowplow/unstruct_event/jsonschema/1-0-0",
    "data": {"schema": "iglu:com.acme/order_returned/jsonschema/2-1-0", "data": {"size": "M"}},
}


def encoded(value, *, alphabet=base64.urlsafe_b64encode, is_padded=False):
    text = alphabet(json.dumps(value).encode()).decode()
    return text if is_padded else text.rstrip("=")


def only_event(collector):
    (shape,) = collector.good()
    return shape["event"]


def test_a_page_view_by_post_becomes_columns(collector):
    answer = collector.post(page_view(aid="news", duid="d", sid=str(uuid.UUID(int=7)).upper(), vid="3"))
    assert (answer.status_code, answer.text) == (200, "ok")
    event = only_event(collector)
    assert event["event"] == "page_view"
    assert event["app_id"] == "news"
    assert event["domain_userid"] == "d"
    assert event["domain_sessionid"] == str(uuid.UUID(int=7))
    assert event["domain_sessionidx"] == 3
    assert event["dvce_created_tstamp"] == "2023-11-14T22:13:20.000Z"
    assert event["page_urlscheme"] == "https"
    assert event["page_urlhost"] == "www.example.com"
    assert event["page_urlport"] == 443
    assert event["page_urlpath"] == "/a/b"
    assert event["page_urlquery"] == "x=1"
    assert event["page_urlfragment"] == "top"


@pytest.mark.parametrize(
    "contexts",
    [
        {"co": json.dumps(CONTEXTS)},
        {"cx": encoded(CONTEXTS)},
        {"cx": encoded(CONTEXTS, is_padded=True)},
        {"cx": encoded(CONTEXTS, alphabet=base64.b64encode, is_padded=True)},
    ],
    ids=["plain, tracker 4", "url-safe, tracker 3", "padded, Python", "standard alphabet, Java"],
)
def test_entities_are_read_in_every_trackers_encoding(collector, contexts):
    collector.post(page_view(**contexts))
    (shape,) = collector.good()
    assert shape["contexts"] == ["iglu:com.snowplowanalytics.snowplow/web_page/jsonschema/1-0-0"]
    assert shape["event"]["contexts"]["data"] == CONTEXTS["data"]


@pytest.mark.parametrize("parameters", [{"ue_pr": json.dumps(UNSTRUCT)}, {"ue_px": encoded(UNSTRUCT)}])
def test_a_self_describing_event_is_named_by_its_schema(collector, parameters):
    collector.post(page_view(e="ue", **parameters))
    (shape,) = collector.good()
    assert shape["schema"] == "iglu:com.acme/order_returned/jsonschema/2-1-0"
    assert shape["eventType"] == "unstruct"
    assert shape["event"]["event_name"] == "order_returned"
    assert shape["event"]["event_vendor"] == "com.acme"


def test_an_event_that_describes_nothing_is_good_and_has_no_schema(collector):
    collector.post(page_view(e="ue"), page_view())
    assert sorted((shape["eventType"], shape["schema"] is None) for shape in collector.good()) == [
        ("page_view", False),
        ("unstruct", True),
    ]
    assert ">unstruct<" in collector.get("/").text
    assert len(collector.get("/export.tsv").text.splitlines()) == 2


def test_a_description_that_is_none_is_said_once(collector):
    collector.post(page_view(e="ue", ue_pr="{"))
    (row,) = collector.bad()
    assert len(row["reasons"]) == 1


def test_a_structured_event_has_its_columns(collector):
    collector.post(page_view(e="se", se_ca="basket", se_ac="add", se_la="RS-1", se_pr="M", se_va="59.90"))
    event = only_event(collector)
    assert (event["se_category"], event["se_action"], event["se_label"]) == ("basket", "add", "RS-1")
    assert (event["se_property"], event["se_value"]) == ("M", 59.9)


@pytest.mark.parametrize("path", ["/i", "/ice.png", POST_PATH])
def test_an_event_by_get_is_answered_with_a_pixel(collector, path):
    answer = collector.get(path, params=page_view(cx=encoded(CONTEXTS)))
    assert answer.headers["content-type"] == "image/gif"
    assert answer.content.startswith(b"GIF89a")
    assert "no-store" in answer.headers["cache-control"]
    assert only_event(collector)["page_title"] == "A page"


def test_several_events_of_one_post_are_several_rows(collector):
    collector.post(*(page_view(page=str(n)) for n in range(5)))
    assert sorted(shape["event"]["page_title"] for shape in collector.good()) == list("01234")


def test_what_the_event_says_of_the_visitor_wins_over_the_connection(collector):
    collector.post(page_view(ip="203.0.113.9", ua="Theirs/1", tnuid="n"))
    event = only_event(collector)
    assert (event["user_ipaddress"], event["useragent"], event["network_userid"]) == (
        "203.0.113.9",
        "Theirs/1",
        "n",
    )


def test_said_to_be_unknown_they_stay_unknown(collector):
    collector.post(page_view(ip="", ua="", tnuid=""))
    event = only_event(collector)
    assert (event["user_ipaddress"], event["useragent"], event["network_userid"]) == (None, None, None)


def test_unsaid_they_come_from_the_connection(collector):
    collector.post(page_view(), headers={"User-Agent": "Connection/1"})
    event = only_event(collector)
    assert event["user_ipaddress"] == "127.0.0.1"
    assert event["useragent"] == "Connection/1"
    assert uuid.UUID(event["network_userid"])


def test_the_cookie_sp_is_set_and_kept(collector):
    first = collector.post(page_view())
    (cookie,) = first.headers.get_list("set-cookie")
    value = cookie.split(";")[0].removeprefix("sp=")
    assert only_event(collector)["network_userid"] == value
    assert {"HttpOnly", "Secure", "Path=/"} <= {part.strip() for part in cookie.split(";")}
    assert "samesite=none" in cookie.lower()
    collector.reset()
    again = collector.post(page_view(), headers={"Cookie": f"sp={value}"})
    assert f"sp={value};" in again.headers["set-cookie"]
    assert only_event(collector)["network_userid"] == value


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("a=1; b=2", ["cookie: a=1; b=2"]),
        ('a=1; q="x"; b=2', ["cookie: a=1; b=2"]),
        ("a=1; ü=1; c=x y;d=4", ["cookie: a=1; d=4"]),
        ("tracking_collector_9090=secret; a=1", ["cookie: a=1"]),
        ("tracking_collector_9090=secret", []),
    ],
)
def test_of_cookies_only_what_the_standard_allows_is_kept_and_never_the_pages_own(collector, sent, kept):
    collector.post(page_view(), headers={"Cookie": sent.encode()})
    (shape,) = collector.good()
    headers = shape["rawEvent"]["context"]["headers"]
    assert [line for line in headers if line.startswith("cookie")] == kept
    assert "secret" not in json.dumps(shape)


def test_a_cookie_that_is_no_uuid_costs_one_request_and_is_replaced(collector):
    answer = collector.post(page_view(), headers={"Cookie": "sp=<script>"})
    assert uuid.UUID(answer.headers["set-cookie"].split(";")[0].removeprefix("sp="))
    assert "the cookie is a new one from now on" in collector.bad()[0]["reasons"][0]


def test_sp_anonymous_sets_and_keeps_nothing(collector):
    answer = collector.post(page_view(), headers={"SP-Anonymous": "*"})
    assert "set-cookie" not in answer.headers
    event = only_event(collector)
    assert event["network_userid"] == "00000000-0000-0000-0000-000000000000"
    assert event["user_ipaddress"] == "unknown"


def test_sp_anonymous_expires_a_cookie_that_is_there(collector):
    headers = {"SP-Anonymous": "*", "Cookie": f"sp={uuid.uuid4()}"}
    answer = collector.post(page_view(), headers=headers)
    assert "Max-Age=0" in answer.headers["set-cookie"]
    (shape,) = collector.good()
    assert not [line for line in shape["rawEvent"]["context"]["headers"] if line.lower().startswith("cookie")]


def test_a_browser_may_post_from_any_origin_with_credentials(collector):
    origin = "https://shop.example"
    preflight = collector.client.options(POST_PATH, headers={"Origin": origin})
    assert preflight.status_code == 200
    assert preflight.headers["access-control-allow-origin"] == origin
    assert preflight.headers["access-control-allow-credentials"] == "true"
    assert "SP-Anonymous" in preflight.headers["access-control-allow-headers"]
    answer = collector.post(page_view(), headers={"Origin": origin})
    assert answer.headers["access-control-allow-origin"] == origin


def test_derived_tstamp_takes_the_devices_clock_out(collector):
    collector.post(page_view(dtm="1000", stm="61000"))
    event = only_event(collector)
    assert event["derived_tstamp"] < event["collector_tstamp"]
    collector.reset()
    collector.post(page_view(ttm="1700000000000"))
    assert only_event(collector)["derived_tstamp"] == "2023-11-14T22:13:20.000Z"


def test_a_body_too_large_is_refused_whole(collector):
    answer = collector.post(page_view(page="x" * 2_200_000))
    assert answer.status_code == 413
    assert collector.counts() == {"total": 0, "good": 0, "bad": 0}


def test_health_and_robots(collector):
    assert collector.get("/health").text == collector.get("/sink-health").text == "ok"
    assert "Disallow: /" in collector.get("/robots.txt").text


@pytest.mark.parametrize("path", ["/crossdomain.xml", "/nothing", "/a/b/c"])
def test_other_paths_are_not_found_but_every_preflight_is_answered(collector, path):
    for method in ("GET", "POST"):
        assert collector.client.request(method, path).status_code == 404
    origin = "https://shop.example"
    preflight = collector.client.options(path, headers={"Origin": origin})
    assert preflight.status_code == 200
    assert preflight.headers["access-control-allow-origin"] == origin
    assert preflight.headers["access-control-max-age"] == "3600"
    assert "access-control-allow-methods" not in preflight.headers


def test_redirects_are_disabled_as_they_are_by_default(collector):
    answer = collector.get("/r/tp2", params={"u": "https://evil.example"})
    assert (answer.status_code, answer.text) == (404, "redirects disabled")
    assert collector.counts()["total"] == 0


def test_cors_is_where_trackers_need_it_and_nowhere_else(collector):
    origin = {"Origin": "https://shop.example"}
    for path in ("/i", "/ice.png", POST_PATH):
        answer = collector.get(path, params=page_view(), headers=origin)
        assert answer.headers["access-control-allow-origin"] == origin["Origin"]
        assert answer.headers["access-control-allow-credentials"] == "true"
    for path in ("/health", "/robots.txt", "/nothing", "/micro/all", "/"):
        answer = collector.get(path, headers=origin)
        assert not [name for name in answer.headers if name.startswith("access-control")]


@pytest.mark.parametrize("path", ["/i", "/ice.png", POST_PATH])
def test_a_head_is_a_get_without_the_pixel(collector, path):
    answer = collector.client.head(path, params=page_view())
    assert (answer.status_code, answer.headers["content-type"], answer.content) == (200, "image/gif", b"")
    assert collector.counts()["good"] == 1


def test_the_network_userid_is_the_querys_else_the_cookies_else_new(collector):
    ids = [str(uuid.UUID(int=number, version=4)) for number in (1, 2)]
    cookie = {"Cookie": f"sp={ids[1]}"}
    answers = [
        collector.get("/i", params={**page_view(), "nuid": ids[0]}, headers=cookie),
        collector.get("/i", params=page_view(), headers=cookie),
        collector.get("/i", params=page_view()),
        collector.get("/i", params={**page_view(), "nuid": ids[0]}, headers={**cookie, "SP-Anonymous": "*"}),
    ]
    contexts = [shape["rawEvent"]["context"]["userId"] for shape in reversed(collector.good())]
    assert contexts[:2] == ids
    assert contexts[2] not in ids
    assert contexts[3] == str(uuid.UUID(int=0))
    assert [answer.headers["set-cookie"].split(";")[0] for answer in answers[:3]] == [
        f"sp={value}" for value in contexts[:3]
    ]
    assert answers[3].headers["set-cookie"].startswith('sp="";')


def test_the_cookie_sp_lives_a_year_on_the_collectors_host_alone(collector):
    cookie = collector.post(page_view()).headers["set-cookie"].lower()
    assert "domain" not in cookie
    (expires,) = re.findall(r"expires=([^;]+)", cookie)
    lifetime = email.utils.parsedate_to_datetime(expires) - datetime.now(UTC)
    assert timedelta(days=364) < lifetime <= timedelta(days=365)


@pytest.mark.parametrize("origin", [b"\xff", b"null", b"a b", b"https://a.example\tX: y"])
def test_what_is_no_origin_is_not_echoed(collector, origin):
    answer = collector.post(page_view(), headers={b"Origin": origin})
    assert answer.headers["access-control-allow-origin"] == "*"


def test_a_line_break_in_an_origin_is_not_echoed():
    assert allowed_origin("https://a.example\r\nX-Injected: 1")["Access-Control-Allow-Origin"] == "*"
    assert allowed_origin("https://a.example")["Access-Control-Allow-Origin"] == "https://a.example"


@pytest.mark.parametrize(
    "target", ["/com.snowplowanalytics.snowplow/tp2/", "/i/?e=pv&p=web&tv=x", "/micro/good/"]
)
def test_nothing_is_sent_elsewhere(collector, target):
    assert not collector.get(target).has_redirect_location


def test_an_address_without_a_path_is_not_sent_elsewhere():
    sent = []

    async def send(message):
        sent.append(message)

    scope = {"type": "http", "method": "GET", "path": "", "query_string": b"\xff", "headers": []}
    asyncio.run(_routed([Route("/", lambda _request: None)])(scope, None, send))
    assert sent[0]["status"] == 404


@pytest.mark.parametrize(
    ("host", "hostname"),
    [
        ("c.example:90", "c.example"),
        ("[::1]:90", "::1"),
        ("[", None),
        ("[::::]", None),
        ("", None),
        ("a]b", None),
    ],
)
def test_a_host_that_is_none_costs_no_event(host, hostname):
    assert _hostname(Request({"type": "http", "headers": [(b"host", host.encode())]})) == hostname


def test_without_a_host_header_it_is_the_servers():
    assert _hostname(Request({"type": "http", "headers": [], "server": ("10.0.0.1", 80)})) == "10.0.0.1"
    assert _hostname(Request({"type": "http", "headers": [], "server": None})) is None


def test_bytes_of_a_query_that_are_no_utf8_cost_no_event(tmp_path):
    store = Store(tmp_path / "events.db")
    try:
        scope = {"type": "http", "method": "GET", "path": "/i", "headers": []}
        scope |= {"query_string": b"e=pv&p=web&tv=x&page=a\xffb", "server": None, "client": None}
        asyncio.run(create_app(store)(scope, None, AsyncMock()))
        (row,) = store.latest().rows
    finally:
        store.close()
    assert row.shape["event"]["page_title"] == "a\ufffdb"
