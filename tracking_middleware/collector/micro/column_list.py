"""What is asked of ``/micro/columns`` and ``/micro/columnStats`` (Micro 4), and the answers.

Both are about the newest 10,000 events, good and bad, or those of them that two seconds are enough for, so
that every answer is quick.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from ...protocol.columns import COLUMNS
from ..store.store import Store
from .event_list import MOST_LOOKED_INTO, Show, flat_rows, read, text_of
from .flat import DESCRIBED

_MOST_VALUES = 20
_PLAIN = frozenset(COLUMNS) - frozenset(DESCRIBED)


class _StatsRequest(msgspec.Struct, frozen=True):
    columns: list[str]


def columns(store: Store, show: Show) -> list[str]:
    """The names of the columns that there are, in the order of the alphabet.

    Those of entities and self-describing events are the ones that events have, each also with a dot and
    each key of what is in it.
    """
    names = set(_PLAIN)
    for row in _newest(store, show):
        for name in row.keys() - _PLAIN:
            names.add(name)
            names.update(f"{name}.{key}" for key in _keys(row[name]))
    return sorted(names)


def column_stats(store: Store, show: Show, body: bytes) -> dict[str, Any]:
    """What can be done with each of some columns, and its values; raises FilterError.

    ``values`` is None where a column cannot be filtered by or has more than 20 values.
    """
    asked = dict.fromkeys(read(body, _StatsRequest).columns)
    found: dict[str, set[str]] = {name: set() for name in asked if name in _PLAIN}
    for row in _newest(store, show) if found else ():
        for name, values in found.items():
            if len(values) <= _MOST_VALUES and (text := text_of(row, name)):
                values.add(text)
    return {name: _stats(found.get(name)) for name in asked}


def _stats(values: set[str] | None) -> dict[str, Any]:
    can_be_asked = values is not None
    is_choice = values is not None and len(values) <= _MOST_VALUES
    return {
        "sortable": can_be_asked,
        "filterable": can_be_asked,
        "values": sorted(values or ()) if is_choice else None,
    }


def _newest(store: Store, show: Show) -> Iterator[Mapping[str, Any]]:
    ids = store.all_ids(most=MOST_LOOKED_INTO)
    return (row for _, row in flat_rows(store, show, ids))


def _keys(value: Any) -> Iterator[str]:
    """Of a self-describing event, or of all entities of a kind."""
    for data in value if isinstance(value, list) else [value]:
        if isinstance(data, dict):
            yield from data
