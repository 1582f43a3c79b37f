"""CORS as the real collector answers trackers: any origin, with credentials."""

from __future__ import annotations

import re

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_ORIGIN = re.compile(r"(?!null$)[!-~]+")
"""What may be echoed into a header: an origin that is one at all, of visible characters."""

_PREFLIGHT = {"Access-Control-Allow-Headers": "Content-Type, SP-Anonymous", "Access-Control-Max-Age": "3600"}


class OpenCors:
    """Echoes the origin on the answers to trackers.

    They send JSON with credentials, so that a ``*`` would not do (Fetch standard, CORS protocol).
    Nothing of what a tracker is answered is worth reading.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        allowed = allowed_origin(Headers(scope=scope).get("origin"))

        async def send_allowed(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(allowed)
            await send(message)

        await self.app(scope, receive, send_allowed)


async def answer_preflight(request: Request) -> Response:
    """The answer to OPTIONS, whatever the path."""
    return Response(headers={**allowed_origin(request.headers.get("origin")), **_PREFLIGHT})


def allowed_origin(origin: str | None) -> dict[str, str]:
    """The headers that let a page of this origin send, and read the answer."""
    return {
        "Access-Control-Allow-Origin": origin if origin and _ORIGIN.fullmatch(origin) else "*",
        "Access-Control-Allow-Credentials": "true",
    }
