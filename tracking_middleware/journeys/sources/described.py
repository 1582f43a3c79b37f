"""Self-describing JSON out of the flat form of events, in which each kind of entity is a column."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Mapping
from typing import Any

import msgspec

_FLAT = re.compile(r"(.+)_([0-9]+)")
_VENDORS = (
    "com.snowplowanalytics.snowplow",
    "com.snowplowanalytics.mobile",
    "com.snowplowanalytics.iglu",
    "com.google.analytics",
    "com.google.ga4",
    "com.google.tag_manager",
    "org.tracking_middleware",
    "org.w3",
    "nl.basjes",
    "com.iab.snowplow",
    "com.dbip",
)
"""Known ones: the name of a column does not say where the vendor ends and the name of the schema begins."""
_CONTEXTS = "iglu:com.snowplowanalytics.snowplow/contexts/jsonschema/1-0-0"
_UNSTRUCT = "iglu:com.snowplowanalytics.snowplow/unstruct_event/jsonschema/1-0-0"


_EVENT_SCHEMA = ("event_vendor", "event_name", "event_format", "event_version")
"""The columns that tell the schema of the event itself."""


def self_describing(flat: Mapping[str, Any], column: Callable[[str], Any]) -> tuple[Any, Any]:
    """What flat columns hold as ``contexts`` and ``unstruct_event``; None where none of them does.

    ``column`` gives what a column of the event holds: some tell its own schema. Of an entity's the flat form
    knows neither the dots of the vendor nor the whole version: ``1-0-0`` stands for all of ``1-*-*``, and of
    a vendor that is not known the first two words. Raises msgspec.ValidationError.
    """
    entities: list[dict[str, Any]] = []
    events = []
    for name, value in flat.items():
        if name.startswith("contexts_"):
            if not isinstance(value, list):
                raise msgspec.ValidationError(f"{name} is no list")
            kind = entity_schema(name.removeprefix("contexts_"))
            entities += [{"schema": kind, "data": item} for item in value]
        elif name.startswith("unstruct_event_"):
            own = "iglu:" + "/".join(str(column(part) or "") for part in _EVENT_SCHEMA)
            events.append({"schema": _UNSTRUCT, "data": {"schema": own, "data": value}})
    contexts = {"schema": _CONTEXTS, "data": entities} if entities else None
    return contexts, events[0] if events else None


@functools.lru_cache(maxsize=4096)
def entity_schema(flat: str) -> str:
    """``iglu:com.acme/article/jsonschema/1-0-0`` for ``com_acme_article_1``."""
    match = _FLAT.fullmatch(flat)
    name, model = (match[1], match[2]) if match else (flat, "1")
    for vendor in _VENDORS:
        prefix = vendor.replace(".", "_") + "_"
        if name.startswith(prefix):
            return f"iglu:{vendor}/{name.removeprefix(prefix)}/jsonschema/{model}-0-0"
    words = name.split("_")
    vendor, rest = ".".join(words[:2]), "_".join(words[2:])
    return f"iglu:{vendor}/{rest or words[-1]}/jsonschema/{model}-0-0"
