"""Bytes that say they are UTF-8, read as the pipeline reads them."""

from __future__ import annotations

import re

_HALF_PAIR = re.compile(rb"\xed[\xa0-\xbf][\x80-\xbf]")
"""Half a surrogate pair in three bytes, which no UTF-8 has."""


def read_utf8(octets: bytes) -> str:
    """The text; U+FFFD for each run of bytes that is none, and one for half a surrogate pair, as in Java."""
    try:
        return octets.decode()
    except UnicodeDecodeError:
        return _HALF_PAIR.sub(b"\xff", octets).decode("utf-8", "replace")
