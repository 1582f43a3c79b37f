"""The routes of trackers, as the real collector has them (stream-collector, Routes and Service)."""

from __future__ import annotations

import base64
import logging
import uuid
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from http import HTTPStatus

from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from ..enrichment.judging import rows_of
from ..http.bodies import BodyRefusedError, read_body
from ..http.cors import OpenCors, allowed_origin, answer_preflight
from ..http.origins import name_of
from ..http.request_headers import kept_headers
from ..http.sender import sender_address
from ..payload.hit import Hit
from ..payload.times import iso
from ..schemas.validation import Validation
from ..store.committer import NotKeptError
from ..store.store import Row, Store
from .cookies import NIL_UUID
from .intake import Intake
from .options import TrackerOptions
from .redirects import NoTargetError, target_of

logger = logging.getLogger("tracking_middleware.collector.tracker_routes")

MAX_BODY = 2_097_152
"""Bytes of a body at the most: a larger one is answered 413, as the real collector does."""

TP2 = "com.snowplowanalytics.snowplow/tp2"
"""Where trackers POST to, unless they are told otherwise."""

_PIXEL = base64.b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAICRAEAOw==")
_NO_CACHE = {"Cache-Control": "no-cache, no-store, must-revalidate"}
_ROBOTS = "\n\n".join(f"User-agent: {name}\nDisallow: /" for name in ("*", "Googlebot", "AdsBot-Google"))


async def _ok(_request: Request) -> Response:
    return PlainTextResponse("ok")


async def _robots(_request: Request) -> Response:
    return PlainTextResponse(_ROBOTS)


async def _no_redirects(_request: Request) -> Response:
    return PlainTextResponse("redirects disabled", HTTPStatus.NOT_FOUND)


async def _not_found(_request: Request) -> Response:
    return PlainTextResponse("not found", HTTPStatus.NOT_FOUND)


class Trackers:
    """The routes that take events."""

    def __init__(
        self,
        store: Store,
        validation: Validation,
        options: TrackerOptions | None = None,
        *,
        body_seconds: float = 30.0,
        heard: Callable[[Sequence[Row]], None] | None = None,
    ) -> None:
        """``heard`` gets the rows of each request once they are committed, in a thread of its own."""
        self._intake = Intake(
            store, lambda hit: rows_of(hit, validation), heard, may_wait=validation.may_wait
        )
        self._options = options or TrackerOptions()
        self._body_seconds = body_seconds

    def routes(self) -> list[Route]:
        """All that is not the collector's own: it answers anything of two segments, so it comes last."""
        cors = [Middleware(OpenCors)]
        redirect = Route("/r/{version}", self.redirect, methods=["GET"], middleware=cors)
        has_redirects = self._options.has_redirects
        return [
            Route("/health", _ok),
            Route("/sink-health", _ok),
            Route("/robots.txt", _robots),
            Route("/i", self.take_pixel, middleware=cors),
            Route("/ice.png", self.take_pixel, middleware=cors),
            redirect if has_redirects else Route("/r/{version}", _no_redirects, methods=["GET"]),
            Route("/{vendor}/{version}", self.take, methods=["GET", "POST"], middleware=cors),
            Route("/{path:path}", answer_preflight, methods=["OPTIONS"]),
            Route("/{path:path}", _not_found, methods=["GET", "POST", "PUT", "PATCH", "DELETE"]),
        ]

    async def take_tp2(self, scope: Scope, receive: Receive, send: Send) -> None:
        """A POST to where trackers send to, without the way through the routes, which costs more than it."""
        vendor, _, version = TP2.partition("/")
        scope["path_params"] = {"vendor": vendor, "version": version}
        request = Request(scope, receive, send)
        answer = await self.take(request)
        answer.headers.update(allowed_origin(request.headers.get("origin")))
        await answer(scope, receive, send)

    async def take_pixel(self, request: Request) -> Response:
        """One event in a query string."""
        hit = self._hit(request, path="com.snowplowanalytics.snowplow/tp1", body=None)
        return await self._kept(request, hit, _pixel())

    async def redirect(self, request: Request) -> Response:
        """A click: kept, and sent on; also where it leads nowhere, which is then a bad row."""
        hit = self._hit(request, path=f"r/{request.path_params['version']}", body=None)
        try:
            answer = Response(status_code=HTTPStatus.FOUND, headers=_NO_CACHE)
            answer.headers["Location"] = target_of(hit.query)
        except NoTargetError as error:
            answer = PlainTextResponse(str(error), HTTPStatus.BAD_REQUEST, headers=_NO_CACHE)
        return await self._kept(request, hit, answer)

    async def take(self, request: Request) -> Response:
        """Events in a POST, or one in the query string of a GET; answered when they are committed."""
        given = f"{request.path_params['vendor']}/{request.path_params['version']}"
        try:
            body = await read_body(request, most=MAX_BODY, seconds=self._body_seconds)
        except BodyRefusedError as error:
            # what is left of the body must not be taken for the next request
            return PlainTextResponse(str(error), error.status, headers={"Connection": "close"})
        path = self._options.post_paths.get(given, given)
        text = body.decode("utf-8", "replace") if request.method == "POST" else None
        hit = self._hit(request, path=path, body=text)
        answer = PlainTextResponse("ok") if request.method == "POST" else _pixel()
        return await self._kept(request, hit, answer)

    async def _kept(self, request: Request, hit: Hit, answer: Response) -> Response:
        asked = self._options.do_not_track
        if asked is not None and asked.is_asked_by(request):
            return answer
        try:
            await self._intake.keep(hit)
        except NotKeptError:  # trackers keep what is answered so, and send it again
            headers = {"Retry-After": "5"}
            return PlainTextResponse("not kept: send it again", HTTPStatus.SERVICE_UNAVAILABLE, headers)
        return self._options.cookie.renew(answer, request, hit.network_userid)

    def _hit(self, request: Request, *, path: str, body: str | None) -> Hit:
        return _hit(request, path=path, body=body, cookie=self._options.cookie.brought(request))


def _pixel() -> Response:
    # a page that isolates itself (COEP) may load it too
    headers = {**_NO_CACHE, "Cross-Origin-Resource-Policy": "cross-origin"}
    return Response(_PIXEL, media_type="image/gif", headers=headers)


def _hit(request: Request, *, path: str, body: str | None, cookie: str | None) -> Hit:
    # each look at the request's own is a walk through all of them; of several of a name the first counts
    headers = dict(reversed(request.headers.items()))
    is_anonymous = "sp-anonymous" in headers
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
        network_userid=NIL_UUID if is_anonymous else _network_userid(request, cookie),
        headers=kept_headers(request.headers, is_anonymous=is_anonymous),
    )


def _hostname(request: Request) -> str | None:
    """The name in the Host header, else the server's own; None where it is none."""
    if "host" in request.headers:
        return name_of(request.headers["host"]) or None
    server = request.scope.get("server")
    return server[0] if server else None


def _network_userid(request: Request, cookie: str | None) -> str:
    """From the query, else the cookie, else new; what is no UUID costs the events, as in the pipeline."""
    given = (request.query_params.get("nuid") if request.scope["query_string"] else None) or cookie
    return given.lower() if given else str(uuid.uuid4())
