"""The lifespan protocol, which Django's own ASGI app does not answer."""

from __future__ import annotations

from typing import Any

from ..asgi import ASGIApp, Receive, Scope, Send, drain
from .tracker import get_tracker


def lifespan(app: ASGIApp) -> ASGIApp:
    """Django's ASGI app with lifespan answered: at shutdown what is left is sent.

    ``application = lifespan(get_asgi_application())``.
    """

    async def application(scope: Scope, receive: Receive, send: Send) -> Any:
        if scope.get("type") != "lifespan":
            return await app(scope, receive, send)
        await receive()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await drain(get_tracker())
        await send({"type": "lifespan.shutdown.complete"})
        return None

    return application
