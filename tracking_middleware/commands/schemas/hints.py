"""The annotation of a schema's values, as text; and what else its module must hold."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator
from typing import Any

from ...events.limits import FORMATS

Schema = dict[str, Any]

RESERVED = frozenset(
    {
        *(
            "str",
            "int",
            "float",
            "bool",
            "list",
            "dict",
            "date",
            "datetime",
            "UUID",
            "Any",
            "Annotated",
            "Literal",
        ),
        *("ClassVar", "Confidential", "Format", "JsonSchema", "MaxLength", "Maximum", "MinLength", "Minimum"),
        *("Pattern", "dataclass", "entity", "event", "msgspec", "None", "True", "False"),
    }
)
"""The names that annotations are written with, which neither a field nor a class may take."""

_FOR_PEOPLE = frozenset({"title", "default", "examples", "$comment"})
_EVERYWHERE = frozenset({"type", "description", "confidential", *_FOR_PEOPLE})
_OF_KIND = {
    "string": {"minLength", "maxLength", "pattern", "format"},
    "integer": {"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"},
    "number": {"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"},
    "array": {"items", "minItems", "maxItems", "uniqueItems"},
    "object": {"properties", "required", "additionalProperties", "minProperties", "maxProperties"},
    "boolean": set(),
    "null": set(),
}
_BASES = {"integer": "int", "number": "float", "boolean": "bool"}
_UNSET = "msgspec.UNSET"
_FORMATS = {"date-time": "datetime", "date": "date", "uuid": "UUID"}


class NotInTypesError(Exception):
    """No annotation says what a schema says."""


NewClass = Callable[[Schema, str], str]
"""Writes a class of a schema of objects, by what it is to be called, and gives the name that it has."""


def field_annotation(schema: Any, name: str, new_class: NewClass, *, is_required: bool) -> str:
    """The annotation of a field, with its default where it may be left out.

    In types and limits, or with the schema itself where they do not say it. What may be left out and is not
    null has no value then. ``name`` is what a class would be called that the field needs.
    """
    try:
        hint = _annotation(schema, name, new_class)
        marks = list(_outer_marks(schema))
        default = "None" if hint == "Any" or _may_be_null(schema) else _UNSET
    except NotInTypesError:
        hint, marks, default = "Any", [f"JsonSchema({schema!r})"], _UNSET
    if is_required:
        return _with_marks(hint, marks)
    if default is _UNSET:
        hint = f"{hint} | msgspec.UnsetType"
    return f"{_with_marks(hint, marks)} = {default}"


def _may_be_null(schema: Schema) -> bool:
    return "null" in schema.get("type", ()) or None in schema.get("enum", ())


def _annotation(schema: Any, name: str, new_class: NewClass) -> str:
    if not isinstance(schema, dict):
        raise NotInTypesError
    if "enum" in schema:
        return _listed(schema)
    if "type" not in schema:
        if set(schema) - _EVERYWHERE:
            raise NotInTypesError
        return "Any"
    kinds = [schema["type"]] if isinstance(schema["type"], str) else list(schema["type"])
    allowed = _EVERYWHERE.union(*(_OF_KIND.get(kind, set()) for kind in kinds))
    if (
        not kinds
        or set(kinds) - set(_OF_KIND)
        or set(schema) - allowed
        or {"integer", "number"} <= set(kinds)
    ):
        raise NotInTypesError
    kinds.sort(key=lambda kind: kind == "null")
    return " | ".join(_of_kind(kind, schema, name, new_class) for kind in kinds)


def _listed(schema: Schema) -> str:
    values, kind = schema["enum"], schema.get("type")
    if (
        set(schema) - _EVERYWHERE - {"enum"}
        or not values
        or not all(type(v) in {str, int, type(None)} for v in values)
    ):
        raise NotInTypesError
    there = {{str: "string", int: "integer"}.get(type(value), "null") for value in values}
    if kind is not None and there != ({kind} if isinstance(kind, str) else set(kind)):
        raise NotInTypesError
    return f"Literal[{', '.join(map(repr, values))}]"


def _of_kind(kind: str, schema: Schema, name: str, new_class: NewClass) -> str:
    if kind == "null":
        return "None"
    if kind == "string":
        return _with_marks(_FORMATS.get(schema.get("format", ""), "str"), list(_text_marks(schema)))
    if kind == "array":
        items = _inner(schema.get("items", {}), f"{name}Item", new_class)
        return _with_marks(f"list[{items}]", list(_array_marks(schema)))
    if kind == "object":
        return _object(schema, name, new_class)
    return _with_marks(_BASES[kind], list(_number_marks(schema)))


def _inner(schema: Any, name: str, new_class: NewClass) -> str:
    """Of what is no field of its own, which can be neither confidential nor described."""
    if not isinstance(schema, dict) or "confidential" in schema or "description" in schema:
        raise NotInTypesError
    return _annotation(schema, name, new_class)


def _object(schema: Schema, name: str, new_class: NewClass) -> str:
    others = schema.get("additionalProperties", True)
    lengths = list(_lengths(schema, "Properties"))
    if "properties" in schema:
        if lengths or not isinstance(others, bool):
            raise NotInTypesError
        return new_class(schema, name)
    if others is False or schema.get("required"):
        raise NotInTypesError
    values = "Any" if others is True else _inner(others, f"{name}Value", new_class)
    return _with_marks(f"dict[str, {values}]", lengths)


def _text_marks(schema: Schema) -> Iterator[str]:
    yield from _lengths(schema, "Length")
    if "pattern" in schema:
        yield f"Pattern({_pattern(schema['pattern'])!r})"
    form = schema.get("format")
    if form is not None and form not in _FORMATS:
        if form not in FORMATS:
            raise NotInTypesError
        yield f"Format({form!r})"


def _array_marks(schema: Schema) -> Iterator[str]:
    yield from _lengths(schema, "Items")
    if schema.get("uniqueItems"):
        yield 'msgspec.Meta(extra_json_schema={"uniqueItems": True})'


def _number_marks(schema: Schema) -> Iterator[str]:
    _check_order(schema, "minimum", "maximum")
    for bound, mark, word in (("minimum", "Minimum", "gt"), ("maximum", "Maximum", "lt")):
        if bound in schema:
            value = _number(schema[bound])
            is_open = schema.get(f"exclusive{mark}") is True
            yield f"msgspec.Meta({word}={value})" if is_open else f"{mark}({value})"
        elif f"exclusive{mark}" in schema:
            raise NotInTypesError
    if "multipleOf" in schema:
        if not _number(schema["multipleOf"]) > 0:
            raise NotInTypesError
        yield f"msgspec.Meta(multiple_of={schema['multipleOf']})"


def _check_order(schema: Schema, least: str, most: str) -> None:
    """Bounds between which no value lies are said by no type."""
    if least in schema and most in schema and not _number(schema[least]) <= _number(schema[most]):
        raise NotInTypesError


def _lengths(schema: Schema, noun: str) -> Iterator[str]:
    _check_order(schema, f"min{noun}", f"max{noun}")
    for word, mark in (("min", "MinLength"), ("max", "MaxLength")):
        if f"{word}{noun}" in schema:
            value = schema[f"{word}{noun}"]
            if type(value) is not int or value < 0:
                raise NotInTypesError
            yield f"{mark}({value})"


def _outer_marks(schema: Schema) -> Iterator[str]:
    if isinstance(schema.get("description"), str):
        yield f"msgspec.Meta(description={schema['description']!r})"
    if schema.get("confidential") is True:
        yield "Confidential"


def _with_marks(hint: str, marks: list[str]) -> str:
    return f"Annotated[{', '.join([hint, *marks])}]" if marks else hint


def _number(value: Any) -> float:
    if type(value) not in {int, float} or abs(value) > sys.float_info.max:
        raise NotInTypesError
    number: float = value
    return number


def _pattern(text: Any) -> str:
    try:
        re.compile(text)
    except (re.error, TypeError, OverflowError, RecursionError):  # one that Python does not read
        raise NotInTypesError from None
    return str(text)
