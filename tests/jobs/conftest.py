"""A site that enqueues, a broker that is a folder, and a visitor with the tracker's cookies."""

from __future__ import annotations

import contextlib
import json
import threading
from wsgiref.util import setup_testing_defaults

import pytest

from tracking_middleware import Tracker
from tracking_middleware.wsgi import WSGIMiddleware

PERSON = "6fa2e3f0-1111-4111-8111-000000000001"
SESSION = "7fa2e3f0-2222-4222-8222-000000000002"
COOKIES = f"_sp_id.1fff={PERSON}.1690000000.3.1700000000.1699990000.{SESSION}; _sp_ses.1fff=*"
KEY = "a long random text of these tests"


@pytest.fixture
def make_tracker():
    """Trackers that are closed at the end; by default they write to the log."""
    with contextlib.ExitStack() as stack:

        def make(**settings):
            tracker = Tracker(**{"collector_url": "log:", "app_id": "site", "linger": 0.05, **settings})
            stack.callback(tracker.close)
            return tracker

        yield make


def visit(tracker, view, *, cookies=COOKIES):
    """Run ``view`` in a request, in a thread of its own as a server would; what it gave."""
    given = []
    thread = threading.Thread(target=lambda: given.append(answer(tracker, view, cookies=cookies)))
    thread.start()
    thread.join()
    return given[0]


def answer(tracker, view, *, cookies=COOKIES):
    """The same in this thread, where the request's page stays the current one."""
    given = []

    def app(environ, start_response):
        given.append(view())
        start_response("200 OK", [("Content-Type", "text/html")])
        return [b"page"]

    environ = {"PATH_INFO": "/page", "HTTP_ACCEPT": "text/html", "HTTP_COOKIE": cookies}
    setup_testing_defaults(environ)
    body = WSGIMiddleware(app, tracker=tracker)(environ, lambda *_: None)
    assert b"".join(body) == b"page"
    return given[0]


def with_label(label):
    """A condition for ``sink.wait``: the structured event with this label."""
    return lambda events: next((event for event in events if event.get("se_la") == label), None)


def hand_offs(event):
    """The data of the event's cross_navigation entities."""
    entities = json.loads(event.get("co", '{"data": []}'))["data"]
    return [entity["data"] for entity in entities if "/cross_navigation/" in entity["schema"]]
