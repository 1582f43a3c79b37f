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
from typing import Protocol

from .log_text import calling_line, one_line, places

logger = logging.getLogger("tracking_middleware")

# What is said of a count whose caller says nothing more: what was wrong, and what would be right.
ADVICE = {
    "malformed_cookie": "an _sp_ cookie cannot be read and is nobody's: it was changed by hand or is "
    "another tool's; if there are many, compare cookie_prefix with the tracker's cookieName",
    "twin_refused": "a signed copy of the cookie is not ours: it was changed, or secret_key was replaced; "
    "keep the old key in the list for a while, oldest first",
    "entity_invalid": "an entity cannot be encoded and was left out: attach an instance of an @entity "
    "class, or a dict of 'schema' and 'data'",
    "too_many_entities": "there are more entities than max_entities, and the rest was left out: attach "
    "fewer, or raise max_entities",
    "entity_too_large": "the entities of one event are larger than 400000 bytes together, and what was "
    "beyond was left out: attach less",
    "text_invalid": "a value's own str() raised, and it was left out: give text",
    "field_cut": "a text was longer than Snowplow's pipeline takes and was cut: shorten it",
    "field_too_long": "an id or language was longer than Snowplow's pipeline takes and was left out, since "
    "cut it would be another one",
    "url_invalid": "page_url: the request's own URL cannot be read, and was left out: give public_url, or "
    "current_page().url, a scheme and a host",
    "rewrite_failed": "the setting rewrite_url raised or gave no URL, and the field was left out: let it "
    "give a URL, or None",
    "user_id_failed": "the setting user_id raised, and nobody was named: let it give None where there is "
    "nobody",
    "user_id_invalid": "a user_id has more than 255 characters and was left out: give the id alone, not a "
    "token",
    "consent_failed": "the setting consent raised, or gave none of 'full', 'anonymous' and 'none', and "
    "nothing was collected: let it give one of them",
    "consent_invalid": "current_page().consent was set to none of 'full', 'anonymous' and 'none', and "
    "nothing is collected: set it to one of them",
    "consent_unknown": "the visitor's consent is not known yet: set current_page().consent before",
    "subject_invalid": "an id of a Subject cannot be used and was left out: domain_sessionid is a UUID, "
    "domain_userid and network_userid have 128 characters at the most",
    "late_write": "current_page() was written to when its response had ended, and nothing was kept: write "
    "before, or track() an event",
    "seal_outside_request": "there is no visitor to seal outside a request: give the Subject",
    "tracker_closed": "the tracker was closed, by close() or the end of `with tracker:`, and the event was "
    "dropped: close it when nothing is tracked any more, or make another one",
    "metadata_conflict": "a page's sources disagree, and the first of the setting metadata was taken",
    "metadata_skipped": "a page was not read, since those that wait take metadata_memory already, or it "
    "comes in pieces that may change: raise metadata_memory",
    "metadata_unreadable": "a page, or its JSON-LD, could not be read, and nothing was taken from that",
    "description_left_out": "a page shows more objects that @describes knows than max_entities, and the rest "
    "was left out: raise max_entities",
    "description_unseen": "a page has more templates, or values in them, than are looked at for objects that "
    "@describes knows: 200 and 10000; those beyond were not",
    "visitor_forgotten": "the request had ended, and nobody knows its visitor any more",
}
"""By the name in ``stats()["errors"]``."""

PLACELESS = frozenset(
    {
        *("malformed_cookie", "twin_refused", "field_cut", "field_too_long", "rewrite_failed"),
        *("host_invalid", "cookie_domain_missing", "cookie_domain_mismatch", "proxy_untrusted"),
        *("proxy_unclear", "task_subject_invalid"),
        *("consent_failed", "user_id_failed"),
        *("metadata_conflict", "metadata_skipped", "metadata_unreadable"),
        *("description_failed", "description_left_out", "description_queried", "description_unseen"),
        "metadata_not_cached",
    }
)
"""What a visitor, a proxy, a setting or a disk brings about: no line of the application is sought."""

TOLD_ELSEWHERE = frozenset({"outbox_failed", "database_outbox_failed"})
"""Delivery tells these itself, once a minute for as long as they last."""

TOLD_ONCE = frozenset({"host_invalid", "cookie_domain_missing", "cookie_domain_mismatch", "proxy_untrusted"})
"""Their advice has in it what a visitor may choose, who must not be able to fill a log."""

MOST_CAUSES = 100
"""So many are told in a process; whoever has more has heard enough, and memory has an end."""


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
        self._causes: set[tuple[str, ...]] = set()
        self._has_told_all = False

    def start_child(self) -> None:
        """In a forked child: the counts are its parent's, whose threads may hold the lock."""
        self._skipped = {}
        self._start()

    def skip(self, reason: str) -> None:
        """Count an exchange that is no page view."""
        try:
            next(self._skipped[reason].steps)
        except KeyError:
            next(self._skipped.setdefault(reason, _Steps()).steps)

    def error(self, name: str, advice: str = "") -> None:
        """Count something that could not be used, and tell each cause once: what, where, and what to do.

        ``advice`` says what was wrong and what would be right; without it the name's own does. Causes
        differ by it and by the line of the application that led here.
        """
        self._add_error(name)
        if self._has_told_all or name in TOLD_ELSEWHERE:
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

    __slots__ = ("_looks", "steps")

    def __init__(self) -> None:
        self.steps = itertools.count()
        self._looks = 0

    def taken(self) -> int:
        """How many steps were taken; by one thread at a time, since a look is a step as well."""
        taken = next(self.steps) - self._looks
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
