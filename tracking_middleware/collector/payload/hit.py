"""One HTTP request that a tracker made, and the events in it, not yet understood."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from .envelope import events_in
from .problems import RefusedError, of_adapter, of_collector, of_protocol, quoted
from .query import query_pairs

_CONTENT_TYPES = frozenset({"application/json", "application/json;charset=utf-8"})
_VENDOR = "com.snowplowanalytics.snowplow"
_VERSIONS = frozenset({"tp1", "tp2"})
_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """A request as the collector records it; ``timestamp`` is the receipt, ISO 8601 in UTC.

    ``body`` is None where the method has none. ``network_userid`` is the collector's own id of the browser,
    ``address`` the peer's or the first of X-Forwarded-For, ``unknown`` where the tracker asked for anonymity.
    """

    vendor: str
    version: str
    query: str
    body: str | None
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
            "body": self.body,
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


def sender_of(shown: Mapping[str, Any]) -> Hit:
    """The request that a ``rawEvent`` or a ``collectorPayload`` is of, without what was sent in it."""
    context = shown["context"]
    return Hit(
        vendor=shown["api"]["vendor"],
        version=shown["api"]["version"],
        query="",
        body=None,
        content_type=shown["contentType"],
        timestamp=context["timestamp"],
        address=context["ipAddress"],
        useragent=context["useragent"],
        referer=context["refererUri"],
        hostname=shown["source"]["hostname"],
        network_userid=context["userId"],
        headers=tuple(context["headers"]),
    )


def parameters_of(hit: Hit) -> list[dict[str, str]]:
    """The events of a request, each as its parameters; raises RefusedError where it has none to read.

    A query string on a POST holds for each of its events and wins over the body (Enrich, Tp2Adapter); a name
    without a value in it takes the body's away. ``tp1`` reads the query string only.
    """
    if not _UUID.fullmatch(hit.network_userid):
        raise RefusedError(of_collector("networkUserId", _no_uuid(hit.network_userid)))
    if hit.vendor != _VENDOR or hit.version not in _VERSIONS:
        raise RefusedError(of_adapter(f"there is no adapter for the path /{hit.vendor}/{hit.version}"))
    query = dict(query_pairs(hit.query))
    if hit.body is None or hit.version == "tp1":
        if not query:
            raise RefusedError(of_protocol("", "the request has neither a query string nor a body"))
        return [_given(query)]
    if hit.content_type is None or hit.content_type.lower().replace(" ", "") not in _CONTENT_TYPES:
        what = f"Content-Type {quoted(hit.content_type)} is none of {sorted(_CONTENT_TYPES)}"
        raise RefusedError(of_protocol("", what))
    if not hit.body:
        raise RefusedError(of_protocol("", "the request is a POST with an empty body"))
    return [_given({**event, **query}) for event in events_in(hit.body)]


def _given(parameters: Mapping[str, str | None]) -> dict[str, str]:
    return {name: value for name, value in parameters.items() if value is not None}


def _no_uuid(given: str) -> str:
    return (
        f"{quoted(given)} is no UUID, so that the pipeline refuses the whole request: it came as nuid in the"
        " query string, or as the cookie sp, which may be of another site on this host; the cookie is a new"
        " one from now on"
    )
