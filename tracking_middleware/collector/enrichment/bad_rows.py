"""What is shown of a bad row beyond what is stored: its columns, as far as they are known, and Micro's form.

A bad row keeps the request and the event as they were sent. What follows from that is worked out when it is
asked for, from the shape as it may be shown, so that nothing confidential comes in by another way.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from ...protocol.columns import COLUMNS
from ..payload.hit import sender_of
from ..payload.json_text import encoded
from .enrich import known_columns

Shape = Mapping[str, Any]

_OF_EVENT = "Error while validating the event"
"""What Micro's documentation shows as the first of ``errors`` where an event was read and is not valid."""
_OF_REQUEST = "Error while reading the request"
"""The same of a request in which no event could be read, in our own words."""
_JSON = ("contexts", "unstruct_event", "derived_contexts")


def columns_of_bad(shape: Shape) -> dict[str, Any]:
    """All columns of a bad row, with what could be read; entities and event that were found invalid are not.

    An entity counts as invalid where its schema is that of one that is.
    """
    shown = shape.get("rawEvent") or shape.get("collectorPayload")
    if not shown:
        return dict.fromkeys(COLUMNS)
    columns = known_columns(shown.get("parameters") or {}, sender_of(shown))
    invalid = _invalid_schemas(shape)
    event = (columns["unstruct_event"] or {}).get("data")
    if event and event["schema"] in invalid:
        columns["unstruct_event"] = None
    if columns["contexts"]:
        entities = [entity for entity in columns["contexts"]["data"] if entity["schema"] not in invalid]
        columns["contexts"] = {**columns["contexts"], "data": entities} if entities else None
    return columns


def as_micro_bad(shape: Shape) -> dict[str, Any]:
    """A bad row as Micro's API has it: ``errors`` are a short sentence, then the pipeline's bad rows as JSON.

    Our own sentences stay beside it as ``reasons``, for people.
    """
    rest = {name: value for name, value in shape.items() if name != "badRows"}
    kind, *reasons = shape["errors"]
    if not shape.get("badRows"):
        return {**rest, "errors": [kind, *reasons], "reasons": reasons}
    payloads = _payloads(shape)
    bad_rows = [_with_payload(json.loads(text), payloads) for text in shape["badRows"]]
    step = _OF_EVENT if shape["rawEvent"] else _OF_REQUEST
    return {**rest, "errors": [step, *bad_rows], "reasons": reasons}


def _invalid_schemas(shape: Shape) -> set[str]:
    return {
        message["schemaKey"]
        for text in shape.get("badRows") or ()
        for message in json.loads(text)["data"]["failure"].get("messages", ())
        if message.get("schemaKey")
    }


def _payloads(shape: Shape) -> dict[str, Any]:
    """By the name of a bad row's schema, what it is of: an event half enriched, or a request."""
    request = _request(shape["collectorPayload"])
    found: dict[str, Any] = {
        "tracker_protocol_violations": request,
        "adapter_failures": request,
        # there the request in the bytes of Thrift, which this collector has not
        "collector_payload_format_violation": encoded(request),
    }
    if shape["rawEvent"]:
        event = {"enriched": _enriched(shape), "raw": _raw(shape["rawEvent"])}
        found |= {"schema_violations": event, "enrichment_failures": event}
    return found


def _with_payload(bad_row: dict[str, Any], payloads: Mapping[str, Any]) -> str:
    name = bad_row["schema"].split("/")[1]
    return encoded({**bad_row, "data": {**bad_row["data"], "payload": payloads[name]}})


def _enriched(shape: Shape) -> dict[str, Any]:
    """The columns as a bad row has them: moments and flags as in the TSV, entities as JSON in a text."""
    columns = known_columns(shape["rawEvent"]["parameters"], sender_of(shape["rawEvent"]))
    return {name: _half_enriched(name, value) for name, value in columns.items()}


def _half_enriched(name: str, value: Any) -> Any:
    if value is None:
        return None
    if name in _JSON:
        return encoded(value)
    if name.endswith("_tstamp"):
        return str(value).replace("T", " ").removesuffix("Z")
    return int(value) if isinstance(value, bool) else value


def _raw(raw: Shape) -> dict[str, Any]:
    pairs = [{"name": name, "value": value} for name, value in raw["parameters"].items()]
    return {
        **raw["api"],
        "parameters": pairs,
        "contentType": raw["contentType"],
        "loaderName": raw["source"]["name"],
        **_sender(raw),
        "userId": raw["context"]["userId"],
    }


def _request(payload: Shape) -> dict[str, Any]:
    pairs = [text.partition("=") for text in payload["querystring"]]
    return {
        **payload["api"],
        "querystring": [{"name": name, "value": value if sign else None} for name, sign, value in pairs],
        "contentType": payload["contentType"],
        "body": payload["body"],
        "collector": payload["source"]["name"],
        **_sender(payload),
        "networkUserId": payload["context"]["userId"],
    }


def _sender(shown: Shape) -> dict[str, Any]:
    names = ("timestamp", "ipAddress", "useragent", "refererUri", "headers")
    source = {name: shown["source"][name] for name in ("encoding", "hostname")}
    return source | {name: shown["context"][name] for name in names}
