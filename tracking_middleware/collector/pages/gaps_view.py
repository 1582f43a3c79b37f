"""What the page of gaps is asked for, from its URL and back, and the form that asks; pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from ...journeys.reading.asked import Filter
from ..filtering.urls import parameters_of, read_filter
from ..insights.gaps import EVERYTHING, Asked
from .parts.controls import select, shared_fields
from .parts.html import Child, Element, tag
from .view import View

PATH, CSV = "/gaps", "/gaps.csv"
DAYS = (1, 7, 30)
WAITS = (0, 10, 60, 300)
"""Seconds that a browser has to report a page view."""
_DAYS, _WAIT = 7, 10
LEAD: tuple[Child, ...] = (
    tag("h1", "Gaps"),
    tag(
        "p",
        "Page views that your servers saw and the visitors' browsers did not report: blocked trackers, "
        "scripts that failed, pages that were left before they could.",
        class_="lead",
    ),
)
"""What the page is about."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GapsView:
    """What the URL says: ``days``, so many whole days before today and what there is of it, count where the
    filter says no days.
    """

    filter: Filter
    days: int = _DAYS
    wait: int = _WAIT

    @property
    def has_days(self) -> bool:
        """Whether the filter says days."""
        return self.filter.since is not None or self.filter.until is not None

    def asked(self, today: date) -> Asked:
        """What is to be counted."""
        if self.has_days:
            return Asked(wait=self.wait, filter=self.filter)
        since = today - timedelta(days=self.days)
        return Asked(wait=self.wait, filter=replace(self.filter, since=since))

    def url(self, *, path: str = PATH, **changes: Any) -> str:
        """The URL of this view, with changes."""
        view = replace(self, **changes)
        given = parameters_of(view.filter)
        if not view.has_days and view.days != _DAYS:
            given["days"] = str(view.days)
        if view.wait != _WAIT:
            given["wait"] = str(view.wait)
        return path + (f"?{urlencode(given)}" if given else "")


def read_gaps_view(parameters: Mapping[str, str]) -> GapsView:
    """What makes no sense is passed over."""
    days, wait = parameters.get("days", ""), parameters.get("wait", "")
    return GapsView(
        filter=read_filter(parameters),
        days=next((known for known in DAYS if days == str(known)), _DAYS),
        wait=next((known for known in WAITS if wait == str(known)), _WAIT),
    )


def said_of_articles(asked: Asked) -> list[str]:
    """What is to be known of a filter by author or subject."""
    if not (asked.filter.author or asked.filter.subject):
        return []
    return ["Page views count that carry an article of that author or subject, on either side."]


def views_of(asked: Asked) -> View:
    """The page views, of servers and browsers, that are looked at."""
    given = asked.filter
    return View(
        event="page_view",
        app=given.app,
        first_day=given.since,
        last_day=given.until,
        author=given.author,
        subject=given.subject,
    )


def gaps_form(
    view: GapsView, apps: Sequence[str], *, authors: Sequence[str], subjects: Sequence[str]
) -> Element:
    """What is measured."""
    waits = [(str(number), f"{number} s" if number else "none") for number in WAITS]
    given = view.filter
    return tag(
        "form",
        shared_fields(given, apps=apps, authors=authors, subjects=subjects),
        select("wait", "Time to report", waits, str(view.wait)),
        None if view.has_days else tag("input", type="hidden", name="days", value=view.days),
        tag("button", "Apply", class_="apply"),
        tag("a", "Clear", href=view.url(filter=EVERYTHING), class_="button") if given != EVERYTHING else None,
        action=PATH,
        method="get",
        class_="filters",
        id="filters",
        aria_label="What is measured",
    )


def presets(view: GapsView) -> Element:
    """The days that count, in a word, where the filter says none."""
    everyday = replace(view.filter, since=None, until=None)
    links = (
        tag(
            "a",
            f"{number} days" if number > 1 else "1 day",
            href=view.url(filter=everyday, days=number),
            aria_current="true" if view.days == number and not view.has_days else None,
        )
        for number in DAYS
    )
    return tag("p", "Today, and before it: ", [(link, " ") for link in links], class_="note presets")


def as_file(view: GapsView) -> Element:
    """All shares for a spreadsheet."""
    return tag("p", tag("a", "CSV", href=view.url(path=CSV), class_="button", download=True), class_="foot")
