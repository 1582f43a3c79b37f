"""The benchmarked site as a plain WSGI and ASGI app; an article's page runs the view of a contestant."""

from __future__ import annotations

import io
import itertools
import sys
from collections.abc import Awaitable, Callable, Iterable
from functools import cached_property
from typing import Any, Protocol
from urllib.parse import unquote, unquote_to_bytes

from starlette.concurrency import run_in_threadpool

from .visitors import Answer, Story, Visit, Visitors

VISIT = "benchmark.visit"
"""Where a request carries its visit, in the environ or the scope."""

_PAGES = 2_000

WSGIApp = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]
ASGIApp = Callable[..., Awaitable[None]]


class Request(Protocol):
    """What a view reads of its request, in either protocol."""

    native: dict[str, Any]

    @property
    def story(self) -> Story:
        """The article that was asked for."""

    @property
    def url(self) -> str: ...

    @property
    def address(self) -> str: ...

    def header(self, name: str) -> str:
        """A header by its lower-case name, or an empty text."""


View = Callable[[Any], None]


class WSGIRequest:
    """A request as its environ has it."""

    def __init__(self, environ: dict[str, Any]) -> None:
        self.native = environ
        self.story = environ[VISIT].story

    @property
    def url(self) -> str:
        environ = self.native
        scheme, host = environ["wsgi.url_scheme"], environ["HTTP_HOST"]
        return f"{scheme}://{host}{environ['PATH_INFO']}?{environ['QUERY_STRING']}"

    @property
    def address(self) -> str:
        return self.native["REMOTE_ADDR"]

    def header(self, name: str) -> str:
        return self.native.get(f"HTTP_{name.upper().replace('-', '_')}", "")


class ASGIRequest:
    """A request as its scope has it."""

    def __init__(self, scope: dict[str, Any]) -> None:
        self.native = scope
        self.story = scope[VISIT].story

    @cached_property
    def _headers(self) -> dict[bytes, bytes]:
        return dict(self.native["headers"])

    @property
    def url(self) -> str:
        scope = self.native
        return f"{scope['scheme']}://{self.header('host')}{scope['path']}?{scope['query_string'].decode()}"

    @property
    def address(self) -> str:
        return self.native["client"][0]

    def header(self, name: str) -> str:
        return self._headers.get(name.encode(), b"").decode("latin-1")


def wsgi_site(view: View) -> WSGIApp:
    """The site under WSGI."""

    def site(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        visit = environ[VISIT]
        if visit.is_page:
            view(WSGIRequest(environ))
        answer = visit.answer
        start_response(f"{answer.status} {answer.reason}", list(answer.headers))
        return [answer.body]

    return site


def asgi_site(view: View) -> ASGIApp:
    """The site under ASGI."""

    async def site(scope: dict[str, Any], _receive: object, send: Callable[..., Awaitable[None]]) -> None:
        visit = scope[VISIT]
        if visit.is_page:
            view(ASGIRequest(scope))
        await send_answer(visit.answer, send)

    return site


def threaded_asgi_site(view: View) -> ASGIApp:
    """The site under ASGI with a view that may block, in a thread of a pool as FastAPI runs a ``def``."""

    async def site(scope: dict[str, Any], _receive: object, send: Callable[..., Awaitable[None]]) -> None:
        await run_in_threadpool(view, ASGIRequest(scope))
        await send_answer(scope[VISIT].answer, send)

    return site


def on_a_server(app: Any, visitors: Visitors, *, is_wsgi: bool = False) -> Any:
    """The app behind a real server, which knows no visits: each request is for one of some pages."""
    pages = itertools.cycle([visitors.with_cookies() for _ in range(_PAGES)])

    async def served(scope: dict[str, Any], receive: object, send: object) -> None:
        scope[VISIT] = next(pages)
        await app(scope, receive, send)

    def served_wsgi(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        environ[VISIT] = next(pages)
        return app(environ, start_response)

    return served_wsgi if is_wsgi else served


async def send_answer(answer: Answer, send: Callable[..., Awaitable[None]]) -> None:
    """The messages of an answer."""
    headers = [(name.lower().encode(), value.encode()) for name, value in answer.headers]
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": answer.body})


def environ_of(visit: Visit) -> dict[str, Any]:
    """The environ of a visit, as a server behind TLS makes it."""
    names = {"content-type": "CONTENT_TYPE", "content-length": "CONTENT_LENGTH"}
    return {
        "REQUEST_METHOD": visit.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(visit.path).decode("latin-1") if "%" in visit.path else visit.path,
        "QUERY_STRING": visit.query,
        "RAW_URI": f"{visit.path}?{visit.query}" if visit.query else visit.path,
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "443",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "SERVER_SOFTWARE": "benchmark",
        "REMOTE_ADDR": visit.address,
        "REMOTE_PORT": "40000",
        "wsgi.version": (1, 0),
        "wsgi.input": io.BytesIO(),
        "wsgi.errors": sys.stderr,
        "wsgi.url_scheme": "https",
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
        VISIT: visit,
        **{
            names.get(name) or f"HTTP_{name.upper().replace('-', '_')}": value
            for name, value in visit.headers
        },
    }


def scope_of(visit: Visit) -> dict[str, Any]:
    """The scope of a visit, as a server behind TLS makes it."""
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": visit.method,
        "scheme": "https",
        "path": unquote(visit.path) if "%" in visit.path else visit.path,
        "raw_path": visit.path.encode(),
        "query_string": visit.query.encode(),
        "root_path": "",
        "headers": [(name.encode(), value.encode("latin-1")) for name, value in visit.headers],
        "client": (visit.address, 40000),
        "server": ("127.0.0.1", 443),
        "state": {},
        VISIT: visit,
    }
