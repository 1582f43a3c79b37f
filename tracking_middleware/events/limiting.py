"""The limits of a field's annotation, put into its schema where they belong; pure."""

from __future__ import annotations

import copy
import math
import re
import types
from collections.abc import Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, NewType, Union, get_args, get_origin

import msgspec

from .draft_4 import Schema, Verbatim
from .limits import JsonSchema, limits_of

_BOUNDS = {"ge": "minimum", "gt": "minimum", "le": "maximum", "lt": "maximum"}
_LENGTHS = {"string": "Length", "array": "Items", "object": "Properties"}
_PAIRS = (
    ("minLength", "maxLength"),
    ("minItems", "maxItems"),
    ("minProperties", "maxProperties"),
)
_UNIONS = (Union, types.UnionType)
_BYTES = (bytes, bytearray, memoryview)


def limit(schema: Schema, hint: Any) -> None:
    """Put what an annotation says into the schema of its values.

    Raises TypeError where a limit is none of such values, or two of them leave no value.
    """
    _limit(schema, hint)
    for part in _objects(schema):
        _check(part)


def has_limits(hint: Any) -> bool:
    """Whether anything in an annotation is a limit."""
    marks = [mark for part in _parts(hint) for mark in getattr(part, "__metadata__", ())]
    return any(isinstance(mark, JsonSchema) or any(limits_of(mark)) for mark in marks)


def _limit(schema: Schema, hint: Any) -> None:
    hint = _named(hint)
    arguments = get_args(hint)
    if isinstance(hint, type) and issubclass(hint, datetime):
        schema["format"] = "date-time"  # the encoder writes none without its offset
    elif get_origin(hint) is Annotated:
        _limit(schema, hint.__origin__)
        for mark in hint.__metadata__:
            _apply(schema, mark, hint.__origin__)
    elif get_origin(hint) in _UNIONS:
        for member in arguments:
            if member is msgspec.UnsetType:  # no value, which is not written
                continue
            part = _alternative(schema, member)
            if part is not None:
                _limit(part, member)
    else:
        held = [argument for argument in arguments if argument is not ...]
        for part, member in zip(_within(schema), held[-len(_within(schema)) :], strict=False):
            if isinstance(part, dict):
                _limit(part, member)


def _within(schema: Schema) -> Sequence[Any]:
    """The schemas of what an array or an object holds, in the order of the type's last arguments."""
    items = schema.get("items")
    if isinstance(items, list):
        return items
    return (items,) if items is not None else (schema.get("additionalProperties"),)


def _named(hint: Any) -> Any:
    """What a NewType or a ``type`` statement stands for."""
    while True:
        if isinstance(hint, NewType):
            hint = hint.__supertype__
        elif hasattr(hint, "__value__"):
            hint = hint.__value__
        else:
            return hint


def _parts(hint: Any) -> Iterator[Any]:
    hint = _named(hint)
    yield hint
    for part in get_args(hint):
        yield from _parts(part)


def _alternative(schema: Schema, member: Any) -> Schema | None:
    """Of a union's schema the part that is about one of its types; None where nothing is said of that."""
    if get_origin(_bare(member)) in _UNIONS:  # one within the other is written as one
        return schema
    wanted = _json_type(member)
    parts: list[Schema] = [part for part in schema.get("anyOf", [schema]) if wanted in _types(part)]
    if len(parts) == 1:
        return parts[0]
    if has_limits(member):
        raise TypeError(f"the limits of {_shown(member)} cannot be told apart from the rest of its union")
    return None


def _json_type(hint: Any) -> str:
    schemas, _ = msgspec.json.schema_components([_bare(hint)], schema_hook=lambda _: {})
    found = schemas[0]
    return "number" if found.get("format") == "decimal" else str(found.get("type", ""))


def _bare(hint: Any) -> Any:
    hint = _named(hint)
    return _bare(hint.__origin__) if get_origin(hint) is Annotated else hint


