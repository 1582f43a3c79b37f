"""What the page of gaps is asked for, from its URL; pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

DAYS = (1, 7, 30)
WAITS = (0, 10, 60, 300)
"""Seconds that a browser has to report a page view."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GapsView:
    """The last ``days``, page views older than ``wait`` seconds, of one app or all."""

    days: int = 7
    wait: int = 10
    app: str | None = None


def read_gaps_view(parameters: Mapping[str, str]) -> GapsView:
    """What makes no sense is passed over."""
    days, wait = parameters.get("days", ""), parameters.get("wait", "")
    app = parameters.get("app", "")[:512].encode("utf-8", "replace").decode()
    return GapsView(
        days=next((known for known in DAYS if days == str(known)), 7),
        wait=next((known for known in WAITS if wait == str(known)), 10),
        app=app or None,
    )
