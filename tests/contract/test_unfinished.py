"""Servers that neither read a body to its end nor close it: nothing is lost, and it is counted."""

from __future__ import annotations

import asyncio
import copy
import gc
import multiprocessing
import os
import pickle
import subprocess
import sys
import textwrap
import threading
from contextlib import closing

import flask
import pytest
from asgiref.wsgi import WsgiToAsgi
from django.http import HttpRequest

from tracking_middleware import StructuredEvent, Tracker, current_page, track
from tracking_middleware.asgi import ASGIMiddleware
from tracking_middleware.django import TrackingMiddleware, get_tracker
from tracking_middleware.flask import Tracking
from tracking_middleware.wsgi import WSGIMiddleware

from ..conftest import missing
from .sites import django

HTML = [("Content-Type", "text/html")]


@pytest.fixture
def tracker(sink):
    with closing(Tracker(collector_url=sink.url, app_id="unfinished", linger=60)) as tracker:
        yield tracker


def sized_app(length="8"):
    def app(environ, start):
        start("200 OK", [*HTML, ("Content-Length", length)])
        current_page().title = environ.get("QUERY_STRING", "")
        track(StructuredEvent(category="page", action="asked"))
        return iter([b"four", b"four", b"more"])

    return app


def begun(app, tracker, **variables):
    """The body that a server gets."""
    made = {"REQUEST_METHOD": "GET", "HTTP_ACCEPT": "text/html", "HTTP_HOST": "a.example", **variables}
    return WSGIMiddleware(app, tracker=tracker)(made, lambda status, headers, exc_info=None: None)


@pytest.mark.parametrize("has_page", [False, True])
def test_a_response_that_its_server_lets_go_of_in_a_circle_is_found(tracker, has_page):
    def app(environ, start):
        start("200 OK", HTML)
        if has_page:
            environ["page"] = current_page()
        return iter([b"page"])

    def serve():
        environ = {"REQUEST_METHOD": "GET", "HTTP_ACCEPT": "text/html", "HTTP_HOST": "a.example"}
        environ["body"] = WSGIMiddleware(app, tracker=tracker)(environ, lambda status, headers: None)

    thread = threading.Thread(target=serve)
    thread.start()
    thread.join()
    gc.collect()
    assert tracker.stats()["errors"]["unfinished"] == 1
    assert tracker.stats()["recorded"] == 1


def ask(app, path="/page"):
    """A browser's request to an ASGI app, and the body it gets."""
    sent = []
    scope = {
        "type": "http",
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": path,
        "query_string": b"",
        "headers": [(b"accept", b"text/html"), (b"host", b"a.example")],
        "client": ("203.0.113.9", 1),
        "server": ("a.example", 80),
    }

    async def receive():
        return {"type": "http.request", "body": b""}

    async def send(message):
        sent.append(message)

    asyncio.run(app(scope, receive, send))
    return b"".join(message.get("body", b"") for message in sent)


def counts(tracker):
    stats = tracker.stats()
    return stats["recorded"], stats["errors"]


# --- behind asgiref's bridge ---


def test_a_wsgi_app_behind_the_bridge_is_tracked(tracker, sink):
    app = WsgiToAsgi(WSGIMiddleware(sized_app(), tracker=tracker))
    for _ in range(5):
        assert ask(app) == b"fourfour"
    assert counts(tracker) == (10, {})
    tracker.flush()
    assert sorted(event["e"] for event in sink.events) == ["pv"] * 5 + ["se"] * 5
    assert all("co" in event or "cx" in event for event in sink.events)


def test_flask_behind_the_bridge_is_tracked(tracker):
    app = flask.Flask("bridged")
    Tracking(app, tracker=tracker)

    @app.get("/page")
    def page():
        track(StructuredEvent(category="page", action="asked"))
        return "<p>page</p>"

    for _ in range(5):
        assert ask(WsgiToAsgi(app)) == b"<p>page</p>"
    assert counts(tracker) == (10, {})


@pytest.fixture
def django_tracker(options):
    django.configure(options)
    return get_tracker()


def test_django_behind_the_bridge_is_tracked(options):
    django.configure(options)
    site = django.make_wsgi(options)
    for _ in range(5):
        assert ask(WsgiToAsgi(site))
    gc.collect()
    assert counts(site.tracker) == (5, {"unfinished": 5})


def test_both_adapters_around_the_bridge(tracker):
    inner = WSGIMiddleware(sized_app(), tracker=tracker)
    ask(ASGIMiddleware(WsgiToAsgi(inner), tracker=tracker))
    assert counts(tracker)[1] == {}


# --- what ends an exchange ---


@pytest.mark.parametrize(
    ("length", "ends_after"),
    [("8", 2), ("4", 1), ("5", 2), ("0", 1), ("12", 3), ("99", 0), ("x", 0), (None, 0)],
)
def test_the_bytes_that_were_announced_are_the_end(tracker, length, ends_after):
    def app(environ, start):
        start("200 OK", HTML if length is None else [*HTML, ("content-LENGTH", length)])
        return iter([b"four", b"four", b"more"])

    body = begun(app, tracker)
    for read in range(1, 4):
        next(body)
        assert tracker.stats()["recorded"] == (bool(ends_after) and read >= ends_after)
    assert next(body, None) is None
    assert counts(tracker) == (1, {})


