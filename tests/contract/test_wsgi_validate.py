"""The WSGI adapter by the letter of PEP 3333, with the standard library's validator on both sides."""

from __future__ import annotations

import gc
import io
import weakref
from contextlib import closing
from wsgiref.util import FileWrapper, setup_testing_defaults
from wsgiref.validate import validator

import pytest

from tracking_middleware import Tracker, current_page
from tracking_middleware.wsgi import WSGIMiddleware

HTML = [("Content-Type", "text/html")]


@pytest.fixture
def tracker(sink):
    with closing(Tracker(collector_url=sink.url, app_id="validate", linger=0.02)) as tracker:
        yield tracker


def environ(**variables):
    made = {"HTTP_ACCEPT": "text/html", "QUERY_STRING": "", **variables}
    setup_testing_defaults(made)
    return made


def call(app, made=None):
    started = []

    def start_response(status, headers, exc_info=None):
        started.append((status, headers, exc_info))
        return lambda data: started.append(data)

    return app(made or environ(), start_response), started


def hello(environ, start_response):
    start_response("200 OK", HTML)
    return [b"hello"]


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_the_validator_passes_on_both_sides(tracker, method):
    app = validator(WSGIMiddleware(validator(hello), tracker=tracker))
    body, started = call(app, environ(REQUEST_METHOD=method))
    assert list(body) == [b"hello"]
    body.close()
    assert started == [("200 OK", HTML, None)]
    assert tracker.stats()["recorded"] == (method == "GET")


def test_the_apps_own_iterable_is_returned_where_there_is_no_page_view(tracker):
    own = [b"{}"]

    def app(environ, start_response):
        start_response("200 OK", [("Content-Type", "application/json")])
        return own

    assert call(WSGIMiddleware(app, tracker=tracker))[0] is own
    assert call(WSGIMiddleware(app, tracker=tracker), environ(REQUEST_METHOD="PUT"))[0] is own


@pytest.mark.parametrize(
    "variables",
    [
        {"REQUEST_METHOD": "POST"},
        {"PATH_INFO": "/static/a.css"},
        {"HTTP_SEC_FETCH_DEST": "empty"},
    ],
    ids=["method", "excluded", "fetch"],
)
def test_an_untracked_request_reaches_the_app_as_it_came(tracker, variables):
    made = environ(**variables)
    seen = []

    def start_response(status, headers, exc_info=None):
        return None

    def app(environ, start_response):
        seen.append((environ, start_response))
        current_page().title = "kept"
        assert current_page().title == "kept"
        return own

    own = [b"x"]
    assert WSGIMiddleware(app, tracker=tracker)(made, start_response) is own
    assert seen[0][0] is made
    assert seen[0][1] is start_response
    stats = tracker.stats()
    assert (stats["recorded"], sum(stats["skipped"].values())) == (0, 1)
    assert not {"internal", "late_write"} & stats["errors"].keys()


def test_what_the_app_rewrites_in_its_environ_changes_nothing(tracker, sink):
    def app(environ, start_response):
        environ.update(
            SCRIPT_NAME="/mount", PATH_INFO="/inner", HTTP_HOST="inner.example", REMOTE_ADDR="10.0.0.9"
        )
        return hello(environ, start_response)

    made = environ(PATH_INFO="/page", HTTP_HOST="a.example", REMOTE_ADDR="203.0.113.9")
    body, _ = call(WSGIMiddleware(app, tracker=tracker), made)
    list(body)
    tracker.flush()
    (event,) = sink.events
    assert (event["url"], event["ip"]) == ("http://a.example/page", "203.0.113.9")


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_nothing_of_the_environ_outlives_the_request(tracker, method):
    class Input:
        pass

    made = environ(REQUEST_METHOD=method, **{"wsgi.input": Input()})
    gone = weakref.ref(made["wsgi.input"])
    kept = []

    def app(environ, start_response):
        kept.append(current_page())
        return hello(environ, start_response)

    list(call(WSGIMiddleware(app, tracker=tracker), made)[0])
    made.clear()
    gc.collect()
    assert gone() is None
    assert current_page() is not kept[0]


