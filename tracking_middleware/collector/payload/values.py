"""The text of a parameter as a column's value, by the rules of Snowplow's Enrich; all raise ValueError."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable
from typing import Any

from ...protocol.fields import Kind
from .decimals import read_decimal
from .problems import quoted
from .times import iso_of_milliseconds

_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_INTEGER = re.compile(r"[+-]?[0-9]{1,20}")
_SIZE = re.compile(r"([0-9]{1,20})x([0-9]{1,20})")
_INT32 = 2_147_483_647
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
    """Base64 in both alphabets, padded or not, of UTF-8."""
    standard = value.replace("-", "+").replace("_", "/").rstrip("=")
    try:
        return base64.b64decode(standard + "=" * (-len(standard) % 4), validate=True).decode()
    except (binascii.Error, ValueError):
        raise ValueError("is no base64 of UTF-8") from None


def _read_uuid(value: str) -> str:
    if not _UUID.fullmatch(value.lower()):
        raise ValueError(f"{quoted(value)} is no UUID")
    return value.lower()


def _read_integer(value: str) -> int | None:
    if value.lower() == "null":
        return None
    if not _INTEGER.fullmatch(value) or not -_INT32 - 1 <= int(value) <= _INT32:
        raise ValueError(f"{quoted(value)} is no 32-bit integer")
    return int(value)


def _read_flag(value: str) -> bool:
    if value not in {"0", "1"}:
        raise ValueError(f"{quoted(value)} is neither '1' nor '0'")
    return value == "1"


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
