"""Frameworks that use all that the two protocols allow, and some more: they notice nothing of us."""

from __future__ import annotations

import asyncio
import copy
import io
import pickle
from collections.abc import Mapping, MutableMapping
from contextlib import closing

import pytest
from starlette.applications import Starlette
from starlette.responses import HTMLResponse
from starlette.routing import Route

from tracking_middleware import Tracker, current_page
from tracking_middleware.asgi import ASGIMiddleware
from tracking_middleware.request.marks import MARK
from tracking_middleware.starlette import TrackingMiddleware
from tracking_middleware.wsgi import WSGIMiddleware

SHAPES = {
    "list": list,
    "tuple": tuple,
    "iterator": iter,
    "generator": lambda values: (value for value in values),
    "own": lambda values: Own(values),
}
"""Ways to be an iterable."""
ONCE = {"iterator", "generator"}
every_shape = pytest.mark.parametrize("pairs", SHAPES)
every_container = pytest.mark.parametrize("container", SHAPES)


class Own:
    """An iterable that begins anew each time, and is nothing else."""

    def __init__(self, values):
        self.values = values

    def __iter__(self):
        return iter(self.values)


class Environ(dict):
    """A dict that lets itself be neither copied nor merged by its own methods."""

    def copy(self):
        raise AssertionError("copied")

    __copy__ = copy
    __or__ = __ror__ = None


class Frozen(Mapping):
    """A mapping that nobody writes to."""

    def __init__(self, values):
        self.values_ = values

    def __getitem__(self, name):
        return self.values_[name]

    def __iter__(self):
        return iter(self.values_)

    def __len__(self):
        return len(self.values_)


class Written(Frozen, MutableMapping):
    """A mapping that is no dict."""

    def __setitem__(self, name, value):
        self.values_[name] = value

    def __delitem__(self, name):
        del self.values_[name]


MAPPINGS = [dict, Environ, Frozen, Written]


@pytest.fixture
def tracker(sink):
    with closing(Tracker(collector_url=sink.url, app_id="hostile", linger=60)) as tracker:
        yield tracker


def shaped(values, container, pairs):
    return SHAPES[container]([SHAPES[pairs](pair) for pair in values])


def named(value):
    """A test's name, the same in every process."""
    return "an object" if type(value) is object else repr(value)


def unwarned(caplog):
    """Nothing was said of a failure of ours."""
    return [record for record in caplog.records if record.levelname == "ERROR"] == []


# --- WSGI ---

HTML = [("Content-Type", "text/html"), ("X-Two", "2")]


def environ(**variables):
    return {
        "REQUEST_METHOD": "GET",
        "HTTP_ACCEPT": "text/html",
        "HTTP_HOST": "a.example",
        "PATH_INFO": "/page",
        "wsgi.url_scheme": "http",
        **variables,
    }


def starting():
    """A server's ``start_response``, and what it was called with."""
    calls = []

    def write(data):
        calls.append(data)

    def start_response(status, headers, exc_info=None):
        calls.append((status, list(map(tuple, headers)), exc_info))
        return write

    start_response.write = write
    return start_response, calls


def wsgi(app, tracker, made=None, start_response=None):
    start_response = start_response or starting()[0]
    return WSGIMiddleware(app, tracker=tracker)(environ() if made is None else made, start_response)


ERROR = (ValueError, ValueError("theirs"), None)
CALLS = {
    "by position": lambda start: start("200 OK", HTML),
    "by position, all": lambda start: start("200 OK", HTML, ERROR),
    "exc_info by keyword": lambda start: start("200 OK", HTML, exc_info=ERROR),
    "headers by keyword": lambda start: start("200 OK", headers=HTML),
    "by keyword": lambda start: start(headers=HTML, exc_info=ERROR, status="200 OK"),
}


@pytest.mark.parametrize("made", CALLS)
@pytest.mark.parametrize("options", [{}, {"server_timing": True}], ids=["read", "added"])
def test_start_response_is_called_as_the_app_called_it(sink, made, options):
    start_response, calls = starting()
    expected, expected_calls = starting()
    CALLS[made](expected)

    def app(environ, start):
        assert CALLS[made](start) is start_response.write
        return [b"page"]

    with closing(Tracker(collector_url=sink.url, app_id="hostile", linger=60, **options)) as tracker:
        assert list(wsgi(app, tracker, start_response=start_response)) == [b"page"]
        assert tracker.stats()["recorded"] == 1
    ((status, headers, exc_info),) = calls
    ((_, bare, _),) = expected_calls
    assert (status, exc_info) == (expected_calls[0][0], expected_calls[0][2])
    assert headers[: len(bare)] == bare
    assert [name for name, _ in headers[len(bare) :]] == (
        ["Server-Timing", "Cache-Control"] if options else []
    )


