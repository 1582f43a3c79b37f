"""One HTTP request that a tracker made, and the events in it, not yet understood."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from ...protocol.fields import FIELDS
from .json_text import TooDeepError, loaded
from .problems import Problem, RefusedError, of_adapter, of_protocol, quoted
from .query import query_pairs

_CONTENT_TYPES = frozenset({"application/json", "application/json;charset=utf-8"})
_VENDOR = "com.snowplowanalytics.snowplow"
_VERSIONS = frozenset({"tp1", "tp2"})
_PAYLOAD = re.compile(r"iglu:com\.snowplowanalytics\.snowplow/payload_data/jsonschema/1-0-[0-9]+")
_REQUIRED = ("e", "p", "tv")
_MOST_PROBLEMS = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """A request as the collector records it; ``timestamp`` is the receipt, ISO 8601 in UTC.

    ``network_userid`` is the collector's own id of the browser, ``address`` the peer's or the first
    of X-Forwarded-For, ``unknown`` where the tracker asked for anonymity.
    """

    vendor: str
    version: str
    query: str
    body: str
    content_type: str | None
    timestamp: str
    address: str | None
    useragent: str | None
    referer: str | None
    hostname: str | None
    network_userid: str
    headers: tuple[str, ...] = field(default=(), repr=False)

    def source(self) -> dict[str, Any]:
        """Micro's ``source``."""
        return {"name": "tracking-middleware-collector", "encoding": "UTF-8", "hostname": self.hostname}

    def context(self) -> dict[str, Any]:
        """Micro's ``context``."""
        return {
            "timestamp": self.timestamp,
            "ipAddress": self.address,
            "useragent": self.useragent,
            "refererUri": self.referer,
            "headers": list(self.headers),
            "userId": self.network_userid,
        }

    def collector_payload(self) -> dict[str, Any]:
        """Micro's ``collectorPayload``, which a bad row shows."""
        return {
            "api": {"vendor": self.vendor, "version": self.version},
            "querystring": [
                name if value is None else f"{name}={value}" for name, value in query_pairs(self.query)
            ],
            "contentType": self.content_type,
            "body": self.body or None,
            "source": self.source(),
            "context": self.context(),
        }

    def raw_event(self, parameters: Mapping[str, str]) -> dict[str, Any]:
        """Micro's ``rawEvent``: one event's parameters, as sent."""
        return {
            "api": {"vendor": self.vendor, "version": self.version},
            "parameters": dict(parameters),
            "contentType": self.content_type,
            "source": self.source(),
            "context": self.context(),
        }


def parameters_of(hit: Hit) -> list[dict[str, str]]:
    """The events of a request, each as its parameters; raises RefusedError where it has none to read.

    A query string on a POST holds for each of its events and wins over the body (Enrich, Tp2Adapter).
    """
    if hit.vendor != _VENDOR or hit.version not in _VERSIONS:
        raise RefusedError(of_adapter(f"there is no adapter for the path /{hit.vendor}/{hit.version}"))
    query = {name: value or "" for name, value in query_pairs(hit.query)}
    if not hit.body:
        if not query:
            raise RefusedError(of_protocol("", "the request has neither a query string nor a body"))
        return [query]
    if hit.content_type is None or hit.content_type.lower().replace(" ", "") not in _CONTENT_TYPES:
        what = f"Content-Type {quoted(hit.content_type)} is none of {sorted(_CONTENT_TYPES)}"
        raise RefusedError(of_protocol("", what))
    return [{**event, **query} for event in _events_in(hit.body)]


def _events_in(body: str) -> list[dict[str, str]]:
    """The events of a payload_data 1-0-* envelope; one wrong key fails them all, as in the pipeline."""
    try:
        envelope = loaded(body)
    except TooDeepError as error:
        raise RefusedError(of_protocol("", str(error))) from None
    except ValueError as error:
        raise RefusedError(of_protocol("", f"the body is no JSON: {error}")) from None
    if not isinstance(envelope, dict) or set(envelope) != {"schema", "data"}:
        what = "the body is no self-describing JSON: an object of 'schema' and 'data'"
        raise RefusedError(of_protocol("", what))
    schema = envelope["schema"]
    if not isinstance(schema, str) or not _PAYLOAD.fullmatch(schema):
        what = f"{quoted(schema)} is not iglu:{_VENDOR}/payload_data/jsonschema/1-0-*"
        raise RefusedError(of_protocol("schema", what))
    events = envelope["data"]
    if not isinstance(events, list) or not events:
        raise RefusedError(of_protocol("data", "must be an array of at least one event"))
    problems = [problem for n, event in enumerate(events) for problem in _envelope_problems(n, event)]
    if problems:
        raise RefusedError(*problems[:_MOST_PROBLEMS])
    return events


def _envelope_problems(position: int, event: object) -> Iterator[Problem]:
    where = f"data[{position}]"
    if not isinstance(event, dict):
        yield of_protocol(where, "must be an object")
        return
    for key in _REQUIRED:
        if key not in event:
            yield of_protocol(where, f"the required key {key!r} is missing")
    for key, value in event.items():
        if key not in FIELDS or not FIELDS[key].in_envelope:
            yield of_protocol(where, f"the key {quoted(key)} is not allowed by the payload schema")
        elif not isinstance(value, str):
            yield of_protocol(f"{where}.{key}", f"must be a string, not {type(value).__name__}")
