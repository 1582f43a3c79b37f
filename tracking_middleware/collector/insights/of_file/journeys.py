"""Journeys as the page shows them, of what a file of a run says; pure.

An event's number is its id: it is the same in every run.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from ....journeys.of_file.persons import Doings, Identifier
from ....journeys.sources.columns import COLUMNS
from ...payload.json_text import decoded
from ...payload.times import iso
from ...store.rows import StoredRow
from ...store.summary import summary_of
from ..journeys import Journey, Placed, Told, journeys_of

_HIGHEST = 2**128
_JSON = ("contexts", "unstruct_event", "derived_contexts")
_NOTHING: Mapping[str, Any] = dict.fromkeys(COLUMNS)


def number_of(event_id: str) -> int:
    """An event's number."""
    return UUID(event_id).int


def event_id_of(number: int) -> str | None:
    """The id of an event; None where the number is none's."""
    return str(UUID(int=number)) if number < _HIGHEST else None


def journeys_in(found: Doings, keys: Sequence[str]) -> list[Journey]:
    """The journeys of persons by their keys, in that order."""
    numbers = {each.event_id: number_of(each.event_id) for each in found.done}
    rows = {numbers[each.event_id]: row_of(each.columns) for each in found.done}
    told = Told(
        placed={
            numbers[each.event_id]: Placed(
                person=each.person_id, session=each.session_id, side=each.side, how=each.how
            )
            for each in found.done
        },
        pairs={number_of(server): number_of(browser) for server, browser in found.pairs.items()},
        users=_by_person(found.identifiers, "user_id"),
        devices=_by_person(found.identifiers, "domain_userid"),
    )
    journeys = {each.person: each for each in journeys_of(rows, told, cut=_cut(found, numbers))}
    return [journeys[key] for key in keys if key in journeys]


def row_of(columns: Mapping[str, Any]) -> StoredRow:
    """An event as the collector would have it, of its columns; nothing that is confidential is hidden."""
    event = {**_NOTHING, **{name: _value(name, columns[name]) for name in columns if name in COLUMNS}}
    received = str(event["collector_tstamp"])
    entities = (event["contexts"] or {}).get("data", ())
    shape = {"event": event, "contexts": [str(entity["schema"]) for entity in entities]}
    return StoredRow(
        id=number_of(event["event_id"]),
        is_good=True,
        received=received,
        shape=shape,
        summary=summary_of(shape, is_good=True, received=received),
    )


def _value(name: str, value: Any) -> Any:
    if isinstance(value, datetime):
        return iso(value.replace(tzinfo=UTC))
    return _described(value) if name in _JSON and value is not None else value


def _described(text: str) -> Any:
    """JSON as the collector has it; what is none, or no self-describing one, a run takes and nobody reads."""
    try:
        value = decoded(text)
        data = value["data"]
        parts = data if isinstance(data, list) else [data]
        return value if all({"schema", "data"} <= part.keys() for part in parts) else None
    except (ValueError, KeyError, TypeError, AttributeError):
        return None


def _by_person(identifiers: Sequence[Identifier], kind: str) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for each in identifiers:
        if each.kind == kind:
            found[each.person_id] = (*found.get(each.person_id, ()), each.value)
    return found


def _cut(found: Doings, numbers: Mapping[str, int]) -> frozenset[int]:
    """The events of those who did more."""
    shown: dict[str, list[int]] = {}
    for each in found.done:
        shown.setdefault(each.person_id, []).append(numbers[each.event_id])
    return frozenset(
        number
        for person, theirs in shown.items()
        if found.events.get(person, 0) > len(theirs)
        for number in theirs
    )
