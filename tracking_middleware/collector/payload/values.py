"""The text of a parameter as a column's value, by the rules of Snowplow's Enrich; all raise ValueError."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from ...protocol.fields import Kind
from .decimals import read_decimal
from .octets import read_utf8
from .problems import quoted
from .times import iso_of_milliseconds

_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_INTEGER = re.compile(r"[+-]?[^\D\U00010000-\U0010ffff]{1,300}")  # digits of any script, as Java's
_SIZE = re.compile(r"([0-9]{1,20})x([0-9]{1,20})")
_INT32 = 2_147_483_647
_NO_BASE64 = re.compile(r"[^A-Za-z0-9+/_-]")
_TO_BASE64 = str.maketrans("-_", "+/")
_CONTROLS = dict.fromkeys((*range(0x20), 0x7F)) | {ord("\t"): "    "}


def read_text(value: str) -> str:
    """Tabs become four spaces, other control characters go (Enrich, ConversionUtils); all is Unicode."""
    return value if value.isprintable() else without_surrogates(value.translate(_CONTROLS))


def without_surrogates(text: str) -> str:
    """Halves of surrogate pairs, which JSON can hold and UTF-8 cannot, become question marks."""
    return text.encode("utf-8", "replace").decode()


def first_address(value: str) -> str:
    """Of several addresses the first."""
    return re.split(r"[,| ]", value.strip(), maxsplit=1)[0]


def decoded_base64(value: str) -> str:
    """Base64 in both alphabets up to the first ``=``, of UTF-8; other characters are passed over.

    So is a last one that is no whole byte, and what is no UTF-8 becomes U+FFFD (Enrich, by Apache Codec).
    """
    digits = value.partition("=")[0].translate(_TO_BASE64)
    if _NO_BASE64.search(digits):
        digits = _NO_BASE64.sub("", digits)
    whole = digits[:-1] if len(digits) % 4 == 1 else digits
    return read_utf8(base64.b64decode(whole + "=" * (-len(whole) % 4)))


def unread_base64(value: str) -> str:
    """What of a text ``decoded_base64`` passes over, to be said where the rest is wrong; else ``""``."""
    digits, _, rest = value.partition("=")
    if foreign := _NO_BASE64.search(digits):
        return f"; character {foreign.start() + 1} of its base64, {foreign[0]!r}, is passed over"
    if rest.strip("="):
        return f"; its base64 ends at the '=' that is character {len(digits) + 1}"
    return ""


def _read_uuid(value: str) -> str:
    lowered = value.lower()
    if not _UUID.fullmatch(lowered):
        raise ValueError(f"{quoted(value)} is no UUID")
    return lowered


# what comes again and again is kept; what is refused is not, and may be of any length
@lru_cache(maxsize=1024)
def _read_integer(value: str) -> int | None:
    if value.lower() == "null":
        return None
    if not _INTEGER.fullmatch(value) or not -_INT32 - 1 <= int(value) <= _INT32:
        raise ValueError(f"{quoted(value)} is no 32-bit integer")
    return int(value)


@lru_cache(maxsize=16)
def _read_flag(value: str) -> bool:
    if value not in {"0", "1"}:
        raise ValueError(f"{quoted(value)} is neither '1' nor '0'")
    return value == "1"


@lru_cache(maxsize=1024)
def _read_size(value: str) -> tuple[int, int]:
    match = _SIZE.fullmatch(value)
    if match is None or max(int(match[1]), int(match[2])) > _INT32:
        raise ValueError(f"{quoted(value)} is no size such as '1024x768'")
    return int(match[1]), int(match[2])


READERS: dict[Kind, Callable[[str], Any]] = {
    "text": read_text,
    "uuid": _read_uuid,
    "integer": _read_integer,
    "milliseconds": iso_of_milliseconds,
    "decimal": read_decimal,
    "flag": _read_flag,
    "size": _read_size,
    "json": str,
    "base64_json": decoded_base64,
}
