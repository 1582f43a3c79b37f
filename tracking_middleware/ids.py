"""Ids of events and pages: fresh ones, and those that follow from a key."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal
from enum import Enum
from itertools import chain
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from .errors import EventError

NewId = Callable[[], str]
"""Gives a random UUID in lower case (RFC 9562, version 4), another one each time."""

_VARIANT = {digit: "89ab"[int(digit, 16) % 4] for digit in "0123456789abcdef"}
_BYTES, _DIGITS = 16, 32
_LINE = b"xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx\n"
_PLACES = tuple(place for place, byte in enumerate(_LINE) if byte == ord("x"))
_VERSION_BYTES = bytes(byte & 0x0F | 0x40 for byte in range(256))
_VARIANT_BYTES = bytes(byte & 0x3F | 0x80 for byte in range(256))
DEEPEST_KEY = 50
"""Tuples within tuples."""


def new_uuid() -> str:
    """A random UUID in lower case (RFC 9562, version 4)."""
    return uuid_of_digits(os.urandom(16).hex())


def uuids_for(count: int) -> NewId:
    """A source for about so many ids, that are drawn at once: to be used now and not to be kept.

    A thread gives up the interpreter whenever it asks the operating system for random bytes. But a
    pool of them that outlived the moment would give the same ids to a forked child, and to both
    copies of a virtual machine.
    """
    drawn = bytearray(os.urandom(count * _BYTES))
    drawn[6::_BYTES] = drawn[6::_BYTES].translate(_VERSION_BYTES)
    drawn[8::_BYTES] = drawn[8::_BYTES].translate(_VARIANT_BYTES)
    digits, lines = drawn.hex().encode(), bytearray(_LINE * count)
    # each place of all ids at once, which takes a tenth of the time of one id after the other
    for number, place in enumerate(_PLACES):
        lines[place :: len(_LINE)] = digits[number::_DIGITS]
    return chain(lines.decode().split(), iter(new_uuid, "")).__next__


def uuid_of_digits(digits: str) -> str:
    """The UUID (RFC 9562, version 4) of 32 hexadecimal digits, which are random or look it."""
    variant = _VARIANT[digits[16]]
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-{variant}{digits[17:20]}-{digits[20:]}"


def uuid_of_key(app_id: str, key: Any) -> str:
    """The UUID (RFC 9562, version 5) of the event that an application knows by ``key``.

    ``key`` is text, a number, a UUID, a date, or a tuple of them, nested or not; a single value is the
    tuple of it. The derivation, for who wants the same id elsewhere: ``uuid5(uuid5(NAMESPACE_URL,
    "tracking_middleware:" + app_id), name)``, where ``name`` is the tuple as JSON without blanks and
    with non-ASCII characters as they are; UUIDs and decimals are their ``str``, dates and times ISO
    8601, enums their value. ``5`` and ``"5"`` are two keys. Raises EventError where the key is empty,
    or holds None, ``True`` or anything else.
    """
    parts = _key_part(key if isinstance(key, tuple | list) else (key,), 0)
    try:
        name = json.dumps(parts, ensure_ascii=False, separators=(",", ":"))
    except ValueError:  # Python itself writes no number of more than some thousands of digits
        raise EventError("the key holds a number of too many digits: give it as text") from None
    try:
        return str(uuid5(uuid5(NAMESPACE_URL, f"tracking_middleware:{app_id}"), name))
    except UnicodeEncodeError:
        raise EventError("the key holds a lone surrogate: give text that UTF-8 can carry") from None


def _key_part(part: Any, depth: int) -> object:
    if depth > DEEPEST_KEY:
        raise EventError(
            "the key is nested too deep, or holds itself: give text, or a tuple of what is unique"
        )
    if isinstance(part, Enum):
        return _key_part(part.value, depth + 1)
    if isinstance(part, UUID | Decimal):
        return str(part)
    if isinstance(part, date):
        return part.isoformat()
    if isinstance(part, str) and part:
        return str.__str__(part)
    if isinstance(part, int) and not isinstance(part, bool):  # True would be the key 1
        return int(part)
    if isinstance(part, Sequence) and part and not isinstance(part, str | bytes | bytearray):
        return [_key_part(item, depth + 1) for item in part]
    is_empty = not part and not isinstance(part, bool | float)
    what = "None" if part is None else f"an empty {type(part).__name__}" if is_empty else type(part).__name__
    raise EventError(
        f"the key holds {what}: give text, a number, a UUID, a date or a tuple of them, none of them empty"
    )