def test_headers_have_the_name_that_the_servers_parameter_has(tracker):
    def start_response(status, response_headers, exc_info=None):
        return (status, response_headers)

    def app(environ, start):
        assert start("200 OK", response_headers=HTML) == ("200 OK", HTML)
        return [b"page"]

    list(wsgi(app, tracker, start_response=start_response))
    assert tracker.stats()["recorded"] == 1


@pytest.mark.parametrize("given", [(), ("200 OK",), ("200 OK", HTML, None, "more"), (None, None)])
def test_a_wrong_call_is_the_servers_to_complain_of(tracker, caplog, given):
    start_response, _ = starting()
    with pytest.raises(TypeError) as expected:
        start_response(*given)

    def app(environ, start):
        with pytest.raises(TypeError, match=r".") as caught:
            start(*given)
        assert str(caught.value) == str(expected.value)
        start("200 OK", HTML)
        return []

    list(wsgi(app, tracker, start_response=start_response))
    assert tracker.stats()["recorded"] == 1
    assert unwarned(caplog)


@pytest.mark.parametrize("status", [b"200 OK", "200", "2", "", 200, None, object()], ids=named)
def test_any_status_is_left_to_the_server(tracker, caplog, status):
    start_response, calls = starting()

    def app(environ, start):
        start(status, HTML)
        return [b"page"]

    assert list(wsgi(app, tracker, start_response=start_response)) == [b"page"]
    assert calls[0][0] is status
    assert unwarned(caplog)


@every_container
@every_shape
def test_headers_of_a_response_reach_the_server(tracker, container, pairs):
    start_response, calls = starting()
    given = shaped(HTML, container, pairs)
    passed_on = []

    def observing(status, headers, exc_info=None):
        passed_on.append(headers)
        return start_response(status, headers, exc_info)

    def app(environ, start):
        start("200 OK", given)
        return [b"page"]

    list(wsgi(app, tracker, start_response=observing))
    assert calls == [("200 OK", HTML, None)]
    if container not in ONCE and pairs not in ONCE:
        assert passed_on[0] is given
    assert tracker.stats()["recorded"] == 1


def test_headers_that_raise_raise_into_the_app(tracker):
    def headers():
        yield HTML[0]
        raise LookupError("theirs")

    def app(environ, start):
        with pytest.raises(LookupError, match="theirs"):
            start("200 OK", headers())
        start("200 OK", HTML)
        return [b"page"]

    list(wsgi(app, tracker))
    assert tracker.stats()["recorded"] == 1


@pytest.mark.parametrize("made", MAPPINGS)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_any_mapping_is_an_environ(tracker, caplog, made, method):
    given = made(environ(REQUEST_METHOD=method))
    seen = []

    def app(environ, start):
        seen.append(environ)
        start("200 OK", HTML)
        return [b"page"]

    assert list(wsgi(app, tracker, given)) == [b"page"]
    assert seen[0] is given
    assert tracker.stats()["recorded"] == (method == "GET")
    assert unwarned(caplog)


@pytest.mark.parametrize("value", [None, "missing"])
@pytest.mark.parametrize("name", environ())
def test_what_is_missing_in_an_environ_is_nobodys_trouble(tracker, caplog, name, value):
    made = environ(**{name: value})
    if value:
        del made[name]
    given = dict(made)

    def app(environ, start):
        assert {key: environ[key] for key in environ if key != MARK} == given
        start("200 OK", HTML)
        return [b"page"]

    assert list(wsgi(app, tracker, made)) == [b"page"]
    assert tracker.flush() == 0
    assert unwarned(caplog)
    assert "internal" not in tracker.stats()["errors"]


def test_an_environ_without_a_method_is_told_of_as_such(tracker):
    made = environ()
    del made["REQUEST_METHOD"]
    wsgi(lambda environ, start: [], tracker, made)
    assert tracker.stats()["skipped"] == {"method": 1}


@pytest.mark.parametrize("made", [None, 1, "text", object()], ids=named)
def test_what_is_no_environ_at_all_reaches_the_app(tracker, made):
    body = object()
    assert WSGIMiddleware(lambda *given: (body, given), tracker=tracker)(made, None) == (body, (made, None))


@pytest.mark.parametrize("kind", ["text/html", "application/json"])
def test_a_sentinel_is_a_body(tracker, kind):
    body = object()

    def app(environ, start):
        start("200 OK", [("Content-Type", kind)])
        return body

    returned = wsgi(app, tracker)
    if kind == "application/json":
        assert returned is body
    else:
        with pytest.raises(TypeError, match="not iterable"):
            list(returned)


