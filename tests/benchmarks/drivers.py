"""Drivers: they call a WSGI or ASGI app as a server does, with no server in the way."""

from __future__ import annotations

import asyncio
import gc
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Protocol

from .contestants import Contestant
from .sites import ASGIApp, WSGIApp, environ_of, scope_of
from .visitors import Visit


class Driver(Protocol):
    """One of the two protocols."""

    name: str

    def app_of(self, contestant: Contestant) -> Any:
        """The contestant's app."""

    def cpu_of(self, app: Any, visits: Iterable[Visit]) -> float:
        """Seconds of CPU of the calling thread that serving the visits takes."""

    def prepared(self, visits: Iterable[Visit]) -> list[dict[str, Any]]:
        """The requests of visits."""

    def serve(self, app: Any, requests: Sequence[dict[str, Any]], *, rate: float | None = None) -> None:
        """Answer requests, ``rate`` of them a second or as fast as that goes."""

    def set_cookies(self, app: Any, visit: Visit) -> list[str]:
        """The ``Set-Cookie`` headers of the answer."""

    def close(self) -> None:
        """Let go of the event loop, if there is one."""


class WSGIDriver:
    """Calls a WSGI app, exhausts the body and closes it."""

    name = "WSGI"

    def app_of(self, contestant: Contestant) -> WSGIApp:
        return contestant.wsgi_app()

    def cpu_of(self, app: WSGIApp, visits: Iterable[Visit]) -> float:
        environs = [environ_of(visit) for visit in visits]
        gc.collect()
        begun = time.thread_time()
        serve(app, environs)
        return time.thread_time() - begun

    def prepared(self, visits: Iterable[Visit]) -> list[dict[str, Any]]:
        return [environ_of(visit) for visit in visits]

    def serve(self, app: WSGIApp, requests: Sequence[dict[str, Any]], *, rate: float | None = None) -> None:
        serve(app, requests if rate is None else _paced(requests, rate))

    def set_cookies(self, app: WSGIApp, visit: Visit) -> list[str]:
        given: list[tuple[str, str]] = []
        serve(app, [environ_of(visit)], start_response=lambda _status, headers, *_: given.extend(headers))
        return [value for name, value in given if name.lower() == "set-cookie"]

    def close(self) -> None:
        """Nothing to let go of."""


class ASGIDriver:
    """Awaits an ASGI app on one running loop."""

    name = "ASGI"

    def __init__(self) -> None:
        self._runner = asyncio.Runner()

    def app_of(self, contestant: Contestant) -> ASGIApp:
        return contestant.asgi_app()

    def cpu_of(self, app: ASGIApp, visits: Iterable[Visit]) -> float:
        return self._runner.run(_timed(app, [scope_of(visit) for visit in visits]))

    def prepared(self, visits: Iterable[Visit]) -> list[dict[str, Any]]:
        return [scope_of(visit) for visit in visits]

    def serve(self, app: ASGIApp, requests: Sequence[dict[str, Any]], *, rate: float | None = None) -> None:
        self._runner.run(_served(app, requests, rate))

    def set_cookies(self, app: ASGIApp, visit: Visit) -> list[str]:
        given: list[tuple[bytes, bytes]] = []

        async def send(message: dict[str, Any]) -> None:
            given.extend(message.get("headers", ()))

        self._runner.run(app(scope_of(visit), _receive, send))
        return [value.decode("latin-1") for name, value in given if name == b"set-cookie"]

    def close(self) -> None:
        self._runner.close()


def serve(
    app: WSGIApp,
    environs: Iterable[dict[str, Any]],
    start_response: Callable[..., Any] = lambda _status, _headers, *_exc_info: None,
) -> None:
    """Answer requests one after the other, as PEP 3333 asks of a server."""
    for environ in environs:
        body = app(environ, start_response)
        for _ in body:
            pass
        if (close := getattr(body, "close", None)) is not None:
            close()


def _paced(requests: Iterable[dict[str, Any]], rate: float) -> Iterator[dict[str, Any]]:
    """Each request when it is due."""
    begun = time.monotonic()
    for number, request in enumerate(requests):
        if (rest := begun + number / rate - time.monotonic()) > 0:
            time.sleep(rest)
        yield request


async def _served(app: ASGIApp, scopes: Sequence[dict[str, Any]], rate: float | None) -> None:
    begun = time.monotonic()
    for number, scope in enumerate(scopes):
        if rate is not None and (rest := begun + number / rate - time.monotonic()) > 0:
            await asyncio.sleep(rest)
        await app(scope, _receive, _send)


async def _timed(app: ASGIApp, scopes: Sequence[dict[str, Any]]) -> float:
    gc.collect()
    begun = time.thread_time()
    for scope in scopes:
        await app(scope, _receive, _send)
    return time.thread_time() - begun


async def _receive() -> dict[str, Any]:
    return {"type": "http.request", "body": b"", "more_body": False}


async def _send(_message: dict[str, Any]) -> None:
    """The client takes everything at once."""


def driver_of(protocol: str) -> Driver:
    """The driver of ``WSGI`` or ``ASGI``."""
    return {"WSGI": WSGIDriver, "ASGI": ASGIDriver}[protocol]()
