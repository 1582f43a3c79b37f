"""Events out of JSON, and into JSON again without what is null, which most of an event is."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from .columns import COLUMNS
from .described import described

LINE = "_line"
"""The name under which a row's place in its file goes with it."""
_KINDS = tuple(re.compile(rb'"(%s[^"\\]+)"\s*:' % kind) for kind in (b"contexts_", b"unstruct_event_"))
_encode = msgspec.json.Encoder().encode


def _struct(names: Mapping[str, str]) -> type[Any]:
    """An event with columns beside the canonical ones: by the name of a field, that of its column."""
    fields = ["line", *COLUMNS, *names]
    return msgspec.defstruct(
        "Event",
        [(name, Any, None) for name in fields],
        rename={"line": LINE, **names},
        omit_defaults=True,
        gc=False,
    )


class _Stored(msgspec.Struct, gc=False):
    event: _struct({})  # type: ignore[valid-type]


_stored = msgspec.json.Decoder(_Stored)


def stored_event(shape: bytes | str, *, number: int) -> bytes:
    """An event of the collector's store with its number; raises msgspec.DecodeError."""
    event: Any = _stored.decode(shape).event
    event.line = number
    return _encode(event)


class FlatEvents:
    """Reads flat JSON, in which each kind of entity is a column; it learns which there are from the lines."""

    def __init__(self) -> None:
        self._fields: dict[str, str] = {}
        self._learn(())

    def event(self, line: bytes, *, number: int) -> bytes:
        """The event of a line with its number, its entities as self-describing JSON.

        Raises msgspec.DecodeError, UnicodeDecodeError.
        """
        kinds = [name for pattern in _KINDS for name in pattern.findall(line)]
        if not self._known.issuperset(kinds):
            self._learn([kind for kind in dict.fromkeys(kinds) if kind not in self._known])
        event = self._decoder.decode(line)
        if kinds:
            described(event, self._fields)
        event.line = number
        return _encode(event)

    def _learn(self, kinds: Sequence[bytes]) -> None:
        for kind in kinds:
            self._fields[f"column_{len(self._fields)}"] = kind.decode()
        self._known = {name.encode() for name in self._fields.values()}
        self._decoder = msgspec.json.Decoder(_struct(self._fields))
