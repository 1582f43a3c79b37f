"""The ASGI adapter by the letter of the protocol: lifespan, websockets, and odd messages."""

from __future__ import annotations

import asyncio
import gc
import inspect
import weakref
from contextlib import closing

import pytest

from tracking_middleware import SettingsError, Tracker, current_page
from tracking_middleware.asgi import ASGIMiddleware
from tracking_middleware.django import lifespan as django_lifespan
from tracking_middleware.starlette import TrackingMiddleware
from tracking_middleware.wsgi import WSGIMiddleware

from .sites import django

HTML = [(b"content-type", b"text/html")]


@pytest.fixture
def tracker(sink):
    with closing(Tracker(collector_url=sink.url, app_id="asgi", linger=60)) as tracker:
        yield tracker


def scope(**options):
    return {
        "type": "http",
        "method": "GET",
        "scheme": "http",
        "path": "/page",
        "query_string": b"",
        "headers": [(b"accept", b"text/html"), (b"host", b"a.example")],
        **options,
    }


def run(app, given, *received):
    """What an app sends, given its scope and what it receives."""
    sent = []
    waiting = list(received)

    async def receive():
        return waiting.pop(0)

    async def send(message):
        sent.append(message)

    asyncio.run(app(given, receive, send))
    return sent


async def page(scope, receive, send):
    await send({"type": "http.response.start", "status": 200, "headers": HTML})
    await send({"type": "http.response.body", "body": b"page"})


async def lifespan_app(scope, receive, send):
    await receive()
    await send({"type": "lifespan.startup.complete"})
    await receive()
    await send({"type": "lifespan.shutdown.complete"})


STARTUP, SHUTDOWN = {"type": "lifespan.startup"}, {"type": "lifespan.shutdown"}


def test_drains_before_shutdown_completes(tracker, sink):
    middleware = ASGIMiddleware(page, tracker=tracker)
    run(middleware, scope())
    assert sink.events == []
    arrived = []

    async def app(scope, receive, send):
        async def observed(message):
            await send(message)
            arrived.append((message["type"], len(sink.events)))

        await lifespan_app(scope, receive, observed)

    middleware.app = app
    run(middleware, {"type": "lifespan"}, STARTUP, SHUTDOWN)
    assert arrived == [("lifespan.startup.complete", 0), ("lifespan.shutdown.complete", 1)]


def test_tracks_on_after_a_shutdown_as_test_clients_do(tracker, sink):
    middleware = ASGIMiddleware(page, tracker=tracker)
    middleware.app = lifespan_app
    run(middleware, {"type": "lifespan"}, STARTUP, SHUTDOWN)
    middleware.app = page
    run(middleware, scope())
    assert tracker.flush() == 0
    assert len(sink.events) == 1


@pytest.mark.parametrize("adapter", [ASGIMiddleware, TrackingMiddleware])
def test_answers_a_wrong_setting_to_startup(adapter, caplog):
    middleware = adapter(lifespan_app, colector_url="https://c.example.com", app_id="x")
    (answer,) = run(middleware, {"type": "lifespan"}, STARTUP)
    assert answer["type"] == "lifespan.startup.failed"
    assert "did you mean collector_url?" in answer["message"]
    assert caplog.records == [], "servers log what they are answered"
    with pytest.raises(SettingsError, match="did you mean"):
        _ = middleware.tracker


def test_passes_requests_on_with_a_wrong_setting_and_no_lifespan_and_says_so_once(caplog):
    middleware = ASGIMiddleware(page, app_id="x")
    for _ in range(2):
        assert run(middleware, scope())[1]["body"] == b"page"
    (message,) = caplog.messages
    assert message.startswith("nothing is tracked: wrong tracking settings:\n  - collector_url must be")


@pytest.mark.parametrize("kind", ["websocket", "something.new"])
def test_leaves_other_scopes_alone(tracker, kind):
    given = {"type": kind, "path": "/"}
    seen = []

    async def app(scope, receive, send):
        seen.append((scope, receive, send))

    async def receive():
        return {}

    async def send(message):
        pass

    asyncio.run(ASGIMiddleware(app, tracker=tracker)(given, receive, send))
    assert seen == [(given, receive, send)]
    assert seen[0][0] is given


