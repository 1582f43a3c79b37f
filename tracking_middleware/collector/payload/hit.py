"""One HTTP request that a tracker made, not yet understood."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from .query import query_pairs


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
