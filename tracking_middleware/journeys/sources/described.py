"""Self-describing JSON out of the flat form of events, in which each kind of entity is a column."""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping

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
_CONTEXTS = b'{"schema":"iglu:com.snowplowanalytics.snowplow/contexts/jsonschema/1-0-0","data":['
_UNSTRUCT = b'{"schema":"iglu:com.snowplowanalytics.snowplow/unstruct_event/jsonschema/1-0-0","data":'
_Raw = msgspec.Raw
_list = msgspec.json.Decoder(list[msgspec.Raw])
_text = msgspec.json.Decoder(str | None)


def described(row: dict[str, msgspec.Raw]) -> None:
    """Put what the flat columns hold into ``contexts`` and ``unstruct_event``, where those are not given.

    The schema of the event itself is told by its columns. Of an entity's the flat form knows neither the
    dots of the vendor nor the whole version: ``1-0-0`` stands for all of ``1-*-*``, and of a vendor that
    is not known the first two words. Raises msgspec.DecodeError.
    """
    entities: list[bytes] = []
    for name in [name for name in row if name.startswith(("contexts_", "unstruct_event_"))]:
        value = row.pop(name)
        if _is_null(value):
            continue
        if name.startswith("contexts_"):
            schema = entity_schema(name.removeprefix("contexts_"))
            entities += [_described(schema, item) for item in _list.decode(value)]
        elif _is_null(row.get("unstruct_event")):
            inner = _described(_event_schema(row), value)
            row["unstruct_event"] = _Raw(_UNSTRUCT + inner + b"}")
    if entities and _is_null(row.get("contexts")):
        row["contexts"] = _Raw(_CONTEXTS + b",".join(entities) + b"]}")


def _is_null(value: msgspec.Raw | None) -> bool:
    return value is None or bytes(value) == b"null"


def _described(schema: str, data: msgspec.Raw) -> bytes:
    return b'{"schema":%s,"data":%s}' % (msgspec.json.encode(schema), bytes(data))


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


def _event_schema(row: Mapping[str, msgspec.Raw]) -> str:
    parts = (row.get(f"event_{part}") for part in ("vendor", "name", "format", "version"))
    return "iglu:" + "/".join(_text.decode(part) or "" if part is not None else "" for part in parts)
