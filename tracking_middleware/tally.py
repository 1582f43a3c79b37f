"""Counts by name, from any thread and through a fork; the log's reminder of them is rationed."""

from __future__ import annotations

import logging
import os
import threading
from collections import Counter

logger = logging.getLogger("tracking_middleware")


class Tally:
    """What was skipped, and what went wrong, each by its name in ``stats()``."""

    def __init__(self) -> None:
        self._start()

    def _start(self) -> None:
        self._process = os.getpid()
        self._lock = threading.Lock()
        self._skipped: Counter[str] = Counter()
        self._errors: Counter[str] = Counter()

    def skip(self, reason: str) -> None:
        """Count an exchange that is no page view."""
        self._add("_skipped", reason)

    def error(self, name: str, advice: str = "") -> None:
        """Count something that could not be used; it is logged the first time, with what to do about it."""
        if self._add("_errors", name) == 1:
            detail = f" ({advice})" if advice else ""
            logger.warning(
                "tracking: first %s in this process%s; further ones are counted in stats()", name, detail
            )

    def failure(self, where: str) -> None:
        """Count an exception of our own, from within its ``except``: it never reaches the host."""
        if self._add("_errors", "internal") == 1:
            logger.exception(
                "tracking failed in %s; the response is not affected; further failures are counted", where
            )

    def snapshot(self) -> dict[str, dict[str, int]]:
        """The counts so far."""
        with self._current_lock():
            return {"skipped": dict(self._skipped), "errors": dict(self._errors)}

    def _add(self, counts: str, name: str) -> int:
        with self._current_lock():
            counter: Counter[str] = getattr(self, counts)
            counter[name] += 1
            return counter[name]

    def _current_lock(self) -> threading.Lock:
        if self._process != os.getpid():
            self._start()  # a forked child: the counts are its parent's, whose threads may hold the lock
        return self._lock
