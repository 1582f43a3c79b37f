"""How a lane is driven: all requests are made before the count begins, then they are served one by one."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

_TYPE = "text/html; charset=utf-8"
_BODY = b"<!doctype html><p>A page</p>"


@dataclass(frozen=True)
class Lane:
    """What is counted: ``serve`` takes what ``prepare`` made of some numbers; then ``check`` is called.

    ``check`` is given how many numbers there were so far, and raises where not all was tracked.
    """

    prepare: Callable[[range], Sequence[Any]]
    serve: Callable[[Sequence[Any]], None]
    check: Callable[[int], None] = lambda _count: None


class Nowhere:
    """A delivery that only counts what is recorded, so that a request path is counted by itself."""

    def __init__(self) -> None:
        self.recorded = 0

    def record(self, _recorded: object) -> None:
        self.recorded += 1

    def drop(self, _reason: str) -> None:
        """It is dropped anyway."""

    def flush(self, _timeout: float) -> int:
        return 0

    def close(self, _timeout: float) -> int:
        return 0

    def stats(self) -> dict[str, Any]:
        return {"recorded": self.recorded}

    def health(self) -> dict[str, Any]:
        return {"status": "healthy", "reasons": []}

    def expect(self, each: int) -> Callable[[int], None]:
        """A check that each request left so many events."""

        def check(count: int) -> None:
            if self.recorded != each * count:
                raise RuntimeError(f"{count} requests left {self.recorded} events, not {each * count}")

        return check


def wsgi_site(view: Callable[[], object]) -> Callable[..., Iterator[bytes] | list[bytes]]:
    """A WSGI app that runs the view and answers a small page."""

    def site(_environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
        view()
        start_response("200 OK", [("Content-Type", _TYPE), ("Content-Length", str(len(_BODY)))])
        return [_BODY]

    return site


def asgi_site(view: Callable[[], object]) -> Callable[..., Any]:
    """An ASGI app that runs the view and answers a small page."""
    length = str(len(_BODY)).encode()

    async def site(_scope: dict[str, Any], _receive: object, send: Callable[..., Any]) -> None:
        view()
        headers = [(b"content-type", _TYPE.encode()), (b"content-length", length)]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": _BODY})

    return site


def serve_wsgi(app: Callable[..., Any]) -> Callable[[Sequence[Any]], None]:
    """Calls an app as a server does."""

    def serve(environs: Sequence[dict[str, Any]]) -> None:
        for environ in environs:
            body = app(environ, _start_response)
            for _ in body:
                pass
            if (close := getattr(body, "close", None)) is not None:
                close()

    return serve


def serve_asgi(app: Callable[..., Any]) -> Callable[[Sequence[Any]], None]:
    """Awaits an app as a server does, on a loop that runs for all of them."""
    runner = asyncio.Runner()

    async def serve_all(scopes: Sequence[dict[str, Any]]) -> None:
        for scope in scopes:
            await app(scope, _receive, _send)

    return lambda scopes: runner.run(serve_all(scopes))


def cookies_set_by(app: Callable[..., Any], environ: dict[str, Any]) -> list[str]:
    """The cookies that an app's answer gives, as a browser sends them back."""
    given: list[str] = []

    def start_response(_status: str, headers: list[tuple[str, str]], *_exc_info: object) -> None:
        given.extend(value.partition(";")[0] for name, value in headers if name.lower() == "set-cookie")

    body = app(environ, start_response)
    list(body)
    if (close := getattr(body, "close", None)) is not None:
        close()
    return given


def _start_response(_status: str, _headers: object, *_exc_info: object) -> None:
    return None


async def _receive() -> dict[str, Any]:
    return {"type": "http.request", "body": b"", "more_body": False}


async def _send(_message: dict[str, Any]) -> None:
    """The client takes everything at once."""
