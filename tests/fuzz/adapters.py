"""The adapters' targets: a hostile request, and an app that uses what it was sent."""

from __future__ import annotations

import asyncio
import io
import itertools
from dataclasses import dataclass, field
from functools import cache
from urllib.parse import unquote_to_bytes

from tracking_middleware import Article, Settings, StructuredEvent, TokenError, Tracker, current_page
from tracking_middleware import page as page_module
from tracking_middleware.asgi import ASGIMiddleware
from tracking_middleware.privacy import consent_cookie
from tracking_middleware.wsgi import WSGIMiddleware

from . import mutator
from .oracle import Delivery, check_added, check_events

COMMON = {
    "collector_url": "log:",
    "app_id": "fuzz",
    "secret_key": "a long random text",
    "debug": True,
    "server_timing": True,
    "opt_out_cookie": "optout",
    "consent": consent_cookie("consent", missing="full"),
    "user_id": lambda request: request.cookies.get("user", request.headers.get("user-agent")),
}
VARIANTS = (  # a new setting that sees what visitors send goes into one of these
    {},
    {"identity": "issue", "cookie_domain": "example.test"},
    {"identity": "issue", "tracker_compat": "3", "consent": None},
    {"identity": "issue", "cookie_domain": "auto", "dnt": "none"},
    {"public_url": "https://www.example.test", "include": "/static/**", "gpc": "ignore"},
)

_STATUSES = (200, 200, 200, 200, 200, 204, 302, 304, 404, 500)
_CACHES = (
    None,
    None,
    None,
    "private",
    "no-store",
    "public",
    'private="a',
    "s-maxage=1, private",
    ",,=;",
    "\xff",
)


@cache
def settings():
    """The variants, each as Settings."""
    return tuple(Settings.from_mapping({**COMMON, **variant}) for variant in VARIANTS)


@dataclass(frozen=True)
class Answer:
    """What the app answers, and what it tells the page before."""

    status: int
    headers: list
    chunks: tuple = (b"<p>", b"hello")
    raises: bool = False
    writes: dict = field(default_factory=dict)
    calls: tuple = ()


def answer_to(random, request):
    """An answer that is made from the request."""
    headers = [("Content-Type", random.choice(("text/html", "text/html; charset=utf-8", "application/json")))]
    if random.random() < 0.9:
        headers[0] = ("Content-Type", "text/html")
    if (control := random.choice(_CACHES)) is not None:
        headers.append(("Cache-Control", control))
    status = random.choice(_STATUSES)
    if status == 302:
        headers.append(("Location", "/" + request.target.hex()[:2000]))
    sent = [request.target, *(value for _, value in request.headers)]

    def text():
        return mutator.text_of(random, random.choice(sent))

    names = [name for name in ("title", "url", "referrer", "user_id") if random.random() < 0.3]
    writes = {name: text() for name in names}
    if random.random() < 0.05:
        writes["consent"] = random.choice(("full", "anonymous", text()))
    calls = tuple((kind, text(), text()) for kind in _CALLS if random.random() < 0.1)
    return Answer(status, headers, raises=random.random() < 0.03, writes=writes, calls=calls)


def tell(answer, tracker):
    """What the app does with the current page."""
    page = current_page()
    for name, value in answer.writes.items():
        setattr(page, name, value)
    for kind, text, other in answer.calls:
        _CALLS[kind](page, tracker, text, other)
    if answer.raises:
        raise AppError


class AppError(Exception):
    """The app's own."""


def _seal(page, tracker, text, _other):
    token = page.seal()
    assert tracker is None or tracker.unseal(token)
    if tracker is not None:
        try:
            tracker.unseal(text[:20] + token[20:])
        except TokenError:
            return
        assert text[:20] == token[:20], "a token that was changed is taken"


def _track(_page, tracker, text, other):
    if tracker is not None:
        tracker.track(StructuredEvent(text, other, text, other), key=text, entities=[Article(id=other)])


_CALLS = {
    "attach": lambda page, _tracker, text, other: page.attach(Article(id=text, tags=[other], author=other)),
    "attach_dict": lambda page, _tracker, text, other: page.attach(
        {"schema": "iglu:com.acme/a/jsonschema/1-0-0", "data": {"text": text, other[:50]: [text]}}
    ),
    "attach_junk": lambda page, _tracker, text, other: page.attach({"schema": text, "data": other}),
    "skip": lambda page, _tracker, text, _other: page.skip(text),
    "seal": _seal,
    "track": _track,
}


def new_tracker(random):
    """A tracker of its own for the case, so that what is told once a process is told in each."""
    page_module.enter_exchange(page_module._outside)
    delivery = Delivery()
    return Tracker(random.choice(settings()), delivery=delivery, clock=lambda: 1_700_000_000.5), delivery


# --- WSGI ---


