"""The ASGI adapter by the letter of the protocol: lifespan, websockets, and odd messages."""

from __future__ import annotations

import asyncio

import pytest

from tracking_middleware import SettingsError, Tracker
from tracking_middleware.asgi import ASGIMiddleware
from tracking_middleware.django import lifespan as django_lifespan
from tracking_middleware.starlette import TrackingMiddleware

from .sites import django

HTML = [(b"content-type", b"text/html")]


@pytest.fixture
def tracker(sink):
    with Tracker(collector_url=sink.url, app_id="asgi", linger=60) as tracker:
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
    assert "did you mean collector_url?" in caplog.text
    with pytest.raises(SettingsError, match="did you mean"):
        _ = middleware.tracker


def test_passes_requests_on_with_a_wrong_setting_and_no_lifespan():
    middleware = ASGIMiddleware(page, app_id="x")
    assert run(middleware, scope())[1]["body"] == b"page"


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
