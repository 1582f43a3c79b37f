"""Events without whom they are of: what is counted stays, what names a person or their browser goes; pure.

Entities of a site's own stay as they are, but for the identifiers that the event itself has.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from ..mentions import mentions_of
from ..persons import Facts, Person
from ..texts import ENCODED, decoded, encoded, facts_of_columns, facts_of_parameters

COLUMNS = (
    "user_id",
    "user_ipaddress",
    "user_fingerprint",
    "domain_userid",
    "domain_sessionid",
    "domain_sessionidx",
    "network_userid",
    "refr_domain_userid",
    "refr_dvce_tstamp",
    "geo_zipcode",
    "geo_city",
    "geo_latitude",
    "geo_longitude",
    "ip_isp",
    "ip_organization",
    "ip_domain",
    "mkt_clickid",
)
"""The canonical columns that name somebody, or lead to where they are."""
_PARAMETERS = ("uid", "ip", "fp", "duid", "sid", "vid", "nuid", "tnuid")
ENTITIES = ("/cross_navigation/", "/client_session/", "/mobile_context/")
"""Entities that are nothing but identifiers, by a part of their schemas."""


def nameless_shape(shape: Mapping[str, Any]) -> dict[str, Any]:
    """What the collector keeps of a good or a bad event; of a bad one's request only the event is left."""
    changed = dict(shape)
    event, raw, payload = shape.get("event"), shape.get("rawEvent"), shape.get("collectorPayload")
    facts = facts_of_columns(event) if event else facts_of_parameters((raw or {}).get("parameters") or {})
    more = {event["refr_domain_userid"]} if event and event.get("refr_domain_userid") else set()
    if event:
        changed["event"] = {**event, **dict.fromkeys(COLUMNS)}
        for name in ("contexts", "derived_contexts"):
            entities = _without(event.get(name))
            changed["event"][name] = entities if entities and entities.get("data") else {}
        changed["contexts"] = [uri for uri in shape.get("contexts") or () if not _is_identifier(uri)]
    if raw:
        parameters = _parameters(raw.get("parameters") or {})
        changed["rawEvent"] = {**raw, "parameters": parameters, "context": _sender(raw.get("context"))}
    if payload:
        sender = _sender(payload.get("context"))
        changed["collectorPayload"] = {**payload, "querystring": [], "body": None, "context": sender}
    return _taken(changed, facts, more)


def nameless_parameters(parameters: Mapping[str, Any]) -> dict[str, Any]:
    """What is sent of an event."""
    return _taken(_parameters(parameters), facts_of_parameters(parameters), set())


def _taken(value: dict[str, Any], facts: Facts, more: set[str]) -> dict[str, Any]:
    own = {each for each in (facts.domain_userid, facts.token_device) if each}
    person = Person(
        user_ids=frozenset({facts.user_id} if facts.user_id else ()),
        devices=frozenset(own | more),
        sessions=frozenset(each for each in (facts.session, facts.token_session) if each),
        network_userids=frozenset({facts.network_userid} if facts.network_userid else ()),
    )
    taken: dict[str, Any] = mentions_of(person).taken_from_all(value)
    return taken


def _parameters(parameters: Mapping[str, Any]) -> dict[str, Any]:
    kept = {name: value for name, value in parameters.items() if name not in _PARAMETERS}
    for name in ("co", "cx"):
        if isinstance(kept.get(name), str):
            kept[name] = _entities(name, kept[name])
    return kept


def _entities(name: str, text: str) -> str:
    plain = decoded(text) if name in ENCODED else text
    if not any(part in plain for part in ENTITIES):
        return text
    try:
        changed = json.dumps(_without(json.loads(plain)), ensure_ascii=False)
    except (ValueError, RecursionError):
        return ""
    return encoded(changed) if name in ENCODED else changed


def _without(entities: Any) -> Any:
    if not isinstance(entities, dict) or not isinstance(entities.get("data"), list):
        return entities
    left = [
        each
        for each in entities["data"]
        if not (isinstance(each, dict) and _is_identifier(each.get("schema")))
    ]
    return {**entities, "data": left}


def _is_identifier(uri: Any) -> bool:
    return any(part in str(uri) for part in ENTITIES)


def _sender(context: Any) -> Any:
    if not isinstance(context, dict):
        return context
    return {**context, "ipAddress": None, "headers": [], "userId": None}
