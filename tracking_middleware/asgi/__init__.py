"""Any ASGI app's way in: ``ASGIMiddleware(app, collector_url=…, app_id=…)``."""

from .adapter import ASGIApp, ASGIMiddleware, Message, Receive, Scope, Send, drain
from .scope_request import ScopeRequest

__all__ = ["ASGIApp", "ASGIMiddleware", "Message", "Receive", "Scope", "ScopeRequest", "Send", "drain"]
