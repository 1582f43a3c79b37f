"""What an event says of whose it is, out of the forms that files keep events in; pure."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from .persons import Facts
from .tokens import token_of

CROSSING = "/cross_navigation/jsonschema/1-"
ENCODED = ("cx", "ue_px")
"""The tracker protocol's parameters whose JSON is in base64."""

_JSON = (*ENCODED, "co", "ue_pr")
_JSON_COLUMNS = ("contexts", "unstruct_event", "derived_contexts")


def facts_of_columns(columns: Mapping[str, Any]) -> Facts:
    """Of the canonical columns; entities are JSON as text, or as objects."""
    crossing = crossing_of(columns.get("contexts")) or crossing_of(columns.get("derived_contexts"))
    return Facts(
        _text(columns.get("user_id")),
        _text(columns.get("domain_userid")),
        _text(columns.get("domain_sessionid")),
        _text(columns.get("network_userid")),
        *(crossing or ()),
    )


def facts_of_parameters(parameters: Mapping[str, Any]) -> Facts:
    """Of the tracker protocol's parameters, as an outbox and a bad row have them."""
    get = parameters.get
    crossing = crossing_of(get("co")) or crossing_of(decoded(get("cx")))
    network = _text(get("tnuid")) or _text(get("nuid"))
    return Facts(_text(get("uid")), _text(get("duid")), _text(get("sid")), network, *(crossing or ()))


def crossing_of(entities: Any) -> tuple[str | None, str | None, str | None] | None:
    """The token that somebody came with, and the device and session it was made in; None without one."""
    if not entities or (isinstance(entities, str) and CROSSING not in entities):
        return None
    for item in _items(entities):
        data = item.get("data")
        if CROSSING in str(item.get("schema")) and isinstance(data, dict):
            device, session = _text(data.get("domain_user_id")), _text(data.get("session_id"))
            return token_of(device, _text(data.get("timestamp"))), device, session
    return None


def decoded(value: Any) -> str:
    """What a text in base64 says, with either alphabet; empty where it is none."""
    if not isinstance(value, str):
        return ""
    try:
        padded = value.rstrip("=") + "=" * (-len(value.rstrip("=")) % 4)
        return base64.b64decode(padded.replace("-", "+").replace("_", "/")).decode()
    except (binascii.Error, ValueError):
        return ""


def encoded(text: str) -> str:
    """A text in base64, as trackers have it in a URL."""
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def readable(parameters: Mapping[str, Any]) -> str:
    """What parameters have in base64, as it is."""
    return " ".join(decoded(parameters.get(name)) for name in ENCODED)


def readable_parameters(parameters: Mapping[str, Any], mask: Callable[[Any], Any]) -> dict[str, Any]:
    """Parameters for people: JSON as objects, from base64 too, with what ``mask`` hides of it hidden."""
    return {
        name: _masked_text(decoded(value) if name in ENCODED else value, mask)
        if name in _JSON and isinstance(value, str)
        else value
        for name, value in parameters.items()
    }


def masked_columns(columns: Mapping[str, Any], mask: Callable[[Any], Any]) -> dict[str, Any]:
    """The canonical columns with entities and events as objects, and what ``mask`` hides of them hidden."""
    return {
        name: (_masked_text(value, mask) if isinstance(value, str) else mask(value))
        if name in _JSON_COLUMNS
        else value
        for name, value in columns.items()
    }


def _masked_text(text: str, mask: Callable[[Any], Any]) -> Any:
    try:
        return mask(json.loads(text))
    except (ValueError, RecursionError):
        return "***"  # nobody knows what it says


def _items(entities: Any) -> Iterator[dict[str, Any]]:
    if isinstance(entities, str):
        try:
            entities = json.loads(entities)
        except (ValueError, RecursionError):
            return
    data = entities.get("data") if isinstance(entities, dict) else None
    yield from (item for item in data if isinstance(item, dict)) if isinstance(data, list) else ()


def _text(value: Any) -> str | None:
    return str(value) if value not in (None, "") else None
