"""Events: what happened, to whom, and when; frozen values, not yet in the protocol's words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import msgspec

from .identity import SessionStart
from .ids import NewId
from .subject import UNKNOWN_SUBJECT, Subject


@dataclass(frozen=True, init=False, repr=False, eq=False, match_args=False)  # see Identity
class PageView(msgspec.Struct, frozen=True, kw_only=True):
    """A page was served.

    ``event_id`` is a UUID and never changes once given, whatever is retried; ``web_page_id`` is
    the UUID of the ``web_page`` entity. ``dvce_created_tstamp`` is the begin of the request, in
    milliseconds since the epoch. ``session_start`` is there where the server began the session with
    this page. ``entities`` are self-describing JSON, encoded. An anonymous one names nobody, and is
    sent in POSTs that ask the collector to add nobody.
    """

    event_id: str
    web_page_id: str
    dvce_created_tstamp: int
    page_url: str
    page_title: str = ""
    page_referrer: str = ""
    subject: Subject = UNKNOWN_SUBJECT
    session_start: SessionStart | None = None
    entities: tuple[bytes, ...] = ()
    is_anonymous: bool = False


class Recorded(Protocol):
    """Something that was recorded on the request path and becomes an event on the background thread."""

    def to_event(self, new_id: NewId) -> PageView | None:
        """The event, with ids from ``new_id``; ``None`` where the application's filter took it out."""
