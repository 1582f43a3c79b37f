"""For how long what was fetched holds, by the answer's own word (RFC 9111, 4.2). Pure."""

from __future__ import annotations

import re
from email.message import Message
from email.utils import parsedate_to_datetime

OTHERWISE = 3600.0
"""Seconds, where the answer does not say."""
SHORTEST = 300.0
LONGEST = 86_400.0
"""Bounds of what an answer may say: of no operator is asked more often, and each once a day."""

_DIRECTIVE = re.compile(r'([a-z-]+)(?:="?([^",]*)"?)?')


def lifetime_of(headers: Message) -> float:
    """Seconds, by ``Cache-Control``, else ``Expires``, less ``Age``; within bounds.

    What may not be kept is kept for ``SHORTEST``.
    """
    said = _said(headers)
    return OTHERWISE if said is None else min(max(said, SHORTEST), LONGEST)


def _said(headers: Message) -> float | None:
    control = ",".join(headers.get_all("Cache-Control", []))
    directives = dict(_DIRECTIVE.findall(control.lower()))
    if not directives.keys().isdisjoint({"no-store", "no-cache"}):
        return 0.0
    age = _seconds(headers.get("Age") or "") or 0.0
    if "max-age" in directives:
        return (_seconds(directives["max-age"]) or 0.0) - age
    if (expires := headers.get("Expires")) is None:
        return None
    until, since = _moment(expires), _moment(headers.get("Date") or "")
    return None if until is not None and since is None else (until or 0.0) - (since or 0.0) - age


def _seconds(text: str) -> float | None:
    text = text.strip()
    return float(text[:12]) if text.isascii() and text.isdecimal() else None


def _moment(text: str) -> float | None:
    try:
        return parsedate_to_datetime(text).timestamp()
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
