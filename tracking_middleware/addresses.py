"""Addresses as forwarding headers write them: lists, elements and nodes, the nearest proxy's first. Pure.

The end of such a header is a proxy's, its beginning may be the visitor's: all is read from the right,
so that nothing in front changes what stands behind.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator
from functools import lru_cache

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

_NAME = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
_PAIR = re.compile(rf'[ \t]*({_NAME})[ \t]*=[ \t]*(?:"((?:[^"\\]|\\.)*)"|([^\s",;]*))[ \t]*(?:[ \t;]*;|$)')
_ESCAPED = re.compile(r"\\(.)")
_PORT = r"(?::(?:[0-9]{1,5}|_[A-Za-z0-9._-]+))?"
_NODE = re.compile(
    rf"\[(?P<bracketed>[^\[\]]+)\]{_PORT}|(?P<plain>[0-9.]+){_PORT}|(?P<bare>[0-9A-Fa-f:.]+(?:%.*)?)"
)
_LONGEST = 4096
"""Characters at the end of a header that are read: some dozens of proxies. What is in front costs no time."""


def list_entries(value: str) -> list[str]:
    """The entries of a plain list, the last first; an empty one keeps its place."""
    if "," not in value and len(value) <= _LONGEST:
        return [value.strip()]
    entries = [entry.strip() for entry in reversed(value[-_LONGEST:].split(","))]
    if len(value) > _LONGEST:  # whoever wrote so much did not write the end of it
        entries[-1] = ""
    return entries


def forwarded_elements(value: str) -> list[dict[str, str]]:
    """The elements of ``Forwarded`` (RFC 7239, 4), the last first: parameters by name, lower case.

    An element that breaks the grammar, or has a parameter twice, says nothing and keeps its place.
    """
    elements = [_parameters(element) for element in _elements(value[-_LONGEST:])]
    if len(value) > _LONGEST:
        elements[-1] = {}
    return elements


def _elements(value: str) -> Iterator[str]:
    end = len(value)
    is_quoted = False
    for index in range(end - 1, -1, -1):
        character = value[index]
        if character == '"' and not _is_escaped(value, index):
            is_quoted = not is_quoted
        elif character == "," and not is_quoted:
            yield value[index + 1 : end]
            end = index
    yield value[:end]


def _is_escaped(value: str, index: int) -> bool:
    start = index
    while start > 0 and value[start - 1] == "\\":
        start -= 1
    return (index - start) % 2 == 1


def _parameters(element: str) -> dict[str, str]:
    parameters: dict[str, str] = {}
    element = element.strip(" \t;")
    position = 0
    while position < len(element):
        match = _PAIR.match(element, position)
        if match is None or match[1].lower() in parameters:
            return {}
        quoted = match[2]
        parameters[match[1].lower()] = match[3] if quoted is None else _ESCAPED.sub(r"\1", quoted)
        position = match.end()
    return parameters


def node_text(node: str) -> str:
    """The address of a node (RFC 7239, 6) as written, without port and zone; ``""`` where it is none."""
    match = _NODE.fullmatch(node)
    if match is None:
        return ""
    text = (match["bracketed"] or match["plain"] or match["bare"]).partition("%")[0]
    return "" if parse_address(text) is None else text


def node_address(node: str) -> Address | None:
    """The address of a node that somebody can have; ``None`` for ``unknown`` and the like."""
    address = parse_address(node_text(node))
    return None if address is None or address.is_unspecified or address.is_multicast else address


def parse_address(text: str) -> Address | None:
    """An address without its IPv6 zone, IPv4 where that is mapped; ``None`` where it is none."""
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
        return address.ipv4_mapped
    return address


_OCTETS = frozenset(map(str, range(256)))
"""The parts of an IPv4 address as ``ipaddress`` would write them itself."""


def is_plain_ipv4(text: str) -> bool:
    """Whether a text is an IPv4 address as ``ipaddress`` would write it itself."""
    octets = text.split(".")
    return len(octets) == 4 and _OCTETS.issuperset(octets)


def client_address(peer: str, *, is_forwarded: bool) -> str:
    """The visitor's address from the connection's ``peer``; ``""`` where it would be somebody else's.

    Forwarding headers from a peer in a private network are the mark of a proxy: the peer's address is
    then the proxy's and is left out.
    """
    if not peer:
        return ""
    if is_forwarded:
        return _forwarders_address(peer)
    if is_plain_ipv4(peer):
        return peer
    address = parse_address(peer)
    return "" if address is None else str(address)


def anonymized(address: str) -> str:
    """An address without its end: the first 24 bits of IPv4, 48 of IPv6; ``""`` where it is none."""
    parsed = parse_address(address)
    if parsed is None:
        return ""
    length = 24
    if isinstance(parsed, ipaddress.IPv6Address):
        # 6to4 has a whole IPv4 address in its first 48 bits
        length = 48 if parsed.sixtofour is None else 16 + 24
    return str(ipaddress.ip_network((parsed, length), strict=False).network_address)


@lru_cache(maxsize=64)
def _forwarders_address(peer: str) -> str:
    address = parse_address(peer)
    return "" if address is None or address.is_private else str(address)
