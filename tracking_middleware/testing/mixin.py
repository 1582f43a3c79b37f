"""The same for ``unittest`` and Django's test cases."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NoReturn

from .observation import observation
from .tracked.report import data_differences

if TYPE_CHECKING:
    import unittest

    from .tracked.selection import TrackedEvents

    _Case = unittest.TestCase
else:
    _Case = object

__unittest = True  # unittest leaves the frames of such a module out of a failure


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

    def assertEqual(self, first: Any, second: Any, msg: Any = None) -> None:  # noqa: N802
        """``TestCase.assertEqual``, which shows of tracked data the fields that differ."""
        __tracebackhide__ = True
        lines = [] if first == second else data_differences(first, second)
        told = "\n".join(["" if msg is None else str(msg), *lines]) if lines else msg
        super().assertEqual(first, second, told)  # noqa: PT009 - what this one stands before

    def __getattr__(self, name: str) -> NoReturn:
        if name == "tracked_events":
            raise AttributeError(
                f"{type(self).__name__} has no tracked_events yet: name TrackingTestMixin before TestCase, "
                "and call super().setUp() first in a setUp of your own"
            )
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
