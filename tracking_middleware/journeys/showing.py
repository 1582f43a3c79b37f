"""One person's journey as lines of text: who it is and why, and what they did, day by day."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_MOST_PERSONS = 20
_FOUND = """
SELECT person_id FROM persons WHERE person_id = $name
UNION
SELECT new FROM renamed_persons WHERE old = $name
UNION
SELECT i.person_id FROM person_identifiers AS i JOIN persons AS p ON p.person_id = i.person_id
WHERE i.value = $name
UNION
SELECT person_id FROM sessions WHERE session_id = $name
UNION
SELECT person_id FROM conversions WHERE conversion_id = $name AND person_id IS NOT NULL
ORDER BY person_id LIMIT $most
"""
_PERSON = "SELECT user_id, first_at, last_at, events FROM persons WHERE person_id = $person"
_IDENTIFIERS = """
SELECT i.kind, i.value, i.valid_from, i.valid_to, i.because_event_id, e.event_name,
    e.user_id, e.domain_userid, e.network_userid
FROM person_identifiers AS i
LEFT JOIN events AS e ON e.event_id = i.because_event_id
WHERE i.person_id = $person
ORDER BY i.valid_from, i.kind, i.value
"""
_STEPS = """
SELECT j.at, coalesce(v.seen_by, j.side) AS side, j.event_name, j.page_url, e.page_title, j.session_id, j.how,
    v.engaged_seconds, s.mkt_campaign, s.refr_source, e.contexts, b.contexts
FROM journeys AS j
JOIN events AS e ON e.event_id = j.event_id
LEFT JOIN page_views AS v ON v.page_view_id = j.event_id
LEFT JOIN events AS b ON b.event_id = v.browser_event_id AND v.seen_by = 'both'
LEFT JOIN sessions AS s ON s.session_id = j.session_id
WHERE j.person_id = $person AND j.event_name <> 'page_ping'
  AND NOT EXISTS (
      SELECT 1 FROM page_views AS w WHERE w.browser_event_id = j.event_id AND w.server_event_id IS NOT NULL
  )
ORDER BY j.position
"""
_BESIDE = ("user_id", "domain_userid", "network_userid")
_SIDES = {"both": "browser+server", "off_browser": "off the browser"}
_ABOUT_TRACKING = frozenset({"web_page", "client_session", "cross_navigation"})
_LONG_AGO = timedelta(hours=12)


@dataclass(frozen=True, slots=True)
class _Step:
    """A row of the line of time."""

    at: datetime
    side: str
    name: str | None
    url: str | None
    title: str | None
    session: str | None
    how: str
    engaged: int | None
    campaign: str | None
    source: str | None
    contexts: str | None
    browser_contexts: str | None

    @property
    def entities(self) -> list[str]:
        """The names of the entities that say something of the page or the event, of both sides."""
        described = [item for text in (self.contexts, self.browser_contexts) for item in _described(text)]
        names = (item["schema"].split("/")[1] for item in described)
        return sorted({name for name in names if name not in _ABOUT_TRACKING})


def _described(text: str | None) -> list[dict[str, Any]]:
    data = json.loads(text).get("data", []) if text else []
    return [item for item in data if str(item.get("schema", "")).count("/") == 3]


def persons_named(connection: DuckDBPyConnection, name: str) -> list[str]:
    """The keys of the persons that a name is one of: a key, an identifier of any kind, or a session's id."""
    found = connection.execute(_FOUND, {"name": name, "most": _MOST_PERSONS}).fetchall()
    return [person for (person,) in found]


def journey_lines(connection: DuckDBPyConnection, person: str) -> Iterator[str]:
    """The journey of one person."""
    ((user_id, first_at, last_at, events),) = connection.execute(_PERSON, {"person": person}).fetchall()
    named = f"user_id {user_id}" if user_id else "no user_id"
    yield f"{person}: {named}, {events} events from {first_at:%Y-%m-%d %H:%M} to {last_at:%Y-%m-%d %H:%M} UTC"
    for row in connection.execute(_IDENTIFIERS, {"person": person}).fetchall():
        yield f"  {_identifier(row)}"
    rows = connection.execute(_STEPS, {"person": person}).fetchall()
    yield from _line_of_time([_Step(*row) for row in rows])


def _identifier(row: Sequence[Any]) -> str:
    kind, value, since, until, because, event, *ids = row
    beside = [f"{name} {other}" for name, other in zip(_BESIDE, ids, strict=True) if other and name != kind]
    seen = f" with {' and '.join(beside)}" if beside else ""
    said = f"the {event or 'event'} {because} has it{seen}"
    return f"{kind} {value}, {since:%Y-%m-%d} to {until:%Y-%m-%d}: {said}"


def _line_of_time(steps: Sequence[_Step]) -> Iterator[str]:
    before: _Step | None = None
    for step in steps:
        if before is None or step.at.date() != before.at.date():
            yield ""
            yield f"{step.at:%A, %d %B %Y}{_later(before, step)}"
        if before is None or step.session != before.session:
            yield f"  {_session(step)}"
        yield f"    {step.at:%H:%M:%S}  {_SIDES.get(step.side, step.side):<15}  {_done(step)}"
        before = step


def _later(before: _Step | None, step: _Step) -> str:
    if before is None or step.at - before.at < _LONG_AGO:
        return ""
    days = (step.at.date() - before.at.date()).days
    return f", {days} day{'s' if days != 1 else ''} later"


def _session(step: _Step) -> str:
    if step.session is None:
        return "outside any session"
    came = [f"from {step.source}"] if step.source else []
    came += [f"campaign {step.campaign}"] if step.campaign else []
    return f"session {step.session}" + (f" ({', '.join(came)})" if came else "")


def _done(step: _Step) -> str:
    name = step.name or "event"
    page = "" if step.url is None else f"  {step.url.partition('://')[2] or step.url}"
    title = f"  {step.title!r}" if step.title else ""
    engaged = f"  {step.engaged} s" if step.engaged else ""
    entities = f"  with {', '.join(step.entities)}" if step.entities else ""
    return f"{name:<16}{page}{title}{engaged}{entities}  (by {step.how})".rstrip()