def environ_of(random, request):
    """The environ of a server: bytes as latin-1 (PEP 3333), repeated headers joined."""
    path, _, query = request.target.partition(b"?")
    environ = {
        "REQUEST_METHOD": request.method,
        "PATH_INFO": unquote_to_bytes(path).decode("latin-1"),
        "QUERY_STRING": query.decode("latin-1"),
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "8000",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": random.choice(("203.0.113.9", "10.0.0.1", "::ffff:10.0.0.1", "", "fe80::1%x", "unix")),
        "SCRIPT_NAME": random.choice(("", "", "", "/app", "\xff")),
        "wsgi.url_scheme": "https",
        "wsgi.input": io.BytesIO(request.body),
        "wsgi.errors": io.StringIO(),
        "wsgi.version": (1, 0),
        "wsgi.multithread": False,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    if raw := random.choice(("REQUEST_URI", "RAW_URI", None)):
        environ[raw] = request.target.decode("latin-1")
    for name, value in request.headers:
        key = f"HTTP_{name.decode('latin-1').upper().replace('-', '_')}"
        separator = "; " if key == "HTTP_COOKIE" else ","
        text = value.decode("latin-1")
        environ[key] = f"{environ[key]}{separator}{text}" if key in environ else text
    return environ


def answered(app, environ):
    """What a server would send: status, headers and body; or the name of what was raised."""
    started = []

    def start_response(status, headers, exc_info=None):
        started[:] = [status, list(headers)]
        return lambda _chunk: None

    try:
        body = app(environ, start_response)
        try:
            content = b"".join(body)
        finally:
            getattr(body, "close", lambda: None)()
    except Exception as error:  # noqa: BLE001
        # the app's own, which must come through as it is
        return type(error).__name__, [], b""
    return started[0], started[1], content


def wsgi(random, _log):
    request = mutator.mutated(random, {"GET"})
    answer = answer_to(random, request)
    tracker, delivery = new_tracker(random)
    is_lazy = random.random() < 0.2

    def app(_environ, start_response):
        def late():
            tell(answer, tracker)
            start_response(f"{answer.status} X", answer.headers)
            yield from answer.chunks

        if is_lazy:
            return late()
        tell(answer, tracker)
        start_response(f"{answer.status} X", answer.headers)
        return list(answer.chunks)

    status, headers, content = answered(WSGIMiddleware(app, tracker=tracker), environ_of(random, request))
    if answer.raises:
        assert (status, headers) == ("AppError", []), f"the app raised, and this came: {status}"
    else:
        assert (status, content) == (f"{answer.status} X", b"".join(answer.chunks)), f"{status}: {content!r}"
        check_added(answer.headers, headers)
    return check_events(delivery, tracker)


# --- ASGI ---

_LOOP = []


def run(awaitable):
    """Run on the one loop of this process."""
    if not _LOOP:
        _LOOP.append(asyncio.new_event_loop())
    return _LOOP[0].run_until_complete(awaitable)


def close_loop():
    """End the loop, with its threads."""
    while _LOOP:
        loop = _LOOP.pop()
        loop.run_until_complete(loop.shutdown_default_executor())
        loop.close()


def scope_of(random, request):
    """The scope of a server: header names lower case, the path decoded."""
    path, _, query = request.target.partition(b"?")
    prefix = random.choice(("", "", "", "/app", "/\udcff"))
    return {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": request.method,
        "scheme": random.choice(("https", "http")),
        "server": random.choice((("127.0.0.1", 8000), None)),
        "client": random.choice((("203.0.113.9", 1), ("10.0.0.1", 1), ("", 0), None)),
        "root_path": prefix,
        "path": unquote_to_bytes(path).decode("utf-8", "replace"),
        "raw_path": random.choice((path, path, None)),
        "query_string": query,
        "headers": [(name.lower(), value) for name, value in request.headers],
    }


async def called(app, scope, body=b""):
    """The messages an app sends, and what it raised."""
    sent, received = [], iter([{"type": "http.request", "body": body, "more_body": False}])

    async def receive():
        return next(received, {"type": "http.disconnect"})

    async def send(message):
        sent.append(message)

    try:
        await app(scope, receive, send)
    except Exception as error:  # noqa: BLE001
        # the app's own, which must come through as it is
        return sent, type(error).__name__
    return sent, ""


def asgi(random, _log):
    request = mutator.mutated(random, {"GET"})
    answer = answer_to(random, request)
    tracker, delivery = new_tracker(random)
    headers = [(name.lower().encode(), value.encode("latin-1")) for name, value in answer.headers]
    messages = [
        {"type": "http.response.start", "status": answer.status, "headers": headers},
        *({"type": "http.response.body", "body": chunk, "more_body": True} for chunk in answer.chunks),
        {"type": "http.response.body", "body": b""},
    ]

    async def app(_scope, _receive, send):
        tell(answer, tracker)
        for message in messages:
            await send(message)

    scope = scope_of(random, request)
    sent, raised = run(called(ASGIMiddleware(app, tracker=tracker), scope))
    if answer.raises:
        assert (sent, raised) == ([], "AppError"), f"the app raised, and this came: {raised} {sent}"
    else:
        assert not raised, f"{raised} was raised"
        check_added(headers, list(sent[0]["headers"]))
        assert [{**sent[0], "headers": headers}, *sent[1:]] == messages, "the messages changed"
    return check_events(delivery, tracker)


def same_messages(bare, tracked):
    """Two answers of one app, without and with us."""
    (sent, raised), (tracked_sent, tracked_raised) = bare, tracked
    assert (raised, len(sent)) == (tracked_raised, len(tracked_sent)), (
        f"{raised!r}, with us {tracked_raised!r}"
    )
    for message, with_us in itertools.zip_longest(sent, tracked_sent):
        if message["type"] == "http.response.start":
            assert message["status"] == with_us["status"], f"{message['status']}, with us {with_us['status']}"
            check_added(list(message["headers"]), list(with_us["headers"]))
        else:
            assert message == with_us, "the body changed"
