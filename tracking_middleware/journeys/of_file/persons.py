"""Who did what: asked of a file of a run, and of what ``keep_persons`` made of it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from ..reading.asked import Filter
from ..reading.passing import conditions_of

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

SEARCHED_KINDS = ("user_id", "domain_userid", "network_userid")
"""Identifiers that may be looked for and shown; others are out of fields that may be confidential."""
_PASSING = {
    False: "p.person_id IN (SELECT r.person_id FROM memory.main.read_doings AS r WHERE {conditions})",
    True: "p.person_id IN (SELECT r.person_id FROM memory.main.reads AS r WHERE {conditions})",
}
"""By whether it is asked what somebody read."""
_NAMED = """p.person_id IN (
    SELECT q.person_id FROM kept.main.persons AS q WHERE contains(lower(q.person_id), $text)
    UNION ALL
    SELECT o.new FROM kept.main.renamed_persons AS o WHERE contains(lower(o.old), $text)
    UNION ALL
    SELECT i.person_id FROM kept.main.person_identifiers AS i
    WHERE i.kind IN ('user_id', 'domain_userid', 'network_userid') AND contains(lower(i.value), $text)
    UNION ALL
    SELECT s.person_id FROM kept.main.sessions AS s WHERE contains(lower(s.session_id), $text)
    UNION ALL
    SELECT j.person_id FROM kept.main.event_persons AS j
    JOIN kept.main.events AS e ON e.event_id = j.event_id
    WHERE contains(lower(e.page_url), $text) OR contains(lower(e.page_title), $text)
        OR contains(lower(e.event_name), $text) OR contains(lower(e.app_id), $text)
        OR contains(e.event_id, $text)
)"""
_AFTER = """EXISTS (
    SELECT 1 FROM kept.main.persons AS b WHERE b.person_id = $after
        AND (p.last_at < b.last_at OR (p.last_at = b.last_at AND p.person_id > b.person_id))
)"""
_PERSONS = """
SELECT p.person_id FROM kept.main.persons AS p WHERE {conditions}
ORDER BY p.last_at DESC, p.person_id LIMIT $most
"""
_LIST = """
SELECT p.person_id, p.user_id, p.first_at, p.last_at, p.events, count(s.session_id),
    coalesce(CAST(sum(s.page_views) AS BIGINT), 0), coalesce(CAST(sum(s.engaged_seconds) AS BIGINT), 0)
FROM kept.main.persons AS p LEFT JOIN kept.main.sessions AS s ON s.person_id = p.person_id
WHERE {conditions} GROUP BY ALL ORDER BY p.last_at DESC, p.person_id LIMIT $most
"""
_OF_PERSONS = """
SELECT p.person_id, p.event_id, p.session_id, p.how, e.side, e.rowid
FROM kept.main.event_persons AS p
JOIN kept.main.event_rows AS e ON e.event_id = p.event_id
WHERE p.person_id IN (SELECT unnest($persons))
QUALIFY row_number() OVER (
    PARTITION BY p.person_id ORDER BY coalesce(e.derived_tstamp, e.collector_tstamp) DESC, p.event_id DESC
) <= $most
ORDER BY coalesce(e.derived_tstamp, e.collector_tstamp), p.event_id
"""
_ROWS = "SELECT * FROM kept.main.event_rows WHERE rowid IN (SELECT unnest($rows))"
_ROW = "SELECT rowid FROM kept.main.event_rows WHERE event_id = $event"
_PAIRS = """
SELECT server_event_id, browser_event_id FROM kept.main.page_views
WHERE seen_by = 'both' AND server_event_id IN (SELECT unnest($events))
"""
_IDENTIFIERS = """
SELECT person_id, kind, value, valid_from, valid_to, because_event_id FROM kept.main.person_identifiers
WHERE person_id IN (SELECT unnest($persons)) ORDER BY valid_from, kind, value
"""
_COUNTED = "SELECT person_id, events FROM kept.main.persons WHERE person_id IN (SELECT unnest($persons))"
_KEY = """
SELECT person_id FROM kept.main.persons WHERE person_id = $key
UNION ALL
SELECT new FROM kept.main.renamed_persons WHERE old = $key
LIMIT 1
"""
_OWNER = "SELECT person_id FROM kept.main.event_persons WHERE event_id = $event AND person_id IS NOT NULL"


@dataclass(frozen=True, slots=True, kw_only=True)
class Persons:
    """Which persons are asked for: ``text`` is a part of an id of theirs or of what they saw, whatever the
    case; ``after`` is the key of the last of those before."""

    filter: Filter
    text: str = ""
    after: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """A row of ``persons``, with what its sessions sum up to; moments are in UTC, without saying so."""

    person_id: str
    user_id: str | None
    first_at: datetime
    last_at: datetime
    events: int
    sessions: int
    page_views: int
    engaged_seconds: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """An event of a person: which, in which session, how it was joined, which side saw it, its columns."""

    person_id: str
    event_id: str
    session_id: str | None
    how: str
    side: str
    columns: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Identifier:
    """An identifier of a person: from when to when it was seen, and the first event that says so."""

    person_id: str
    kind: str
    value: str
    valid_from: datetime
    valid_to: datetime
    because_event_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Doings:
    """What some persons did, in the order in which it happened; ``pairs`` has by the server's event the
    browser's of the same page view, ``events`` how many each person has in all."""

    done: Sequence[Done]
    pairs: Mapping[str, str]
    identifiers: Sequence[Identifier]
    events: Mapping[str, int]