def test_the_adapter_is_called_by_keyword(tracker):
    app = WSGIMiddleware(lambda environ, start_response: [b"x"], tracker=tracker)
    assert list(app(environ=environ(), start_response=starting()[0])) == [b"x"]


@pytest.mark.parametrize("chunks", [[], [b"page"], ["no bytes"], [b"one", b"two"]])
def test_a_list_is_returned_as_it_is(tracker, chunks):
    assert wsgi(html_app(chunks), tracker) is chunks
    assert tracker.stats()["recorded"] == 1


class Body:
    """A body that does what it is told, and knows what was done with it."""

    def __init__(self, *, iterates=None, closes=None, length=None):
        self.iterates, self.closes = iterates, closes
        self.closed = 0
        if length is not None:
            self.__class__ = type("Sized", (Body,), {"__len__": lambda self: length})

    def __iter__(self):
        if self.iterates:
            raise self.iterates
        return iter([b"one", b"two"])

    def close(self):
        self.closed += 1
        if self.closes:
            raise self.closes


def html_app(body):
    def app(environ, start):
        start("200 OK", HTML)
        return body

    return app


@pytest.mark.parametrize("error", [LookupError("theirs"), KeyboardInterrupt("theirs")], ids=named)
def test_a_body_that_raises_raises_the_same(tracker, error):
    body = wsgi(html_app(Body(iterates=error)), tracker)
    with pytest.raises(type(error), match="theirs") as caught:
        list(body)
    assert caught.value is error
    body.close()
    closing = wsgi(html_app(Body(closes=error)), tracker)
    assert list(closing) == [b"one", b"two"]
    with pytest.raises(type(error), match="theirs") as caught:
        closing.close()
    assert caught.value is error
    assert tracker.stats()["recorded"] == 1
    assert tracker.stats()["skipped"] == {"status": 1}


@pytest.mark.parametrize("length", [0, 2, 7])
def test_a_body_with_a_length_keeps_it(tracker, length):
    body = wsgi(html_app(Body(length=length)), tracker)
    assert len(body) == length
    assert list(body) == [b"one", b"two"]


def test_a_body_is_read_twice_where_the_apps_own_can_be(tracker):
    body = wsgi(html_app((b"one", b"two")), tracker)
    read = iter(body)
    assert next(read) == b"one"
    assert list(read) == [b"two"]
    assert list(body) == [b"one", b"two"]


@pytest.mark.parametrize("times", [0, 1, 2, 3])
def test_start_response_comes_late_twice_or_never(tracker, times):
    start_response, calls = starting()

    def app(environ, start):
        for _ in range(times):
            start("200 OK", HTML, ERROR)
        yield b"page"

    assert list(wsgi(app, tracker, start_response=start_response)) == [b"page"]
    assert len(calls) == times
    stats = tracker.stats()
    assert (stats["recorded"], stats["skipped"]) == ((1, {}) if times else (0, {"status": 1}))


# --- ASGI ---

RAW_HTML = [(b"content-type", b"text/html"), (b"x-two", b"2")]
SENT = [(b"accept", b"text/html"), (b"host", b"a.example"), (b"user-agent", b"hostile")]


def scope(**options):
    return {
        "type": "http",
        "method": "GET",
        "scheme": "http",
        "path": "/page",
        "query_string": b"",
        "headers": list(SENT),
        "client": ("203.0.113.9", 1),
        "server": ("b.example", 81),
        **options,
    }


async def page(scope, receive, send):
    await send({"type": "http.response.start", "status": 200, "headers": RAW_HTML})
    await send({"type": "http.response.body", "body": b"page"})


def asgi(app, tracker, given=None, adapter=ASGIMiddleware):
    """What an app sends, and what it returns."""
    sent = []

    async def send(message):
        sent.append(message)
        return len(sent)

    made = adapter(app, tracker=tracker)
    returned = asyncio.run(made(scope=scope() if given is None else given, receive=None, send=send))
    return sent, returned


def reading(read):
    async def app(scope, receive, send):
        read.append([tuple(pair) for pair in scope["headers"]])
        read.append(tuple(scope["client"]))
        read.append(tuple(scope["server"]))
        await page(scope, receive, send)

    return app


