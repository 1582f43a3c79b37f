"""The same for ``unittest`` and Django's test cases."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .observation import observation

if TYPE_CHECKING:
    import unittest

    from .tracked_events import TrackedEvents

    _Case = unittest.TestCase
else:
    _Case = object


class TrackingTestMixin(_Case):
    """Gives a test case ``self.tracked_events``: ``class ShopTests(TrackingTestMixin, TestCase)``.

    Nothing leaves while a test runs. What waits for a transaction that Django's ``TestCase`` never
    commits counts as committed, unless an atomic block of the application was rolled back.
    """

    tracked_events: TrackedEvents

    def setUp(self) -> None:
        """Begin to observe; a ``setUp`` of your own calls this one."""
        super().setUp()
        self.tracked_events = self.enterContext(observation())
