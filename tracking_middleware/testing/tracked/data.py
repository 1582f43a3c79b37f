"""The data of an entity or a self-describing event: a dict that reads like the object it was made from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self

import msgspec

from ...events.declaring import Role, classes_of, declared_schema
from ...events.entities import encode_entity
from .hidden import fields_in_json, hidden

__unittest = True  # unittest leaves the frames of such a module out of a failure

_OWN = frozenset({"schema", "read_as", "against"})


class TrackedData(dict[str, Any]):
    """The data of an entity or a self-describing event, as JSON has it: ``article["written"]`` is text.

    Its attributes are those of the class that it was declared with: ``article.written`` is a date, and
    methods are there too. It equals a dict of the same, and an object of such a class that says the
    same. Its ``repr`` shows ``***`` for what is confidential.
    """

    schema: str
    _kind: type | None
    _read: Any

    def __init__(self, schema: str, data: Mapping[str, Any]) -> None:
        super().__init__(data)
        self.schema = schema
        kinds = classes_of(schema)
        self._kind = kinds[0] if len(kinds) == 1 else None
        self._read = None

    def read_as(self, kind: type) -> Self:
        """The same, with the attributes of this class."""
        if self._kind is kind:
            return self
        copied = type(self)(self.schema, dict(self))
        copied._kind = kind
        return copied

    def against(self, other: object) -> list[tuple[str, Any, Any]] | None:
        """The fields that differ from another's, each with both values; None if it is nothing alike.

        What is confidential shows as ``***``.
        """
        wanted = self._as_json(other)
        if wanted is None:
            return None
        shown, shown_wanted = hidden(self.schema, dict(self)), hidden(self.schema, wanted)
        names = [*self, *(name for name in wanted if name not in self)]
        return [
            (name, shown.get(name, _MISSING), shown_wanted.get(name, _MISSING))
            for name in names
            if dict.get(self, name, _MISSING) != wanted.get(name, _MISSING)
        ]

    def _as_json(self, other: object) -> dict[str, Any] | None:
        if isinstance(other, Mapping):
            return dict(other)
        for role in _ROLES:
            schema = declared_schema(type(other), role)  # type: ignore[arg-type]  # a class has a hash
            if schema == self.schema and not isinstance(other, type):
                _, encoded = encode_entity(other, role)
                data: dict[str, Any] = msgspec.json.decode(encoded)["data"]
                return data
        return None

    __hash__ = None

    def __eq__(self, other: object) -> bool:
        wanted = self._as_json(other)
        return wanted is not None and dict.__eq__(self, wanted) is True

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __getattribute__(self, name: str) -> Any:
        """A field of the class comes before a method of dict that is called the same, such as ``items``."""
        __tracebackhide__ = True
        if name.startswith("_") or name in _OWN:
            return super().__getattribute__(name)
        kind = self._kind
        if kind is not None and name in fields_in_json(kind):
            return self._attribute(kind, name)
        return super().__getattribute__(name)

    def __getattr__(self, name: str) -> Any:
        """What a dict has not: an attribute of the object, or a key."""
        __tracebackhide__ = True
        if not name.startswith("_"):
            kind = self._kind
            if kind is not None and hasattr(kind, name):
                return self._attribute(kind, name)
            if name in self:
                return self[name]
        raise self._lacking(name)

    def _attribute(self, kind: type, name: str) -> Any:
        """An attribute of the object; where that cannot be made again, what is in the JSON."""
        __tracebackhide__ = True
        if self._read is None:
            self._read = _object_of(kind, dict(self))
        written = fields_in_json(kind).get(name, name)
        if hasattr(self._read, name):
            return getattr(self._read, name)
        if written in self:
            return self[written]
        raise self._lacking(name)

    def _lacking(self, name: str) -> AttributeError:
        return AttributeError(f"{self.schema} has no {name!r} here: it has {', '.join(self) or 'nothing'}")

    def __repr__(self) -> str:
        return repr(hidden(self.schema, dict(self)))


_ROLES: tuple[Role, ...] = ("entity", "event")


class _Missing:
    def __repr__(self) -> str:
        return "not there"


_MISSING = _Missing()


def _object_of(kind: Any, data: dict[str, Any]) -> Any:
    """An object of the user's class, made from JSON; a bare one where it cannot be."""
    try:
        if hasattr(kind, "model_validate"):
            return kind.model_validate(data)
        return msgspec.convert(data, kind, strict=False)
    except Exception:  # noqa: BLE001
        # the class's own checks may raise anything, and names in its annotations may be a function's own
        return object()
