"""JSON within bounds; and shapes as JSON and back, by msgspec or else by the standard library."""

from __future__ import annotations

import json
import re
from typing import Any

import msgspec

# before version 0.21 the errors of msgspec were no ValueErrors
_CANNOT = (UnicodeError, OverflowError, ValueError, TypeError, msgspec.MsgspecError)

MOST_DEPTH = 50
"""How deep objects and arrays of an event may be in each other, as in Enrich."""

_TEXTS = re.compile(r'"(?:[^"\\]++|\\.)*+"?', re.DOTALL)
_BRACKETS = re.compile(r"[\[\]{}]")


class TooDeepError(ValueError):
    """Objects and arrays are in each other deeper than is taken."""


def loaded(text: str | bytes, *, most_depth: int = MOST_DEPTH, **hooks: Any) -> Any:
    """What a JSON text of anybody's says; raises ValueError. ``hooks`` are those of ``json.loads``."""
    if isinstance(text, bytes):
        text = text.decode(json.detect_encoding(text), "surrogatepass")
    check_depth(text, most=most_depth)
    return json.loads(text, **hooks)


def check_depth(text: str, *, most: int = MOST_DEPTH) -> None:
    """Raise TooDeepError where a reader would go deeper than ``most`` objects and arrays.

    A reader that is let to its limit raises RecursionError, and so does all else that runs there: the
    collection of garbage comes at any moment, and what it ends is anybody's.
    """
    if text.count("{") + text.count("[") <= most:
        return
    depth = 0
    for bracket in _BRACKETS.finditer(_TEXTS.sub("", text)):
        depth += 1 if bracket[0] in "{[" else -1
        if depth > most:
            raise TooDeepError(f"objects and arrays are in each other more than {most} deep")


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
