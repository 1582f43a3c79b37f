"""The filters that pages share, from the URL and back; pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from urllib.parse import urlencode

from ...journeys.reading.asked import Filter

SHARED = ("app", "from", "to", "author", "subject")
"""Their names in the URL."""
_LONGEST = 512


def read_filter(parameters: Mapping[str, str]) -> Filter:
    """What a URL asks for; ``problems_of`` says what of it makes no sense, and is passed over."""
    return Filter(
        app=plain_text(parameters.get("app", "")),
        since=_day(parameters.get("from", "")),
        until=_day(parameters.get("to", "")),
        author=plain_text(parameters.get("author", "")),
        subject=plain_text(parameters.get("subject", "")),
    )


def parameters_of(given: Filter) -> dict[str, str]:
    """What the URL says of a filter."""
    values = (given.app, given.since, given.until, given.author, given.subject)
    return {name: str(value) for name, value in zip(SHARED, values, strict=True) if value}


def exports_of(given: Filter) -> str:
    """The query string of the exports of what a filter passes, with its question mark."""
    found = {"app_id" if name == "app" else name: value for name, value in parameters_of(given).items()}
    return f"?{urlencode(found)}" if found else ""


def problems_of(parameters: Mapping[str, str]) -> list[str]:
    """A sentence for each day that is none, and one for days that end before they begin."""
    given = read_filter(parameters)
    found = [
        f"“{plain_text(text)}” is no day, so “{name}” is passed over: write it as 2026-11-29."
        for name in ("from", "to")
        if (text := parameters.get(name, "")) and _day(text) is None
    ]
    if given.since and given.until and given.since > given.until:
        found.append(f"No day is from {given.since} to {given.until}: the first is after the last.")
    return found


def plain_text(text: str) -> str:
    """At most so long, and nothing that cannot be asked for or written."""
    return text[:_LONGEST].encode("utf-8", "replace").decode().replace("\0", "")


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
