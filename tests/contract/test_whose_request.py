"""Whose request it is: nobody's once the answer is given, the outer one's after an inner one, no child's."""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import json
import multiprocessing
import os
from contextlib import closing

import flask
import httpx
import pytest
import werkzeug.test
from django.test import override_settings
from fastapi import FastAPI
from fastapi.responses import HTMLResponse
from werkzeug.middleware.dispatcher import DispatcherMiddleware

from tracking_middleware import StructuredEvent, Tracker, current_page, current_tracker, track
from tracking_middleware.asgi import ASGIMiddleware
from tracking_middleware.django import get_tracker
from tracking_middleware.flask import Tracking
from tracking_middleware.starlette import TrackingMiddleware
from tracking_middleware.tracking.living_trackers import living_trackers
from tracking_middleware.wsgi import WSGIMiddleware

from ..conftest import missing
from .conftest import ADAPTERS, BROWSER, KEY, PERSON, Site, _wsgi_server
from .sites import django

HTML = [("Content-Type", "text/html")]


@pytest.fixture
def tracker(sink):
    tracker = Tracker(collector_url=sink.url, app_id="whose", linger=60, secret_key=KEY)
    yield tracker
    tracker.close()


@pytest.fixture(autouse=True)
def _no_tracker_is_left():
    """The sites make their own, which would go on with a collector that is gone."""
    before = living_trackers()
    yield
    for tracker in living_trackers():
        if tracker not in before:
            tracker.close(timeout=0)
    get_tracker.cache_clear()  # it may be one of them, and whoever asks next would have it closed


@pytest.fixture
def configure(options):
    """Gives Django other settings until the test is over; all tests of a process share those there are."""
    django.configure(options)
    with contextlib.ExitStack() as stack:
        yield lambda given: stack.enter_context(override_settings(TRACKING=given))


def environ(path="/", **given):
    return {
        **werkzeug.test.create_environ(path, "http://127.0.0.1/"),
        **{f"HTTP_{name.upper().replace('-', '_')}": value for name, value in BROWSER.items()},
        **given,
    }


def ask(app, given):
    """The body of a WSGI app's answer, read and closed as servers do."""
    body = app(given, lambda status, headers, exc_info=None: lambda data: None)
    try:
        return b"".join(body)
    finally:
        if hasattr(body, "close"):
            body.close()


def events_of(tracker, sink):
    assert tracker.flush() == 0
    return sink.events


BODIES = {
    "a list": lambda: [b"x"],
    "a generator": lambda: (chunk for chunk in [b"x"]),
    "a tuple": lambda: (b"x",),
}


@pytest.mark.parametrize("make_body", BODIES.values(), ids=BODIES.keys())
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_what_comes_after_in_the_thread_is_nobodys(tracker, sink, make_body, method):
    def app(environ, start_response):
        start_response("200 OK", HTML)
        return make_body()

    def thread():
        ask(WSGIMiddleware(app, tracker=tracker), environ(REQUEST_METHOD=method))
        assert current_tracker() is None
        assert track(StructuredEvent("nightly", "job")) == ""
        assert current_page().seal() == ""

    contextvars.Context().run(thread)
    assert [event for event in events_of(tracker, sink) if event["e"] == "se"] == []


@pytest.mark.parametrize("adapter", ["flask", "django-wsgi", "wsgi"])
def test_the_next_request_of_a_servers_thread_is_nobodys(sink, options, adapter, configure):
    """One thread of a real server: a tracked site and, beside it, one that is not."""
    given = {**options, "collector_url": sink.url}
    configure(given)
    tracked = ADAPTERS[adapter].make(given)

    def untracked(environ, start_response):
        track(StructuredEvent("order", "placed"))
        start_response("200 OK", [("Content-Type", "application/json")])
        return [json.dumps({"token": current_page().seal()}).encode()]

    port, stop = _wsgi_server(DispatcherMiddleware(tracked, {"/api": untracked}), threads=1)
    site = Site(adapter, port, sink)
    try:
        for path in ("/page", "/streamed", "/json"):
            site.get(path)
            assert site.get("/api/").body == b'{"token": ""}'
    finally:
        stop()
    assert not [event for event in sink.events if event.get("se_ca") == "order"]


@pytest.mark.parametrize("fails_at", ["once", "first", "later"])
def test_a_page_that_was_never_sent_is_none(tracker, sink, fails_at):
    def chunks():
        if fails_at == "first":
            raise LookupError("theirs")
        yield b""
        yield b"x"
        raise LookupError("theirs")

    def app(environ, start_response):
        start_response("200 OK", HTML)
        if fails_at == "once":
            raise LookupError("theirs")
        return chunks()

    with pytest.raises(LookupError, match="theirs"):
        ask(WSGIMiddleware(app, tracker=tracker), environ())
    sent = [event["e"] for event in events_of(tracker, sink)]
    assert sent == (["pv"] if fails_at == "later" else [])
    assert tracker.stats()["skipped"] == ({} if fails_at == "later" else {"status": 1})


