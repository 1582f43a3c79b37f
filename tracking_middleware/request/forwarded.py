"""What may be believed of the scheme, host and port that a forwarding header names. Pure."""

from __future__ import annotations

import re
from functools import lru_cache

from ..addresses import parse_address

_HOST = re.compile(
    r"(?P<name>\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*\.?)(?::(?P<port>[0-9]{1,5}))?"
)
_LONGEST_HOST = 255


def believable_scheme(text: str) -> str:
    """``http`` or ``https``; ``""`` where it is neither."""
    if text == "https":
        return text
    lowered = text.lower()
    return lowered if lowered in {"http", "https"} else ""


def believable_host(text: str) -> str:
    """A host, lower case, maybe with a port; ``""`` where it is none (RFC 3986, 3.2.2)."""
    return _known_host(text) if len(text) <= _LONGEST_HOST else _believable_host(text)


def _believable_host(text: str) -> str:
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


_known_host = lru_cache(maxsize=256)(_believable_host)
"""A proxy names the same few hosts again and again; what a visitor may choose takes a bounded room."""


def believable_port(text: str) -> str:
    """A port's number; ``""`` where it is none."""
    if not re.fullmatch("[0-9]{1,5}", text) or not 0 < int(text) <= 65_535:
        return ""
    return str(int(text))
