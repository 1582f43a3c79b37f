"""What few steps tell of most requests is what reading all of a request tells, whatever is set and sent."""

from __future__ import annotations

import asyncio
import io
import re
from contextlib import closing
from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from msgspec.structs import replace

from tests.unit.exchanges import COOKIES, Records
from tracking_middleware import StructuredEvent, Tracker, current_page, track
from tracking_middleware import tracker as tracker_module
from tracking_middleware.asgi import ASGIMiddleware
from tracking_middleware.asgi.header_names import header_names
from tracking_middleware.events.events import PageView
from tracking_middleware.request.page import current_exchange
from tracking_middleware.request.raw_request import OF_DATA
from tracking_middleware.wsgi import WSGIMiddleware

TRACKED = StructuredEvent("category", "action")
BROWSERS = {
    "host": "www.example.test",
    "user-agent": "Mozilla/5.0",
    "accept": "text/html",
    "sec-fetch-dest": "document",
    "accept-language": "de",
    "referer": "https://www.example.test/before",
    "cookie": COOKIES,
}
SCRIPTS = {**BROWSERS, "accept": "application/json", "sec-fetch-dest": "empty"}

PLACE = {
    "method": "GET",
    "path": "/page",
    "query": "a=1",
    "mount": "",
    "without": "",
    "is_repeated": False,
    "peer": "203.0.113.9",
    "status": 200,
    "type": "text/html",
}


def some_of(choices, most):
    """Some names, each with one of its values."""
    pairs = [(name, value) for name, values in choices.items() for value in values]
    return st.lists(st.sampled_from(pairs), max_size=most).map(dict)


settings_of_trackers = some_of(
    {
        "exclude": [
            *([], ["**"], ["/a**"], ["/é/**"], ["/static/**", "/a%b"], ["/static/**/x"], ["/*"], ["/s?/**"]),
            *(["/static/**", "/**"], ["/static*"], ["/page"], ["/pa**ge"]),
        ],
        "include": [["/static/page"], ["**/page"]],
        "identity": ["issue"],
        "server_timing": [True],
        "trusted_proxies": [1],
        "consent": [lambda view: "anonymous", lambda view: view.headers.get("accept-language")],
        "user_id": [lambda view: view.headers.get("sec-fetch-dest")],
        "opt_out_cookie": ["_sp_ses.8e5d", "no"],
        "gpc": ["ignore", "none"],
        "dnt": ["none"],
        "track_prefetch": [True],
        "agents": ["all", "off"],
        "track_status": [[404]],
        "metadata": [[], ["title", "canonical"]],
        "public_url": ["https://public.example"],
    },
    most=2,
).map(lambda changed: {"secret_key": "k" * 40, **changed})
headers = st.builds(
    lambda base, changed: {name: value for name, value in {**base, **changed}.items() if value is not None},
    st.sampled_from([BROWSERS, SCRIPTS]),
    some_of(
        {
            **dict.fromkeys(BROWSERS, (None, "", "é", "_sp_ses.8e5d=*")),
            **dict.fromkeys(["purpose", "sec-purpose", "x-moz", "x-purpose"], ("prefetch", "", "prerender")),
            **dict.fromkeys(["dnt", "sec-gpc"], ("1", "0")),
            **dict.fromkeys(["hx-request", "hx-boosted", "hx-history-restore-request"], ("true", "")),
            **dict.fromkeys(["turbo-frame", "x-requested-with", "x-turbo-request-id", "x-other"], ("x",)),
            "user-agent": ["GPTBot/1.2", None, "Something-Bot/1.0 (+https://example.com)"],
            "signature-agent": ['"https://chatgpt.com"', "é"],
            "accept": [None, "*/*", "text/html", "TEXT/HTML, */*", "application/json"],
            "sec-fetch-dest": [None, "document", "empty", "iframe", "image", "Document", ""],
            "sec-fetch-mode": ["navigate", "cors"],
            "x-forwarded-for": ["192.0.2.7"],
            "x-forwarded-proto": ["http"],
            "forwarded": ["for=192.0.2.7;proto=http"],
        },
        most=2,
    ),
)
places = some_of(
    {
        "method": ["POST", "HEAD", "get", ""],
        "path": [
            *("/", "/s", "/static", "/static/", "/static/page", "/static/a/x", "/health", "/é/a", "/pag/e"),
            *("/sta%74ic/x", "/%73tatic/x", "/a%b", "/a%25b", "/favicon.ico", "", "x", "//static/x", "/s?/"),
            *(
                "/é",
                "/a?b",
                "/robots.txt%3F",
                "/robots.txt",
                "/a/llms.txt",
                "http://other.example/static/x",
                "/stat%69c/page",
            ),
        ],
        "query": ["", "é", "a?b", "_sp=x"],
        "mount": ["/mount", "/static"],
        "status": [204, 304, 404],
        "type": ["text/plain", "TEXT/HTML; charset=utf-8"],
        "without": [
            *("RAW_URI", "raw_path", "HTTP_HOST", "SCRIPT_NAME", "root_path", "client", "QUERY_STRING"),
            *("query_string", "REMOTE_ADDR", "scheme", "server", "SERVER_NAME", "wsgi.url_scheme"),
        ],
        "is_repeated": [True],
        "peer": ["10.0.0.1", "::1", ""],
    },
    most=2,
).map(lambda changed: {**PLACE, **changed})