def persons(cursor: DuckDBPyConnection, asked: Persons, *, most: int) -> list[str]:
    """The keys of those who did something last, first."""
    conditions, given = _of_persons(asked)
    found = cursor.execute(_PERSONS.format(conditions=conditions), {**given, "most": most}).fetchall()
    return [person for (person,) in found]


def person_rows(cursor: DuckDBPyConnection, asked: Persons, *, most: int) -> list[Person]:
    """The same with what is known of each."""
    conditions, given = _of_persons(asked)
    rows = cursor.execute(_LIST.format(conditions=conditions), {**given, "most": most}).fetchall()
    return [Person(**dict(zip(Person.__slots__, row, strict=True))) for row in rows]


def key_of(cursor: DuckDBPyConnection, key: str) -> str | None:
    """The key of a person by this one or one of before; None where nobody has it."""
    found = cursor.execute(_KEY, {"key": key}).fetchone()
    return None if found is None else str(found[0])


def owner_of(cursor: DuckDBPyConnection, event_id: str) -> str | None:
    """The person that did an event; None where it is nobody's, or there is none."""
    found = cursor.execute(_OWNER, {"event": event_id}).fetchone()
    return None if found is None else str(found[0])


def event_columns(cursor: DuckDBPyConnection, event_id: str) -> Mapping[str, Any] | None:
    """An event's columns that the file has any value in; None where there is no such event."""
    rows = [row for (row,) in cursor.execute(_ROW, {"event": event_id}).fetchall()]
    return next(iter(_columns(cursor, rows).values()), None)


def doings(cursor: DuckDBPyConnection, keys: Collection[str], *, most: int) -> Doings:
    """What persons did: of each the newest ``most`` events."""
    given = {"persons": list(keys)}
    rows = cursor.execute(_OF_PERSONS, {**given, "most": most}).fetchall()
    columns = _columns(cursor, [row[-1] for row in rows])
    done = [
        Done(person_id=person, event_id=event, session_id=session, how=how, side=side, columns=columns[event])
        for person, event, session, how, side, _ in rows
    ]
    pairs = cursor.execute(_PAIRS, {"events": [each.event_id for each in done]}).fetchall()
    identifiers = cursor.execute(_IDENTIFIERS, given).fetchall()
    return Doings(
        done=done,
        pairs=dict(pairs),
        identifiers=[Identifier(**dict(zip(Identifier.__slots__, row, strict=True))) for row in identifiers],
        events=dict(cursor.execute(_COUNTED, given).fetchall()),
    )


def _columns(cursor: DuckDBPyConnection, rows: Sequence[int]) -> dict[str, Mapping[str, Any]]:
    """By the event's id. They are found by their place: to look through all columns takes long."""
    found = cursor.execute(_ROWS, {"rows": list(rows)})
    names = [column[0] for column in found.description or ()]
    events = (dict(zip(names, row, strict=True)) for row in found.fetchall())
    return {event["event_id"]: event for event in events}


def _of_persons(asked: Persons) -> tuple[str, dict[str, str]]:
    given: dict[str, str] = {}
    found = []
    if asked.filter != Filter():
        is_read = bool(asked.filter.author or asked.filter.subject)
        conditions, given = conditions_of(
            asked.filter, events=("r.event_id",), same=" AND f.number = r.number"
        )
        found.append(_PASSING[is_read].format(conditions=conditions))
    if asked.text:
        found.append(_NAMED)
        given["text"] = asked.text.lower()
    if asked.after:
        found.append(_AFTER)
        given["after"] = asked.after
    return " AND ".join(found) or "true", given
