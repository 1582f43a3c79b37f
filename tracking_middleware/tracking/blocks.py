"""``track()`` from anywhere: the tracker and the subject that hold here."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from typing import Any, Protocol, cast

import msgspec

from ..identity.subject import Subject
from ..request.outside import count_outside
from ..request.page import HasPage, current_exchange


class CanTrack(Protocol):
    """What a tracker does for those who do not have it in hand."""

    def track(
        self,
        event: object,
        *,
        entities: Iterable[object] = (),
        subject: Subject | None = None,
        at: Any = None,
        key: object = None,
        on_commit: bool = True,
    ) -> str:
        """See ``Tracker.track``."""

    def subject(self, subject: Subject) -> AbstractContextManager[None]:
        """See ``Tracker.subject``."""

    def seal(self, subject: Subject | None = None) -> str:
        """See ``Tracker.seal``."""

    def unseal(self, token: str | bytes, max_age: Any = None) -> Subject:
        """See ``Tracker.unseal``."""


class _Block(msgspec.Struct, frozen=True, eq=False):
    """A ``with tracker:`` or ``with tracker.subject(…):`` that holds here, and the one around it."""

    tracker: CanTrack
    subject: Subject | None
    exchange: HasPage
    outer: _Block | None


_innermost: ContextVar[_Block | None] = ContextVar("tracking_middleware_block", default=None)


def current_tracker() -> CanTrack | None:
    """The tracker that ``track()`` uses here.

    That of the innermost ``with tracker:`` or ``with tracker.subject(…):``; in a request that began
    within such a block, or without any, the request's. ``None`` where there is neither: nothing is
    guessed.
    """
    block = _current_block()
    if block is not None:
        return block.tracker
    return cast("CanTrack | None", current_exchange().tracker)


def current_subject() -> Subject | None:
    """The subject of the innermost ``with tracker.subject(…):`` that holds here."""
    block = _current_block()
    while block is not None and block.subject is None:
        block = block.outer if block.outer is not None and block.outer.exchange is block.exchange else None
    return None if block is None else block.subject


def track(
    event: object,
    *,
    entities: Iterable[object] = (),
    subject: Subject | None = None,
    at: Any = None,
    key: object = None,
    on_commit: bool = True,
) -> str:
    """Track an event with the tracker, the subject and the page of the current request.

    See ``Tracker.track``. Where there is no tracker (``current_tracker()``) nothing is sent, ``""`` is
    given, and it is counted (``outside_request``); the first time a warning says so.
    """
    tracker = current_tracker()
    if tracker is None:
        count_outside("track_outside_request")
        return ""
    return tracker.track(event, entities=entities, subject=subject, at=at, key=key, on_commit=on_commit)


@contextmanager
def tracking_block(tracker: CanTrack, subject: Subject | None) -> Iterator[None]:
    """Let a tracker, and a subject, hold for a block of this thread or task."""
    enter_block(tracker, subject)
    try:
        yield
    finally:
        leave_block(tracker)


def enter_block(tracker: CanTrack, subject: Subject | None = None) -> None:
    """Begin a block; ``leave_block`` ends it."""
    _innermost.set(_Block(tracker, subject, current_exchange(), _innermost.get()))


def leave_block(tracker: CanTrack) -> None:
    """End the innermost block of ``tracker``; in another context than it began in this changes nothing."""
    block = _innermost.get()
    if block is not None and block.tracker is tracker:
        _innermost.set(block.outer)


def is_within(tracker: CanTrack) -> bool:
    """Whether any block of this thread or task, in a request or around it, has ``tracker``."""
    block = _innermost.get()
    while block is not None and block.tracker is not tracker:
        block = block.outer
    return block is not None


def _current_block() -> _Block | None:
    block: Any = _innermost.get()
    return block if block is not None and block.exchange is current_exchange() else None
