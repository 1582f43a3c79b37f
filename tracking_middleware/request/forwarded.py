"""From forwarding headers to what each proxy wrote, the nearest proxy first. Pure.

The end of such a header is a proxy's, its beginning may be the visitor's: all is read from the right,
so that nothing in front changes what stands behind.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator

from ..settings.proxies import Address

_NAME = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
_PAIR = re.compile(rf'[ \t]*({_NAME})[ \t]*=[ \t]*(?:"((?:[^"\\]|\\.)*)"|([^\s",;]*))[ \t]*(?:[ \t;]*;|$)')
_ESCAPED = re.compile(r"\\(.)")
_PORT = r"(?::(?:[0-9]{1,5}|_[A-Za-z0-9._-]+))?"
_NODE = re.compile(
    rf"\[(?P<bracketed>[^\[\]]+)\]{_PORT}|(?P<plain>[0-9.]+){_PORT}|(?P<bare>[0-9A-Fa-f:.]+(?:%.*)?)"
)
_HOST = re.compile(
    r"(?P<name>\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*\.?)(?::(?P<port>[0-9]{1,5}))?"
)
_LONGEST_HOST = 255
_LONGEST = 4096
"""Characters at the end of a header that are read: some dozens of proxies. What is in front costs no time."""


def list_entries(value: str) -> list[str]:
    """The entries of a plain list, the last first; an empty one keeps its place."""
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


def node_address(node: str) -> Address | None:
    """The address of a node (RFC 7239, 6), without port and zone; ``None`` for ``unknown`` and the like."""
    match = _NODE.fullmatch(node)
    if match is None:
        return None
    address = parse_address(match["bracketed"] or match["plain"] or match["bare"])
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


def believable_scheme(text: str) -> str:
    """``http`` or ``https``; ``""`` where it is neither."""
    lowered = text.lower()
    return lowered if lowered in {"http", "https"} else ""


def believable_host(text: str) -> str:
    """A host, lower case, maybe with a port; ``""`` where it is none (RFC 3986, 3.2.2)."""
    match = _HOST.fullmatch(text)
    if match is None or len(match["name"]) > _LONGEST_HOST:
        return ""
    name = match["name"].lower()
    if name[0] == "[" and parse_address(name[1:-1]) is None:
        return ""
    if match["port"] is None:
        return name
    port = believable_port(match["port"])
    return f"{name}:{port}" if port else ""


def believable_port(text: str) -> str:
    """A port's number; ``""`` where it is none."""
    if not re.fullmatch("[0-9]{1,5}", text) or not 0 < int(text) <= 65_535:
        return ""
    return str(int(text))
