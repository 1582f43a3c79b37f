"""Django's way in: ``MIDDLEWARE = ["tracking_middleware.django.TrackingMiddleware", …]``."""

from ..errors import missing_extra

try:
    import django as django
except ImportError as error:
    raise ImportError(missing_extra("tracking_middleware.django needs Django", "django")) from error

from .asgi import lifespan
from .middleware import TrackingMiddleware
from .tracker import get_tracker
from .user import logged_in_user_id

__all__ = ["TrackingMiddleware", "get_tracker", "lifespan", "logged_in_user_id"]