def test_a_page_that_was_never_sent_told_nobody_who_they_are(sink):
    def app(environ, start_response):
        track(StructuredEvent("order", "failed"))
        start_response("200 OK", HTML)
        raise LookupError("theirs")

    given = {"identity": "issue", "secret_key": KEY, "cookie_domain": "127.0.0.1"}
    with closing(Tracker(collector_url=sink.url, app_id="whose", **given)) as tracker:
        with pytest.raises(LookupError, match="theirs"):
            ask(WSGIMiddleware(app, tracker=tracker), environ(HTTP_COOKIE=""))
        tracker.flush()
    (event,) = sink.events
    assert event["e"] == "se"
    assert "duid" not in event


@pytest.mark.parametrize("reads", [True, False], ids=["read", "not yet read"])
@pytest.mark.parametrize("inner", ["/part", "/parts"])
def test_after_an_inner_request_the_outer_one_is_current_again_under_wsgi(tracker, sink, inner, reads):
    app = flask.Flask("inner")
    Tracking(app, tracker=tracker)
    app.add_url_rule("/part", "part", lambda: {"price": 5})
    app.add_url_rule("/parts", "parts", lambda: flask.Response(iter(["a", "b"]), mimetype="text/html"))

    @app.get("/page")
    def page():
        client = werkzeug.test.Client(app)
        answer = client.get(inner, headers={"Accept": "text/html"})
        if reads:
            answer.get_data()
        current_page().title = "The page"
        current_page().consent = flask.request.args.get("consent", "full")
        track(StructuredEvent("checkout", "paid"))
        return "x"

    ask(app, environ("/page?consent=none"))
    ask(app, environ("/page"))
    events = [event for event in events_of(tracker, sink) if "/page" in event["url"]]
    assert {(event["e"], event["duid"]) for event in events} == {("pv", PERSON), ("se", PERSON)}
    assert [event["page"] for event in events if event["e"] == "pv"] == ["The page"]
    assert "late_write" not in tracker.stats()["errors"]
    assert tracker.stats()["skipped"]["consent_none"] == 2


def test_after_an_inner_request_the_outer_one_is_current_again_under_asgi(tracker, sink):
    app = FastAPI()
    app.add_middleware(TrackingMiddleware, tracker=tracker)

    def client():
        return httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://127.0.0.1")

    @app.get("/price")
    async def price():
        return {"price": 5}

    @app.get("/page", response_class=HTMLResponse)
    async def page(consent: str = "full"):
        async with client() as inner:
            await inner.get("/price")
        current_page().title = "The page"
        current_page().consent = consent
        track(StructuredEvent("checkout", "paid"))
        return "x"

    async def visit(path):
        async with client() as browser:
            await browser.get(path, headers=BROWSER)

    asyncio.run(visit("/page?consent=none"))
    asyncio.run(visit("/page"))
    events = events_of(tracker, sink)
    assert [event["page"] for event in events if event["e"] == "pv"] == ["The page"]
    assert {event["duid"] for event in events} == {PERSON}
    assert "late_write" not in tracker.stats()["errors"]


def test_a_forked_child_is_not_the_requests(tracker, sink):
    if not hasattr(os, "fork"):
        missing("os.fork")
    context = multiprocessing.get_context("fork")
    receiver, sender = context.Pipe(duplex=False)

    def job():
        sender.send((track(StructuredEvent("job", "done")), tracker.stats()["errors"]))

    def app(environ, start_response):
        process = context.Process(target=job)
        process.start()
        process.join()
        start_response("200 OK", HTML)
        return [b"x"]

    ask(WSGIMiddleware(app, tracker=tracker), environ())
    event_id, errors = receiver.recv()
    assert event_id == ""
    assert errors["outside_request"] >= 1
    assert [event["e"] for event in events_of(tracker, sink)] == ["pv"]


@pytest.mark.parametrize("adapter", ADAPTERS)
@pytest.mark.parametrize("setting", [{"enabled": False}, {"exclude": ["/**"]}, {"include": ["/none"]}])
def test_where_nothing_is_tracked_the_answer_is_the_same(sink, options, adapter, setting, configure):
    made = ADAPTERS[adapter]
    given = {**options, "collector_url": sink.url, **setting}
    configure(given)
    port, stop = made.serve(made.make(given))
    bare_port, bare_stop = made.serve(made.make(None))
    try:
        for path in ("/page", "/json", "/redirect"):
            assert Site(adapter, port).get(path) == Site(adapter, bare_port).get(path)
    finally:
        stop()
        bare_stop()


@pytest.mark.parametrize("adapter", ADAPTERS)
def test_within_another_adapter_the_answer_is_the_same_and_tracked_once(sink, options, adapter, configure):
    made = ADAPTERS[adapter]
    given = {**options, "collector_url": sink.url, "linger": 0.01}
    configure(given)
    outer = WSGIMiddleware if adapter in {"wsgi", "flask", "django-wsgi"} else ASGIMiddleware
    with closing(Tracker(**given)) as tracker:
        port, stop = made.serve(outer(made.make(given), tracker=tracker))
        bare_port, bare_stop = made.serve(made.make(None))
        try:
            assert Site(adapter, port).get("/json") == Site(adapter, bare_port).get("/json")
            assert Site(adapter, port).get("/page") == Site(adapter, bare_port).get("/page")
            sink.wait_for("/page")
        finally:
            stop()
            bare_stop()
    assert len(sink.events) == 1
