"""CORS as the real collector answers it: any origin, with credentials."""

from __future__ import annotations

import re

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_ORIGIN = re.compile(r"(?!null$)[!-~]+")
"""What may be echoed into a header: an origin that is one at all, of visible characters."""


class CorsMiddleware:
    """Echoes the origin on every answer, and answers every preflight.

    Trackers send JSON with credentials, so that a ``*`` would not do (Fetch standard, CORS protocol).
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        origin = Headers(scope=scope).get("origin")
        allowed = {
            "Access-Control-Allow-Origin": origin if origin and _ORIGIN.fullmatch(origin) else "*",
            "Access-Control-Allow-Credentials": "true",
        }
        if scope["method"] == "OPTIONS":
            preflight = {
                "Access-Control-Allow-Headers": "Content-Type, SP-Anonymous",
                "Access-Control-Max-Age": "3600",
            }
            await Response(headers={**allowed, **preflight})(scope, receive, send)
            return

        async def send_allowed(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(allowed)
            await send(message)

        await self.app(scope, receive, send_allowed)
