"""JSON Schemas in the words of draft 4, in forms that warehouse loaders like: few ``$ref`` and ``anyOf``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

Schema = dict[str, Any]

REFERENCE = "#/definitions/{name}"
# of a JSON Schema; the rest is of later drafts, or for people
_KEPT = {
    *("type", "properties", "required", "additionalProperties", "items", "enum", "format", "pattern"),
    *("minimum", "maximum", "minLength", "maxLength", "minItems", "maxItems", "uniqueItems", "multipleOf"),
    *("minProperties", "maxProperties", "anyOf", "allOf", "oneOf", "$ref", "description"),
}
_LISTS = ("anyOf", "allOf", "oneOf")
_SIMPLE = bool | int | float | str | None
_TYPES = ((bool, "boolean"), (int, "integer"), (float, "number"), (str, "string"), (type(None), "null"))


class Verbatim(dict[str, Any]):
    """A schema that somebody wrote, and that stays as it is."""


def draft_4(schema: Any) -> Any:
    """A schema of a later draft in the words of draft 4, closed to other properties."""
    if not isinstance(schema, dict):
        return schema
    if schema.get("format") == "decimal":
        return {"type": "number"}
    plain: Schema = {key: _part(key, value) for key, value in schema.items() if key in _KEPT}
    if "const" in schema:
        plain["enum"] = [schema["const"]]
    if "enum" in plain:
        plain = {**_of_values(plain["enum"]), **plain}
        plain["enum"].sort(key=lambda value: value is None)
    for bound in ("Minimum", "Maximum"):
        if f"exclusive{bound}" in schema:
            plain |= {bound.lower(): schema[f"exclusive{bound}"], f"exclusive{bound}": True}
    if "prefixItems" in schema:
        plain["items"] = [draft_4(part) for part in schema["prefixItems"]]
        plain["additionalItems"] = False
    if "properties" in plain:
        plain.setdefault("additionalProperties", False)
    return {key: value for key, value in plain.items() if not _says_nothing(key, value)}


def _says_nothing(key: str, value: Any) -> bool:
    """Whether a keyword refuses nothing; draft 4 wants one name at least among the required."""
    if key == "additionalProperties":
        return value is True or value == {}
    return (key == "items" and value == {}) or (key == "required" and not value)


def flattened(schema: Schema, definitions: Mapping[str, Schema]) -> tuple[Schema, dict[str, Schema]]:
    """A schema with its definitions put where they are referred to, and those that hold themselves."""
    kept = {name for name in definitions if name in _names_behind(definitions[name], definitions)}
    flat = _flat(schema, definitions, kept)
    held = {name: _flat(definitions[name], definitions, kept) for name in definitions if name in kept}
    used = set(_names_behind(flat, held))
    return flat, {name: part for name, part in held.items() if name in used}


def _part(key: str, value: Any) -> Any:
    if key == "properties":
        return {name: draft_4(part) for name, part in value.items()}
    if key == "enum":
        return list(value)
    if key == "anyOf":
        return list(_alternatives(value))
    if key in _LISTS:
        return [draft_4(part) for part in value]
    return draft_4(value) if key in {"items", "additionalProperties"} else value


def _alternatives(parts: list[Any]) -> Iterator[Any]:
    """Those of unions within a union among its own, each once."""
    seen: list[Any] = []
    for part in map(draft_4, parts):
        for alternative in part["anyOf"] if isinstance(part, dict) and set(part) == {"anyOf"} else [part]:
            if alternative not in seen:
                seen.append(alternative)
                yield alternative


def _of_values(values: list[Any]) -> Schema:
    """The type of what is listed, where JSON has one for each."""
    if not all(isinstance(value, _SIMPLE) for value in values):
        return {}
    found = {next(name for kind, name in _TYPES if isinstance(value, kind)) for value in values}
    if "number" in found:
        found.discard("integer")
    kinds = sorted(found - {"null"}) + sorted(found & {"null"})
    return {"type": kinds if len(kinds) > 1 else kinds[0]}


def _names_behind(schema: Any, definitions: Mapping[str, Schema]) -> set[str]:
    """The definitions that a schema refers to, by however many steps."""
    seen: set[str] = set()
    waiting = list(_references(schema))
    while waiting:
        name = waiting.pop()
        if name not in seen:
            seen.add(name)
            waiting.extend(_references(definitions.get(name, {})))
    return seen


def _references(schema: Any) -> Iterator[str]:
    if isinstance(schema, Verbatim):
        return
    if isinstance(schema, dict):
        if isinstance(schema.get("$ref"), str):
            yield schema["$ref"].rpartition("/")[2]
        for part in schema.values():
            yield from _references(part)
    elif isinstance(schema, list):
        for part in schema:
            yield from _references(part)


def _flat(schema: Any, definitions: Mapping[str, Schema], kept: set[str]) -> Any:
    if isinstance(schema, list):
        return [_flat(part, definitions, kept) for part in schema]
    if not isinstance(schema, dict):
        return schema
    match schema.get("anyOf"):
        case [Verbatim() as written]:
            return {**written, **{key: value for key, value in schema.items() if key != "anyOf"}}
    reference = schema.get("$ref")
    if isinstance(reference, str):
        name = reference.rpartition("/")[2]
        if name in definitions and name not in kept:
            beside = {key: value for key, value in schema.items() if key != "$ref"}
            return _flat({**definitions[name], **beside}, definitions, kept)
    return _merged({key: _flat(value, definitions, kept) for key, value in schema.items()})


def _merged(schema: Schema) -> Schema:
    """``anyOf`` of simple types as one list of types: each keyword is about values of one type alone."""
    parts = schema.get("anyOf")
    if not isinstance(parts, list) or not all(_is_simple(part) for part in parts):
        return schema
    parts = _without_integers(parts)
    types = [kind for part in parts for kind in _listed(part["type"])]
    keywords = [key for part in parts for key in part if key not in {"type", "enum"}]
    others = [part for part in parts if part != {"type": "null"}]
    has_enum = any("enum" in part for part in parts)
    if (
        len(set(types)) < len(types)
        or len(set(keywords)) < len(keywords)
        or {"integer", "number"} <= set(types)
    ):
        return schema
    if has_enum and len(others) > 1:
        return schema
    merged = {key: value for part in others for key, value in part.items()}
    if has_enum and len(others) < len(parts):
        merged["enum"] = [*merged["enum"], None]
    types.sort(key=lambda kind: kind == "null")
    rest = {key: value for key, value in schema.items() if key != "anyOf"}
    return {**merged, "type": types if len(types) > 1 else types[0], **rest}


def _is_simple(part: Any) -> bool:
    return isinstance(part, dict) and "type" in part and not {*_LISTS, "$ref"} & set(part)


def _without_integers(parts: list[Schema]) -> list[Schema]:
    """Any integer is a number."""
    if {"type": "number"} in parts:
        return [part for part in parts if part != {"type": "integer"}]
    return parts


def _listed(kind: str | list[str]) -> list[str]:
    return [kind] if isinstance(kind, str) else kind
