"""What takes recorded events away, as the core sees it."""

from __future__ import annotations

from typing import Any, Protocol

from ..events.events import Recorded


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
