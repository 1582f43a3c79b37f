"""What stands before the page and ``/micro/…``: they show events, and browsers visit other sites too.

Trackers' routes are not behind it: they take events from anywhere and tell nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from .origins import is_own, is_rebindable, name_of
from .tokens import Token

CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "connect-src 'self'",
        "img-src 'self' data:",
        "base-uri 'none'",
        "frame-ancestors 'none'",
        "form-action 'self'",
    )
)
_HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}
_PREFLIGHT = {
    "Access-Control-Allow-Methods": "GET, POST, OPTIONS",
    "Access-Control-Allow-Headers": "Authorization, Content-Type",
    "Access-Control-Max-Age": "3600",
}


def guarded(app: ASGIApp, *, token: str | None, host: str | None) -> ASGIApp:
    """``app`` behind the guards. Raises TokenError where ``token`` cannot be used."""
    return _Guards(app, None if token is None else Token(token), name_of(host or ""))


class _Guards:
    """Who asks is looked at in one place; what is answered gets the headers that browsers obey."""

    def __init__(self, app: ASGIApp, token: Token | None, own_name: str) -> None:
        self._app = app
        self._token = token
        self._own_name = own_name

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if scope["type"] != "http":  # nothing of the collector is a websocket
            await send({"type": "websocket.close", "code": 1000})
            return
        request = Request(scope)
        headers = {**_HEADERS, **_cors(request)}

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                answered = MutableHeaders(scope=message)
                answered.update(headers)
                answered.add_vary_header("Origin")
            await send(message)

        answer = self._answer(request)
        await (answer or self._app)(scope, receive, send_guarded)

    def _answer(self, request: Request) -> Response | None:
        """The guards' own answer, or None where the request may pass."""
        if request.method == "OPTIONS":
            return Response(headers=_PREFLIGHT if _cors(request) else None)
        if request.scope["path"].rstrip("/") == "/micro/reset" and _is_foreign(request):
            return _refuse(
                "another site asked to forget all events: reset from the collector's own page, a page on "
                "this machine, or outside browsers"
            )
        if self._token is not None:
            return self._token.enter(request) if self._token.allows(request) else _ask_for_token()
        if is_rebindable(name := name_of(request.headers.get("host", ""))) and name != self._own_name:
            return _refuse(
                f"a site on the internet may be called {name}: use an address or localhost, "
                "or start the collector with --token"
            )
        return None


def _cors(request: Request) -> Mapping[str, str]:
    """Only pages of this machine may read what is shown; never with cookies, which all ports share."""
    origin = request.headers.get("origin")
    if origin is None or not is_own(origin, request.headers.get("host", "")):
        return {}
    return {"Access-Control-Allow-Origin": origin}


def _is_foreign(request: Request) -> bool:
    origin = request.headers.get("origin")
    if origin is not None and not is_own(origin, request.headers.get("host", "")):
        return True
    return request.headers.get("sec-fetch-site") == "cross-site"


def _refuse(sentence: str) -> Response:
    return PlainTextResponse(f"Refused: {sentence}.", HTTPStatus.FORBIDDEN)


def _ask_for_token() -> Response:
    return PlainTextResponse(
        "This collector asks for a token: open the address that it printed when it started, "
        "or send the header Authorization: Bearer with the token.",
        HTTPStatus.UNAUTHORIZED,
        headers={"WWW-Authenticate": "Bearer"},
    )
