"""One line of the tables: a request to the collector, and what the pipeline makes of it."""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from ...conftest import POST_PATH, SCHEMA
from ..conftest import page_view, wrapped


@dataclass(frozen=True, kw_only=True)
class Case:
    """Either ``columns``, of the only good event, or ``failure``: what the only bad row says, in part.

    ``different`` says why ours is deliberately not what the pipeline's is; the case then pins ours.
    """

    name: str
    method: str = "POST"
    target: str = POST_PATH
    """The request target as it stands on the request's first line."""
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    columns: Mapping[str, Any] | None = None
    failure: str | None = None
    different: str | None = None
    digits: Mapping[str, str] = field(default_factory=dict)
    """Of columns that are numbers, how they stand in JSON and in the TSV."""
    schemas: Mapping[str, Any] = field(default_factory=dict)
    """Schemas that the collector has, by their names: of the vendor com.acme, 1-0-0."""


def posted(
    name: str,
    *,
    headers: Mapping[str, str] | None = None,
    expected: Any,
    digits: Mapping[str, str] | None = None,
    different: str | None = None,
    **parameters: Any,
) -> Case:
    """A page view with these parameters, by POST; ``expected`` are columns, or a failure's words."""
    body = json.dumps({"schema": SCHEMA, "data": [page_view(**parameters)]}).encode()
    is_failure = isinstance(expected, str)
    return Case(
        name=name,
        headers={"Content-Type": "application/json", **(headers or {})},
        body=body,
        columns=None if is_failure else expected,
        failure=expected if is_failure else None,
        different=different,
        digits=digits or {},
    )


def got(name: str, query: str, *, expected: Any, target: str = "/i") -> Case:
    """A query string, by GET; ``expected`` are columns, or a failure's words."""
    is_failure = isinstance(expected, str)
    return Case(
        name=name,
        method="GET",
        target=f"{target}?{query}",
        columns=None if is_failure else expected,
        failure=expected if is_failure else None,
    )


def body_of(version: str, *, name: str = "payload_data", **parameters: str) -> bytes:
    """An envelope of a version, with a page view of the keys that every version has."""
    event = {"e": "pv", "p": "web", "tv": "js-4.6.9", **parameters}
    schema = f"iglu:com.snowplowanalytics.snowplow/{name}/jsonschema/{version}"
    return json.dumps({"schema": schema, "data": [event]}).encode()


def entity(
    name: str, schema: Mapping[str, Any], data: Any, *, failure: str | None = None, co: str | None = None
) -> Case:
    """A page view with an entity of this schema; ``co`` in place of the entity."""
    own = f"thing_{zlib.crc32(json.dumps(schema).encode()):x}"
    thing = {"schema": f"iglu:com.acme/{own}/jsonschema/1-0-0", "data": data}
    case = posted(name, expected={} if failure is None else failure, co=co or wrapped(thing))
    return replace(case, schemas={own: schema})
