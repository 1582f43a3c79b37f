"""Any WSGI app's way in: ``WSGIMiddleware(app, collector_url=…, app_id=…)``."""

from .adapter import WSGIMiddleware
from .environ_request import EnvironRequest

__all__ = ["EnvironRequest", "WSGIMiddleware"]