def test_the_last_length_holds(tracker):
    def app(environ, start):
        start("200 OK", [*HTML, ("Content-Length", "1")])
        start("200 OK", [*HTML, ("Content-Length", "8")], (None, None, None))
        yield from (b"four", b"four")

    body = begun(app, tracker)
    next(body)
    assert tracker.stats()["recorded"] == 0
    next(body)
    assert tracker.stats()["recorded"] == 1


def test_a_body_that_is_let_go_of_is_ended_and_counted(tracker, caplog):
    begun(sized_app("99"), tracker)
    gc.collect()
    assert counts(tracker) == (2, {"unfinished": 1})
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    assert "neither read" in caplog.text


def test_the_next_request_ends_what_was_let_go_of(tracker):
    begun(sized_app("99"), tracker)
    gc.collect()
    assert tracker.tally.snapshot()["errors"] == {}
    list(begun(sized_app(), tracker))
    assert tracker.tally.snapshot()["errors"] == {"unfinished": 1}


@pytest.mark.parametrize("way", ["flush", "close"])
def test_whoever_sends_what_is_left_sends_that_too(tracker, sink, way):
    begun(sized_app("99"), tracker)
    gc.collect()
    getattr(tracker, way)()
    assert len(sink.events) == 2


def test_the_next_request_of_the_thread_ends_the_one_before(tracker, sink):
    kept = [begun(sized_app("99"), tracker, QUERY_STRING=f"n={number}") for number in range(3)]
    assert counts(tracker) == (4, {"unfinished": 2})
    for body in kept:
        list(body)
        body.close()
    assert counts(tracker) == (6, {"unfinished": 2})
    tracker.flush()
    titles = [event["page"] for event in sink.events if event["e"] == "pv"]
    assert sorted(titles) == ["n=0", "n=1", "n=2"]


def test_other_threads_have_their_own(tracker):
    kept = []
    for _ in range(3):
        thread = threading.Thread(target=lambda: kept.append(begun(sized_app("99"), tracker)))
        thread.start()
        thread.join()
    assert counts(tracker) == (0, {})


def test_a_request_that_a_body_makes_itself_ends_nothing(tracker):
    def outer(environ, start):
        start("200 OK", HTML)

        def chunks():
            list(begun(sized_app(), tracker))
            yield b"outer"

        return chunks()

    list(begun(outer, tracker))
    assert counts(tracker) == (3, {})


def test_a_finaliser_takes_no_lock_and_never_raises(tracker, monkeypatch):
    """It may run where its own thread has the very lock that the counting of an error wants."""
    body = begun(sized_app("99"), tracker)
    with tracker.tally._lock:
        del body
        gc.collect()
    assert counts(tracker) == (2, {"unfinished": 1})
    half = object.__new__(type(begun(sized_app("99"), tracker)))
    del half
    gc.collect()


def test_what_ended_is_not_counted(tracker):
    for end in (list, lambda body: body.close(), next):
        body = begun(sized_app("4"), tracker)
        end(body)
        del body
    gc.collect()
    assert counts(tracker) == (6, {})


def test_a_child_leaves_its_parents_exchanges_alone(tracker):
    if not hasattr(os, "fork"):
        missing("os.fork")
    body = begun(sized_app("99"), tracker)

    def child(sender):
        nonlocal body
        del body
        gc.collect()
        sender.send(counts(tracker))

    receiver, sender = multiprocessing.Pipe(duplex=False)
    process = multiprocessing.get_context("fork").Process(target=child, args=(sender,))
    process.start()
    assert receiver.recv() == (0, {})
    process.join()
    del body
    gc.collect()
    assert counts(tracker) == (2, {"unfinished": 1})


def test_the_end_of_the_process_ends_what_is_left(sink):
    program = f"""
        from tracking_middleware import Tracker
        from tracking_middleware.wsgi import WSGIMiddleware

        def app(environ, start):
            start("200 OK", [("Content-Type", "text/html")])
            return iter([b"x"])

        tracker = Tracker(collector_url="{sink.url}", app_id="end", linger=60)
        made = {{"REQUEST_METHOD": "GET", "HTTP_ACCEPT": "text/html", "HTTP_HOST": "a.example"}}
        served = WSGIMiddleware(app, tracker=tracker)
        kept = served(made, lambda *given: None)
        cycle = [kept]
        cycle.append(cycle)
        served(dict(made), lambda *given: None)
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(program)],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert len(sink.events) == 2
    assert "Traceback" not in done.stderr
    assert "Exception ignored" not in done.stderr


# --- Django's requests and responses ---


@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy, lambda made: pickle.loads(pickle.dumps(made))])
def test_what_djangos_request_and_response_hold_of_ours_can_be_copied(django_tracker, copied):
    request = HttpRequest()
    request.method, request.path_info = "GET", "/page"
    request.META = {"HTTP_ACCEPT": "text/html", "HTTP_HOST": "a.example", "REQUEST_METHOD": "GET"}
    copies = []

    def view(request):
        copies.append(copied(request))
        return django.page(request)

    before = django_tracker.stats()["recorded"]
    response = TrackingMiddleware(view)(request)
    (copy_of_request,) = copies
    assert copied(request.META) == copy_of_request.META == request.META
    for closer in response._resource_closers:
        copied(closer)()
    if copied is not copy.copy:
        copy_of_request.close()
    assert django_tracker.stats()["recorded"] == before
    response.close()
    assert django_tracker.stats()["recorded"] == before + 1
