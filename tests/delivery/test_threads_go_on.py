"""Whatever is raised in the background threads, the next events are sent, and it is told."""

from __future__ import annotations

import logging
import threading

import pytest

from tracking_middleware import StructuredEvent
from tracking_middleware.delivery import threads, writer
from tracking_middleware.wsgi import WSGIMiddleware

from .conftest import assert_balanced, record

ENDS = [SystemExit, KeyboardInterrupt, GeneratorExit]


def page(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/html")])
    return [b"page"]


def visit(tracker, path):
    environ = {
        "REQUEST_METHOD": "GET",
        "PATH_INFO": path,
        "QUERY_STRING": "",
        "SERVER_NAME": "a.example",
        "SERVER_PORT": "80",
        "HTTP_HOST": "a.example",
        "HTTP_ACCEPT": "text/html",
        "wsgi.url_scheme": "http",
    }
    answer = WSGIMiddleware(page, tracker=tracker)(environ, lambda *_: None)
    list(answer)
    if hasattr(answer, "close"):
        answer.close()


def raising_once(error):
    seen = []

    def hook(given, **_options):
        seen.append(given)
        if len(seen) == 1:
            raise error("one bad event")
        return given

    return hook


@pytest.mark.parametrize("error", ENDS)
@pytest.mark.parametrize("setting", ["before_send", "rewrite_url"])
def test_a_callable_that_wants_to_end_the_process_costs_its_own_event(
    collector, make_tracker, setting, error
):
    tracker = make_tracker(collector.url, **{setting: raising_once(error)})
    for number in range(4):
        visit(tracker, f"/{number}")
    assert tracker.flush(10) == 0
    stats = tracker.stats()
    assert (stats["delivered"], stats["dropped"]) == (3, {"filter_failed": 1})
    assert tracker.health()["status"] == "healthy"


class Failing(logging.Handler):
    """A log handler that ends whatever thread logs, a few times."""

    def __init__(self, times):
        super().__init__()
        self.left = times

    def emit(self, record):
        if self.left:
            self.left -= 1
            raise SystemExit


@pytest.fixture
def failing_log():
    handler = Failing(2)
    logger = logging.getLogger("tracking_middleware")
    logger.addHandler(handler)
    yield handler
    logger.removeHandler(handler)


def test_a_writer_that_something_ends_begins_again_and_is_told(
    collector, make_tracker, monkeypatch, failing_log
):
    monkeypatch.setattr(threads, "RESTS_FOR", 0.01)
    tracker = make_tracker(collector.url)
    record(tracker, "a", raises=ValueError("a bug"))
    record(tracker, "b")
    assert tracker.flush(10) == 0
    record(tracker, "c")
    assert tracker.flush(10) == 0
    assert "c" in collector.titles()
    assert_balanced(tracker.stats())
    assert "the writer was ended by SystemExit" in tracker.health()["reasons"][0]


def test_a_sender_that_something_ends_begins_again_and_is_told(collector, make_tracker, monkeypatch):
    monkeypatch.setattr(threads, "RESTS_FOR", 0.01)
    tracker = make_tracker(collector.url)
    record(tracker, "a")
    assert tracker.flush(10) == 0
    sender = tracker._delivery._process._sender
    monkeypatch.setattr(sender._emitter, "send", raising_once(SystemExit))
    record(tracker, "b")
    tracker.flush(10)
    monkeypatch.undo()
    record(tracker, "c")
    assert tracker.flush(10) == 0
    assert collector.titles() == ["a", "c"]
    assert tracker.stats()["dropped"] == {"internal": 1}
    assert "the sender was ended by SystemExit" in tracker.health()["reasons"][0]


def test_a_callable_that_does_not_answer_is_told(collector, make_tracker, monkeypatch):
    monkeypatch.setattr(writer, "HANGS_AFTER", 0.05)
    asked, go_on = threading.Event(), threading.Event()

    def wait(event):
        asked.set()
        go_on.wait(15)
        return event

    tracker = make_tracker(collector.url, before_send=wait)
    tracker.track(StructuredEvent("a", "b"))
    assert asked.wait(15)
    assert tracker.flush(0.2) == 1
    assert "before_send or rewrite_url has not answered" in tracker.health()["reasons"][0]
    go_on.set()
    assert tracker.flush(10) == 0
    assert tracker.health() == {"status": "healthy", "reasons": []}
