"""Counts by name, from any thread and through a fork; each cause of them is told once in the log."""

from __future__ import annotations

import itertools
import logging
import os
import sys
import threading
import weakref
from collections import Counter
from functools import cache
from types import TracebackType

from .log_text import one_line, places
from .telling.advice import ADVICE, PLACELESS, TOLD_ONCE
from .telling.callers import calling_line

logger = logging.getLogger("tracking_middleware")

MOST_CAUSES = 100
"""So many are told in a process; whoever has more has heard enough, and memory has an end."""


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
        self._causes: set[tuple[str, ...]] = set()
        self._has_told_all = False

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
        """Count something that could not be used, and tell each cause once: what, where, and what to do.

        ``advice`` says what was wrong and what would be right; without it the name's own does. Causes
        differ by it and by the line of the application that led here.
        """
        self._add_error(name)
        if self._has_told_all:
            return
        line = "" if name in PLACELESS else calling_line()
        advice = advice or ADVICE.get(name, "")
        if self._is_news((name,) if name in TOLD_ONCE else (name, advice, line)):
            logger.warning(
                "tracking: %s%s%s; repeats are counted in stats()",
                name,
                f" at {one_line(line)}" if line else "",
                f": {one_line(advice)}" if advice else "",
            )
            self._say_when_all_is_told()

    def failure(self, where: str) -> None:
        """Count an exception of our own, from within its ``except``: it never reaches the host."""
        self._add_error("internal")
        error = sys.exception()
        if not self._has_told_all and self._is_news((where, type(error).__name__, _last_line(error))):
            logger.error(
                "tracking failed in %s; the response is not affected; further failures are counted: %s",
                where,
                "no exception" if error is None else places(error),
            )
            self._say_when_all_is_told()

    def snapshot(self) -> dict[str, dict[str, int]]:
        """The counts so far."""
        with self._current_lock():
            skipped = {reason: steps.taken() for reason, steps in self._skipped.copy().items()}
            return {
                "skipped": {reason: taken for reason, taken in skipped.items() if taken},
                "errors": dict(self._errors),
            }

    def _add_error(self, name: str) -> None:
        with self._current_lock():
            self._errors[name] += 1

    def _is_news(self, cause: tuple[str, ...]) -> bool:
        """Whether a cause is told for the first time, and may be."""
        if cause in self._causes:
            return False
        with self._current_lock():
            if cause in self._causes or len(self._causes) >= MOST_CAUSES:
                return False
            self._causes.add(cause)
            return True

    def _say_when_all_is_told(self) -> None:
        with self._current_lock():
            is_last = len(self._causes) >= MOST_CAUSES and not self._has_told_all
            self._has_told_all |= is_last
        if is_last:
            logger.warning(
                "tracking: %d causes of errors were told, which is all; further ones are counted in stats()",
                MOST_CAUSES,
            )

    def _current_lock(self) -> threading.Lock:
        if self._process != os.getpid():
            self._start()
        return self._lock


def _last_line(error: BaseException | None) -> str:
    """Where an exception was raised."""
    trace: TracebackType | None = None if error is None else error.__traceback__
    if trace is None:
        return ""
    while trace.tb_next is not None:
        trace = trace.tb_next
    return f"{trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}"


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
