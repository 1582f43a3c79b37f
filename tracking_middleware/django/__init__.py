"""Django's way in: ``MIDDLEWARE = ["tracking_middleware.django.TrackingMiddleware", …]``."""

from .asgi import lifespan
from .middleware import TrackingMiddleware
from .tracker import get_tracker

__all__ = ["TrackingMiddleware", "get_tracker", "lifespan"]
