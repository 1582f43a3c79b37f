"""What a field's values may be, beside their type: ``Annotated[str, MaxLength(200)]``.

The schema of a class says it (``tracking-middleware schema export``), so that warehouses know how wide a
column is; nothing is checked when a value is made. What annotated-types, msgspec's ``Meta`` and pydantic's
fields say is read as well.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ..errors import EntityError

FORMATS = frozenset(
    {
        *("date-time", "date", "time", "duration", "uuid", "email", "hostname", "ipv4", "ipv6", "uri"),
        *("ip-address", "color", "style", "phone", "alpha", "alphanumeric", "utc-millisec"),
    }
)
"""The formats that Snowplow's validator looks at (networknt 1.0.76)."""

Limit = tuple[str, Any]
"""One word of a mark, as annotated-types names it, and its value."""

_WORDS = ("min_length", "max_length", "ge", "gt", "le", "lt", "multiple_of", "pattern")


@dataclass(frozen=True, slots=True)
class MaxLength:
    """So many characters of a text, or items of a list or a dict, at the most; raises EntityError."""

    max_length: int

    def __post_init__(self) -> None:
        _check_length(self, self.max_length)


@dataclass(frozen=True, slots=True)
class MinLength:
    """So many characters of a text, or items of a list or a dict, at the least; raises EntityError."""

    min_length: int

    def __post_init__(self) -> None:
        _check_length(self, self.min_length)


@dataclass(frozen=True, slots=True)
class Minimum:
    """The least that a number may be; raises EntityError."""

    ge: Any

    def __post_init__(self) -> None:
        _check_number(self, self.ge)


@dataclass(frozen=True, slots=True)
class Maximum:
    """The most that a number may be; raises EntityError."""

    le: Any

    def __post_init__(self) -> None:
        _check_number(self, self.le)


@dataclass(frozen=True, slots=True)
class Pattern:
    """A regular expression that is found in a text (``^`` and ``$`` for all of it); raises EntityError."""

    pattern: str

    def __post_init__(self) -> None:
        try:
            re.compile(self.pattern)
        except (re.error, TypeError, OverflowError, RecursionError) as error:
            raise EntityError(f"{self!r} is no regular expression: {error}") from None


@dataclass(frozen=True, slots=True)
class Format:
    """A format of JSON Schema that a text has: ``Format("email")``; raises EntityError."""

    name: str

    def __post_init__(self) -> None:
        if self.name not in FORMATS:
            raise EntityError(
                f"{self!r} is no format that is looked at: give one of {', '.join(sorted(FORMATS))}"
            )


@dataclass(frozen=True, slots=True, eq=False)
class JsonSchema:
    """The whole schema of a field, in the words of JSON Schema draft 4, where no annotation says it."""

    schema: Mapping[str, Any]


MARKS = (MaxLength, MinLength, Minimum, Maximum, Pattern, Format, JsonSchema)


def limits_of(mark: Any) -> Iterator[Limit]:
    """What a mark in ``Annotated`` says; nothing where it is about something else.

    Raises TypeError where it is one of ours that was not made.
    """
    if isinstance(mark, type):
        if mark in MARKS:
            raise TypeError(f"{mark.__name__} stands there without its value: write it as {mark.__name__}(…)")
        return
    if isinstance(mark, Format):
        yield "format", mark.name
    for word in _WORDS:
        value = getattr(mark, word, None)
        if isinstance(value, re.Pattern):
            value = value.pattern
        if value is not None and not callable(value):
            yield word, value
    within = getattr(mark, "metadata", None)  # of pydantic's Field
    for part in within if isinstance(within, list | tuple) else ():
        yield from limits_of(part)


def _check_length(mark: object, length: object) -> None:
    if not isinstance(length, int) or isinstance(length, bool) or length < 0:
        raise EntityError(f"{mark!r} is no length: give a whole number from 0 on")


def _check_number(mark: object, number: Any) -> None:
    try:
        is_finite = not isinstance(number, bool | str) and math.isfinite(number)
    except (TypeError, ValueError, OverflowError):
        is_finite = False
    if not is_finite:
        raise EntityError(f"{mark!r} is no bound of numbers: give a finite number")
