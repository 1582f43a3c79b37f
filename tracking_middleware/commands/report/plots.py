"""Drawings of a section's numbers: SVG, whose colours are the page's, light or dark; pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from ...collector.pages.parts.html import Element, tag
from .figures import Section

_WIDTH, _HEIGHT, _LEFT, _BOTTOM, _TOP = 960, 260, 56, 24, 8
_BAR, _BARS, _NAME = 22, 15, 300
_LABELS = 8


def plot(section: Section) -> Element | None:
    """The drawing; None where there is nothing to draw."""
    if section.plot == "none" or not section.rows:
        return None
    draw = {"band": _over_time, "lines": _over_time, "stacks": _over_time, "bars": _bars}[section.plot]
    return draw(section)


def _over_time(section: Section) -> Element:
    top = _highest(section)
    is_share = section.columns[section.drawn[0]].kind == "share"
    names = [section.columns[column].name for column in section.drawn]
    drawings = {"band": _band, "lines": _lines, "stacks": _stacks}
    height = _HEIGHT + _TOP + _BOTTOM
    return tag(
        "svg",
        _scale(top, is_share=is_share),
        _days([str(row[0]) for row in section.rows]),
        drawings[section.plot](section, top),
        viewBox=f"0 0 {_WIDTH} {height}",
        role="img",
        aria_label=f"{section.title}: {', '.join(names)}; the table below has the numbers",
    )


def _highest(section: Section) -> float:
    """The top of the scale: a round number that nothing is above."""
    if section.plot == "stacks":
        most = max(sum(_number(row[column]) for column in section.drawn) for row in section.rows)
    else:
        most = max(_number(row[column]) for row in section.rows for column in section.drawn)
    step = 1.0
    while step < most:
        step *= 10
    while step > most and step > 1e-9:
        step /= 10
    return next((step * n for n in (1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10) if step * n >= most), 1.0) or 1.0


def _number(value: Any) -> float:
    return float(value) if value is not None else 0.0


def _x(place: float, places: int) -> float:
    return _LEFT + (place + 0.5) * (_WIDTH - _LEFT - 8) / places


def _y(value: Any, top: float) -> float:
    return _TOP + _HEIGHT * (1 - _number(value) / top)


def _scale(top: float, *, is_share: bool) -> Iterator[Element]:
    for part in (0, 0.25, 0.5, 0.75, 1):
        y = _y(part * top, top)
        value = f"{part * top:.1%}" if is_share else f"{part * top:,.6g}"
        yield tag("line", x1=_LEFT, x2=_WIDTH, y1=y, y2=y, class_="grid")
        yield tag("text", value, x=_LEFT - 6, y=y + 4, text_anchor="end")


def _days(days: Sequence[str]) -> Iterator[Element]:
    every = max(1, -(-len(days) // _LABELS))
    for place in range(0, len(days), every):
        yield tag("text", days[place], x=_x(place, len(days)), y=_HEIGHT + _TOP + 18, text_anchor="middle")


def _path(section: Section, column: int, top: float) -> str:
    points = (
        f"{_x(place, len(section.rows)):.1f},{_y(row[column], top):.1f}"
        for place, row in enumerate(section.rows)
        if row[column] is not None
    )
    return " ".join(points)


def _band(section: Section, top: float) -> Iterator[Element]:
    share, low, high = section.drawn
    back = " ".join(reversed(_path(section, low, top).split()))
    yield tag("polygon", points=f"{_path(section, high, top)} {back}", class_="band")
    yield from _line(section, share, top, 1)


def _lines(section: Section, top: float) -> Iterator[Element]:
    for number, column in enumerate(section.drawn, start=1):
        yield from _line(section, column, top, number)


def _line(section: Section, column: int, top: float, number: int) -> Iterator[Element]:
    yield tag("polyline", points=_path(section, column, top), class_=f"line s{number}")
    for place, row in enumerate(section.rows):
        if row[column] is not None:
            point = {"cx": _x(place, len(section.rows)), "cy": _y(row[column], top), "r": 2.5}
            yield tag("circle", tag("title", _title(section, row, column)), class_=f"s{number}", **point)


def _stacks(section: Section, top: float) -> Iterator[Element]:
    width = max(1.0, (_WIDTH - _LEFT - 8) / len(section.rows) * 0.8)
    for place, row in enumerate(section.rows):
        below = 0.0
        for number, column in enumerate(section.drawn, start=1):
            value = _number(row[column])
            box = {"x": _x(place, len(section.rows)) - width / 2, "y": _y(below + value, top), "width": width}
            height = _HEIGHT * value / top
            yield tag(
                "rect", tag("title", _title(section, row, column)), class_=f"s{number}", height=height, **box
            )
            below += value


def _bars(section: Section) -> Element:
    """One bar a row, the first ones; a loss goes to the left."""
    (column,) = section.drawn
    rows = section.rows[:_BARS]
    most = max((abs(_number(row[column])) for row in rows), default=0) or 1.0
    least = min(0.0, *(_number(row[column]) for row in rows))
    span = most - least
    zero = _NAME + (_WIDTH - _NAME - 90) * (-least / span)
    return tag(
        "svg",
        (_bar(section, row, place, zero, (_WIDTH - _NAME - 90) / span) for place, row in enumerate(rows)),
        viewBox=f"0 0 {_WIDTH} {len(rows) * _BAR + 4}",
        role="img",
        aria_label=f"{section.title}: {section.columns[column].name}; the table below has the numbers",
    )


def _bar(section: Section, row: tuple[Any, ...], place: int, zero: float, scale: float) -> Iterator[Element]:
    (column,) = section.drawn
    value = _number(row[column])
    texts = [str(row[n]) for n, each in enumerate(section.columns) if each.kind == "text" and n < column]
    name = " · ".join(text for text in texts if text != "None")
    y = place * _BAR
    x = zero + min(0.0, value * scale)
    yield tag("text", _cut(name), tag("title", name), x=_NAME - 8, y=y + 15, text_anchor="end")
    yield tag("rect", x=x, y=y + 3, width=max(1.0, abs(value) * scale), height=_BAR - 8, class_="s1")
    yield tag("text", f"{value:,.6g}", x=zero + max(0.0, value * scale) + 6, y=y + 15)


def _cut(text: str) -> str:
    return text if len(text) <= 38 else f"{text[:14]}…{text[-23:]}"


def _title(section: Section, row: tuple[Any, ...], column: int) -> str:
    each = section.columns[column]
    number = row[column] or 0
    value = f"{number:.1%}" if each.kind == "share" else f"{number:,}"
    return f"{row[0]}: {value} {each.name}"
