"""Server-side page views and events for WSGI and ASGI apps, in the Snowplow tracker protocol."""

import logging

from .entities import Article, HttpResponse, entity
from .errors import EntityError, FilterFailedError, SettingsError, TrackingError
from .page import current_page
from .settings import Settings
from .subject import Subject
from .tracker import Tracker
from .wiring import tracker_from as _tracker_from  # loads the wiring, which gives a Tracker its delivery

__all__ = [
    "Article",
    "EntityError",
    "FilterFailedError",
    "HttpResponse",
    "Settings",
    "SettingsError",
    "Subject",
    "Tracker",
    "TrackingError",
    "current_page",
    "entity",
]

__version__ = "0.1.0"

logging.getLogger(__name__).addHandler(logging.NullHandler())
