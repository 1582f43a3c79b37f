"""For the tests of applications: what was tracked, a visitor's cookies, and a collector of one's own.

This is a pytest plugin, which is there as soon as the package is installed: see ``plugin``. Without
pytest ``TrackingTestMixin`` gives ``unittest`` and Django's test cases the same.
"""

from .collector import CollectorServer
from .mixin import TrackingTestMixin
from .tracked.data import TrackedData
from .tracked.report import Skipped
from .tracked.selection import TrackedEvents
from .tracked.tracked_event import TrackedEvent
from .visitor import Visitor

__all__ = [
    "CollectorServer",
    "Skipped",
    "TrackedData",
    "TrackedEvent",
    "TrackedEvents",
    "TrackingTestMixin",
    "Visitor",
]

pytest_plugins = ("tracking_middleware.testing.plugin",)
