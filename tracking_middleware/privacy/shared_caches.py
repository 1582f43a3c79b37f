"""Whether a shared cache may keep a response, and with it what is one visitor's. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Literal

from ..headers import RawHeader, header_text

CacheAnswer = Literal["private", "mendable", "shared"]
"""Whether a shared cache may keep a response: it may not; nor may it once ``private`` is added; it may."""

_TARGETED = frozenset({"surrogate-control", "edge-control", "x-accel-expires"})
_TARGETED_SUFFIX = "-cache-control"
"""Headers that speak to one shared cache over the head of Cache-Control (RFC 9213 and vendors)."""

_SHORTEST_NAME = min(map(len, (*_TARGETED, "cache-control")))
_ENDS = frozenset(
    end
    for name in (*_TARGETED, "cache-control", _TARGETED_SUFFIX)
    for last in (name[-1], name[-1].upper())
    for end in (last, ord(last))
)
"""What their names end with, as text and as the numbers that bytes are."""

_DIRECTIVE = re.compile(r"([!#$%&'*+.^_`|~0-9A-Za-z-]+)(=[!#$%&'*+.^_`|~0-9A-Za-z-]+)?")
"""A directive whose value, if any, is not quoted (RFC 9111, 5.2)."""


def cache_answer(status: int, headers: Iterable[RawHeader]) -> CacheAnswer:
    """Whether a cookie or a per-visitor header may go onto a response: not where it is ``shared``.

    An allow-list, since caches differ in what they make of the rest: every line of Cache-Control has
    to say ``private``, or ``no-store`` (RFC 9111, 5.2.2), and none says anything to the contrary.
    """
    answers: list[CacheAnswer] = []
    for name, value in headers:
        if len(name) < _SHORTEST_NAME or name[-1] not in _ENDS:  # most are not worth decoding
            continue
        lowered = header_text(name).lower()
        if lowered == "cache-control":
            answers.append(_line_answer(header_text(value)))
        elif lowered in _TARGETED or lowered.endswith(_TARGETED_SUFFIX):
            return "shared"
    if "shared" in answers:
        return "shared"
    if "private" in answers:
        return "private"
    # a 304 refreshes what a shared cache has stored, under the rules of the answer it stored
    return "shared" if status == 304 else "mendable"


def _line_answer(line: str) -> CacheAnswer:
    """What one line of Cache-Control says; some caches read only one of several."""
    stripped = (part.strip(" \t") for part in line.split(","))
    directives = [part for part in stripped if part]  # empty ones are no error (RFC 9110, 5.6.1)
    if not all(map(_DIRECTIVE.fullmatch, directives)):  # some caches look for directives in quoted values
        return "shared"
    lowered = [directive.lower().partition("=") for directive in directives]
    bare = {name for name, sign, _ in lowered if not sign}
    valued = {name for name, sign, _ in lowered if sign}
    if {"public", "s-maxage"} & (bare | valued) or {"private", "no-store"} & valued:
        return "shared"
    if "private" in bare:  # some caches know it in lower case only
        return "private" if "private" in directives else "mendable"
    # a cache that implements must-understand ignores the no-store beside it (RFC 9111, 5.2.2.3)
    return "mendable" if "no-store" in bare and "must-understand" not in bare | valued else "shared"
