"""JSON Schemas (draft 4, as Iglu has them) of the classes that were declared with ``@entity`` and ``@event``.

They are what the encoder writes: decimals are numbers, dates and times text, and what has
no JSON type of its own is anything. A field that is ``Annotated[…, Confidential]``, or holds one, has
``"confidential": true``.
"""

from __future__ import annotations

import dataclasses
import typing
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import msgspec

from .confidential import Confidential, field_names

Schema = dict[str, Any]

_META = "http://iglucentral.com/schemas/com.snowplowanalytics.self-desc/schema/jsonschema/1-0-0#"
_REFERENCE = "#/definitions/{name}"
_NULL = {"type": "null"}
# of a JSON Schema; the rest is of later drafts, or for people
_KEPT = {
    *("type", "properties", "required", "additionalProperties", "items", "enum", "format", "pattern"),
    *("minimum", "maximum", "minLength", "maxLength", "minItems", "maxItems", "uniqueItems", "multipleOf"),
    *("anyOf", "allOf", "oneOf", "$ref", "description"),
}


class ExportError(Exception):
    """A class cannot be described; the message says which and why."""


def declared_in(module: ModuleType) -> Iterator[tuple[str, type]]:
    """The Iglu URIs and classes that a module declares, in its order."""
    for kind in vars(module).values():
        if isinstance(kind, type) and kind.__module__ == module.__name__:
            for attribute in ("__iglu_schema__", "__iglu_event_schema__"):
                if attribute in vars(kind):
                    yield vars(kind)[attribute], kind


def describe(uri: str, kind: type) -> Schema:
    """The schema of a class, ready for a registry; raises ExportError."""
    try:
        body, definitions = _described(kind)
    except (TypeError, NameError, AttributeError) as error:
        raise ExportError(f"{kind.__qualname__}: {error}") from None
    vendor, name, form, version = uri.removeprefix("iglu:").split("/")
    schema = {
        "$schema": _META,
        "description": _first_line(kind) or name,
        "self": {"vendor": vendor, "name": name, "format": form, "version": version},
        **{key: value for key, value in body.items() if key != "description"},
    }
    return {**schema, "definitions": definitions} if definitions else schema


def _first_line(kind: type) -> str:
    """Of what somebody wrote about a class; a dataclass without that has its signature there instead."""
    text = (kind.__doc__ or "").strip()
    is_made = dataclasses.is_dataclass(kind) and text.startswith(f"{kind.__name__}(")
    return text.splitlines()[0] if text and not is_made else ""


def _described(kind: Any) -> tuple[Schema, dict[str, Schema]]:
    """Its own schema, and those of the classes that it holds, by name."""
    names, components = _of_pydantic(kind) if hasattr(kind, "model_json_schema") else _of_msgspec(kind)
    schemas = {name: _draft_4(schema) for name, schema in components.items()}
    for part, name in names.items():
        for field in _confidential(part):
            if field not in schemas[name]["properties"]:
                raise TypeError(f"the confidential field {field!r} has another name in JSON")
            schemas[name]["properties"][field]["confidential"] = True
    own = schemas.pop(names[kind])
    itself = _REFERENCE.format(name=names[kind]).encode()
    if itself in msgspec.json.encode([own, schemas]):  # it may hold others of its kind
        schemas[names[kind]] = own
    return own, schemas


def _of_msgspec(kind: Any) -> tuple[dict[type, str], dict[str, Any]]:
    kinds = list(_classes(kind))
    references, components = msgspec.json.schema_components(
        kinds, ref_template=_REFERENCE, schema_hook=lambda _: {}
    )
    names = [reference["$ref"].rpartition("/")[2] for reference in references]
    return dict(zip(kinds, names, strict=True)), components


def _of_pydantic(kind: Any) -> tuple[dict[type, str], dict[str, Any]]:
    from pydantic.json_schema import GenerateJsonSchema

    class Generate(GenerateJsonSchema):
        def decimal_schema(self, schema: Any) -> dict[str, Any]:
            return {"type": "number"}

    template = _REFERENCE.format(name="{model}")
    whole = kind.model_json_schema(ref_template=template, mode="serialization", schema_generator=Generate)
    components = {**whole.pop("$defs", {}), kind.__name__: whole}
    return {part: part.__name__ for part in _classes(kind)}, components


def _classes(kind: Any, seen: dict[type, None] | None = None) -> dict[type, None]:
    """A class and all that its fields hold, each once."""
    seen = {} if seen is None else seen
    if kind not in seen:
        seen[kind] = None
        for hint in _hints(kind).values():
            for part in _parts(hint):
                if isinstance(part, type) and field_names(part):
                    _classes(part, seen)
    return seen


def _hints(kind: Any) -> dict[str, Any]:
    hints = typing.get_type_hints(kind, include_extras=True)
    return {name: hints[name] for name in field_names(kind) if name in hints}


def _parts(hint: Any) -> Iterator[Any]:
    """A type, and those within it."""
    yield hint
    for part in typing.get_args(hint):
        yield from _parts(part)


def _confidential(kind: Any) -> Iterator[str]:
    for name, hint in _hints(kind).items():
        marks = [mark for part in _parts(hint) for mark in getattr(part, "__metadata__", ())]
        if any(mark is Confidential or isinstance(mark, Confidential) for mark in marks):
            yield name


def _draft_4(schema: Any) -> Any:
    """A schema of a later draft in the words of draft 4, closed to other properties."""
    if not isinstance(schema, dict):
        return schema
    if schema.get("format") == "decimal":
        return {"type": "number"}
    plain = {key: _part(key, value) for key, value in schema.items() if key in _KEPT}
    if "const" in schema:
        plain["enum"] = [schema["const"]]
    for bound in ("Minimum", "Maximum"):
        if f"exclusive{bound}" in schema:
            plain |= {bound.lower(): schema[f"exclusive{bound}"], f"exclusive{bound}": True}
    if "properties" in plain:
        plain.setdefault("additionalProperties", False)
    if not plain.get("required", True):
        del plain["required"]
    return _nullable(plain)


def _part(key: str, value: Any) -> Any:
    if key == "properties":
        return {name: _draft_4(part) for name, part in value.items()}
    if key in {"anyOf", "allOf", "oneOf"}:
        return [_draft_4(part) for part in value]
    return _draft_4(value) if key in {"items", "additionalProperties"} else value


def _nullable(schema: Schema) -> Schema:
    """``anyOf`` of a simple type and null in the way that Iglu's loaders like."""
    others = [part for part in schema.get("anyOf", ()) if part != _NULL]
    if len(others) != 1 or len(others) == len(schema["anyOf"]) or not isinstance(others[0].get("type"), str):
        return schema
    rest = {key: value for key, value in schema.items() if key != "anyOf"}
    return {**rest, **others[0], "type": [others[0]["type"], "null"]}
