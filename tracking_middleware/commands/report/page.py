"""The report as one page: no script, nothing loaded from anywhere, light or dark, fit to be printed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from importlib.resources import files
from typing import Any

from ...collector.pages.parts.html import Element, render, tag
from .figures import Column, Section
from .plots import plot

_HEAD = """<!doctype html><html lang="en"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width"><meta name="color-scheme" content="light dark">
<meta name="robots" content="noindex"><title>{title}</title><style>
{style}</style></head>"""
_CONFIDENTIAL = "Confidential: this report shows margins. They are for those who may know them."
_OPEN = "This report shows no money: --confidential does."


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """What the report is about: the file, when it was made, the zone of its days, from when to when."""

    file: str
    made_at: datetime
    timezone: str
    first_at: datetime | None
    last_at: datetime | None
    is_confidential: bool


def page(about: About, sections: Sequence[Section]) -> str:
    """The whole page."""
    style = (files(__package__) / "report.css").read_text(encoding="utf-8")
    title = "Journeys" + (" (confidential)" if about.is_confidential else "")
    head = _HEAD.format(title=title, style=style)
    return f"{head}{render(_body(about, sections))}</html>\n"


def _body(about: About, sections: Sequence[Section]) -> Element:
    note = _CONFIDENTIAL if about.is_confidential else _OPEN
    return tag(
        "body",
        tag("p", note, class_="confidential" if about.is_confidential else "open", role="note"),
        tag("header", tag("h1", "What is read, what is earned"), tag("p", _about(about))),
        tag("nav", tag("ul", (tag("li", tag("a", s.title, href=f"#{s.name}")) for s in sections))),
        tag("main", map(_section, sections)),
        class_="with-money" if about.is_confidential else None,
    )


def _about(about: About) -> str:
    span = "no events"
    if about.first_at and about.last_at:
        span = f"events from {about.first_at:%Y-%m-%d} to {about.last_at:%Y-%m-%d}"
    return (
        f"{about.file}, {span}; days of content in {about.timezone}; made {about.made_at:%Y-%m-%d %H:%M} UTC"
    )


def _section(section: Section) -> Element:
    return tag(
        "section",
        tag("h2", section.title, tag("b", "confidential") if section.is_confidential else None),
        tag("p", section.text),
        _drawing(section),
        tag("div", _table(section), class_="scroll", tabindex=0)
        if section.rows
        else tag("p", "There is none."),
        id=section.name,
    )


def _drawing(section: Section) -> Element | None:
    drawing = plot(section)
    if drawing is None:
        return None
    names = [section.columns[column].name for column in section.drawn]
    if section.plot == "band":
        names = names[:1]
    keys = (tag("li", tag("i", class_=f"s{n}"), name) for n, name in enumerate(names, start=1))
    return tag("figure", drawing, tag("ul", keys, class_="legend"))


def _table(section: Section) -> Element:
    return tag(
        "table",
        tag("caption", f"The numbers of “{section.title}”"),
        tag("thead", tag("tr", map(_head, section.columns))),
        tag("tbody", (tag("tr", _cells(section.columns, row)) for row in section.rows)),
    )


def _head(column: Column) -> Element:
    return tag("th", column.name, scope="col", class_=None if column.kind == "text" else "number")


def _cells(columns: Sequence[Column], row: tuple[Any, ...]) -> Iterator[Element]:
    for column, value in zip(columns, row, strict=True):
        yield tag("td", said(column, value), class_=None if column.kind == "text" else "number")


def said(column: Column, value: Any) -> str:
    """A value as the page says it."""
    if value is None:
        return "-"
    if column.kind == "text":
        return str(value)
    if column.kind == "share":
        return f"{value:.1%}"
    if column.kind == "money":
        return f"{Decimal(value):,.2f}"
    if column.kind == "number":
        return f"{value:,.2f}".rstrip("0").rstrip(".")
    return f"{value:,}" + (" s" if column.kind == "seconds" else "")
