"""Who sent a request, by its headers and its connection. Pure.

The collector believes everybody, as the pipeline does: it stands on a laptop, and forwarding headers are
how a test says where a visitor is.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ...addresses import forwarded_elements, list_entries, node_text


def sender_address(headers: Mapping[str, str], peer: str | None) -> str | None:
    """The address of the visitor: the first that a proxy wrote, else the connection's.

    Of ``X-Forwarded-For``, else of ``Forwarded``; what is no address says nothing, as in the pipeline
    (Enrich, IpAddressExtractor). Without port, brackets and zone, in lower case.
    """
    if "x-forwarded-for" not in headers and "forwarded" not in headers:
        return peer
    chain = list_entries(headers.get("x-forwarded-for", ""))
    elements = forwarded_elements(headers.get("forwarded", ""))
    for node in (chain[-1].strip('"'), elements[-1].get("for", "")):
        if address := node_text(node):
            return address.lower()
    return peer


def first_cookie(lines: Iterable[str], name: str) -> str | None:
    """The value of the first cookie of a name, in any of the Cookie headers; None without one."""
    for line in lines:
        for pair in line.split(";"):
            given, is_pair, value = pair.strip().partition("=")
            if is_pair and given == name:
                return value
    return None
