"""The trackers of this process, for whoever has to reach them all."""

from __future__ import annotations

import weakref
from collections.abc import Callable
from typing import Any, Protocol

from ..settings.settings import Settings
from ..tally import Tally
from .destination import Delivery


class LivingTracker(Protocol):
    """What of a tracker is everybody's."""

    settings: Settings
    tally: Tally
    enabled: bool
    on_begin: Callable[[Any], None] | None
    on_first_event: Callable[[], None] | None
    reconsider: Callable[[Any, Any], Any] | None

    def divert(self, instead: Callable[[Delivery], Delivery]) -> None:
        """See ``Tracker.divert``."""

    def flush(self, timeout: float | None = None) -> int:
        """See ``Tracker.flush``."""

    def stats(self) -> dict[str, Any]:
        """See ``Tracker.stats``."""


_trackers: weakref.WeakSet[LivingTracker] = weakref.WeakSet()
_watchers: list[Callable[[LivingTracker], None]] = []


def enter(tracker: LivingTracker) -> None:
    """A tracker is ready."""
    _trackers.add(tracker)
    for watcher in _watchers:
        watcher(tracker)


def living_trackers() -> list[LivingTracker]:
    """Those there are."""
    return list(_trackers)


def watch_trackers(watcher: Callable[[LivingTracker], None]) -> None:
    """Call ``watcher`` with each tracker that there is and that comes, for as long as the process lives."""
    _watchers.append(watcher)
    for tracker in living_trackers():
        watcher(tracker)
