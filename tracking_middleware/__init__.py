"""Server-side page views and events for WSGI and ASGI apps, in the Snowplow tracker protocol."""

import logging

from . import wiring as wiring  # loading it gives a Tracker its delivery
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
from .events.article import Article2
from .events.confidential import Confidential
from .events.entities import Article, HttpResponse, entity
from .events.events import StructuredEvent, event
from .events.limits import Format, JsonSchema, Maximum, MaxLength, Minimum, MinLength, Pattern
from .identity.subject import Subject
from .log_text import LastResort
from .metadata.objects.cached_page import PageStore, cached_page
from .metadata.objects.declaring import describes
from .metadata.objects.page_entity import page_entity
from .request.page import current_page
from .request.untracked import untracked
from .settings.settings import Settings
from .tracker import Tracker
from .tracking.blocks import current_tracker, track

__all__ = [
    "Article",
    "Article2",
    "Confidential",
    "EntityError",
    "EventError",
    "FilterFailedError",
    "Format",
    "HttpResponse",
    "JsonSchema",
    "MaxLength",
    "Maximum",
    "MinLength",
    "Minimum",
    "PageStore",
    "Pattern",
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
    "cached_page",
    "current_page",
    "current_tracker",
    "describes",
    "entity",
    "event",
    "page_entity",
    "track",
    "untracked",
]

__version__ = "0.1.0"

logging.getLogger(__name__).addHandler(LastResort())
