"""A line of the list as a row of its table; pure. The script fills copies of the blank one."""

from __future__ import annotations

from collections.abc import Sequence

from .frame import badge, moment, swatch
from .html import Element, tag
from .lines import Line

_MOST_ENTITIES = 4
BLANK = Line(
    id=0,
    received="",
    happened="",
    side="unknown",
    platform="",
    app="",
    name="",
    detail="",
    page="",
    query="",
    url="",
    title="",
    person="",
    user="",
    hue=0,
    entities=(),
    reason="",
)
"""Fills a template."""


def row(line: Line) -> Element:
    """A line; the script fills a copy of it by the names of its slots."""
    return tag(
        "tr",
        tag(
            "td",
            moment(line.received, data_slot="received"),
            tag(
                "span",
                "of ",
                moment(line.happened, data_slot="happened"),
                class_="happened",
                title="When it happened",
                data_known="yes" if line.happened else "no",
            ),
            class_="when",
        ),
        tag("td", badge(line.side, line.platform), class_="side"),
        tag(
            "td",
            tag("a", line.name, href=f"/events/{line.id}", data_slot="name"),
            tag("span", line.detail, class_="detail", data_slot="detail"),
            tag("span", line.reason, class_="reason", data_slot="reason"),
            class_="event",
        ),
        tag("td", tag("div", _page(line)), class_="page"),
        tag(
            "td",
            swatch(line.hue),
            tag("code", line.person[:8], title=line.person, data_slot="person"),
            tag("span", line.user, class_="user", data_slot="user"),
            class_="who",
            data_known="yes" if line.person or line.user else "no",
        ),
        tag("td", (tag("span", name, class_="chip") for name in _short(line.entities)), class_="entities"),
        tag("td", tag("span", line.app, data_slot="app"), class_="app"),
        data_id=line.id,
        data_side=line.side,
        data_bad="yes" if line.reason else "no",
    )


def _page(line: Line) -> tuple[Element, Element]:
    """Path and query string stand apart, so that the query gives way to the title."""
    path = tag("span", line.page, data_slot="page")
    query = tag("span", line.query, class_="query", data_slot="query")
    return (
        tag("span", path, query, title=line.url, class_="path", data_slot="url"),
        tag("span", line.title, title=line.title, class_="title", data_slot="title"),
    )


def _short(entities: Sequence[str]) -> list[str]:
    rest = len(entities) - _MOST_ENTITIES
    return [*entities[:_MOST_ENTITIES], *([f"+{rest}"] if rest > 0 else [])]