def _apply(schema: Schema, mark: Any, hint: Any) -> None:
    if isinstance(mark, JsonSchema):
        written = copy.deepcopy(dict(mark.schema))
        schema.clear()
        schema["anyOf"] = [Verbatim(written)]
        return
    for word, value in limits_of(mark):
        parts = [part for part in schema.get("anyOf", [schema]) if _takes(part, word)]
        if not parts:
            raise TypeError(
                f"{mark!r} is no limit of {_shown(hint)}, whose values are {_values(schema)} in JSON"
            )
        for part in parts:
            _tighten(part, word, value, mark, hint)


def _takes(schema: Schema, word: str) -> bool:
    if "enum" in schema:
        return False
    found = _types(schema)
    if word in {"min_length", "max_length"}:
        return bool(found & set(_LENGTHS))
    if word in {"pattern", "format"}:
        return "string" in found
    return bool(found & {"number", "integer"})


def _types(schema: Schema) -> set[str]:
    kind = schema.get("type", ())
    return {kind} if isinstance(kind, str) else set(kind)


def _tighten(schema: Schema, word: str, value: Any, mark: Any, hint: Any) -> None:
    if word in _BOUNDS:
        _tighten_bound(schema, word, _number(value, mark))
    elif word in {"min_length", "max_length"}:
        for kind in _types(schema) & set(_LENGTHS):
            length = _base64(value) if kind == "string" and _bare(hint) in _BYTES else value
            key = word[:3] + _LENGTHS[kind]
            schema[key] = (max if word == "min_length" else min)(schema.get(key, length), length)
    else:
        key = "multipleOf" if word == "multiple_of" else word
        value = _number(value, mark) if word == "multiple_of" else value
        if schema.setdefault(key, value) != value:
            raise TypeError(f"{mark!r} contradicts the {key} {schema[key]!r} that is there already")


def _tighten_bound(schema: Schema, word: str, value: float) -> None:
    bound, is_exclusive = _BOUNDS[word], word in {"gt", "lt"}
    exclusive = "exclusive" + bound.capitalize()
    there = schema.get(bound)
    if there is not None:
        is_tighter = value > there if bound == "minimum" else value < there
        if not is_tighter and not (value == there and is_exclusive):
            return
    schema[bound] = value
    schema.pop(exclusive, None)
    if is_exclusive:
        schema[exclusive] = True


def _number(value: Any, mark: Any) -> float:
    if isinstance(value, Decimal):
        value = int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise TypeError(f"{mark!r} cannot be said in a schema, whose bounds are numbers")
    return value


def _base64(length: int) -> int:
    """How long so many bytes are as the encoder writes them (RFC 4648, 4)."""
    return 4 * ((length + 2) // 3)


def _objects(schema: Any) -> Iterator[Schema]:
    if isinstance(schema, dict) and not isinstance(schema, Verbatim):
        yield schema
        for part in schema.values():
            yield from _objects(part)
    elif isinstance(schema, list):
        for part in schema:
            yield from _objects(part)


def _check(schema: Schema) -> None:
    for least, most in _PAIRS:
        if least in schema and most in schema and schema[least] > schema[most]:
            raise TypeError(
                f"{least} {schema[least]} is more than {most} {schema[most]}: no value could be both"
            )
    if "minimum" in schema and "maximum" in schema and not _has_number_between(schema):
        raise TypeError(
            f"no number lies between the minimum {schema['minimum']} and the maximum {schema['maximum']}"
        )


def _has_number_between(schema: Schema) -> bool:
    least, most = schema["minimum"], schema["maximum"]
    is_open = schema.get("exclusiveMinimum", False), schema.get("exclusiveMaximum", False)
    if "number" not in _types(schema):
        least = math.floor(least) + 1 if is_open[0] else math.ceil(least)
        most = math.ceil(most) - 1 if is_open[1] else math.floor(most)
        return bool(least <= most)
    return bool(least < most or (least == most and not any(is_open)))


def _values(schema: Schema) -> str:
    return (
        " or ".join(sorted({kind for part in schema.get("anyOf", [schema]) for kind in _types(part)}))
        or "anything"
    )


def _shown(hint: Any) -> str:
    bare = _bare(hint)
    return (
        bare.__name__
        if isinstance(bare, type) and not get_args(bare)
        else re.sub(r"\btyping\.", "", str(bare))
    )