@pytest.mark.parametrize("adapter", [ASGIMiddleware, TrackingMiddleware])
@pytest.mark.parametrize("method", ["GET", "POST"])
@every_container
@every_shape
def test_headers_of_a_request_reach_the_app(tracker, sink, adapter, method, container, pairs):
    given = scope(headers=shaped(SENT, container, pairs), method=method)
    own, read = given["headers"], []
    asgi(reading(read), tracker, given, adapter)
    assert read[0] == SENT
    if not {container, pairs} & ONCE:
        assert given["headers"] is own
    if method == "GET":
        tracker.flush()
        assert [(event["url"], event["ua"]) for event in sink.events] == [
            ("http://a.example/page", "hostile")
        ]


def test_one_pair_that_can_be_read_once_among_many(tracker, sink):
    given, read = scope(headers=[*SENT[:2], iter(SENT[2])]), []
    asgi(reading(read), tracker, given)
    tracker.flush()
    assert read[0] == SENT
    assert sink.events[0]["ua"] == "hostile"


@pytest.mark.parametrize("shape", SHAPES)
def test_addresses_of_any_kind_reach_the_app_and_the_event(tracker, sink, shape):
    make = SHAPES[shape]
    given = scope(headers=[SENT[0]], client=make(("203.0.113.9", 1)), server=make(("b.example", 81)))
    read = []
    asgi(reading(read), tracker, given)
    tracker.flush()
    assert read[1:] == [("203.0.113.9", 1), ("b.example", 81)]
    (event,) = sink.events
    assert (event["ip"], event["url"]) == ("203.0.113.9", "http://b.example:81/page")


@pytest.mark.parametrize("options", [{}, {"server_timing": True}], ids=["read", "added"])
@every_container
@every_shape
def test_headers_of_a_message_reach_the_server(sink, options, container, pairs):
    given = shaped(RAW_HTML, container, pairs)

    async def app(scope, receive, send):
        assert await send({"type": "http.response.start", "status": 200, "headers": given}) == 1
        assert await send({"type": "http.response.body"}) == 2

    with closing(Tracker(collector_url=sink.url, app_id="hostile", linger=60, **options)) as tracker:
        (start, _), _ = asgi(app, tracker)
        assert [tuple(pair) for pair in start["headers"]][:2] == RAW_HTML
        assert tracker.stats()["recorded"] == 1
    if not options and container not in ONCE and pairs not in ONCE:
        assert start["headers"] is given


@pytest.mark.parametrize("value", [None, "missing"])
@pytest.mark.parametrize("name", scope())
@pytest.mark.parametrize("adapter", [ASGIMiddleware, TrackingMiddleware])
def test_what_is_missing_in_a_scope_is_nobodys_trouble(tracker, caplog, adapter, name, value):
    made = scope(**{name: value})
    if value:
        del made[name]
    given = dict(made)

    async def app(scope, receive, send):
        assert {key: scope[key] for key in scope if key != MARK} == given
        await page(scope, receive, send)

    sent, _ = asgi(app, tracker, made, adapter)
    assert len(sent) == 2
    assert tracker.flush() == 0
    assert unwarned(caplog)
    assert "internal" not in tracker.stats()["errors"]


@pytest.mark.parametrize("made", [None, 1, "text", object()], ids=named)
def test_what_is_no_scope_at_all_reaches_the_app(tracker, caplog, made):
    async def app(*given):
        return given

    assert asyncio.run(ASGIMiddleware(app, tracker=tracker)(made, None, None)) == (made, None, None)
    assert unwarned(caplog)


@pytest.mark.parametrize("made", MAPPINGS)
@pytest.mark.parametrize("headers", ["list", "generator"])
def test_any_mapping_is_a_scope(tracker, caplog, made, headers):
    given, read = made(scope(headers=SHAPES[headers](SENT))), []
    sent, _ = asgi(reading(read), tracker, given)
    assert len(sent) == 2
    assert read[0] == SENT
    assert tracker.stats()["recorded"] == 1
    assert unwarned(caplog)


@pytest.mark.parametrize("kind", ["http", "lifespan", "websocket", "new"])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_what_an_app_returns_is_returned(tracker, kind, method):
    answer = object()

    async def app(scope, receive, send):
        return answer

    assert asgi(app, tracker, scope(type=kind, method=method))[1] is answer


MESSAGES = [
    {},
    {"type": "http.new"},
    {"type": None},
    {"type": "http.response.start"},
    {"type": "http.response.start", "status": 200},
    {"type": "http.response.start", "status": None, "headers": None},
    {"type": "http.response.body"},
    {"type": "http.response.trailers", "headers": []},
]


@pytest.mark.parametrize("message", MESSAGES, ids=named)
@pytest.mark.parametrize("made", [dict, Environ])
def test_any_message_is_the_servers(tracker, caplog, message, made):
    given = made(message)

    async def app(scope, receive, send):
        await send(given)
        await send(message=given)

    sent, _ = asgi(app, tracker)
    assert [one is given for one in sent] == [True, True]
    assert unwarned(caplog)


