"""What a server does: an environ or a scope made of bytes, and an app that is called with it."""

from __future__ import annotations

import asyncio
import io
import itertools
from urllib.parse import unquote_to_bytes

from .oracle import check_added


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
        for message in received:
            return message
        if sent and not sent[-1].get("more_body"):
            return {"type": "http.disconnect"}
        return await asyncio.Event().wait()  # the client waits for the rest

    async def send(message):
        sent.append(message)

    try:
        await app(scope, receive, send)
    except Exception as error:  # noqa: BLE001
        # the app's own, which must come through as it is
        return sent, type(error).__name__
    return sent, ""


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
