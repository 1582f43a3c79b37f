"""What trackers do while one request is answered: nothing leaves, and all of it is kept."""

from __future__ import annotations

import os
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from ...errors import FilterFailedError
from ...events.entities import schema_of
from ...events.events import Recorded
from ...ids import new_uuid
from ...log_text import calling_line
from ...request.page import Page
from ...settings.settings import Settings
from ...testing.tracked.tracked_event import TrackedEvent, tracked_event
from ...tracking.holding import stage
from ...tracking.living_trackers import living_trackers


@dataclass(slots=True)
class Seen:
    """What was recorded, why requests are no page views, what could not be used, who attached what."""

    recorded: list[tuple[Settings, Recorded]] = field(default_factory=list)
    skipped: Counter[str] = field(default_factory=Counter)
    errors: Counter[str] = field(default_factory=Counter)
    sources: dict[str, str] = field(default_factory=dict)
    """By schema, what attached it: a line of the application's, or what gave it without one."""

    def take(self, settings: Settings, recorded: Recorded) -> None:
        """An event is recorded."""
        self.recorded.append((settings, recorded))

    def events(self) -> list[TrackedEvent]:
        """The events as they would have been sent; those that ``before_send`` drops are counted instead."""
        made = []
        for settings, recorded in self.recorded:
            try:
                event = recorded.to_event(new_uuid)
            except FilterFailedError:
                self.errors["filter_failed"] += 1
                continue
            if event is None:
                self.errors["filtered"] += 1
            else:
                made.append(tracked_event(settings, event))
        return made


@contextmanager
def watching() -> Iterator[Seen]:
    """Within this block events are held, and seen; at its end all is counted."""
    seen = Seen()
    before = {tracker: _counts(tracker) for tracker in living_trackers()}
    with stage.holding(), stage.showing(seen.take), _noting_sources(seen):
        yield seen
    none: tuple[Counter[str], Counter[str]] = Counter(), Counter()
    for tracker in living_trackers():
        skipped, errors = _counts(tracker)
        skipped_before, errors_before = before.get(tracker, none)
        seen.skipped += skipped - skipped_before
        seen.errors += errors - errors_before


def _counts(tracker: Any) -> tuple[Counter[str], Counter[str]]:
    counted = tracker.tally.snapshot()
    return Counter(counted["skipped"]), Counter(counted["errors"])


_WITHOUT_A_LINE = {
    ("tracking_middleware.metadata.objects.describing", "describe_shown"): "by @describes",
    ("tracking_middleware.metadata.objects.page_entity", "_attach_all"): "by @page_entity",
    ("tracking_middleware.metadata.objects.remembering", "say_again"): "when the page went into a cache",
}
"""What attaches for the application, by its module and function."""


@contextmanager
def _noting_sources(seen: Seen) -> Iterator[None]:
    """Note what calls these methods: only here, since a page itself has no time for it."""
    own = {name: getattr(Page, name) for name in ("attach", "replace", "attach_encoded")}

    def noting(method: Any) -> Any:
        def noted(page: Page, entity: object) -> None:
            caller = sys._getframe(1)
            _note(seen, entity, (caller.f_globals.get("__name__", ""), caller.f_code.co_name))
            method(page, entity)

        return noted

    for name, method in own.items():
        setattr(Page, name, noting(method))
    try:
        yield
    finally:
        for name, method in own.items():
            setattr(Page, name, method)


def _note(seen: Seen, entity: object, caller: tuple[str, str]) -> None:
    if type(entity) is tuple:  # encoded already, with its schema: by a page itself, but for a cached one
        if caller in _WITHOUT_A_LINE:
            seen.sources[str(entity[0])] = _WITHOUT_A_LINE[caller]
        return
    try:
        seen.sources[schema_of(entity)] = _WITHOUT_A_LINE.get(caller) or _line()
    except Exception:  # noqa: BLE001
        # the page says of what cannot be attached what is wrong with it
        return


def _line() -> str:
    path, colon, rest = calling_line().partition(":")
    near = os.path.relpath(path) if path.startswith(f"{os.getcwd()}{os.sep}") else path
    return f"{near}{colon}{rest}"
