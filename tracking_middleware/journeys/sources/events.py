"""Events out of JSON, and into JSON again without what is null, which most of an event is.

Of a column that nothing was in so far null is expected, which costs least. An event in which it is not so is
read once more, and teaches which columns there is anything in. DuckDB is asked for those alone.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import partial
from typing import Any

import msgspec

from .columns import COLUMNS, JSON_COLUMNS
from .described import self_describing

LINE = "_line"
"""The name under which a row's place in its file goes with it."""
_MOST_FIELDS = 500
"""Beside the canonical ones: each that is new costs a decoder, and one file may have any number."""
_encode = msgspec.json.Encoder().encode


class _AnyStored(msgspec.Struct, gc=False):
    event: dict[str, Any]


_ESCAPE = re.compile(
    rb"\\(u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|(u[dD][89a-fA-F][0-9a-fA-F]{2})|.)",
    re.DOTALL,
)
_any_stored = msgspec.json.Decoder(_AnyStored)
_any_flat = msgspec.json.Decoder(dict[str, Any])


def _mended(shape: bytes | str) -> bytes:
    """JSON with a question mark, as the pipeline has it, in the place of each half of a surrogate pair.

    The store keeps what was sent as it was, a title that was cut within an emoji too.
    """
    given = shape.encode() if isinstance(shape, str) else shape
    return _ESCAPE.sub(lambda found: b"?" if found[2] else found[0], given)


def _struct(types: Mapping[str, Any], names: Mapping[str, str], *, is_strict: bool) -> type[Any]:
    """An event: the types of its canonical columns, and by the names of their fields what it has beside them.

    One that ``is_strict`` has no other.
    """
    fields = [("line", Any), *types.items(), *((field, Any) for field in names)]
    return msgspec.defstruct(
        "Event",
        [(name, kind, None) for name, kind in fields],
        rename={"line": LINE, **names},
        omit_defaults=True,
        forbid_unknown_fields=is_strict,
        gc=False,
    )


class _Columns:
    """The canonical columns that there was anything in so far."""

    def __init__(self) -> None:
        self._types: dict[str, Any] = dict.fromkeys(COLUMNS, type(None))
        self._types |= dict.fromkeys(JSON_COLUMNS, Any)

    @property
    def filled(self) -> tuple[str, ...]:
        return tuple(name for name, kind in self._types.items() if kind is not type(None))

    def learn(self, event: Mapping[str, Any]) -> Mapping[str, Any]:
        """Take note of an event's; what is to be expected of each column from now on."""
        self._types |= dict.fromkeys((name for name in COLUMNS if event.get(name) is not None), Any)
        return self._types


def _stored(types: Mapping[str, Any]) -> Any:
    """Decodes what the store keeps of an event; what is JSON already stays as it is."""
    event = _struct({**types, **dict.fromkeys(JSON_COLUMNS, msgspec.Raw)}, {}, is_strict=False)
    return msgspec.json.Decoder(msgspec.defstruct("Stored", [("event", event)], gc=False)).decode


_decode_stored = _stored(dict.fromkeys(COLUMNS, Any))


def stored_event(shape: bytes | str, *, number: int) -> bytes:
    """One event of the collector's store with its number; raises msgspec.DecodeError."""
    try:
        event = _decode_stored(shape).event
    except msgspec.DecodeError:
        event = _decode_stored(_mended(shape)).event
    event.line = number
    return _encode(event)


class StoredEvents:
    """Reads many events of the collector's store."""

    def __init__(self) -> None:
        self._columns = _Columns()
        self._learn({})

    @property
    def columns(self) -> tuple[str, ...]:
        """Those that there was anything in so far."""
        return self._columns.filled

    def event(self, shape: bytes, *, number: int) -> bytes:
        """An event with its number; raises msgspec.DecodeError."""
        try:
            return self._event(shape, number)
        except msgspec.DecodeError:
            return self._event(_mended(shape), number)

    def _event(self, shape: bytes, number: int) -> bytes:
        try:
            event = self._decode(shape).event
        except msgspec.ValidationError:
            self._learn(_any_stored.decode(shape).event)
            event = self._decode(shape).event
        event.line = number
        return _encode(event)

    def _learn(self, event: Mapping[str, Any]) -> None:
        self._decode = _stored(self._columns.learn(event))


class FlatEvents:
    """Reads flat JSON, in which each kind of entity is a column; what is no column at all is left out."""

    def __init__(self) -> None:
        self._columns = _Columns()
        self._fields: dict[str, str] = {}
        self._known: set[str] = {LINE}
        self._learn({})

    @property
    def columns(self) -> tuple[str, ...]:
        """Those that there was anything in so far."""
        return self._columns.filled

    def event(self, line: bytes, *, number: int) -> bytes:
        """The event of a line with its number, its entities as self-describing JSON.

        Raises msgspec.DecodeError, UnicodeDecodeError.
        """
        try:
            event = self._decode(line)
        except msgspec.ValidationError:
            given = _any_flat.decode(line)
            self._learn(given)
            if not self._known.issuperset(given):
                return self._unusual(line, given, number=number)
            event = self._decode(line)
        flat = {}
        for field, name in self._fields.items():
            if (value := getattr(event, field)) is not None:
                setattr(event, field, None)
                flat[name] = value
        if flat:
            contexts, unstruct_event = self_describing(_as_in(line, flat), partial(getattr, event))
            event.contexts = contexts if event.contexts is None else event.contexts
            event.unstruct_event = unstruct_event if event.unstruct_event is None else event.unstruct_event
        event.line = number
        return _encode(event)

    def _unusual(self, line: bytes, given: Mapping[str, Any], *, number: int) -> bytes:
        """The event of a line with names beyond those that are kept in mind."""
        event = {name: given[name] for name in COLUMNS if given.get(name) is not None}
        flat = {name: value for name, value in given.items() if value is not None and name not in COLUMNS}
        contexts, unstruct_event = self_describing(_as_in(line, flat), given.get)
        made = {"contexts": contexts, "unstruct_event": unstruct_event}
        return _encode({name: value for name, value in made.items() if value} | event | {LINE: number})

    def _learn(self, event: Mapping[str, Any]) -> None:
        types = self._columns.learn(event)
        for name in event:
            if name not in self._known and name not in COLUMNS and len(self._fields) < _MOST_FIELDS:
                self._fields[f"column_{len(self._fields)}"] = name
        self._known = {LINE, *COLUMNS, *self._fields.values()}
        self._decode: Any = msgspec.json.Decoder(_struct(types, self._fields, is_strict=True)).decode


def _as_in(line: bytes, flat: Mapping[str, Any]) -> Mapping[str, Any]:
    """In the order of the line, whatever came before it in the file."""
    if len(flat) < 2:
        return flat
    return dict(sorted(flat.items(), key=lambda item: (line.find(b'"%s"' % item[0].encode()), item[0])))
