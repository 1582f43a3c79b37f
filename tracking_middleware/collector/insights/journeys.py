"""Journeys: what one person did, session by session, in the browser and on the server; pure.

Whose an event is, in which session, and which page views are one, the models of ``journeys`` say.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ..store.rows import StoredRow

_CROSS_NAVIGATION = "iglu:com.snowplowanalytics.snowplow/cross_navigation/"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One event, or a page view that both sides tell of; ``how`` is what joined it to the person.

    ``is_unreported``: a page view of the server's that the browser did not tell of.
    """

    rows: tuple[StoredRow, ...]
    how: str
    is_unreported: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """Steps of one session, in the order they happened; ``index`` is None where nobody counted.

    ``device`` counts the ``domain_userid``s of the journey, from 1; ``name`` is its id, None where the
    steps belong to no session.
    """

    name: str | None
    index: int | None
    device: int
    steps: tuple[Step, ...]

    @property
    def rows(self) -> tuple[StoredRow, ...]:
        """Its events."""
        return tuple(_rows_of(self.steps))

    @property
    def began(self) -> str:
        """When, ISO 8601 in UTC."""
        return min(row.summary.derived for row in self.rows)


@dataclass(frozen=True, slots=True, kw_only=True)
class Journey:
    """One person. ``off_browser`` are events of servers and jobs that nobody was there for, which end it.

    ``is_cut``: there are older events, which are not in it.
    """

    person: str
    persons: tuple[str, ...]
    users: tuple[str, ...]
    sessions: tuple[Session, ...]
    off_browser: tuple[Step, ...]
    is_cut: bool

    @property
    def steps(self) -> tuple[Step, ...]:
        """All its steps, as they are shown."""
        return (*(step for session in self.sessions for step in session.steps), *self.off_browser)

    @property
    def rows(self) -> tuple[StoredRow, ...]:
        """All its events, as they are shown."""
        return tuple(_rows_of(self.steps))


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """What the models say of one event; ``session`` is None where it belongs to none."""

    person: str
    session: str | None
    side: str
    how: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What the models say of events, by their numbers in the store, in the order in which they happened.

    ``pairs`` has, by the server's, the browser's event of the same page view; ``users`` and ``devices``, by
    person, the ``user_id``s and ``domain_userid``s, the first that was seen first.
    """

    placed: Mapping[int, Placed]
    pairs: Mapping[int, int]
    users: Mapping[str, tuple[str, ...]]
    devices: Mapping[str, tuple[str, ...]]


def journeys_of(rows: Mapping[int, StoredRow], told: Told, *, cut: frozenset[int]) -> list[Journey]:
    """A journey for each person, who did something last first; ``cut`` are rows of those with older ones."""
    steps: dict[str, list[Step]] = {}
    for number, step in _steps(rows, told):
        steps.setdefault(told.placed[number].person, []).append(step)
    journeys = [_journey(person, found, told, cut=cut) for person, found in steps.items()]
    return sorted(journeys, key=lambda journey: -max(row.id for row in journey.rows))


def _steps(rows: Mapping[int, StoredRow], told: Told) -> Iterator[tuple[int, Step]]:
    """The two sides' events of one page view are one step where they are of one person."""
    placed, taken = told.placed, set[int]()
    other = {**told.pairs, **{browser: server for server, browser in told.pairs.items()}}
    for number, where in placed.items():
        if number in taken:
            continue
        both = [row for row in (rows[number], rows.get(other.get(number, 0))) if row is not None]
        if len(both) == 2 and placed[both[1].id].person != where.person:
            both.pop()
        taken.update(row.id for row in both)
        is_view = where.side == "server" and both[0].summary.event_name == "page_view"
        yield (
            number,
            Step(rows=tuple(both), how=where.how, is_unreported=is_view and number not in told.pairs),
        )


def _journey(person: str, steps: list[Step], told: Told, *, cut: frozenset[int]) -> Journey:
    devices = told.devices.get(person, ())
    found: dict[str | None, list[Step]] = {}
    off_browser = []
    for step in steps:
        places = [told.placed[row.id] for row in step.rows]
        if places[0].side == "off_browser":
            off_browser.append(step)
        else:  # of two, the browser knows its session
            place = next((each for each in places if each.side == "browser"), places[0])
            found.setdefault(place.session, []).append(step)
    sessions = [_session(name, group, devices) for name, group in found.items()]
    return Journey(
        person=person,
        persons=devices,
        users=told.users.get(person, ()),
        sessions=tuple(sorted(sessions, key=lambda session: session.began)),
        off_browser=tuple(off_browser),
        is_cut=not cut.isdisjoint(row.id for row in _rows_of(steps)),
    )


def _session(name: str | None, steps: list[Step], devices: tuple[str, ...]) -> Session:
    summaries = [row.summary for row in _rows_of(steps)]
    index = next((summary.domain_sessionidx for summary in summaries if summary.domain_sessionidx), None)
    numbers = {device: number for number, device in enumerate(devices, start=1)}
    device = next((numbers[each.domain_userid] for each in summaries if each.domain_userid in numbers), 1)
    return Session(name=name, index=index, device=device, steps=tuple(steps))


def _rows_of(steps: Iterable[Step]) -> Iterator[StoredRow]:
    return (row for step in steps for row in step.rows)


def is_server(row: StoredRow) -> bool:
    """Whether a server saw it."""
    return row.summary.platform == "srv"


def is_handed_off(row: StoredRow) -> bool:
    """Whether a sealed token brought the person there."""
    return any(data.get("reason") == "hand_off" for data in crossings_of(row.shape["event"]))


def crossings_of(event: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """What the entities of an event say of where somebody came from."""
    entities = (event["contexts"] or {}).get("data", [])
    return [
        entity["data"]
        for entity in entities
        if entity["schema"].startswith(_CROSS_NAVIGATION) and isinstance(entity["data"], dict)
    ]


def moment_of(row: StoredRow) -> datetime:
    """When it happened."""
    return datetime.fromisoformat(row.summary.derived)
