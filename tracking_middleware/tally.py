"""Counts by name, from any thread and through a fork; the log's reminder of them is rationed."""

from __future__ import annotations

import itertools
import logging
import os
import sys
import threading
import weakref
from collections import Counter
from functools import cache
from typing import Protocol

from .log_text import one_line, places

logger = logging.getLogger("tracking_middleware")

_TOLD_BY_CAUSE = frozenset(
    {
        "text_invalid",
        "user_id_invalid",
        "consent_invalid",
        "subject_invalid",
        "event_invalid",
        "entity_invalid",
    }
)
"""What an application's own code hands in: there each cause is told once, and not the first of all alone."""
_MOST_CAUSES = 20


class Count(Protocol):
    """Counts what could not be used; ``advice`` says what was wrong, and what would be right."""

    def __call__(self, name: str, advice: str = "", /) -> None: ...


class Tally:
    """What was skipped, and what went wrong, each by its name in ``stats()``.

    Most requests of a site are skipped, so that a skip is counted without a lock. A fork is seen
    by Python's own hook; one that Python does not see (a server that forks in C) is seen by the
    process id when an error is counted, and then the skips of the parent stay.
    """

    def __init__(self) -> None:
        self._skipped: dict[str, _Steps] = {}
        self._start()
        _tallies.add(self)
        _watch_forks()

    def _start(self) -> None:
        self._process = os.getpid()
        self._lock = threading.Lock()
        self._errors: Counter[str] = Counter()
        self._told: dict[str, set[str]] = {}

    def start_child(self) -> None:
        """In a forked child: the counts are its parent's, whose threads may hold the lock."""
        self._skipped = {}
        self._start()

    def skip(self, reason: str) -> None:
        """Count an exchange that is no page view."""
        steps = self._skipped.get(reason)
        if steps is None:
            steps = self._skipped.setdefault(reason, _Steps())
        steps.step()

    def error(self, name: str, advice: str = "") -> None:
        """Count something that could not be used; it is logged the first time, with what to do about it.

        What the application handed in is logged the first time for each ``advice``, up to twenty.
        """
        if which := self._add_error(name, advice):
            detail = f" ({one_line(advice)})" if advice else ""
            logger.warning(
                "tracking: %s %s in this process%s; further ones are counted in stats()", which, name, detail
            )

    def failure(self, where: str) -> None:
        """Count an exception of our own, from within its ``except``: it never reaches the host."""
        if self._add_error("internal"):
            error = sys.exception()
            logger.error(
                "tracking failed in %s; the response is not affected; further failures are counted: %s",
                where,
                "no exception" if error is None else places(error),
            )

    def snapshot(self) -> dict[str, dict[str, int]]:
        """The counts so far."""
        with self._current_lock():
            skipped = {reason: steps.taken() for reason, steps in self._skipped.copy().items()}
            return {
                "skipped": {reason: taken for reason, taken in skipped.items() if taken},
                "errors": dict(self._errors),
            }

    def _add_error(self, name: str, advice: str = "") -> str:
        """Count it; how it is told, ``first`` or ``another``, and ``""`` where it is not."""
        with self._current_lock():
            self._errors[name] += 1
            told = self._told.setdefault(name, set())
            is_new = name in _TOLD_BY_CAUSE and advice not in told and len(told) < _MOST_CAUSES
            if self._errors[name] == 1 or is_new:
                told.add(advice)
                return "first" if self._errors[name] == 1 else "another"
            return ""

    def _current_lock(self) -> threading.Lock:
        if self._process != os.getpid():
            self._start()
        return self._lock


class _Steps:
    """A count that any thread may raise: one step of a C iterator, which nothing can interrupt."""

    __slots__ = ("_looks", "step")

    def __init__(self) -> None:
        self.step = itertools.count().__next__
        self._looks = 0

    def taken(self) -> int:
        """How many steps were taken; by one thread at a time, since a look is a step as well."""
        taken = self.step() - self._looks
        self._looks += 1
        return taken


_tallies: weakref.WeakSet[Tally] = weakref.WeakSet()


def _start_children() -> None:
    for tally in list(_tallies):
        tally.start_child()


@cache
def _watch_forks() -> None:
    if hasattr(os, "register_at_fork"):
        os.register_at_fork(after_in_child=_start_children)
