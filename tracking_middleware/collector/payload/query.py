"""The parameters of a query string, as Enrich's reader takes them apart (Apache HttpClient)."""

from __future__ import annotations

import re
from collections.abc import Callable

from .octets import read_utf8

_BETWEEN = re.compile("[&;]")
_ESCAPE = re.compile("%([0-9A-Fa-f]{2})")


def _utf8(text: str) -> bytes:
    return text.encode("utf-8", "replace")


def query_pairs(query: str, *, octets: Callable[[str], bytes] = _utf8) -> list[tuple[str, str | None]]:
    """Names and values in their order, parted by ``&`` or ``;``; a name without a ``=`` has no value.

    A ``%`` that escapes nothing stays; bytes that are no UTF-8 become U+FFFD. ``octets`` says which
    bytes a character is that stands there unescaped.
    """
    pairs = (part.partition("=") for part in _BETWEEN.split(query))
    return [
        (_decoded(name, octets), _decoded(value, octets) if equals else None)
        for name, equals, value in pairs
        if name
    ]


def _decoded(text: str, octets: Callable[[str], bytes]) -> str:
    if "%" not in text and text.isascii():
        return text.replace("+", " ")
    parts = _ESCAPE.split(text.replace("+", " "))
    read = b"".join(bytes.fromhex(part) if place % 2 else octets(part) for place, part in enumerate(parts))
    return read_utf8(read)
