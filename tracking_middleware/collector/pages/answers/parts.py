"""What the pages of answers share: the form of filters, a line of time by day, figures; pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, timedelta

from ...insights.asking import Made
from ...payload.times import iso
from ..parts.chart import time_chart
from ..parts.controls import remarks, shared_fields
from ..parts.frame import being_made, empty, moment
from ..parts.html import Child, Element, tag
from ..parts.scale import Colour, Series, day_edges
from .asked import EVERYTHING, Asked
from .fields import Shown
from .tables import MOST_SHOWN, Column, Row, sortable

_MOST_DAYS = 400
"""Of a line of time, the newest."""


@dataclass(frozen=True, slots=True)
class Place:
    """A page: its path, its tab's where that is another, that of its file of comma-separated values, and its
    script."""

    path: str
    title: str
    tab: str = ""
    file: str = ""
    script: str = "page.js"

    @property
    def csv(self) -> str:
        """Where the same is as comma-separated values."""
        return self.file or f"{self.path}.csv"


def filters(
    asked: Asked, shown: Shown, place: Place, *choices: Element, hidden: Mapping[str, str]
) -> tuple[Child, ...]:
    """The form of the filters that all pages share, and of what is this page's own; what it cannot do."""
    given = asked.filter
    form = tag(
        "form",
        choices,
        shared_fields(
            given,
            apps=shown.choices.apps,
            authors=shown.choices.authors,
            subjects=shown.choices.subjects,
        ),
        (tag("input", type="hidden", name=name, value=value) for name, value in hidden.items() if value),
        tag("button", "Apply", class_="apply"),
        tag("a", "Clear", href=asked.url(place.path, filter=EVERYTHING), class_="button")
        if asked.is_filtered
        else None,
        action=place.path,
        method="get",
        class_="filters",
        id="filters",
        aria_label="What is counted",
    )
    return form, remarks(asked.problems)


def days_chart(
    name: str, days: Mapping[date, Sequence[int]], names: Sequence[tuple[str, Colour]], *, zone: str
) -> Element | None:
    """Numbers by day, a line each; days between without any are 0. None where there are no days.

    There is no sum of the days: who came on two of them is one person.
    """
    if not days:
        return None
    last = max(days)
    first = max(min(days), last - timedelta(days=_MOST_DAYS - 1))
    nothing = [0] * len(names)
    there = [days.get(first + timedelta(days=n), nothing) for n in range((last - first).days + 1)]
    series = [
        Series(name=each, values=[day[place] for day in there], colour=colour)
        for place, (each, colour) in enumerate(names)
    ]
    marks = (
        tag("li", tag("span", class_="mark", aria_hidden="true"), each, data_colour=colour)
        for each, colour in names
    )
    legend = tag("ul", marks, class_="legend")
    return time_chart(day_edges(str(first), str(last)), series, name=name, legend=legend, zone=zone)


def figures(found: Iterable[tuple[str, Child]]) -> Element:
    """A few numbers with what they are of."""
    return tag(
        "dl",
        (tag("div", tag("dt", name), tag("dd", value)) for name, value in found),
        class_="figures",
    )


def made_of(made: Made) -> Element:
    """What was looked at, and when."""
    stamp = moment(iso(made.read_at.replace(tzinfo=UTC)), id="read-at")
    events = f"{made.events:,} events, the newest," if made.is_cut else f"{made.events:,} events"
    told = f"Of {events} in {made.file}, made at " if made.file else f"Of {events} read at "
    return tag("p", told, stamp, f". Days are those of {made.answers.timezone}.", class_="note")


def listed(
    place: Place, asked: Asked, columns: Sequence[Column], rows: Sequence[Row], *, sort: str, most: int
) -> tuple[Child, ...]:
    """The table that sorts, how much of it is shown, and where all of it is."""
    there = f"{len(rows):,} rows" if len(rows) != 1 else "1 row"
    if len(rows) > MOST_SHOWN:
        there = f"{MOST_SHOWN} of {len(rows):,} rows"
    cut = f": the {most:,} with the most" if len(rows) >= most else ""

    def link(order: str) -> str:
        return asked.url(place.path, sort=order)

    return (
        tag(
            "div",
            tag("p", f"{there}{cut}", class_="note"),
            tag("a", "CSV", href=asked.url(place.csv), class_="button", download=True),
            class_="above-table",
        ),
        sortable(place.title, columns, rows, sort=sort, link=link),
    )


def trouble_page(place: Place, trouble: str | None) -> tuple[Child, ...]:
    """Instead of a page that cannot be shown, or not yet."""
    if trouble is None:
        return tag("h1", place.title), being_made()
    return tag("h1", place.title), empty(f"{place.title} cannot be shown", tag("p", trouble))


def nothing_passes(asked: Asked, place: Place) -> Element:
    """The filters leave nothing."""
    return empty(
        "Nothing passes these filters",
        tag("p", tag("a", "Show all", href=asked.url(place.path, filter=EVERYTHING), class_="button")),
    )
