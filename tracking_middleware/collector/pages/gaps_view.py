"""What the page of gaps is asked for, from its URL; pure."""

from __future__ import annotations

from collections.abc import Mapping

from ..insights.gaps import Asked

DAYS = (1, 7, 30)
WAITS = (0, 10, 60, 300)
"""Seconds that a browser has to report a page view."""


def read_gaps_view(parameters: Mapping[str, str]) -> Asked:
    """What makes no sense is passed over."""
    days, wait = parameters.get("days", ""), parameters.get("wait", "")
    app = parameters.get("app", "")[:512].encode("utf-8", "replace").decode()
    return Asked(
        days=next((known for known in DAYS if days == str(known)), 7),
        wait=next((known for known in WAITS if wait == str(known)), 10),
        app=app or None,
    )
