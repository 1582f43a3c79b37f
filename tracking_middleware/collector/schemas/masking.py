"""Confidential properties of a self-describing JSON, by what its schema says of them; pure.

A property is confidential where its JSON Schema has ``"confidential": true``. Where several
schemas apply to a value (``allOf``, ``anyOf``, ``oneOf``, ``dependencies``, ``$ref``) one that says
so is enough; so is one that may apply where a pattern cannot be judged.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import unquote

from .dialect.patterns import Patterns
from .dialect.references import leads_outside

HIDDEN = "***"

Schemas = Mapping[str, Any]
"""JSON Schemas by their Iglu URI."""

_COMBINING = ("allOf", "anyOf", "oneOf")


def masked(value: Any, schemas: Schemas) -> Any:
    """A self-describing JSON as it may be shown; what it was made of is left as it was.

    So are those within it, as in a ``contexts`` or an ``unstruct_event``, at whatever place. What has
    a schema that is not there comes back unchanged.
    """
    try:
        return _masked(value, schemas, Patterns())
    except RecursionError:
        schema = value.get("schema") if isinstance(value, dict) else None
        return {"schema": schema, "data": HIDDEN} if isinstance(schema, str) else HIDDEN


def hides(schema: Any) -> bool:
    """Whether anything in a JSON Schema is confidential, or leads to where nobody knows whether it is."""
    return any(_is_confidential(part) or leads_outside(part.get("$ref")) for part in objects_in(schema))


def objects_in(value: Any) -> Iterator[dict[str, Any]]:
    """Every object of a JSON value, itself included, however deep."""
    waiting = [value]
    while waiting:
        part = waiting.pop()
        if isinstance(part, dict):
            yield part
            waiting.extend(part.values())
        elif isinstance(part, list):
            waiting.extend(part)


def referred(root: Any, reference: object) -> Any:
    """What a ``$ref`` within a schema leads to (RFC 6901); raises LookupError where that is nothing."""
    if not isinstance(reference, str) or not (reference == "#" or reference.startswith("#/")):
        raise LookupError(reference)
    found = root
    for step in unquote(reference).split("/")[1:]:
        name = step.replace("~1", "/").replace("~0", "~")
        try:
            found = found[int(name)] if isinstance(found, list) else found[name]
        except (TypeError, ValueError):
            raise LookupError(reference) from None
    return found


def _masked(value: Any, schemas: Schemas, patterns: Patterns) -> Any:
    if isinstance(value, list):
        return [_masked(item, schemas, patterns) for item in value]
    if not isinstance(value, dict):
        return value
    uri = value.get("schema")
    if isinstance(uri, str) and uri in schemas and "data" in value:
        value = {**value, "data": _masked_by([schemas[uri]], value["data"], schemas[uri], patterns)}
    return {name: _masked(item, schemas, patterns) for name, item in value.items()}


def _is_confidential(schema: Mapping[str, Any]) -> bool:
    return schema.get("confidential") is True


def _masked_by(schemas: Sequence[Any], value: Any, root: Any, patterns: Patterns) -> Any:
    """A value that all of ``schemas`` apply to."""
    applying = list(_applying(schemas, root))
    if any(_is_confidential(schema) for schema in applying):
        return HIDDEN
    if isinstance(value, dict):
        return {
            name: _masked_by(list(_of_property(name, applying, patterns)), item, root, patterns)
            for name, item in value.items()
        }
    if isinstance(value, list):
        return [_masked_by(list(_of_item(n, applying)), item, root, patterns) for n, item in enumerate(value)]
    return value


def _applying(schemas: Sequence[Any], root: Any) -> Iterator[dict[str, Any]]:
    """Schemas, and those that they refer to or combine, each once."""
    waiting, seen = list(schemas), set()
    while waiting:
        schema = waiting.pop()
        if not isinstance(schema, dict) or id(schema) in seen:
            continue
        seen.add(id(schema))
        yield schema
        if "$ref" in schema:
            try:
                waiting.append(referred(root, schema["$ref"]))
            except LookupError:
                yield {"confidential": True}  # nobody knows what it would say
        for key in _COMBINING:
            waiting.extend(_list(schema.get(key)))
        waiting.extend(_mapping(schema.get("dependencies")).values())


def _of_property(name: str, applying: Sequence[Mapping[str, Any]], patterns: Patterns) -> Iterator[Any]:
    """The schemas of an object's property; where a pattern cannot be judged, those for either answer."""
    for schema in applying:
        properties = _mapping(schema.get("properties"))
        is_additional = name not in properties
        if not is_additional:
            yield properties[name]
        for pattern, part in _mapping(schema.get("patternProperties")).items():
            is_match = patterns.matches(pattern, name)
            if is_match is not False:
                yield part
            if is_match is True:
                is_additional = False
        if is_additional:
            yield schema.get("additionalProperties")


def _of_item(position: int, applying: Sequence[Mapping[str, Any]]) -> Iterator[Any]:
    """The schemas of an array's item: one for all, or one for each position."""
    for schema in applying:
        items = schema.get("items")
        if not isinstance(items, list):
            yield items
        elif position < len(items):
            yield items[position]
        else:
            yield schema.get("additionalItems")


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: Any) -> Sequence[Any]:
    return value if isinstance(value, list) else ()
