"""``$ref`` and ``$schema``, as the pipeline's validator reads them.

It follows no reference to another place: what is at ``http://…`` is an empty schema, which takes anything.
What stands beside a ``$ref`` counts, which draft 4 ignores. And it refuses a schema whose ``$schema`` is not
Iglu's (iglu-scala-client, CirceValidator; networknt, RefValidator and JsonSchema).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

META = "http://iglucentral.com/schemas/com.snowplowanalytics.self-desc/schema/jsonschema/1-0-0#"
_METAS = frozenset({META, "https://json-schema.org/draft-04/schema"})
_VALUES = frozenset({"enum", "default"})
"""What stands in these is data, and no schema."""


def leads_outside(reference: object) -> bool:
    """Whether a ``$ref`` is to a whole schema at another place."""
    if not isinstance(reference, str) or not reference.startswith(("http://", "https://")):
        return False
    return reference.partition("#")[2] == ""


def outside_references(schema: Any) -> list[str]:
    """Where a schema refers to, other than to itself."""
    return sorted({part["$ref"] for part in _schemas_in(schema) if leads_outside(part.get("$ref"))})


def refusal_of(schema: Mapping[str, Any]) -> str | None:
    """Why the pipeline has no use for a schema with such a ``$schema``; None where it has."""
    meta = schema.get("$schema")
    if meta is None or (isinstance(meta, str) and meta in _METAS):
        return None
    return f"its $schema is {meta!r}, which the pipeline refuses; it takes {META!r}"


def as_read(part: Any) -> Any:
    """A schema in the terms of draft 4 that means what the pipeline's validator would make of it."""
    if isinstance(part, list):
        return [as_read(item) for item in part]
    if not isinstance(part, dict):
        return part
    read = {name: value if name in _VALUES else as_read(value) for name, value in part.items()}
    reference = part.get("$ref")
    if not isinstance(reference, str):
        return read
    if leads_outside(reference):
        del read["$ref"]
    elif len(read) > 1 and isinstance(read.get("allOf", []), list):
        # the others stay where they are, since references may lead to them
        del read["$ref"]
        read["allOf"] = [*read.get("allOf", []), {"$ref": reference}]
    return read


def _schemas_in(part: Any) -> Iterator[dict[str, Any]]:
    waiting = [part]
    while waiting:
        found = waiting.pop()
        if isinstance(found, list):
            waiting.extend(found)
        elif isinstance(found, dict):
            yield found
            waiting.extend(value for name, value in found.items() if name not in _VALUES)
