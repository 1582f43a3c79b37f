"""Starlette's and FastAPI's way in: ``Middleware(TrackingMiddleware, collector_url=…, app_id=…)``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from .asgi import ASGIMiddleware, Message, Receive, Scope, ScopeRequest, Send
from .errors import missing_extra
from .metadata.objects.declaring import are_declared
from .metadata.objects.guards import add_guard_of
from .metadata.objects.showing import show

try:
    from starlette.requests import HTTPConnection, Request
except ImportError as error:
    raise ImportError(missing_extra("tracking_middleware.starlette needs Starlette", "starlette")) from error

__all__ = ["TrackingMiddleware"]

_CONTEXTS = "http.response.debug"
"""The message in which Starlette's ``TemplateResponse`` says its context, to a server with this extension."""

add_guard_of("sqlalchemy.orm", guard="tracking_middleware.sqlalchemy:no_queries")


class _StarletteRequest(ScopeRequest):
    """A request whose ``native`` one is Starlette's: a Request, of a websocket an HTTPConnection."""

    def native_source(self) -> Callable[[], HTTPConnection]:
        scope, native = self.source, HTTPConnection if self.is_conversation else Request
        return lambda: native(scope)


class TrackingMiddleware(ASGIMiddleware):
    """The ASGI adapter whose ``native`` request is Starlette's."""

    request_class = _StarletteRequest
    end = "lingering"  # endpoints may have started tasks

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> Any:
        if not (are_declared() and type(scope) is dict and scope.get("type") == "http"):
            return await super().__call__(scope, receive, send)
        own = scope.get("extensions")
        if own is not None and not isinstance(own, Mapping):  # the app's to complain of
            return await super().__call__(scope, receive, send)
        scope["extensions"] = extended = {**(own or {}), _CONTEXTS: {}}
        try:
            return await super().__call__(
                scope, receive, _showing(send, is_asked_for=_CONTEXTS in (own or {}))
            )
        finally:
            # who answers in place of an app that raised has the same scope, but not our ``send``
            if scope.get("extensions") is extended:
                scope.pop("extensions") if own is None else scope.update(extensions=own)


def _showing(send: Send, *, is_asked_for: bool) -> Send:
    """``send`` of a server that takes contexts; they go on to one that does so itself."""

    async def showing_send(message: Message) -> Any:
        if type(message) is dict and message.get("type") == _CONTEXTS:
            info = message.get("info")
            show(info.get("context") if isinstance(info, dict) else None)
            if not is_asked_for:
                return None
        return await send(message)

    return showing_send
