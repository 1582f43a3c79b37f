"""Where a good event's value is deliberately not what the pipeline's would be, in sentences; pure.

How such values come about stands in ``http.sender``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from ...addresses import list_entries, node_text

_TAKEN = re.compile('["[]{0,2}([0-9a-f.:]+)')
"""What the pipeline takes for an address, at the beginning of the header (Enrich, IpAddressExtractor)."""


def remarks(shape: Mapping[str, Any]) -> list[str]:
    """A sentence for each such value, which begins with the column's name."""
    event, request = shape.get("event"), shape.get("rawEvent")
    if not event or not request or "ip" in request["parameters"] or event["user_ipaddress"] == "unknown":
        return []
    headers = [line.partition(": ")[::2] for line in request["context"]["headers"]]
    return [f"user_ipaddress: {sentence}" for sentence in _of_address(headers)]


def _of_address(headers: list[tuple[str, str]]) -> Iterator[str]:
    found = dict(reversed(headers))  # the first of a name
    node = list_entries(found.get("x-forwarded-for", ""))[-1]
    if node_text(node.strip('"')):
        return
    if taken := _TAKEN.match(node.lower()):
        yield f"X-Forwarded-For begins with no address; the pipeline takes {taken[1][:20]!r} for one."
        return
    forwarded = found.get("forwarded", "")
    if "for=" in forwarded.lower() and not (
        headers[-1][0] == "forwarded" and forwarded.lower().startswith("for=")
    ):
        yield (
            "the pipeline reads Forwarded only where it is the last header, and for= is first in it; it has"
            " the connection's address here."
        )
