"""What hinders delivery at the moment: for ``health()``, and for the log once a minute a kind."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable

from ...log_text import one_line

logger = logging.getLogger("tracking_middleware.delivery")

_LOG_EVERY = 60.0


class Troubles:
    """Troubles by kind, from the first sign of each to its end; ``clock`` gives seconds."""

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.RLock()
        self._present: dict[str, str] = {}
        self._logged: dict[str, float] = {}

    def report(self, kind: str, message: str) -> None:
        """There is trouble of this kind now; ``message`` says what, and what to check."""
        with self._lock:
            self._present[kind] = message = one_line(message)
            is_due = self._is_due(kind)
        if is_due:
            logger.warning("tracking: %s", message)

    def note(self, kind: str, message: str) -> None:
        """Something went wrong once; it is said, and does not last."""
        with self._lock:
            is_due = self._is_due(kind)
        if is_due:
            logger.warning("tracking: %s", one_line(message))

    def end(self, kind: str) -> None:
        """There is no trouble of this kind any more."""
        with self._lock:
            was_present = self._present.pop(kind, None)
        if was_present:
            logger.info("tracking: over: %s", was_present)

    def present(self) -> list[str]:
        """A sentence for each trouble there is now."""
        with self._lock:
            return list(self._present.values())

    def _is_due(self, kind: str) -> bool:
        now = self._clock()
        if now - self._logged.get(kind, -_LOG_EVERY) < _LOG_EVERY:
            return False
        self._logged[kind] = now
        return True
