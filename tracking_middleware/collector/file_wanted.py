"""What Journeys and Gaps are asked for beside the filters that pages share, from the URL and back; pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from .filtering.urls import plain_text
from .pages.answers.asked import Asked
from .pages.gaps_view import WAITS

_LONGEST_EVENT = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """``text`` is a part of an id or of what a person saw, ``person`` a key, ``event`` an event's number,
    ``after`` the key of the last person of the page before; ``wait`` is None where the run's counts.
    """

    text: str = ""
    person: str = ""
    event: int | None = None
    after: str = ""
    wait: int | None = None

    @property
    def is_one(self) -> bool:
        """Whether the journey of one person is asked for."""
        return bool(self.person) or self.event is not None

    def url(self, path: str, asked: Asked, **changes: Any) -> str:
        """The URL of this, within filters, with changes."""
        wanted = replace(self, **changes)
        given = {
            **({"q": wanted.text} if wanted.text else {}),
            **({"person": wanted.person} if wanted.person else {}),
            **({"event": wanted.event} if wanted.event is not None else {}),
            **asked.shared,
            **({"wait": wanted.wait} if wanted.wait is not None else {}),
            **({"after": wanted.after} if wanted.after else {}),
        }
        return path + (f"?{urlencode(given)}" if given else "")


def read_wanted(parameters: Mapping[str, str]) -> Wanted:
    """What a URL asks for; what makes no sense is passed over, but an event that there is not is nobody's."""
    event, wait = parameters.get("event", ""), parameters.get("wait", "")
    return Wanted(
        text=plain_text(parameters.get("q", "").strip()),
        person=plain_text(parameters.get("person", "")),
        event=_number(event) if "event" in parameters else None,
        after=plain_text(parameters.get("after", "")),
        wait=next((known for known in WAITS if wait == str(known)), None),
    )


def _number(text: str) -> int:
    """An event's number; what is none is that of no event."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < _LONGEST_EVENT else 0
