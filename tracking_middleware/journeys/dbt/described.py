"""What dbt's documentation says of the tables' columns, and what its tests hold them to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ...agents import AGENT_CLASSES, PROOFS
from ..sources.columns import COLUMNS
from .answers import ANSWER_COLUMNS, ANSWER_TESTS
from .models import ALL_MODELS, description_of

_KINDS = ["user_id", "domain_userid", "network_userid", "token", "transaction"]
_HOW = ["user_id", "session", "token", "device", "network_userid", "transaction", "web_page"]
_UNIQUE = ("unique", "not_null")
_PERSON = "whose it is: `persons.person_id`; NULL where nobody's"
_VIEW_COLUMNS = {
    name: f"`{name}` of the browser's event where there is one, else of the server's"
    for name in (
        *("page_url", "page_title", "page_referrer", "refr_medium", "refr_source", "mkt_medium"),
        *("mkt_source", "mkt_term", "mkt_content", "mkt_campaign", "br_family"),
    )
}
_AGENT_COLUMNS = {
    "agent_class": "who read: `person`, `unknown`, or which kind of agent; NULL without a user agent",
    "agent_operator": "whose agent it is; NULL where not known",
    "agent_product": "what it calls itself; NULL where not known",
    "agent_proof": "how sure that is",
}
_ENTRY_COLUMNS = {
    name: f"`{name}` of the first page view"
    for name in ("page_referrer", "refr_medium", "refr_source", "mkt_medium", "mkt_source", "mkt_campaign")
}
_PLACE = {"source": "the table that it was read from", "line": "NULL: a table has no lines"}

DESCRIBED: Mapping[str, Mapping[str, str]] = {
    "rejected": {"event_id": "as it was given", "problem": "what is wrong with it", **_PLACE},
    "duplicates": {
        "event_id": "under which another event is kept",
        "differs": "the columns in which it differs from that, with commas between; NULL where in none",
        **_PLACE,
        "collector_tstamp": "when the collector got it",
    },
    "events": {
        "event_id": "a UUID",
        "collector_tstamp": "when the collector got it, UTC",
        "side": "who told of it; `off_browser` is a server's of somebody who is not there",
        **_AGENT_COLUMNS,
        **_PLACE,
    },
    "event_persons": {
        "event_id": "the event",
        "person_id": _PERSON,
        "session_id": "its session; NULL where it is in none",
        "how": "the first rule that says so, from the strictest on",
    },
    "identifiers": {
        "kind": "of which kind it is",
        "value": "the identifier",
        "first_at": "when it was first seen",
        "last_at": "when it was last seen",
        "events": "on how many events",
    },
    "shared_identifiers": {
        "kind": "of which kind it is",
        "value": "the identifier",
        "persons": "how many other identifiers it would have joined",
    },
    "persons": {
        "person_id": "the person's key, made of their oldest identifier",
        "user_id": "NULL where none is known",
        "first_at": "when their first event happened",
        "last_at": "when their last event happened",
        "events": "how many events are theirs",
        "key_kind": "of which kind the oldest identifier is",
        "key_value": "the oldest identifier",
    },
    "renamed_persons": {"old": "a key that no person has any more", "new": "the key of that person now"},
    "person_identifiers": {
        "person_id": _PERSON,
        "kind": "of which kind it is",
        "value": "the identifier",
        "valid_from": "when it was first seen to be theirs",
        "valid_to": "when it was last seen to be theirs",
        "because_event_id": "the first event that says so",
    },
    "page_views": {
        "page_view_id": "the event_id of the server's event where there is one, else of the browser's",
        "person_id": _PERSON,
        "session_id": "its session; NULL where it is in none",
        "seen_by": "who told of it",
        "at": "when, UTC",
        **_VIEW_COLUMNS,
        **_AGENT_COLUMNS,
        "server_event_id": "the server's event; NULL where it did not tell",
        "browser_event_id": "the browser's event; NULL where it did not tell",
        "engaged_seconds": "seconds that page pings stand for",
        "scroll_share": "how much of the page was seen, 0 to 1",
    },
    "page_view_entities": {
        "page_view_id": "the page view",
        "server_contexts": "what the server attached, self-describing JSON",
        "browser_contexts": "what the browser attached, self-describing JSON",
    },
    "sessions": {
        "session_id": "the tracker's, or a key that events without one got",
        "person_id": _PERSON,
        "started_at": "when its first event happened",
        "ended_at": "when its last event happened",
        "duration_seconds": "seconds between the two",
        "events": "how many events it has",
        "page_views": "how many page views",
        "page_views_browser": "of them, told of by the browser alone",
        "page_views_server": "of them, told of by the server alone",
        "page_views_both": "of them, told of by both",
        "engaged_seconds": "seconds that page pings stand for",
        "entry_url": "the first page",
        "exit_url": "the last page",
        **_ENTRY_COLUMNS,
    },
    "journeys": {
        "person_id": _PERSON,
        "position": "from 1 on, in the order it happened",
        "event_id": "the event",
        "at": "when it happened, UTC",
        "side": "who told of it",
        "event_name": "what happened",
        "page_url": "on which page; NULL where on none",
        "session_id": "in which session; NULL where in none",
        "how": "the first rule that says so, from the strictest on",
    },
    "adblock_left_out": {"reason": "why", "server_page_views": "how many page views of the server"},
    "adblock_gap": {
        "dimension": "what is counted by",
        "value": "which day, browser or page; `all`",
        "server_page_views": "page views that the server told of",
        "missing": "of them, those that the browser did not tell of",
        "share": "missing by server_page_views",
        "low": "the lower end of Wilson's interval at 95 %",
        "high": "its upper end",
    },
    **ANSWER_COLUMNS,
}
"""By table, what its columns are, in their order; of the canonical ones those that the rules are about."""

_EVENT = {"relationships": {"to": "ref('events')", "field": "event_id"}}
_TO_PERSON = {"relationships": {"to": "ref('persons')", "field": "person_id"}}
_TESTS: Mapping[tuple[str, str], tuple[Any, ...]] = {
    ("events", "event_id"): _UNIQUE,
    ("events", "collector_tstamp"): ("not_null",),
    ("events", "side"): ("not_null", {"accepted_values": {"values": ["browser", "server", "off_browser"]}}),
    ("events", "agent_class"): ({"accepted_values": {"values": list(AGENT_CLASSES)}},),
    ("events", "agent_proof"): ({"accepted_values": {"values": list(PROOFS)}},),
    ("rejected", "problem"): ("not_null",),
    ("duplicates", "event_id"): ("not_null", _EVENT),
    ("event_persons", "event_id"): (*_UNIQUE, _EVENT),
    ("event_persons", "person_id"): (_TO_PERSON,),
    ("event_persons", "how"): ({"accepted_values": {"values": _HOW}},),
    ("identifiers", "kind"): ("not_null", {"accepted_values": {"values": _KINDS}}),
    ("identifiers", "value"): ("not_null",),
    ("persons", "person_id"): _UNIQUE,
    ("renamed_persons", "old"): ("not_null",),
    ("person_identifiers", "person_id"): ("not_null",),
    ("person_identifiers", "because_event_id"): ("not_null", _EVENT),
    ("page_views", "page_view_id"): (*_UNIQUE, _EVENT),
    ("page_views", "person_id"): (_TO_PERSON,),
    ("page_views", "seen_by"): ("not_null", {"accepted_values": {"values": ["browser", "server", "both"]}}),
    ("page_view_entities", "page_view_id"): _UNIQUE,
    ("sessions", "session_id"): _UNIQUE,
    ("sessions", "person_id"): ("not_null", _TO_PERSON),
    ("journeys", "event_id"): (*_UNIQUE, _EVENT),
    ("journeys", "person_id"): (_TO_PERSON,),
    ("adblock_left_out", "reason"): _UNIQUE,
    ("adblock_gap", "dimension"): (
        "not_null",
        {"accepted_values": {"values": ["all", "day", "browser", "page"]}},
    ),
    **ANSWER_TESTS,
}
"""By table and column. An identifier may be of a person without events, and a new key of one who is gone."""


def described_models() -> Iterator[dict[str, Any]]:
    """For ``schema.yml``: each model with what a row of it is, and of those that stay the columns."""
    for model in ALL_MODELS:
        described: dict[str, Any] = {"name": model.name, "description": description_of(model)}
        if model.kind in {"kept", "view"}:
            described["columns"] = [_column(model.name, name, text) for name, text in _columns(model.name)]
        yield described


def _columns(table: str) -> Iterator[tuple[str, str]]:
    columns = DESCRIBED[table]
    if table == "events":
        yield from ((name, columns.get(name, f"canonical, {kind}")) for name, kind in COLUMNS.items())
    yield from ((name, text) for name, text in columns.items() if table != "events" or name not in COLUMNS)


def _column(table: str, name: str, text: str) -> dict[str, Any]:
    tests = list(_TESTS.get((table, name), ()))
    return {"name": name, "description": text, **({"data_tests": tests} if tests else {})}
