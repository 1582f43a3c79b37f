"""Ids of events and pages: fresh ones, and those that follow from a key."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from enum import Enum
from operator import itemgetter
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from .errors import EventError

_split = itemgetter(slice(8), slice(8, 12), slice(13, 16), 16, slice(17, 20), slice(20, 32))
_VARIANT = {digit: "89ab"[int(digit, 16) % 4] for digit in "0123456789abcdef"}


def new_uuid() -> str:
    """A random UUID in lower case (RFC 9562, version 4).

    Each is drawn from the operating system's own source: there is no pool of random bytes that a
    forked child, or a copy of a virtual machine, would share.
    """
    low, mid, high, variant, sequence, node = _split(os.urandom(16).hex())
    return f"{low}-{mid}-4{high}-{_VARIANT[variant]}{sequence}-{node}"


def uuid_of_key(app_id: str, key: Any) -> str:
    """The UUID (RFC 9562, version 5) of the event that an application knows by ``key``.

    ``key`` is text, a number, a UUID, a date, or a tuple of them, nested or not; a single value is the
    tuple of it. The derivation, for who wants the same id elsewhere: ``uuid5(uuid5(NAMESPACE_URL,
    "tracking_middleware:" + app_id), name)``, where ``name`` is the tuple as JSON without blanks and
    with non-ASCII characters as they are; UUIDs and decimals are their ``str``, dates and times ISO
    8601, enums their value. ``5`` and ``"5"`` are two keys. Raises EventError where the key is empty,
    or holds None or anything else.
    """
    parts = _key_part(key if isinstance(key, tuple | list) else (key,))
    name = json.dumps(parts, ensure_ascii=False, separators=(",", ":"))
    try:
        return str(uuid5(uuid5(NAMESPACE_URL, f"tracking_middleware:{app_id}"), name))
    except UnicodeEncodeError:
        raise EventError("the key holds a lone surrogate: give text that UTF-8 can carry") from None


def _key_part(part: Any) -> object:
    if isinstance(part, Enum):
        return _key_part(part.value)
    if isinstance(part, UUID | Decimal):
        return str(part)
    if isinstance(part, date):
        return part.isoformat()
    if isinstance(part, str) and part:
        return str.__str__(part)
    if isinstance(part, int):
        return int(part)
    if isinstance(part, Sequence) and part and not isinstance(part, str | bytes | bytearray):
        return [_key_part(item) for item in part]
    what = "None" if part is None else f"an empty {type(part).__name__}" if not part else type(part).__name__
    raise EventError(
        f"the key holds {what}: give text, a number, a UUID, a date or a tuple of them, none of them empty"
    )
