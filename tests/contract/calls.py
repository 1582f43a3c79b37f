"""The contract's sites called as a server calls them, with no server and no other thread in the way."""

from __future__ import annotations

import asyncio
import io
from contextlib import contextmanager

from tracking_middleware import Tracker

from .conftest import ADAPTERS, BROWSER

WSGI = {"wsgi", "flask", "django-wsgi"}


@contextmanager
def called(name, options=None):
    """A function that sends a site requests, each a path and headers, and the site's tracker.

    The site is bare, and has no tracker, without ``options``. The function waits until what was
    tracked has been sent.
    """
    if options is None or name.startswith("django"):
        app = ADAPTERS[name].make(options)
        tracker = getattr(app, "tracker", None)
    else:
        tracker = Tracker(**options)
        app = ADAPTERS[name].make({"tracker": tracker})

    def send(requests):
        if name in WSGI:
            call_wsgi(app, [environ_of(*request) for request in requests])
        else:
            call_asgi(app, [scope_of(*request) for request in requests])
        if tracker is not None:
            assert tracker.flush(10) == 0

    yield send, tracker
    if tracker is not None:
        tracker.close(5)


def environ_of(path, headers):
    """A browser's GET of a path under WSGI, with these headers besides."""
    return {
        "REQUEST_METHOD": "GET",
        "SCRIPT_NAME": "",
        "PATH_INFO": path,
        "QUERY_STRING": "a=1",
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "HTTP_HOST": "127.0.0.1",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(),
        "wsgi.errors": io.StringIO(),
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
        **{f"HTTP_{key.upper().replace('-', '_')}": value for key, value in {**BROWSER, **headers}.items()},
    }


def scope_of(path, headers):
    """The same under ASGI."""
    given = {"Host": "127.0.0.1", **BROWSER, **headers}
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"a=1",
        "root_path": "",
        "headers": [(key.lower().encode(), value.encode("latin-1")) for key, value in given.items()],
        "client": ("127.0.0.1", 40000),
        "server": ("127.0.0.1", 80),
        "state": {},
    }


def call_wsgi(app, environs):
    """Have requests answered, one after the other."""
    for environ in environs:
        body = app(environ, lambda _status, _headers, _exc_info=None: lambda _data: None)
        for _ in body:
            pass
        if hasattr(body, "close"):
            body.close()


def call_asgi(app, scopes):
    """Have requests answered, one after the other, on a loop of their own."""
    asyncio.run(_call_asgi(app, scopes))


async def _call_asgi(app, scopes):
    for scope in scopes:
        ended = asyncio.Event()
        asked = []

        async def receive(ended=ended, asked=asked):
            if asked:
                await ended.wait()
                return {"type": "http.disconnect"}
            asked.append(True)
            return {"type": "http.request", "body": b"", "more_body": False}

        async def send(message, ended=ended):
            if message["type"] == "http.response.body" and not message.get("more_body"):
                ended.set()

        await app(scope, receive, send)
