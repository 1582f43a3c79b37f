"""The collector's routes: the trackers' own, Micro's REST API, and the page."""

from __future__ import annotations

import base64
import itertools
import json
import uuid
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from .cors import CorsMiddleware
from .hit import Hit
from .masking import Schemas
from .micro import FilterError, is_wanted_bad, is_wanted_good, read_filter, rows_of
from .pages import Ending
from .pages import routes as page_routes
from .schemas import read_schemas
from .showing import Showing
from .store import Store
from .times import iso

MAX_BODY = 2_097_152
"""Bytes of a body at the most: a larger one is answered 413, as the real collector does."""

_NIL_UUID = "00000000-0000-0000-0000-000000000000"
_YEAR = 365 * 24 * 3600
_PIXEL = base64.b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAICRAEAOw==")
_NO_CACHE = {"Cache-Control": "no-cache, no-store, must-revalidate"}
_ROBOTS = "\n\n".join(f"User-agent: {name}\nDisallow: /" for name in ("*", "Googlebot", "AdsBot-Google"))
_MICRO_ROUTES = "/micro/all, /micro/good, /micro/bad, /micro/reset, /micro/ui"


def create_app(store: Store, schemas: Schemas | None = None, *, ending: Ending | None = None) -> Starlette:
    """The collector as an ASGI app over ``store``; without ``schemas`` it knows the package's own.

    What a schema calls confidential is kept in the store as it was sent, and shown as ``***``. The
    page's open streams end when ``ending`` is called.
    """
    showing = Showing(read_schemas() if schemas is None else schemas)
    handlers = _Handlers(store, showing)
    routes = [
        *page_routes(store, showing, ending),
        Route("/health", _ok),
        Route("/robots.txt", _robots),
        Route("/micro/all", handlers.count, methods=["GET", "POST"]),
        Route("/micro/good", handlers.list_good, methods=["GET", "POST"]),
        Route("/micro/bad", handlers.list_bad, methods=["GET", "POST"]),
        Route("/micro/reset", handlers.reset, methods=["GET", "POST"]),
        Route("/micro/{rest:path}", _unknown_micro_route, methods=["GET", "POST"]),
        Route("/i", handlers.take_pixel),
        Route("/ice.png", handlers.take_pixel),
        Route("/{vendor}/{version}", handlers.take, methods=["GET", "POST"]),
    ]
    return Starlette(routes=routes, middleware=[Middleware(CorsMiddleware)])


async def _ok(_request: Request) -> Response:
    return PlainTextResponse("ok")


async def _robots(_request: Request) -> Response:
    return PlainTextResponse(_ROBOTS)


async def _unknown_micro_route(_request: Request) -> Response:
    return PlainTextResponse(f"No such route. There are: {_MICRO_ROUTES}", HTTPStatus.NOT_FOUND)


class _Handlers:
    """The routes that need the store."""

    def __init__(self, store: Store, showing: Showing) -> None:
        self._store = store
        self._showing = showing

    async def take_pixel(self, request: Request) -> Response:
        """One event in a query string."""
        hit = _hit(request, vendor="com.snowplowanalytics.snowplow", version="tp1", body="")
        if hit.query:
            await run_in_threadpool(self._take, hit)
        return _answer(Response(_PIXEL, media_type="image/gif", headers=_NO_CACHE), request, hit)

    async def take(self, request: Request) -> Response:
        """Events in a POST, or one in the query string of a GET; answered when they are committed."""
        names = {"vendor": request.path_params["vendor"], "version": request.path_params["version"]}
        try:
            body = await _bounded_body(request)
        except ClientDisconnect:  # nobody waits for an answer, and nothing whole was sent
            return Response(status_code=HTTPStatus.BAD_REQUEST)
        if body is None:
            return PlainTextResponse("body too large", HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        hit = _hit(request, **names, body=body)
        await run_in_threadpool(self._take, hit)
        if request.method == "POST":
            return _answer(PlainTextResponse("ok"), request, hit)
        return _answer(Response(_PIXEL, media_type="image/gif", headers=_NO_CACHE), request, hit)

    def _take(self, hit: Hit) -> None:
        self._store.add(rows_of(hit))

    async def count(self, _request: Request) -> Response:
        """How many events there are."""
        good, bad = await run_in_threadpool(self._store.counts)
        return JSONResponse({"total": good + bad, "good": good, "bad": bad})

    async def list_good(self, request: Request) -> Response:
        """The events that could be read."""
        return await self._list(request, is_good=True, is_wanted=is_wanted_good)

    async def list_bad(self, request: Request) -> Response:
        """What could not be read, and why."""
        return await self._list(request, is_good=False, is_wanted=is_wanted_bad)

    async def _list(
        self,
        request: Request,
        *,
        is_good: bool,
        is_wanted: Callable[[Mapping[str, Any], Mapping[str, Any]], bool],
    ) -> Response:
        try:
            criteria = read_filter(await request.body()) if request.method == "POST" else {}
        except FilterError as error:
            return PlainTextResponse(str(error), HTTPStatus.BAD_REQUEST)

        def found() -> bytes:
            shapes = (shape for shape in self._store.newest(is_good=is_good) if is_wanted(shape, criteria))
            limited = itertools.islice(shapes, criteria.get("limit"))
            return json.dumps([self._showing.shape(shape) for shape in limited]).encode()

        return Response(await run_in_threadpool(found), media_type="application/json")

    async def reset(self, _request: Request) -> Response:
        """Forget all events."""
        await run_in_threadpool(self._store.clear)
        return PlainTextResponse("Reset completed")


async def _bounded_body(request: Request) -> str | None:
    """The body, or None where it is too large; what is no UTF-8 shows as replacement characters."""
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BODY:
            return None
    return body.decode("utf-8", "replace")


def _hit(request: Request, *, vendor: str, version: str, body: str) -> Hit:
    is_anonymous = "sp-anonymous" in request.headers
    headers = request.headers
    forwarded = headers.get("x-forwarded-for", "").partition(",")[0].strip()
    hidden = {"x-forwarded-for", "x-real-ip", "cookie"} if is_anonymous else set()
    return Hit(
        vendor=vendor,
        version=version,
        query=request.url.query,
        body=body,
        content_type=headers.get("content-type"),
        timestamp=iso(datetime.now(UTC)),
        address="unknown" if is_anonymous else forwarded or (request.client.host if request.client else None),
        useragent=headers.get("user-agent"),
        referer=headers.get("referer"),
        hostname=request.url.hostname,
        network_userid=_NIL_UUID if is_anonymous else _network_userid(request),
        headers=tuple(f"{name}: {value}" for name, value in headers.items() if name not in hidden),
    )


def _network_userid(request: Request) -> str:
    """From the query, else the cookie, else new; what is no UUID would cost the events and is passed over."""
    for candidate in (request.query_params.get("nuid"), request.cookies.get("sp")):
        try:
            return str(uuid.UUID(candidate or ""))
        except ValueError:
            continue
    return str(uuid.uuid4())


def _answer(response: Response, request: Request, hit: Hit) -> Response:
    """Set, renew, or under SP-Anonymous expire the collector's cookie ``sp``."""
    attributes: dict[str, Any] = {"path": "/", "secure": True, "httponly": True, "samesite": "none"}
    if hit.network_userid != _NIL_UUID:
        response.set_cookie("sp", hit.network_userid, max_age=_YEAR, **attributes)
    elif "sp" in request.cookies:
        response.delete_cookie("sp", **attributes)
    return response
