"""JSON within bounds; and shapes as JSON and back, by msgspec or else by the standard library."""

from __future__ import annotations

import json
import re
import secrets
from decimal import Decimal
from typing import Any

import msgspec

from .decimals import number_of

# before version 0.21 the errors of msgspec were no ValueErrors
CANNOT = (UnicodeError, OverflowError, ValueError, TypeError, msgspec.MsgspecError)
"""What msgspec raises for a text or a value that the standard library may yet take."""

MOST_DEPTH = 49
"""How deep objects and arrays of an event may be in each other: Enrich takes fewer than 50."""

_ENCODER = msgspec.json.Encoder(decimal_format="number")
_DECODER = msgspec.json.Decoder(float_hook=number_of)
_MARK = secrets.token_hex(16)
"""Nothing that is sent begins with it: it is another in each process."""
_MARKED = re.compile(rf'"{_MARK}([^"]*)"')

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


def encoded(value: Any, **options: Any) -> str:
    """JSON, with decimals as numbers.

    Half a surrogate pair, which a visitor may send, is an escape as it was. ``options`` are those of
    ``json.dumps``.
    """
    try:
        if not options:
            return _ENCODER.encode(value).decode()
    except CANNOT:
        pass
    text = json.dumps(value, default=_marked, **options)
    return _MARKED.sub(r"\1", text) if _MARK in text else text


def decoded(text: str) -> Any:
    """What a JSON text says; a number that no float writes with the same digits is a Decimal."""
    try:
        return _DECODER.decode(text)
    except CANNOT:
        return json.loads(text, parse_float=number_of)


def _marked(value: object) -> str:
    """Of what ``json.dumps`` does not know, a decimal as a text that becomes a number."""
    if isinstance(value, Decimal):
        return f"{_MARK}{value}"
    raise TypeError(f"{type(value).__name__} is nothing of JSON")
