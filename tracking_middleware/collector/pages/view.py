"""A view of the events: what the filters say, from the page's URL and back; pure.

The URL is all there is to a view: who has it sees the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import UTC, date, datetime
from typing import Any
from urllib.parse import urlencode

from ...journeys.reading.asked import Filter
from ..filtering.days import written_bounds
from ..filtering.urls import read_filter
from ..payload.times import iso
from ..store.rows import Query

SPANS = {"15m": 900, "1h": 3600, "6h": 21_600, "24h": 86_400, "7d": 604_800}
"""How far back the chart goes, in seconds."""

_HIGHEST = 2**62
_LONGEST = 512
_LONGEST_URL = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """The parts of the URL by their names in it. ``kind`` is ``good`` or ``bad``, ``open`` an event's id.

    ``first_day`` and ``last_day`` (in the URL ``from`` and ``to``) are days on which it happened, both
    included; ``since`` (included) and ``until`` (excluded) are moments of receipt.
    """

    q: str = ""
    app: str = ""
    platform: str = ""
    event: str = ""
    kind: str = ""
    person: str = ""
    session: str = ""
    user: str = ""
    page: str = ""
    since: str = ""
    until: str = ""
    first_day: date | None = None
    last_day: date | None = None
    author: str = ""
    subject: str = ""
    span: str = "15m"
    before: int | None = None
    open: int | None = None

    @property
    def filter(self) -> Filter:
        """The filters that other pages share."""
        return Filter(
            app=self.app,
            since=self.first_day,
            until=self.last_day,
            author=self.author,
            subject=self.subject,
        )

    @property
    def shared(self) -> View:
        """App and days alone."""
        return View(app=self.app, first_day=self.first_day, last_day=self.last_day)

    def query(self, *, zone: str = "UTC", ids: tuple[int, ...] | None = None) -> Query:
        """What to ask the store for; ``zone`` says what a day is, ``ids`` are those that may pass."""
        begins, ends = written_bounds(self.filter, zone)
        return Query(
            happened_since=begins,
            happened_until=ends,
            ids=ids,
            is_good={"good": True, "bad": False}.get(self.kind),
            app_id=self.app or None,
            platform=self.platform or None,
            event_name=self.event or None,
            domain_userid=self.person or None,
            domain_sessionid=self.session or None,
            user_id=self.user or None,
            page=self.page or None,
            text=self.q or None,
            since=self.since or None,
            until=self.until or None,
        )

    def url(self, path: str = "/", **changes: Any) -> str:
        """The URL of this view, with changes."""
        view = replace(self, **changes)
        given = {
            _IN_URL.get(name, name): getattr(view, name)
            for name in _NAMES
            if getattr(view, name) != _DEFAULTS[name]
        }
        return path + (f"?{urlencode(given)}" if given else "")

    @property
    def exports(self) -> str | None:
        """The query string of the exports of what the view shows; None where they have none of it."""
        if self.kind == "bad":
            return None
        given = {exported: getattr(self, name) for name, exported in _EXPORTED.items() if getattr(self, name)}
        return f"?{urlencode(given)}" if given else ""

    @property
    def is_filtered(self) -> bool:
        """Whether anything is left out."""
        return any(getattr(self, name) for name in _NAMES if name not in {"span", "open", "before"})

    @property
    def is_live(self) -> bool:
        """Whether an event that comes now may belong to it."""
        return self.before is None and not self.until


_IN_URL = {"first_day": "from", "last_day": "to"}
_NAMES = tuple(field.name for field in fields(View))
_EXPORTED = {
    "q": "text",
    "app": "app_id",
    "platform": "platform",
    "event": "event_name",
    "person": "domain_userid",
    "session": "domain_sessionid",
    "user": "user_id",
    "page": "page",
    "since": "since",
    "until": "until",
    "first_day": "from",
    "last_day": "to",
    "author": "author",
    "subject": "subject",
}
"""What the exports call the parts of the URL."""
_DEFAULTS: dict[str, Any] = {field.name: field.default for field in fields(View)}


def read_view(parameters: Mapping[str, str]) -> View:
    """The view that a URL asks for; what makes no sense is passed over."""
    texts = {name: _text(parameters.get(name, "")) for name in ("q", "platform", "event")}
    ids = {name: _text(parameters.get(name, "")) for name in ("person", "session", "user")}
    moments = {name: _moment(parameters.get(name, "")) for name in ("since", "until")}
    shared = read_filter(parameters)
    kind, span = parameters.get("kind", ""), parameters.get("span", "")
    return View(
        **texts,
        **ids,
        **moments,
        app=shared.app,
        first_day=shared.since,
        last_day=shared.until,
        author=shared.author,
        subject=shared.subject,
        page=_text(parameters.get("page", ""), _LONGEST_URL),
        kind=kind if kind in {"good", "bad"} else "",
        span=span if span in SPANS else "15m",
        before=read_number(parameters.get("before", "")),
        open=read_number(parameters.get("open", "")),
    )


def said_of_days(zone: str) -> str:
    """What a day is, for who filters by it."""
    return (
        f"A day is that on which an event happened, by the time of {zone}; of a failed event that on which "
        "it came."
    )


def read_number(text: str) -> int | None:
    """An id or a cursor; None where it is none."""
    if not (text.isascii() and text.isdigit() and len(text) < 20) or int(text) > _HIGHEST:
        return None
    return int(text)


def _text(text: str, longest: int = _LONGEST) -> str:
    """At most so long, and nothing that SQLite could not be asked for."""
    return text.strip()[:longest].encode("utf-8", "replace").decode().replace("\0", "")


def _moment(text: str) -> str:
    try:
        moment = datetime.fromisoformat(text)
        return iso(moment if moment.tzinfo else moment.replace(tzinfo=UTC))
    except (ValueError, OverflowError):
        return ""
