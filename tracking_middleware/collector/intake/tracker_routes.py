"""The routes of trackers, as the real collector has them (stream-collector, Routes and Service)."""

from __future__ import annotations

import base64
import logging
import uuid
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Any

from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from ..enrichment.judging import rows_of
from ..http.bodies import BodyRefusedError, read_body
from ..http.cors import OpenCors, answer_preflight
from ..http.origins import name_of
from ..http.request_headers import kept_headers
from ..http.sender import first_cookie, sender_address
from ..payload.hit import Hit
from ..payload.times import iso
from ..schemas.validation import Validation
from ..store.committer import NotKeptError
from ..store.store import Row, Store
from .intake import Intake

logger = logging.getLogger("tracking_middleware.collector.tracker_routes")

MAX_BODY = 2_097_152
"""Bytes of a body at the most: a larger one is answered 413, as the real collector does."""

TP2 = "com.snowplowanalytics.snowplow/tp2"
"""Where trackers POST to, unless they are told otherwise."""

_NIL_UUID = "00000000-0000-0000-0000-000000000000"
_YEAR = timedelta(days=365)
_PIXEL = base64.b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAICRAEAOw==")
_NO_CACHE = {"Cache-Control": "no-cache, no-store, must-revalidate"}
_ROBOTS = "\n\n".join(f"User-agent: {name}\nDisallow: /" for name in ("*", "Googlebot", "AdsBot-Google"))


def routes(
    store: Store,
    validation: Validation,
    *,
    post_paths: Mapping[str, str] | None = None,
    body_seconds: float = 30.0,
    heard: Callable[[Sequence[Row]], None] | None = None,
) -> list[Route]:
    """All that is not the collector's own: it answers anything of two segments, so it comes last.

    ``post_paths`` are custom paths, ``vendor/version``, with the known one that each stands for.
    ``heard`` gets the rows of each request once they are committed, in a thread of its own.
    """
    trackers = _Trackers(store, validation, post_paths or {}, body_seconds, heard)
    cors = [Middleware(OpenCors)]
    return [
        Route("/health", _ok),
        Route("/sink-health", _ok),
        Route("/robots.txt", _robots),
        Route("/i", trackers.take_pixel, middleware=cors),
        Route("/ice.png", trackers.take_pixel, middleware=cors),
        Route("/r/{version}", _no_redirects, methods=["GET"]),
        Route("/{vendor}/{version}", trackers.take, methods=["GET", "POST"], middleware=cors),
        Route("/{path:path}", answer_preflight, methods=["OPTIONS"]),
        Route("/{path:path}", _not_found, methods=["GET", "POST", "PUT", "PATCH", "DELETE"]),
    ]


async def _ok(_request: Request) -> Response:
    return PlainTextResponse("ok")


async def _robots(_request: Request) -> Response:
    return PlainTextResponse(_ROBOTS)


async def _no_redirects(_request: Request) -> Response:
    return PlainTextResponse("redirects disabled", HTTPStatus.NOT_FOUND)


async def _not_found(_request: Request) -> Response:
    return PlainTextResponse("not found", HTTPStatus.NOT_FOUND)


class _Trackers:
    """The routes that take events."""

    def __init__(
        self,
        store: Store,
        validation: Validation,
        post_paths: Mapping[str, str],
        body_seconds: float,
        heard: Callable[[Sequence[Row]], None] | None,
    ) -> None:
        self._intake = Intake(store, lambda hit: rows_of(hit, validation), heard)
        self._post_paths = dict(post_paths)
        self._body_seconds = body_seconds

    async def take_pixel(self, request: Request) -> Response:
        """One event in a query string."""
        return await self._kept(request, _hit(request, path="com.snowplowanalytics.snowplow/tp1", body=None))

    async def take(self, request: Request) -> Response:
        """Events in a POST, or one in the query string of a GET; answered when they are committed."""
        given = f"{request.path_params['vendor']}/{request.path_params['version']}"
        try:
            body = await read_body(request, most=MAX_BODY, seconds=self._body_seconds)
        except BodyRefusedError as error:
            # what is left of the body must not be taken for the next request
            return PlainTextResponse(str(error), error.status, headers={"Connection": "close"})
        path = self._post_paths.get(given, given)
        text = body.decode("utf-8", "replace") if request.method == "POST" else None
        hit = _hit(request, path=path, body=text)
        return await self._kept(request, hit)

    async def _kept(self, request: Request, hit: Hit) -> Response:
        try:
            await self._intake.keep(hit)
        except NotKeptError:  # trackers keep what is answered so, and send it again
            headers = {"Retry-After": "5"}
            return PlainTextResponse("not kept: send it again", HTTPStatus.SERVICE_UNAVAILABLE, headers)
        answer = PlainTextResponse("ok") if request.method == "POST" else _pixel()
        return _answer(answer, request, hit)


def _pixel() -> Response:
    # a page that isolates itself (COEP) may load it too
    headers = {**_NO_CACHE, "Cross-Origin-Resource-Policy": "cross-origin"}
    return Response(_PIXEL, media_type="image/gif", headers=headers)


def _hit(request: Request, *, path: str, body: str | None) -> Hit:
    is_anonymous = "sp-anonymous" in request.headers
    headers = request.headers
    peer = request.client.host if request.client else None
    vendor, _, version = path.partition("/")
    return Hit(
        vendor=vendor,
        version=version,
        query=request.scope["query_string"].decode("utf-8", "replace"),
        body=body,
        content_type=headers.get("content-type"),
        timestamp=iso(datetime.now(UTC)),
        address="unknown" if is_anonymous else sender_address(headers, peer),
        useragent=headers.get("user-agent"),
        referer=headers.get("referer"),
        hostname=_hostname(request),
        network_userid=_NIL_UUID if is_anonymous else _network_userid(request),
        headers=kept_headers(headers, is_anonymous=is_anonymous),
    )


def _hostname(request: Request) -> str | None:
    """The name in the Host header, else the server's own; None where it is none."""
    if "host" in request.headers:
        return name_of(request.headers["host"]) or None
    server = request.scope.get("server")
    return server[0] if server else None


def _network_userid(request: Request) -> str:
    """From the query, else the cookie, else new; what is no UUID costs the events, as in the pipeline."""
    given = request.query_params.get("nuid") or first_cookie(request.headers.getlist("cookie"), "sp")
    return given.lower() if given else str(uuid.uuid4())


def _uuid(text: str) -> str:
    try:
        return str(uuid.UUID(text))
    except ValueError:
        return str(uuid.uuid4())


def _answer(response: Response, request: Request, hit: Hit) -> Response:
    """Set, renew, or under SP-Anonymous expire the collector's cookie ``sp``; no UUID becomes a new one."""
    attributes: dict[str, Any] = {"path": "/", "secure": True, "httponly": True, "samesite": "none"}
    if hit.network_userid != _NIL_UUID:
        expires = datetime.now(UTC) + _YEAR
        response.set_cookie("sp", _uuid(hit.network_userid), expires=expires, **attributes)
    elif "sp" in request.cookies:
        response.delete_cookie("sp", **attributes)
    return response
