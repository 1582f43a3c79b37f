"""Server-side page views and events for WSGI and ASGI apps, in the Snowplow tracker protocol."""

import logging

from . import wiring as wiring  # loading it gives a Tracker its delivery
from .entities import Article, HttpResponse, entity
from .errors import EntityError, FilterFailedError, SettingsError, TrackingError
from .page import current_page
from .settings import Settings
from .subject import Subject
from .tracker import Tracker

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
