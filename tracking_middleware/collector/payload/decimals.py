"""Decimal numbers, which are money, with just the digits that were sent.

The text is what Java's ``BigDecimal`` takes, as in Enrich: digits of any script, and no space. It keeps the
zeros at its end; what has an exponent above zero is written out.
"""

from __future__ import annotations

import re
from decimal import Decimal

from .problems import quoted

Number = int | float | Decimal

_MOST_DIGITS = 1000
"""Of a number that is written out; the pipeline has no bound, and would run out of memory."""
_DECIMAL = re.compile(r"([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d{1,10}))?")
_LAST_UNIT = 0xFFFF
_INT32 = 2**31


def read_decimal(value: str) -> Number | None:
    """The text of a parameter; the word ``null`` is none. Raises ValueError."""
    if value.lower() == "null":
        return None
    match = _DECIMAL.fullmatch(value) if len(value) <= 2 * _MOST_DIGITS else None
    # beyond the first 65,536 of Unicode a character is two of Java's, and neither is a digit
    if match is None or not (match[2] or match[3]) or any(ord(character) > _LAST_UNIT for character in value):
        raise ValueError(f"{quoted(value)} is no decimal number")
    exponent = int(match[4] or 0)
    digits = (match[2] + (match[3] or "")).lstrip("0")
    if not -_INT32 < len(match[3] or "") - exponent < _INT32:
        raise ValueError(f"{quoted(value)} is no decimal number: its exponent is out of all bounds")
    if digits and len(digits) + max(0, exponent) > _MOST_DIGITS:
        raise ValueError(f"{quoted(value)} has more than {_MOST_DIGITS} digits")
    return number_of(_text_of(value))


def _text_of(value: str) -> str:
    """As ``BigDecimal`` writes it, once it has no scale below zero."""
    number = Decimal(value)
    if not number:  # of which there is none below zero
        number = number.copy_abs()
    _, _, exponent = number.as_tuple()
    is_written_out = isinstance(exponent, int) and exponent > 0
    return str(int(number) if number else 0) if is_written_out else str(number)


def number_of(text: str) -> Number:
    """A number as JSON writes it: a float only where it is written with the very same digits."""
    if text.lstrip("+-").isdecimal():
        return int(text)
    number = float(text)
    # with a small e it is a float of an entity: no decimal is written so
    return number if "e" in text or repr(number) == text else Decimal(text)
