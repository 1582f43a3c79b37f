"""Where ``/r/tp2?u=…`` leads to; pure."""

from __future__ import annotations

import re

from ..payload.query import query_pairs

_URI = re.compile(r"(?:[!#$&-;=?-Z\[\]_a-z~]|%[0-9A-Fa-f]{2})*+")
"""The characters of RFC 3986, so that it can stand in a header."""


class NoTargetError(ValueError):
    """There is nowhere to redirect to; the message says why."""


def target_of(query: str) -> str:
    """The ``u`` of a query string, of several the last; raises NoTargetError where it is empty or no URI."""
    target = dict(query_pairs(query)).get("u")
    if not target:
        raise NoTargetError("u, where the redirect leads to, is missing")
    match = _URI.match(target)
    end = match.end() if match else 0
    if end < len(target):
        raise NoTargetError(f"u is no URI: its character {end + 1}, {target[end]!a}, must be escaped")
    return target