@pytest.mark.parametrize("message", [None, 1, "text", []], ids=named)
def test_what_is_no_message_at_all_is_the_servers(tracker, caplog, message):
    async def app(scope, receive, send):
        await send(message)

    assert asgi(app, tracker)[0] == [message]
    assert unwarned(caplog)


@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit, GeneratorExit, asyncio.CancelledError])
@pytest.mark.parametrize("has_started", [True, False])
def test_any_exception_passes_unchanged(tracker, error, has_started):
    raised = error("theirs")

    async def app(scope, receive, send):
        if has_started:
            await send({"type": "http.response.start", "status": 200, "headers": RAW_HTML})
        raise raised

    coroutine = ASGIMiddleware(app, tracker=tracker)(scope(), None, ignore)
    with pytest.raises(error) as caught:
        coroutine.send(None)
    assert caught.value is raised
    assert tracker.stats()["recorded"] == has_started


async def ignore(message):
    pass


class Double:
    """An app of the protocol's second version: called with a scope it gives what is called with the rest."""

    def __call__(self, scope):
        return self.serve

    async def serve(self, receive, send):
        raise AssertionError("never")


def test_an_app_that_is_called_twice_fails_as_it_would_alone(tracker):
    with pytest.raises(TypeError) as alone:
        Double()(scope(), None, ignore)
    with pytest.raises(TypeError) as ours:
        asgi(Double(), tracker)
    assert str(ours.value) == str(alone.value)


def test_the_end_is_what_the_protocol_says_not_what_a_length_does(tracker):
    async def app(scope, receive, send):
        headers = [*RAW_HTML, (b"content-length", b"4")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b"page", "more_body": True})
        assert tracker.stats()["recorded"] == 0
        current_page().title = "in time"

    asgi(app, tracker)
    assert tracker.stats()["recorded"] == 1
    assert "late_write" not in tracker.stats()["errors"]


# --- the mark ---

COPIES = {
    "copy": copy.copy,
    "deepcopy": copy.deepcopy,
    "pickle": lambda made: pickle.loads(pickle.dumps(made)),
    "merge": lambda made: {**made},
}


@pytest.mark.parametrize("copied", COPIES)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_scope_can_be_copied_and_its_copy_is_still_the_request(tracker, copied, method):
    inner = ASGIMiddleware(page, tracker=tracker)

    async def app(scope, receive, send):
        made = COPIES[copied](scope)
        assert made == scope
        await inner(made, receive, send)

    asgi(app, tracker, scope(method=method))
    stats = tracker.stats()
    assert (stats["recorded"], stats["skipped"]["nested"]) == (method == "GET", 1)


@pytest.mark.parametrize("copied", COPIES)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_an_environ_can_be_copied_and_its_copy_is_still_the_request(tracker, copied, method):
    inner = WSGIMiddleware(html_app([b"page"]), tracker=tracker)

    def app(environ, start):
        made = COPIES[copied](environ)
        assert made == environ
        return inner(made, start)

    assert list(wsgi(app, tracker, environ(REQUEST_METHOD=method))) == [b"page"]
    stats = tracker.stats()
    assert (stats["recorded"], stats["skipped"]["nested"]) == (method == "GET", 1)


def test_starlettes_own_scope_can_be_copied(tracker):
    seen = []

    async def endpoint(request):
        seen.append(copy.deepcopy({name: request.scope[name] for name in ("headers", MARK)}))
        return HTMLResponse("page")

    asgi(Starlette(routes=[Route("/page", endpoint)]), tracker, adapter=TrackingMiddleware)
    assert type(seen[0][MARK]) is int
    assert tracker.stats()["recorded"] == 1


def test_a_scope_that_comes_again_is_another_request(tracker):
    given, made = scope(), environ()
    asked = []

    async def app(scope, receive, send):
        asked.append(copy.deepcopy(scope))
        await page(scope, receive, send)

    for _ in range(3):
        asgi(app, tracker, given)
        asgi(app, tracker, asked[-1])
        list(wsgi(html_app([b"page"]), tracker, made))
    assert tracker.stats()["recorded"] == 9
    assert tracker.stats()["skipped"] == {}


def test_an_input_that_cannot_be_copied_is_the_apps_own(tracker):
    made = environ(**{"wsgi.input": io.BytesIO(b"x")})
    list(wsgi(html_app([]), tracker, made))
    assert copy.deepcopy(made)["wsgi.input"].read() == b"x"
