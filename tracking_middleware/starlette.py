"""Starlette's and FastAPI's way in: ``Middleware(TrackingMiddleware, collector_url=…, app_id=…)``."""

from __future__ import annotations

from starlette.requests import Request

from .asgi import ASGIMiddleware, Scope, view_of
from .exchange import RequestView

__all__ = ["TrackingMiddleware"]


class TrackingMiddleware(ASGIMiddleware):
    """The ASGI adapter whose ``native`` request is Starlette's."""

    def request_view(self, scope: Scope) -> RequestView:
        return view_of(scope, native=lambda: Request(scope))