def look(page):
    return page.url, page.referrer, page.title, current_exchange().native is not None


def leave_late(page):
    page.title = "late"
    return current_exchange()


VIEWS = {
    "nothing": lambda page: None,
    "look": look,
    "title": lambda page: setattr(page, "title", "A title"),
    "track": lambda page: bool(track(TRACKED)),
    "skip": lambda page: page.skip("reason"),
    "consent": lambda page: setattr(page, "consent", "anonymous"),
    "seal": lambda page: bool(page.seal()),
    "url": lambda page: setattr(page, "url", "https://elsewhere.example/a"),
    "late": leave_late,
}


def environ_of(sent, place):
    raw = f"{place['path']}?{place['query']}" if place["query"] else place["path"]
    environ = {
        "REQUEST_METHOD": place["method"],
        "SCRIPT_NAME": place["mount"],
        "PATH_INFO": place["path"].encode().decode("latin-1"),
        "QUERY_STRING": place["query"].encode().decode("latin-1"),
        "RAW_URI": raw.encode().decode("latin-1"),
        "REMOTE_ADDR": place["peer"],
        "SERVER_NAME": "server.example",
        "SERVER_PORT": "8000",
        "wsgi.url_scheme": "https",
        "wsgi.input": io.BytesIO(),
        **{f"HTTP_{name.upper().replace('-', '_')}": value for name, value in sent.items()},
    }
    if place["is_repeated"]:
        environ["REQUEST_URI"] = environ["RAW_URI"]
    environ.pop(place["without"], None)
    return environ


def scope_of(sent, place):
    pairs = [(name.encode(), value.encode()) for name, value in sent.items()]
    scope = {
        "type": "http",
        "method": place["method"],
        "scheme": "https",
        "path": place["path"],
        "raw_path": place["path"].encode(),
        "query_string": place["query"].encode(),
        "root_path": place["mount"],
        "headers": pairs + (pairs[-1:] if place["is_repeated"] else []),
        "client": (place["peer"], 40_000),
        "server": ("server.example", 8000),
    }
    scope.pop(place["without"], None)
    return scope


def answer_wsgi(tracker, sent, place, view, seen):
    def site(environ, start_response):
        seen.append(view(current_page()))
        environ.update({"HTTP_HOST": "rewritten.example", "RAW_URI": "/rewritten", "HTTP_COOKIE": "a=b"})
        start_response(f"{place['status']} Reason", [("Content-Type", place["type"])])
        return [b"<title>Its own</title>"]

    WSGIMiddleware(site, tracker=tracker)(
        environ_of(sent, place), lambda status, headers: seen.append((status, len(headers)))
    )


def answer_asgi(tracker, sent, place, view, seen):
    async def site(scope, receive, send):
        seen.append(view(current_page()))
        scope.update({"raw_path": b"/rewritten", "headers": [(b"host", b"rewritten.example")]})
        headers = [(b"content-type", place["type"].encode())]
        await send({"type": "http.response.start", "status": place["status"], "headers": headers})
        await send({"type": "http.response.body", "body": b"<title>Its own</title>"})

    async def send(message):
        seen.append((message["type"], len(message.get("headers", ()))))

    asyncio.run(ASGIMiddleware(site, tracker=tracker)(scope_of(sent, place), None, send))


