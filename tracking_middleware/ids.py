"""Fresh ids of events and pages."""

from __future__ import annotations

import os
from collections.abc import Callable

NewId = Callable[[], str]
"""Gives a random UUID in lower case (RFC 9562, version 4), another one each time."""

_VARIANT = {digit: "89ab"[int(digit, 16) % 4] for digit in "0123456789abcdef"}
_DIGITS = 32


def new_uuid() -> str:
    """A random UUID in lower case (RFC 9562, version 4)."""
    return _uuid(os.urandom(16).hex())


def uuids_for(count: int) -> NewId:
    """A source for about so many ids, that are drawn at once: to be used now and not to be kept.

    A thread gives up the interpreter whenever it asks the operating system for random bytes. But a
    pool of them that outlived the moment would give the same ids to a forked child, and to both
    copies of a virtual machine.
    """
    digits = os.urandom(count * _DIGITS // 2).hex()
    position = 0

    def new_id() -> str:
        nonlocal position
        start, position = position, position + _DIGITS
        return _uuid(digits[start:position]) if position <= len(digits) else new_uuid()

    return new_id


def _uuid(digits: str) -> str:
    variant = _VARIANT[digits[16]]
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-{variant}{digits[17:20]}-{digits[20:]}"
