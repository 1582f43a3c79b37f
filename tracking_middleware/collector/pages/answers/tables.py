"""Tables that sort by links, and the same as comma-separated values; pure."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal, TypeAlias

from ..parts.html import Child, Element, tag

Kind: TypeAlias = Literal["text", "count", "seconds", "share", "money", "number", "bytes", "duration"]
MOST_SHOWN = 200
"""Rows on a page; the file has all."""
_UNITS = ("B", "kB", "MB", "GB", "TB")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its name in the URL and in the file, what stands above it, what it holds and means."""

    key: str
    title: str
    kind: Kind = "count"
    meaning: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """The values of a row by column, and where its first one leads, if anywhere."""

    values: Mapping[str, Any]
    link: str | None = None


def sorted_rows(rows: Iterable[Row], columns: Sequence[Column], sort: str) -> list[Row]:
    """By a column, ``-`` before it says the largest first; what has no value comes last. Else as they are."""
    key = sort.removeprefix("-")
    column = next((each for each in columns if each.key == key), None)
    if column is None:
        return list(rows)
    there: list[Row] = []
    missing: list[Row] = []
    for row in rows:
        (missing if row.values.get(key) is None else there).append(row)

    def place(row: Row) -> Any:
        value = row.values[key]
        return str(value).casefold() if column.kind == "text" else value

    return [*sorted(there, key=place, reverse=sort.startswith("-")), *missing]


def sortable(
    name: str,
    columns: Sequence[Column],
    rows: Sequence[Row],
    *,
    sort: str,
    link: Callable[[str], str],
) -> Element:
    """The table; ``link`` gives the URL that sorts as told. It scrolls by itself where it is too wide."""
    heads = (_head(column, sort, link) for column in columns)
    return tag(
        "div",
        tag(
            "table",
            tag("thead", tag("tr", heads)),
            tag("tbody", (_row(row, columns) for row in rows[:MOST_SHOWN])),
            class_="answers",
        ),
        class_="scroll",
        tabindex=0,
        role="region",
        aria_label=name,
    )


def plain(name: str, columns: Sequence[Column], rows: Sequence[Row]) -> Element:
    """A table without links that sort."""
    heads = (tag("th", column.title, scope="col", class_=_class(column)) for column in columns)
    return tag(
        "div",
        tag(
            "table",
            tag("thead", tag("tr", heads)),
            tag("tbody", (_row(row, columns) for row in rows)),
            class_="answers",
        ),
        class_="scroll",
        tabindex=0,
        role="region",
        aria_label=name,
    )


def _head(column: Column, sort: str, link: Callable[[str], str]) -> Element:
    down, up = f"-{column.key}", column.key
    first, second = (up, down) if column.kind == "text" else (down, up)
    order = {down: "descending", up: "ascending"}.get(sort)
    mark = {"descending": "\N{DOWNWARDS ARROW}", "ascending": "\N{UPWARDS ARROW}", None: ""}[order]
    return tag(
        "th",
        tag(
            "a",
            column.title,
            tag("span", mark, aria_hidden="true", class_="order"),
            href=link(second if sort == first else first),
            title=column.meaning or None,
        ),
        scope="col",
        class_=_class(column),
        aria_sort=order,
    )


def _row(row: Row, columns: Sequence[Column]) -> Element:
    first, *others = columns
    return tag("tr", _name(row, first), (_cell(row, column) for column in others))


def _name(row: Row, column: Column) -> Element:
    text = said(column, row.values.get(column.key))
    named: Child = text if row.link is None else tag("a", text, href=row.link)
    return tag("th", named, scope="row", class_=_class(column))


def _cell(row: Row, column: Column) -> Element:
    return tag("td", said(column, row.values.get(column.key)), class_=_class(column))


def _class(column: Column) -> str:
    return "text" if column.kind == "text" else "number"


def said(column: Column, value: Any) -> str:
    """A value as the page says it."""
    if value is None:
        return "\N{EN DASH}"
    if isinstance(value, str):
        return value
    return written(column.kind, value)


def written(kind: Kind, value: Any) -> str:
    """A number as the page says it."""
    if kind == "share":
        return f"{value * 100:.0f} %" if value >= 0.1 or value == 0 else f"{value * 100:.1f} %"
    if kind == "money":
        return f"{Decimal(value):,.2f}"
    if kind == "number":
        return f"{value:,.2f}".rstrip("0").rstrip(".")
    if kind == "bytes":
        return _bytes(value)
    if kind == "duration" and value < 59.95:
        return f"{value * 1000:.3g} ms" if value < 0.9995 else f"{value:.3g} s"
    if kind == "duration":
        return _duration(round(value))
    return _duration(int(value)) if kind == "seconds" else f"{value:,}"


def _bytes(count: int) -> str:
    """In decimal units, as SI has them, with three digits that count."""
    amount, unit = float(count), 0
    while amount >= 999.5 and unit < len(_UNITS) - 1:
        amount, unit = amount / 1000, unit + 1
    digits = 0 if unit == 0 or amount >= 99.95 else 1 if amount >= 9.995 else 2
    return f"{amount:,.{digits}f} {_UNITS[unit]}"


def _duration(seconds: int) -> str:
    minutes, left = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours:,} h {minutes:02} min"
    return f"{minutes} min {left:02} s" if minutes else f"{left} s"


def as_csv(columns: Sequence[Column], rows: Iterable[Row]) -> str:
    """All rows as comma-separated values: numbers in full, no text that a spreadsheet would run."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\r\n")
    writer.writerow([column.key for column in columns])
    for row in rows:
        writer.writerow([_harmless(row.values.get(column.key)) for column in columns])
    return stream.getvalue().encode("utf-8", "replace").decode()


def _harmless(value: Any) -> Any:
    """A decimal without zeros at its end; a text that a spreadsheet would run, with a mark before it."""
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value