def test_a_file_sent_by_path_ends_the_response(tracker):
    async def app(scope, receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": HTML})
        await send({"type": "http.response.pathsend", "path": "/file"})
        assert tracker.stats()["recorded"] == 1

    sent = run(ASGIMiddleware(app, tracker=tracker), scope())
    assert sent[1] == {"type": "http.response.pathsend", "path": "/file"}


def test_does_not_wait_for_background_tasks(tracker):
    async def app(scope, receive, send):
        await page(scope, receive, send)
        assert tracker.stats()["recorded"] == 1

    run(ASGIMiddleware(app, tracker=tracker), scope())


def test_an_app_that_returns_or_raises_without_a_response(tracker):
    async def silent(scope, receive, send):
        pass

    async def raising(scope, receive, send):
        raise ValueError("theirs")

    run(ASGIMiddleware(silent, tracker=tracker), scope())
    with pytest.raises(ValueError, match="theirs"):
        run(ASGIMiddleware(raising, tracker=tracker), scope())
    assert tracker.stats()["skipped"] == {"status": 2}


def test_a_cancelled_request_passes_its_cancellation(tracker):
    async def app(scope, receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": HTML})
        raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        run(ASGIMiddleware(app, tracker=tracker), scope())
    assert tracker.stats()["recorded"] == 1


@pytest.mark.parametrize(
    "options",
    [
        {"method": "POST"},
        {"path": "/static/a.css"},
        {"headers": [(b"sec-fetch-dest", b"empty"), (b"accept", b"text/html")]},
    ],
    ids=["method", "excluded", "fetch"],
)
def test_an_untracked_request_reaches_the_app_as_it_came(tracker, options):
    given = scope(**options)
    seen = []

    async def app(scope, receive, send):
        seen.append((scope, receive, send))
        current_page().title = "kept"
        assert current_page().title == "kept"

    async def receive():
        return {}

    async def send(message):
        pass

    asyncio.run(ASGIMiddleware(app, tracker=tracker)(given, receive, send))
    assert seen == [(given, receive, send)]
    assert seen[0][0] is given
    stats = tracker.stats()
    assert (stats["recorded"], sum(stats["skipped"].values())) == (0, 1)
    assert not {"internal", "late_write"} & stats["errors"].keys()


def test_an_exception_in_an_untracked_request_passes_unchanged(tracker):
    error = ValueError("theirs")

    async def app(scope, receive, send):
        raise error

    with pytest.raises(ValueError, match="theirs") as caught:
        run(ASGIMiddleware(app, tracker=tracker), scope(method="POST"))
    assert caught.value is error
    assert tracker.stats()["skipped"] == {"method": 1}


def test_the_app_is_still_a_coroutine_function(tracker):
    assert inspect.iscoroutinefunction(ASGIMiddleware(page, tracker=tracker).__call__)


def test_what_the_app_gets_to_answer_with_shows_nobodys_cookies_in_a_log(tracker):
    shown = []

    async def asgi_app(scope, receive, send):
        shown.append(repr(send))
        await page(scope, receive, send)

    def wsgi_app(environ, start_response):
        start_response("200 OK", [("Content-Type", "text/html"), ("Set-Cookie", "id=secret")])
        shown.append(repr(start_response))
        return [b"page"]

    run(
        ASGIMiddleware(asgi_app, tracker=tracker),
        scope(headers=[(b"accept", b"text/html"), (b"cookie", b"id=secret")]),
    )
    environ = {"REQUEST_METHOD": "GET", "HTTP_ACCEPT": "text/html", "HTTP_COOKIE": "id=secret"}
    WSGIMiddleware(wsgi_app, tracker=tracker)(environ, lambda status, headers, exc_info=None: None)
    assert len(shown) == 2
    assert "secret" not in "".join(shown)


def test_headers_that_can_be_read_only_once_reach_the_server(tracker):
    async def app(scope, receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": iter(HTML)})
        await send({"type": "http.response.body", "body": b"page"})

    start, body = run(ASGIMiddleware(app, tracker=tracker), scope())
    assert list(start["headers"]) == HTML
    assert body["body"] == b"page"
    assert tracker.stats()["recorded"] == 1


def test_joins_any_header_that_is_repeated(tracker, sink):
    person = "6fbe7f1e-0c6e-4e5e-9f0e-3c2b4f3a7a11"
    repeated = [
        (b"accept", b"text/html"),
        (b"accept", b"application/json"),
        (b"cookie", f"_sp_id.8e5d={person}.1.1.1.".encode()),
        (b"cookie", b"a=b"),
        (b"host", b"first.example"),
        (b"host", b"a.example"),
    ]
    run(ASGIMiddleware(page, tracker=tracker), scope(headers=repeated))
    tracker.flush()
    (event,) = sink.events
    assert (event["duid"], event["url"]) == (person, "http://a.example/page")


def test_what_the_app_rewrites_in_its_scope_changes_nothing(tracker, sink):
    async def app(scope, receive, send):
        scope.update(path="/inner", raw_path=b"/inner", root_path="/mount", client=("10.0.0.9", 1))
        scope["headers"][:] = [(b"host", b"inner.example"), (b"user-agent", b"inner")]
        await page(scope, receive, send)

    sent = [*scope()["headers"], (b"user-agent", b"outer")]
    run(ASGIMiddleware(app, tracker=tracker), scope(headers=sent, client=("203.0.113.9", 1)))
    tracker.flush()
    (event,) = sink.events
    assert (event["url"], event["ua"], event["ip"]) == ("http://a.example/page", "outer", "203.0.113.9")


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_nothing_of_the_scope_outlives_the_request(tracker, method):
    class State:
        pass

    given = scope(method=method, state=State(), extensions={})
    gone = weakref.ref(given["state"])
    kept = []

    async def app(scope, receive, send):
        kept.append(current_page())
        await page(scope, receive, send)

    async def serve():
        await ASGIMiddleware(app, tracker=tracker)(given, None, ignore)
        given.clear()
        gc.collect()
        assert gone() is None
        assert current_page() is not kept[0]

    asyncio.run(serve())


async def ignore(message):
    pass


def test_a_view_is_what_the_scope_says(sink):
    views = []

    def consent(view):
        views.append((view, view.native, view.cookies))
        return "full"

    with closing(Tracker(collector_url=sink.url, app_id="asgi", linger=60, consent=consent)) as tracker:
        given = scope(
            raw_path=b"/p%61ge",
            query_string=b"a=b",
            client=("203.0.113.9", 1),
            headers=[*scope()["headers"], (b"cookie", b"c=1; c=2"), (b"x-other", b"x")],
        )
        run(ASGIMiddleware(page, tracker=tracker), given)
    ((view, native, cookies),) = views
    assert native is given
    assert cookies == {"c": "1"}
    assert (view.method, view.scheme, view.host, view.path, view.query, view.peer) == (
        "GET",
        "http",
        "a.example",
        "/p%61ge",
        "a=b",
        "203.0.113.9",
    )
    assert view.headers == {"accept": "text/html", "cookie": "c=1; c=2"}


def test_joins_cookies_that_http2_splits(tracker, sink):
    person = "6fbe7f1e-0c6e-4e5e-9f0e-3c2b4f3a7a11"
    headers = [
        *scope()["headers"],
        (b"cookie", b"a=b"),
        (b"cookie", f"_sp_id.8e5d={person}.1.1.1.".encode()),
    ]
    run(ASGIMiddleware(page, tracker=tracker), scope(headers=headers))
    tracker.flush()
    assert sink.events[0]["duid"] == person


@pytest.mark.parametrize(
    ("options", "url"),
    [
        ({}, "http://a.example/page"),
        ({"raw_path": b"/p%61ge"}, "http://a.example/p%61ge"),
        ({"raw_path": None, "path": "/é"}, "http://a.example/%C3%A9"),
        ({"raw_path": b"/page?x=1"}, "http://a.example/page"),
        ({"root_path": "/app"}, "http://a.example/app/page"),
        ({"root_path": "/app", "path": "/app/page"}, "http://a.example/app/page"),
        ({"headers": [(b"accept", b"text/html")], "server": ("b.example", 81)}, "http://b.example:81/page"),
    ],
)
def test_finds_the_url_that_was_asked_for(tracker, sink, options, url):
    run(ASGIMiddleware(page, tracker=tracker), scope(**options))
    tracker.flush()
    assert sink.events[0]["url"] == url


def test_switched_off_it_is_not_there():
    middleware = ASGIMiddleware(page, enabled=False)
    assert run(middleware, scope())[1]["body"] == b"page"
    assert middleware.tracker.stats()["recorded"] == 0


def test_djangos_lifespan_is_answered(options):
    django.configure(options)

    async def app(scope, receive, send):
        raise AssertionError("Django's own app knows no lifespan")

    sent = run(django_lifespan(app), {"type": "lifespan"}, STARTUP, SHUTDOWN)
    assert [message["type"] for message in sent] == [
        "lifespan.startup.complete",
        "lifespan.shutdown.complete",
    ]
