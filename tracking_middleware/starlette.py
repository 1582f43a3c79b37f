"""Starlette's and FastAPI's way in: ``Middleware(TrackingMiddleware, collector_url=…, app_id=…)``."""

from __future__ import annotations

from collections.abc import Callable

from .asgi import ASGIMiddleware, ScopeRequest
from .errors import missing_extra

try:
    from starlette.requests import Request
except ImportError as error:
    raise ImportError(missing_extra("tracking_middleware.starlette needs Starlette", "starlette")) from error

__all__ = ["TrackingMiddleware"]


class _StarletteRequest(ScopeRequest):
    """A request whose ``native`` one is Starlette's."""

    def native_source(self) -> Callable[[], Request]:
        scope = self.source
        return lambda: Request(scope)


class TrackingMiddleware(ASGIMiddleware):
    """The ASGI adapter whose ``native`` request is Starlette's."""

    request_class = _StarletteRequest
    end = "lingering"  # endpoints may have started tasks
