"""Events in the flat form of Snowplow's analytics SDKs, which Micro's ``/micro/events`` shows; pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ..enrichment.bad_rows import columns_of_bad
from ..store.rows import StoredRow

FAILURE = "contexts_com_snowplowanalytics_snowplow_failure_1"
_SCHEMA = re.compile(r"iglu:([^/]+)/([^/]+)/[^/]+/([0-9]+)-.*")
DESCRIBED = ("contexts", "derived_contexts", "unstruct_event")
"""Columns that in the flat form are one for each kind of what is in them."""


def flat_good(event: Mapping[str, Any]) -> dict[str, Any]:
    """A good event's columns; each kind of entity is one with a list, a self-describing event one too."""
    flat = {name: value for name, value in event.items() if name not in DESCRIBED}
    for name in ("contexts", "derived_contexts"):
        for entity in (event.get(name) or {}).get("data") or ():
            flat.setdefault(_column("contexts", entity["schema"]), []).append(entity["data"])
    described = (event.get("unstruct_event") or {}).get("data")
    if isinstance(described, dict):
        flat[_column("unstruct_event", described["schema"])] = described["data"]
    return flat


def flat_bad(row: StoredRow) -> dict[str, Any]:
    """All columns of a bad row, as far as they can be read, and why it is bad as Enrich's failure entity."""
    summary, *problems = [str(error) for error in row.shape["errors"]] or ["unknown"]
    failure = {
        "failureType": summary,
        "errors": [{"message": problem} for problem in problems],
        "timestamp": row.received,
        "componentName": "tracking-middleware-collector",
        "componentVersion": "1.0.0",
        "_schema_version": "1-0-0",
    }
    columns = {**columns_of_bad(row.shape), "collector_tstamp": row.received}
    return {**flat_good(columns), FAILURE: [failure]}


def flat(row: StoredRow) -> dict[str, Any]:
    """A row of either kind."""
    return flat_good(row.shape["event"]) if row.is_good else flat_bad(row)


def _column(prefix: str, schema: str) -> str:
    """``contexts_com_acme_web_page_1`` for ``iglu:com.acme/webPage/jsonschema/1-0-0``."""
    match = _SCHEMA.fullmatch(schema)
    if match is None:
        return prefix
    vendor = re.sub(r"[^A-Za-z0-9]", "_", match[1]).lower()
    name = re.sub(r"([^A-Z_])([A-Z])", r"\1_\2", re.sub(r"[^A-Za-z0-9_]", "_", match[2])).lower()
    return f"{prefix}_{vendor}_{name}_{match[3]}"
