"""What the page of gaps is asked for, from its URL; pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from ..insights.gaps import Asked
from ..payload.times import iso
from .view import View

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


def views_of(asked: Asked, now: datetime) -> View:
    """The page views, of servers and browsers, of the time and the app that is asked for."""
    since = (now - timedelta(days=asked.days)).replace(minute=0, second=0, microsecond=0)
    return View(event="page_view", app=asked.app or "", since=iso(since))