def carefully(begin):
    return lambda self, *given: begin(self, *given[:3])


def without_chance(event, options):
    """An event without what is drawn by lot, and without how long an agent was answered."""
    entities = tuple(re.sub(rb'"seconds":[0-9.e-]+', b"", entity) for entity in event.entities)
    event = replace(event, event_id="", web_page_id=bool(event.web_page_id), entities=entities)
    if "identity" in options:
        event = replace(event, subject=event.subject.anonymous())
        return replace(event, session_start=None) if isinstance(event, PageView) else event
    return event


def told(answer, options, sent, place, view):
    """All that is told of a request: events, counts, what the view saw and the browser was sent."""
    records, seen = Records(), []
    tracker = Tracker(
        collector_url="log:", app_id="a", delivery=records, clock=lambda: 1_700_000_000.1, **options
    )
    with closing(tracker):
        answer(tracker, sent, place, VIEWS[view], seen)
        if view == "late":
            late = seen.pop(0)
            with patch("tracking_middleware.tracking.departure.current_exchange", lambda: late):
                tracker.track(TRACKED)
            seen.append((late.is_open, late.native, late.page.title))
        events = [None if event is None else without_chance(event, options) for event in records.events()]
        return events, tracker.stats(), seen


@pytest.mark.parametrize("answer", [answer_wsgi, answer_asgi])
@hypothesis_settings(max_examples=250, deadline=None)
@given(settings_of_trackers, headers, places, st.sampled_from(sorted(VIEWS)))
def test_few_steps_tell_what_all_of_them_do(answer, options, sent, place, view):
    in_few = told(answer, options, sent, place, view)
    begin = tracker_module.Tracker.begin_from
    with patch.object(tracker_module.Tracker, "begin_from", carefully(begin)):
        assert in_few == told(answer, options, sent, place, view)


@pytest.mark.parametrize("answer", [answer_wsgi, answer_asgi])
@pytest.mark.parametrize(
    ("sent", "path", "skipped"),
    [(BROWSERS, "/page", {}), (SCRIPTS, "/page", {"fetch": 1}), (BROWSERS, "/static/x", {"excluded": 1})],
)
def test_what_browsers_ask_for_takes_few_steps(answer, sent, path, skipped):
    place = {**PLACE, "path": path}
    with patch.object(tracker_module, "request_reason", side_effect=AssertionError):
        _, stats, _ = told(answer, {"secret_key": "k" * 40}, sent, place, "nothing")
    assert stats["skipped"] == skipped
    assert (stats["errors"], stats["recorded"]) == ({}, 0 if skipped else 1)


def test_header_names_that_no_browser_sends_are_not_remembered():
    for number in range(3):
        with pytest.raises(ValueError, match="longer"):
            header_names([(b"host", b"example.com"), (b"x" * 2_000 + b"%d" % number, b"")])
    with pytest.raises(ValueError, match="longer"):
        header_names([(b"x-%d" % number, b"") for number in range(51)])


def test_headers_that_come_in_turns_are_each_seen_as_they_are():
    page = [(b"host", b"example.com"), (b"sec-fetch-dest", b"document"), (b"user-agent", b"Mozilla")]
    turned = [page[2], page[0], page[1]]
    for _ in range(2):
        assert (header_names(page).host, header_names(page).destination) == (0, 1)
        assert (header_names(turned).host, header_names(turned).destination) == (1, 2)


def test_a_header_that_can_be_read_once_is_left_to_be_read():
    once = iter((b"host", b"example.com"))
    with pytest.raises(TypeError):
        header_names([once])
    assert next(once) == b"host"


@pytest.mark.parametrize("answer", [answer_wsgi, answer_asgi])
@pytest.mark.parametrize("accept", ["", *sorted(OF_DATA)])
def test_a_script_that_accepts_data_gets_no_page_view(answer, accept):
    _, stats, _ = told(answer, {"secret_key": "k" * 40}, {**SCRIPTS, "accept": accept}, PLACE, "nothing")
    assert stats["skipped"] == {"fetch": 1}
