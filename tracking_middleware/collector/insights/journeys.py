"""Journeys: what one person did, session by session, in the browser and on the server; pure.

A person is all events that ``domain_userid``, ``user_id`` or ``domain_sessionid`` join, directly or through
others: a login joins two devices. A hand-off token brings its ``domain_userid`` along, and so joins too.
Events that name nobody belong to no journey.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from ..store.rows import StoredRow

_SESSION = timedelta(minutes=30)
_PAIRED = timedelta(minutes=2)
_CROSS_NAVIGATION = "iglu:com.snowplowanalytics.snowplow/cross_navigation/"


@dataclass(frozen=True, slots=True)
class Session:
    """Events of one session, in the order they happened; ``index`` is None where nobody counted.

    ``device`` counts the ``domain_userid``s of the journey, from 1.
    """

    index: int | None
    device: int
    rows: tuple[StoredRow, ...]

    @property
    def began(self) -> str:
        """When, ISO 8601 in UTC."""
        return self.rows[0].summary.derived

    @property
    def ended(self) -> str:
        """When, ISO 8601 in UTC."""
        return self.rows[-1].summary.derived


@dataclass(frozen=True, slots=True, kw_only=True)
class Journey:
    """One person. ``off_browser`` are events of servers and jobs outside any session, which end it.

    ``is_cut``: there are older events, which are not in it.
    """

    persons: tuple[str, ...]
    users: tuple[str, ...]
    sessions: tuple[Session, ...]
    off_browser: tuple[StoredRow, ...]
    is_cut: bool

    @property
    def rows(self) -> tuple[StoredRow, ...]:
        """All its events, as they are shown."""
        return (*(row for session in self.sessions for row in session.rows), *self.off_browser)


def journey_of(rows: Iterable[StoredRow], *, is_cut: bool = False) -> Journey:
    """The journey that rows of one person are."""
    ordered = sorted(rows, key=lambda row: (row.summary.derived, row.id))
    persons = tuple(dict.fromkeys(row.summary.domain_userid for row in ordered if row.summary.domain_userid))
    off_browser = [row for row in ordered if _is_off_browser(row)]
    inside = [row for row in ordered if not _is_off_browser(row)]
    return Journey(
        persons=persons,
        users=tuple(dict.fromkeys(row.summary.user_id for row in ordered if row.summary.user_id)),
        sessions=tuple(_sessions(inside, persons)),
        off_browser=tuple(off_browser),
        is_cut=is_cut,
    )


def is_server(row: StoredRow) -> bool:
    """Whether a server saw it."""
    return row.summary.platform == "srv"


def is_handed_off(row: StoredRow) -> bool:
    """Whether a sealed token brought the person there."""
    entities = (row.shape["event"]["contexts"] or {}).get("data", [])
    return any(
        entity["schema"].startswith(_CROSS_NAVIGATION)
        and isinstance(entity["data"], dict)
        and entity["data"].get("reason") == "hand_off"
        for entity in entities
    )


def steps_of(rows: Sequence[StoredRow]) -> list[tuple[StoredRow, ...]]:
    """Rows in their order, a page view of the server together with the browser's of the same page."""
    steps: list[tuple[StoredRow, ...]] = []
    waiting: dict[str, int] = {}
    for row in rows:
        page = _page(row)
        other = waiting.pop(page, None) if page is not None else None
        if other is not None and len(steps[other]) == 1 and _are_pair(steps[other][0], row):
            steps[other] = (*steps[other], row)
            continue
        if page is not None:
            waiting[page] = len(steps)
        steps.append((row,))
    return steps


def moment_of(row: StoredRow) -> datetime:
    """When it happened."""
    return datetime.fromisoformat(row.summary.derived)


def _is_off_browser(row: StoredRow) -> bool:
    """A server's event outside a session; its page views are a visitor's, whose session is not known yet."""
    summary = row.summary
    return is_server(row) and summary.domain_sessionid is None and summary.event_name != "page_view"


def _sessions(rows: Sequence[StoredRow], persons: Sequence[str]) -> list[Session]:
    found: dict[str, list[StoredRow]] = defaultdict(list)
    for row in rows:
        if row.summary.domain_sessionid:
            found[row.summary.domain_sessionid].append(row)
    alone: dict[str, list[StoredRow]] = defaultdict(list)
    for row in rows:
        if not row.summary.domain_sessionid:
            key = _near(row, found)
            (found[key] if key else alone[row.summary.domain_userid or ""]).append(row)
    groups = [*found.values(), *(part for group in alone.values() for part in _apart(group))]
    return sorted((_session(group, persons) for group in groups), key=lambda session: session.began)


def _session(rows: list[StoredRow], persons: Sequence[str]) -> Session:
    rows.sort(key=lambda row: (row.summary.derived, row.id))
    index = next((row.summary.domain_sessionidx for row in rows if row.summary.domain_sessionidx), None)
    person = next((row.summary.domain_userid for row in rows if row.summary.domain_userid), None)
    return Session(index, persons.index(person) + 1 if person else 1, tuple(rows))


def _near(row: StoredRow, sessions: dict[str, list[StoredRow]]) -> str | None:
    """The session of the same device in whose time, or just before which, a row without one falls."""
    moment = moment_of(row)
    for key, rows in sessions.items():
        own = [other for other in rows if other.summary.domain_userid == row.summary.domain_userid]
        if own and moment_of(own[0]) - _SESSION <= moment <= moment_of(own[-1]) + _SESSION:
            return key
    return None


def _apart(rows: Sequence[StoredRow]) -> list[list[StoredRow]]:
    """Rows without any session, where they are half an hour apart."""
    groups: list[list[StoredRow]] = []
    for row in rows:
        if groups and moment_of(row) - moment_of(groups[-1][-1]) < _SESSION:
            groups[-1].append(row)
        else:
            groups.append([row])
    return groups


def _page(row: StoredRow) -> str | None:
    if row.summary.event_name != "page_view" or not row.summary.page_url:
        return None
    return row.summary.page_url.partition("#")[0].partition("://")[2].partition("/")[2]


def _are_pair(first: StoredRow, second: StoredRow) -> bool:
    apart = abs(moment_of(second) - moment_of(first))
    return is_server(first) != is_server(second) and apart < _PAIRED