def test_a_view_is_what_the_environ_says(sink):
    views = []

    def consent(view):
        views.append((view, view.native))
        return "full"

    with closing(Tracker(collector_url=sink.url, app_id="wsgi", linger=60, consent=consent)) as tracker:
        made = environ(
            SCRIPT_NAME="/caf\xc3\xa9",
            PATH_INFO="/a b",
            QUERY_STRING="a=b",
            REMOTE_ADDR="203.0.113.9",
            HTTP_COOKIE="c=1; c=2",
            HTTP_X_OTHER="x",
        )
        list(call(WSGIMiddleware(hello, tracker=tracker), made)[0])
    ((view, native),) = views
    assert native is made
    assert view.cookies == {"c": "1"}
    assert (view.method, view.scheme, view.host, view.path, view.query, view.peer) == (
        "GET",
        "http",
        "127.0.0.1",
        "/caf%C3%A9/a%20b",
        "a=b",
        "203.0.113.9",
    )
    assert view.headers == {"accept": "text/html", "cookie": "c=1; c=2"}


def test_a_file_stays_the_servers_to_send(tracker):
    file = FileWrapper(io.BytesIO(b"<p>file</p>"))

    def app(environ, start_response):
        start_response("200 OK", HTML)
        return file

    body, _ = call(WSGIMiddleware(app, tracker=tracker), environ(**{"wsgi.file_wrapper": FileWrapper}))
    assert body is file
    assert tracker.stats()["recorded"] == 1


def test_the_wrapper_has_a_length_just_where_the_body_has(tracker):
    app = WSGIMiddleware(closing_app((b"hello",)), tracker=tracker)
    assert len(call(app)[0]) == 1

    def generated(environ, start_response):
        start_response("200 OK", HTML)
        yield b"hello"

    assert not hasattr(call(WSGIMiddleware(generated, tracker=tracker))[0], "__len__")


class Closing:
    """A body that knows whether it was closed."""

    def __init__(self):
        self.closed = 0

    def __iter__(self):
        return iter([b"one", b"two"])

    def close(self):
        self.closed += 1


def closing_app(body):
    def app(environ, start_response):
        start_response("200 OK", HTML)
        return body

    return app


@pytest.mark.parametrize("chunks", [0, 1, 2])
def test_close_is_forwarded_whatever_was_read(tracker, chunks):
    inner = Closing()
    body, _ = call(WSGIMiddleware(closing_app(inner), tracker=tracker))
    for _ in range(chunks):
        next(body)
    assert tracker.stats()["recorded"] == 0
    body.close()
    assert inner.closed == 1
    assert tracker.stats()["recorded"] == 1


def test_an_exhausted_body_ended_before_it_is_closed(tracker):
    body, _ = call(WSGIMiddleware(closing_app(Closing()), tracker=tracker))
    assert list(body) == [b"one", b"two"]
    assert tracker.stats()["recorded"] == 1
    body.close()
    assert tracker.stats()["recorded"] == 1


def test_a_generator_that_was_never_started_is_no_page_view(tracker):
    def app(environ, start_response):
        start_response("200 OK", HTML)
        yield b"never"

    body, started = call(WSGIMiddleware(app, tracker=tracker))
    body.close()
    assert started == []
    assert tracker.stats()["skipped"] == {"status": 1}


def test_an_exception_passes_unchanged(tracker):
    error = ValueError("theirs")

    def app(environ, start_response):
        raise error

    with pytest.raises(ValueError, match="theirs") as caught:
        call(WSGIMiddleware(app, tracker=tracker))
    assert caught.value is error
    assert tracker.stats()["skipped"] == {"status": 1}


def test_exc_info_replaces_the_status(tracker):
    def app(environ, start_response):
        start_response("200 OK", HTML)
        start_response("500 Oops", HTML, (None, None, None))
        return [b"oops"]

    body, started = call(WSGIMiddleware(app, tracker=tracker))
    list(body)
    assert started[1] == ("500 Oops", HTML, (None, None, None))
    assert tracker.stats()["skipped"] == {"status": 1}


def test_write_is_the_servers_own(tracker):
    def app(environ, start_response):
        write = start_response("200 OK", HTML)
        write(b"written")
        return []

    body, started = call(WSGIMiddleware(app, tracker=tracker))
    assert list(body) == []
    assert started[1] == b"written"


def test_a_page_finished_in_one_thread_can_be_begun_again(tracker):
    pages = []

    def app(environ, start_response):
        pages.append(current_page())
        return hello(environ, start_response)

    for _ in range(3):
        body, _ = call(WSGIMiddleware(app, tracker=tracker))
        list(body)
    assert tracker.stats()["recorded"] == 3
    assert tracker.stats()["skipped"] == {}
    pages[-1].title = "late"
    assert tracker.stats()["errors"]["late_write"] == 1


def test_switched_off_it_is_not_there():
    tracker = Tracker(enabled=False)
    own = [b"x"]
    assert call(WSGIMiddleware(closing_app(own), tracker=tracker))[0] is own
