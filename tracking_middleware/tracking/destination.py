"""What takes recorded events away, as the core sees it, and for how long a tracker may give it any."""

from __future__ import annotations

import os
from typing import Any, Protocol

from ..events.events import Recorded
from ..tally import Tally

NOTHING: dict[str, Any] = dict.fromkeys(
    ("recorded", "buffered", "in_flight", "stored", "delivered", "dead"), 0
)
"""The ledger of a tracker that has no delivery."""


class Delivery(Protocol):
    """What takes recorded events away; everything behind it is on a background thread."""

    def record(self, recorded: Recorded) -> None:
        """Take one event: a single append, which never raises and never waits."""

    def drop(self, reason: str) -> None:
        """Count an event that was never recorded and will never be delivered."""

    def flush(self, timeout: float) -> int:
        """Try to send everything within ``timeout`` seconds; how many events are left."""

    def close(self, timeout: float) -> int:
        """Flush, then drop what is left and take nothing more; how many were dropped. Idempotent."""

    def stats(self) -> dict[str, Any]:
        """The ledger: recorded = buffered + in_flight + stored + delivered + dead + dropped."""

    def health(self) -> dict[str, Any]:
        """``status``, ``healthy`` or ``degraded``, and the ``reasons``."""


class Lifetime:
    """Who a tracker belongs to, and whether it is closed; a forked child's delivery begins anew."""

    def __init__(self, tally: Tally) -> None:
        self.is_shared = False
        """An app, a worker or the process has the tracker as well, so that no block may close it."""
        self.closed_in: int | None = None
        """The process that closed it."""
        self._tally = tally
        self._has_lost = False

    def end(self) -> None:
        """The tracker is closed."""
        self.closed_in = os.getpid()
        self._has_lost = False

    def has_ended(self) -> bool:
        """Whether an event comes too late, which is told once for each line that it comes from."""
        if self.closed_in != os.getpid():
            return False
        self._has_lost = True
        self._tally.error("tracker_closed")
        return True

    def reasons(self) -> list[str]:
        """For ``health()``: events came after the end."""
        if not self._has_lost or self.closed_in != os.getpid():
            return []
        return ["the tracker is closed and its events are dropped: see what calls close(), or ends `with`"]
