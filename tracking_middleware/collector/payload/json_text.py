"""Shapes as JSON and back: by msgspec, and what that cannot do by the standard library."""

from __future__ import annotations

import json
from typing import Any

import msgspec

# before version 0.21 the errors of msgspec were no ValueErrors
_CANNOT = (UnicodeError, OverflowError, ValueError, TypeError, msgspec.MsgspecError)


def encoded(value: Any) -> str:
    """JSON; half a surrogate pair, which a visitor may send, is an escape as it was."""
    try:
        return msgspec.json.encode(value).decode()
    except _CANNOT:
        return json.dumps(value)


def decoded(text: str) -> Any:
    """What a JSON text says."""
    try:
        return msgspec.json.decode(text)
    except _CANNOT:
        return json.loads(text)
