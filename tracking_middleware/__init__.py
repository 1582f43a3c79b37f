"""Server-side page views and events for WSGI and ASGI apps, in the Snowplow tracker protocol."""

import logging

from . import wiring as wiring  # loading it gives a Tracker its delivery
from .confidential import Confidential
from .entities import Article, HttpResponse, entity
from .errors import (
    EntityError,
    EventError,
    FilterFailedError,
    SettingsError,
    TokenError,
    TokenExpiredError,
    TokenFormatError,
    TokenSignatureError,
    TokenTooLongError,
    TrackingError,
)
from .events import StructuredEvent, event
from .page import current_page
from .settings import Settings
from .subject import Subject
from .tracker import Tracker
from .tracking import current_tracker, track
from .untracked import untracked

__all__ = [
    "Article",
    "Confidential",
    "EntityError",
    "EventError",
    "FilterFailedError",
    "HttpResponse",
    "Settings",
    "SettingsError",
    "StructuredEvent",
    "Subject",
    "TokenError",
    "TokenExpiredError",
    "TokenFormatError",
    "TokenSignatureError",
    "TokenTooLongError",
    "Tracker",
    "TrackingError",
    "current_page",
    "current_tracker",
    "entity",
    "event",
    "track",
    "untracked",
]

__version__ = "0.1.0"

logging.getLogger(__name__).addHandler(logging.NullHandler())
