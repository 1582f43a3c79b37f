"""Which values in self-describing JSON are confidential, by the classes declared with its schema."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Annotated, Any, get_args, get_origin, get_type_hints

import msgspec

from ...events.confidential import Confidential, confidential_fields, field_names
from ...events.declaring import classes_of


class _Hidden:
    def __repr__(self) -> str:
        return "***"


_HIDDEN = _Hidden()


def hidden(schema: str, data: Any) -> Any:
    """A copy of the data that shows ``***`` for what is confidential."""
    for kind in classes_of(schema):
        data = _copied(data, kind, [])
    return data


def confidential_values(schema: str, data: Any) -> list[Any]:
    """What is confidential in the data: plain values, objects and arrays as they stand."""
    found: list[Any] = []
    for kind in classes_of(schema):
        _copied(data, kind, found)
    return found


def _copied(value: Any, kind: type, found: list[Any]) -> Any:
    if not isinstance(value, Mapping):
        return value
    fields = _fields(kind)
    return {name: _field(inner, fields.get(name), found) for name, inner in value.items()}


def _field(value: Any, field: _Field | None, found: list[Any]) -> Any:
    if field is None or isinstance(value, _Hidden):
        return value
    if field.is_confidential:
        found.append(value)
        return _HIDDEN
    for kind in field.within:
        value = _inner(value, kind, found)
    return value


def _inner(value: Any, kind: type, found: list[Any]) -> Any:
    """Where a field holds objects of a class: itself, in a list, or under keys of its own."""
    if isinstance(value, list):
        return [_inner(item, kind, found) for item in value]
    if isinstance(value, Mapping) and not _fields(kind).keys() & value.keys():
        return {name: _inner(inner, kind, found) for name, inner in value.items()}
    return _copied(value, kind, found)


@cache
def fields_in_json(kind: type) -> dict[str, str]:
    """The names of a class's fields in JSON, by those that its objects have."""
    names = field_names(kind)
    return dict(zip(names, getattr(kind, "__struct_encode_fields__", names), strict=True))


class _Field(msgspec.Struct, frozen=True):
    is_confidential: bool
    within: tuple[type, ...]
    """The classes whose objects it may hold."""


@cache
def _fields(kind: type) -> dict[str, _Field]:
    """The fields of a class by their names in JSON."""
    confidential = confidential_fields(kind)
    try:
        hints = get_type_hints(kind, include_extras=True)
    except Exception:  # noqa: BLE001
        # names of a function's own: what cannot be read counts as confidential there
        hints = {}
    fields = {}
    for name, written in fields_in_json(kind).items():
        parts = list(_parts(hints.get(name)))
        within = tuple(part for part in parts if isinstance(part, type) and field_names(part))
        # a class that is shown within another hides its own, field by field
        is_marked = Confidential in parts or (name in confidential and not any(map(_fields_inside, within)))
        fields[written] = _Field(is_marked, within)
    return fields


def _fields_inside(kind: type) -> bool:
    return any(field.is_confidential or field.within for field in _fields(kind).values())


def _parts(hint: Any) -> Iterator[Any]:
    """A type hint and all that it is made of; ``Confidential`` where it is marked so."""
    if get_origin(hint) is Annotated:
        if any(mark is Confidential or isinstance(mark, Confidential) for mark in hint.__metadata__):
            yield Confidential
        yield from _parts(hint.__origin__)
        return
    yield hint
    for part in get_args(hint):
        yield from _parts(part)
