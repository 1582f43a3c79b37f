"""The enriched TSV, the form in which Snowplow's pipeline hands events on: a line each, a field per column.

The 131 columns in their order, without a header; a tab between two. Nothing is the empty text; flags are
``1`` and ``0``, decimals have the digits that were sent, moments ``yyyy-MM-dd HH:mm:ss.SSS`` in UTC; entities
and self-describing events compact JSON in their wrapper, and no wrapper around nothing. No field holds a tab
or a line break. So the analytics SDKs read it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...protocol.columns import COLUMNS
from ..payload.json_text import encoded
from ..payload.values import without_surrogates

_MOMENTS = frozenset(name for name in COLUMNS if name.endswith("_tstamp"))
_JSON = frozenset({"contexts", "derived_contexts", "unstruct_event"})
_CONTROLS = dict.fromkeys((*range(32), 127)) | {ord("\t"): "    "}


def tsv_line(event: Mapping[str, Any]) -> str:
    """A good event's columns, as Micro's API names and shows them, as one line without its line break."""
    line = "\t".join(_field(name, event.get(name)) for name in COLUMNS)
    return line if line.isascii() else without_surrogates(line)


def _field(name: str, value: Any) -> str:
    if value is None:
        return ""
    if name in _JSON:
        return encoded(value, ensure_ascii=False, separators=(",", ":")) if value.get("data") else ""
    if name in _MOMENTS:
        return str(value).replace("T", " ").removesuffix("Z")
    if isinstance(value, bool):
        return "1" if value else "0"
    text = str(value)
    return text if text.isprintable() else text.translate(_CONTROLS)
