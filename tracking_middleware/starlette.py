"""Starlette's and FastAPI's way in: ``Middleware(TrackingMiddleware, collector_url=…, app_id=…)``."""

from __future__ import annotations

from collections.abc import Callable

from .asgi import ASGIMiddleware, ScopeRequest
from .errors import missing_extra

try:
    from starlette.requests import HTTPConnection, Request
except ImportError as error:
    raise ImportError(missing_extra("tracking_middleware.starlette needs Starlette", "starlette")) from error

__all__ = ["TrackingMiddleware"]


class _StarletteRequest(ScopeRequest):
    """A request whose ``native`` one is Starlette's: a Request, of a websocket an HTTPConnection."""

    def native_source(self) -> Callable[[], HTTPConnection]:
        scope, native = self.source, HTTPConnection if self.is_conversation else Request
        return lambda: native(scope)


class TrackingMiddleware(ASGIMiddleware):
    """The ASGI adapter whose ``native`` request is Starlette's."""

    request_class = _StarletteRequest
    end = "lingering"  # endpoints may have started tasks
