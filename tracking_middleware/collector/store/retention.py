"""How long events stay: a thread takes out what is older, in strides that no commit waits long for."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime

from .committer import NotKeptError

EVERY = 600.0
"""Seconds between two looks."""
_DAY = 86_400

logger = logging.getLogger("tracking_middleware.collector.retention")


class Retention:
    """Takes out what came more than ``days`` ago, from now on and then every ten minutes.

    ``forget`` deletes some of what came before a moment (ISO 8601 in UTC) and says how many; 0 when none
    is left. ``clock`` gives seconds since the epoch.
    """

    def __init__(
        self, days: int, forget: Callable[[str], int], *, clock: Callable[[], float] = time.time
    ) -> None:
        self._days = days
        self._forget = forget
        self._clock = clock
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="collector-retention", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """End it, with the stride that it is in."""
        self._ended.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._ended.is_set():
            try:
                self._sweep()
            except NotKeptError as error:  # a full disk, or the end: what is left goes at the next look
                logger.warning("events older than %d days could not be taken out: %s", self._days, error)
            self._ended.wait(EVERY)

    def _sweep(self) -> None:
        oldest = moment_before(self._clock(), self._days)
        gone = 0
        while not self._ended.is_set() and (number := self._forget(oldest)):
            gone += number
        if gone:
            logger.info("took out %d events older than %d days", gone, self._days)


def moment_before(now: float, days: int) -> str:
    """The moment so many days before ``now`` (seconds since the epoch), as ``received`` has moments."""
    moment = datetime.fromtimestamp(max(0.0, now - days * _DAY), UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
