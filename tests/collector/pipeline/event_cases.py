"""What an event is called, also where it describes nothing."""

from __future__ import annotations

import json

from ..conftest import CONTEXTS
from .case import Case, posted

_NAMES = ("event_vendor", "event_name", "event_format", "event_version")
_OURS = "com.snowplowanalytics.snowplow"
_UNSTRUCT = f"iglu:{_OURS}/unstruct_event/jsonschema/1-0-0"
_WRAPPED = json.dumps(
    {"schema": _UNSTRUCT, "data": {"schema": "iglu:com.acme/order/jsonschema/2-0-1", "data": {"size": "M"}}}
)
_NOTHING = {"event": "unstruct", **dict.fromkeys(_NAMES), "unstruct_event": None}


def _named(event: str, *names: str) -> dict:
    return {"event": event, **dict(zip(_NAMES, names, strict=True))}


CASES = [
    posted("a page view", expected=_named("page_view", _OURS, "page_view", "jsonschema", "1-0-0")),
    posted("a page ping", e="pp", expected=_named("page_ping", _OURS, "page_ping", "jsonschema", "1-0-0")),
    posted(
        "a structured one",
        e="se",
        expected=_named("struct", "com.google.analytics", "event", "jsonschema", "1-0-0"),
    ),
    posted("a structured one of old", e="ev", expected={"event": "struct", "event_name": "event"}),
    posted(
        "a transaction", e="tr", expected=_named("transaction", _OURS, "transaction", "jsonschema", "1-0-0")
    ),
    posted(
        "an item",
        e="ti",
        expected=_named("transaction_item", _OURS, "transaction_item", "jsonschema", "1-0-0"),
    ),
    posted(
        "one that describes itself",
        e="ue",
        ue_pr=_WRAPPED,
        expected=_named("unstruct", "com.acme", "order", "jsonschema", "2-0-1"),
    ),
    posted("one that describes nothing", e="ue", expected=_NOTHING),
    posted(
        "one that describes nothing, with entities",
        e="ue",
        co=json.dumps({"schema": CONTEXTS, "data": []}),
        expected=_NOTHING,
    ),
    Case(
        name="one that describes nothing, by GET", method="GET", target="/i?e=ue&p=web&tv=x", columns=_NOTHING
    ),
    posted(
        "a page view with a description",
        ue_pr=_WRAPPED,
        expected={"event": "page_view", "event_name": "page_view"},
    ),
    posted("one of a kind that is not known", e="xx", expected="e (event): 'xx' is none of"),
    posted(
        "one with a description that is none",
        e="ue",
        ue_pr="{",
        expected="ue_pr (unstruct_event): is no JSON",
    ),
    Case(
        name="one of no kind, by GET",
        method="GET",
        target="/i?p=web&tv=x",
        failure="e (event): NoneType is none of",
    ),
]
