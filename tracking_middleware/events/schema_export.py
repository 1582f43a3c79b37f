"""JSON Schemas (draft 4, as Iglu has them) of the classes that were declared with ``@entity`` and ``@event``.

They are what the encoder writes: decimals are numbers, dates and times text, and what has
no JSON type of its own is anything. Limits are those of the annotations, see ``limits``. A field that is
``Annotated[…, Confidential]``, or holds one, has ``"confidential": true``.
"""

from __future__ import annotations

import dataclasses
import re
import typing
from collections.abc import Iterator, Mapping
from types import ModuleType
from typing import Any

import msgspec

from .confidential import Confidential, field_names
from .draft_4 import REFERENCE, Schema, draft_4, flattened
from .limiting import has_limits, limit

META = "http://iglucentral.com/schemas/com.snowplowanalytics.self-desc/schema/jsonschema/1-0-0#"


class ExportError(Exception):
    """A class cannot be described; the message says which and why."""


def declared_in(module: ModuleType) -> Iterator[tuple[str, type]]:
    """The Iglu URIs and classes that a module declares, in its order."""
    for kind in vars(module).values():
        if isinstance(kind, type) and kind.__module__ == module.__name__:
            for attribute in ("__iglu_schema__", "__iglu_event_schema__"):
                if attribute in vars(kind):
                    yield vars(kind)[attribute], kind


_UNKNOWN_TYPE = re.compile(r"type <class '([^']*)'> is not supported")
"""What msgspec says, with ways out that are its own and not ours."""
_HOW = 'such as Annotated[Any, JsonSchema({"type": "string"})]'


def describe(uri: str, kind: type) -> Schema:
    """The schema of a class, ready for a registry; raises ExportError.

    The classes that it holds stand where they are held. Only one that may hold itself is a definition.
    """
    try:
        body, definitions = _described(kind)
    except (TypeError, NameError, AttributeError, KeyError) as error:
        unknown = _UNKNOWN_TYPE.search(str(error))
        problem = f"nothing says what {unknown[1]} is in JSON: annotate it, {_HOW}" if unknown else error
        raise ExportError(f"{kind.__qualname__}: {problem}") from None
    vendor, name, form, version = uri.removeprefix("iglu:").split("/")
    schema = {
        "$schema": META,
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
    """Its own schema, and those of the classes in it that hold themselves, by name."""
    names, components = _of_pydantic(kind) if _is_pydantic(kind) else _of_msgspec(kind)
    schemas = {name: draft_4(schema) for name, schema in components.items()}
    for part, name in names.items():
        _mark(part, schemas[name])
    return flattened(schemas[names[kind]], schemas)


def _mark(kind: Any, schema: Schema) -> None:
    """Put into a class's schema what its annotations say beside the types."""
    names = _json_names(kind)
    for field, hint in _hints(kind).items():
        is_confidential = _is_confidential(hint)
        part = schema.get("properties", {}).get(names.get(field, field))
        if is_confidential and field not in schema.get("properties", {}):
            raise TypeError(f"the confidential field {field!r} has another name in JSON")
        if part is None:
            if has_limits(hint):
                raise TypeError(f"the field {field!r} is no property in JSON, and can have no limits")
            continue
        try:
            limit(part, hint)
        except TypeError as error:
            raise TypeError(f"the field {field!r}: {error}") from None
        if is_confidential:
            part["confidential"] = True
    if vars(kind).get("__additional_properties__") is True:
        schema.pop("additionalProperties", None)


def _is_pydantic(kind: Any) -> bool:
    return hasattr(kind, "model_json_schema") or hasattr(kind, "__pydantic_validator__")


def _of_msgspec(kind: Any) -> tuple[dict[type, str], dict[str, Any]]:
    kinds = list(_classes(kind))
    references, components = msgspec.json.schema_components(
        kinds, ref_template=REFERENCE, schema_hook=lambda _: {}
    )
    names = {
        kind: reference["$ref"].rpartition("/")[2]
        for kind, reference in zip(kinds, references, strict=True)
        if "$ref" in reference  # a class of another library's is anything
    }
    return names, components


def _of_pydantic(kind: Any) -> tuple[dict[type, str], dict[str, Any]]:
    from pydantic import TypeAdapter
    from pydantic.json_schema import GenerateJsonSchema

    class Generate(GenerateJsonSchema):
        def decimal_schema(self, schema: Any) -> dict[str, Any]:
            return {"type": "number"}

        def bytes_schema(self, schema: Any) -> dict[str, Any]:
            return {"type": "string"}  # base64, whose length is another

    whole = TypeAdapter(kind).json_schema(
        by_alias=hasattr(kind, "model_dump"),
        ref_template=REFERENCE.format(name="{model}"),
        mode="serialization",
        schema_generator=Generate,
    )
    components = whole.pop("$defs", {})
    if "$ref" not in whole:  # else it holds itself, and is among them
        components[kind.__name__] = whole
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
    for name, field in (getattr(kind, "__pydantic_fields__", None) or {}).items():
        if name in hints and field.metadata:  # what Field(…) says stands in no annotation
            hints[name] = typing.Annotated[hints[name], *field.metadata]
    return {name: hints[name] for name in field_names(kind) if name in hints}


def _json_names(kind: Any) -> Mapping[str, str]:
    """What fields are called in JSON, where that is another name."""
    if issubclass(kind, msgspec.Struct):
        return dict(zip(kind.__struct_fields__, kind.__struct_encode_fields__, strict=True))
    if hasattr(kind, "model_dump"):
        fields = kind.__pydantic_fields__
        return {name: field.serialization_alias or field.alias or name for name, field in fields.items()}
    return {}


def _parts(hint: Any) -> Iterator[Any]:
    """A type, and those within it."""
    yield hint
    for part in typing.get_args(hint):
        yield from _parts(part)


def _is_confidential(hint: Any) -> bool:
    marks = [mark for part in _parts(hint) for mark in getattr(part, "__metadata__", ())]
    return any(mark is Confidential or isinstance(mark, Confidential) for mark in marks)
