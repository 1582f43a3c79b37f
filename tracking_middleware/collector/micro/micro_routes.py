"""Snowplow Micro's REST API: counts, lists, filters, reset."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping
from http import HTTPStatus
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response, StreamingResponse
from starlette.routing import Match, Route

from ..enrichment.bad_rows import as_micro_bad
from ..http.bodies import BodyRefusedError, read_body
from ..payload.json_text import encoded
from ..store.rows import Query
from ..store.store import Store
from .filters import MAX_FILTER, Filter, FilterError, read_filter
from .showing import Showing

GZIPPED = [Middleware(GZipMiddleware, minimum_size=1000, compresslevel=1)]
"""Packs what a route answers, where the client takes that; not for streams."""

_CHUNK = 100
_METHODS = ["GET", "POST"]
_Wanted = Callable[[Filter, Mapping[str, Any]], bool]


def routes(store: Store, showing: Showing, *, body_seconds: float = 30.0) -> list[Route]:
    """Micro's routes that every version of it has."""
    micro = _Micro(store, showing, body_seconds)
    return [
        Route("/micro/all", micro.count, methods=_METHODS),
        Route("/micro/good", micro.list_good, methods=_METHODS, middleware=GZIPPED),
        Route("/micro/bad", micro.list_bad, methods=_METHODS, middleware=GZIPPED),
        Route("/micro/reset", micro.reset, methods=_METHODS),
    ]


def unknown_routes(known: list[Route]) -> list[Route]:
    """Answers what else is asked of ``/micro/…`` with the routes that there are; the last of Micro's.

    A route that there is, asked by another method than it takes, is answered with those that it takes.
    """
    names = ", ".join(sorted({route.path for route in known if route.path.startswith("/micro/")}))

    async def answer(request: Request) -> Response:
        methods = _methods_of(known, request)
        if methods:
            sentence = f"{request.url.path} takes {methods}, not {request.method}."
            return PlainTextResponse(sentence, HTTPStatus.METHOD_NOT_ALLOWED, headers={"Allow": methods})
        return PlainTextResponse(f"No such route. There are: {names}", HTTPStatus.NOT_FOUND)

    return [Route("/micro", answer, methods=_METHODS), Route("/micro/{rest:path}", answer, methods=_METHODS)]


def _methods_of(known: list[Route], request: Request) -> str:
    matching = (route for route in known if route.matches(request.scope)[0] is Match.PARTIAL)
    return ", ".join(sorted({method for route in matching for method in route.methods or ()}))


class _Micro:
    """The routes that need the store."""

    def __init__(self, store: Store, showing: Showing, body_seconds: float) -> None:
        self._store = store
        self._showing = showing
        self._body_seconds = body_seconds

    async def count(self, _request: Request) -> Response:
        """How many events there are."""
        good, bad = await run_in_threadpool(self._store.counts)
        return JSONResponse({"total": good + bad, "good": good, "bad": bad})

    async def list_good(self, request: Request) -> Response:
        """The events that could be read."""
        return await self._list(request, is_good=True, is_wanted=Filter.is_wanted_good)

    async def list_bad(self, request: Request) -> Response:
        """What could not be read, and why."""
        return await self._list(request, is_good=False, is_wanted=Filter.is_wanted_bad)

    async def _list(self, request: Request, *, is_good: bool, is_wanted: _Wanted) -> Response:
        try:
            body = await read_body(request, most=MAX_FILTER, seconds=self._body_seconds)
            wanted = read_filter(request.query_params, body)
        except BodyRefusedError as error:
            return PlainTextResponse(str(error), error.status, headers={"Connection": "close"})
        except FilterError as error:
            return PlainTextResponse(str(error), HTTPStatus.BAD_REQUEST)

        name = wanted.event_name if is_good else None
        newest = self._store.newest(Query(is_good=is_good, event_name=name))
        shapes = (shape for shape in newest if is_wanted(wanted, shape))
        limited = itertools.islice(shapes, wanted.limit)
        shown = (self._showing.shape(shape) for shape in limited)
        texts = (encoded(shape if is_good else as_micro_bad(shape)) for shape in shown)
        return StreamingResponse(_array(texts), media_type="application/json")

    async def reset(self, _request: Request) -> Response:
        """Forget all events."""
        await run_in_threadpool(self._store.clear)
        return PlainTextResponse("Reset completed")


def _array(texts: Iterator[str]) -> Iterator[bytes]:
    """A JSON array of JSON texts, some of them in memory at a time."""
    yield b"["
    separator = ""
    while some := list(itertools.islice(texts, _CHUNK)):
        yield (separator + ",".join(some)).encode()
        separator = ","
    yield b"]"
