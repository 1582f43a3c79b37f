"""Numbers over time as inline SVG: axes, gridlines, a value for each part of time, and a table; pure.

It needs no script: what a part of time is worth appears where the pointer or the focus is (by the style
sheet), each part can be a link, and the table below has the same numbers. With the script the arrow keys,
Home and End go from part to part; there is one stop for the tab key.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from .controls import table
from .html import Child, Element, tag
from .scale import Scale, Series, highest, percent, scale_of, ticks_of, written_part

Link = Callable[[str, str], str]
"""Where a part of time leads, from the moments at which it begins and ends."""

_PLOT, _LINE, _LETTER, _FOOT = 128, 15, 6.7, 20
_INNER = 1_000
_LONGEST_LINE = 44


@dataclass(frozen=True, slots=True)
class _Plot:
    """What all parts of the drawing need; ``top`` is the room above it for the values."""

    edges: Sequence[str]
    series: Sequence[Series]
    scale: Scale
    is_share: bool
    top: int
    zone: str = "UTC"

    @property
    def parts(self) -> int:
        return len(self.edges) - 1

    @property
    def bottom(self) -> int:
        return self.top + _PLOT

    def y(self, value: float) -> float:
        return self.top + self.scale.place(value) * _PLOT

    def words(self, value: float | None) -> str:
        if value is None:
            return "no value"
        return percent(value) if self.is_share else f"{value:,.6g}"


def time_chart(
    edges: Sequence[str],
    series: Sequence[Series],
    *,
    name: str,
    kind: Literal["bars", "lines"] = "lines",
    unit: Literal["count", "share"] = "count",
    link: Link | None = None,
    identifier: str = "chart",
    legend: Child = None,
    note: Child = None,
    zone: str = "UTC",
) -> Element:
    """A line of time: legend, drawing with both axes, and the same as a table.

    ``edges`` are the moments (ISO 8601 in UTC) at which the parts of time begin, and the one at which the
    last ends: one more than each series has values. Parts are of one length. ``name`` says what is counted
    ("Readers by day"), for who cannot see it. ``kind``: bars are stacked, lines are not. ``unit``: a share
    is from 0 to 1 and written in per cent. ``link`` gives the URL of a part, such as the events in it.
    ``identifier`` is the figure's ``id``, one for each chart of a page. ``legend`` stands in the place of
    the one that is made of the series, ``note`` below it all. ``zone`` is that of days whose edges are
    written as if it were UTC. Raises ValueError where a series is not as long as the time.
    """
    if len(edges) < 2 or any(len(each.values) != len(edges) - 1 for each in series):
        raise ValueError("a chart has two edges at least, each series a value for each part between them")
    plot = replace(_plotted(edges, series, kind=kind, is_share=unit == "share"), zone=zone)
    return tag(
        "figure",
        tag("figcaption", tag("ul", _legend(plot), class_="legend") if legend is None else legend),
        tag("div", _values(plot), _drawing(plot, name, kind, link), class_="plot"),
        _table(plot, name, link),
        None if note is None else tag("p", note, class_="note"),
        class_="chart",
        id=identifier,
    )


def _plotted(edges: Sequence[str], series: Sequence[Series], *, kind: str, is_share: bool) -> _Plot:
    above, below = (highest(series, is_below=side, is_stacked=kind == "bars") for side in (False, True))
    scale = scale_of(above, below, is_whole=not is_share)
    plot = _Plot(edges, series, scale, is_share, 0)
    lines = max(len(_readout(plot, place)) for place in range(len(edges) - 1))
    return _Plot(edges, series, scale, is_share, lines * _LINE + 8)


def _legend(plot: _Plot) -> Iterator[Element]:
    if not plot.series:
        yield tag("li", "Nothing in this time.")
    for each in plot.series:
        total = None if plot.is_share else tag("b", f"{sum(value or 0 for value in each.values):,.12g}")
        mark = tag("span", class_="mark", aria_hidden="true")
        yield tag("li", mark, f"{each.name} ", total, data_colour=each.colour)


def _values(plot: _Plot) -> Element:
    """The axis of values; a screen reader has the table."""
    words = {value: plot.words(abs(value)) for value in plot.scale.values}
    width = max(3, *map(len, words.values())) * _LETTER + 8
    return tag(
        "svg",
        (
            tag("text", text, x=width - 8, y=plot.y(value) + 4, text_anchor="end")
            for value, text in words.items()
        ),
        tag(
            "text",
            "UTC" if plot.zone == "UTC" else "",
            x=width - 8,
            y=plot.bottom + _FOOT - 4,
            text_anchor="end",
        ),
        width=width,
        height=plot.bottom + _FOOT,
        class_="scale",
        aria_hidden="true",
    )


def _drawing(plot: _Plot, name: str, kind: str, link: Link | None) -> Element:
    marks = _bars if kind == "bars" else _points
    lines = (
        tag("line", x1="0", x2="100%", y1=plot.y(value), y2=plot.y(value), class_="grid" if value else "base")
        for value in plot.scale.values
    )
    return tag(
        "svg",
        lines,
        _times(plot),
        _paths(plot) if kind == "lines" else None,
        (_part(plot, place, marks, link) for place in range(plot.parts)),
        height=plot.bottom + _FOOT,
        width="100%",
        role="group",
        aria_label=f"{name}: {plot.parts} parts of time, arrow keys go through them",
        class_="drawing",
    )


def _times(plot: _Plot) -> Iterator[Element]:
    for tick in ticks_of(plot.edges):
        x, minor = f"{tick.place * 100:.3f}%", "yes" if tick.is_minor else None
        edge = 0.012 * len(tick.text)  # what a word needs on a phone
        anchor = "start" if tick.place < edge else "end" if tick.place > 1 - edge else "middle"
        yield tag("line", x1=x, x2=x, y1=plot.top, y2=plot.bottom, class_="grid", data_minor=minor)
        y = plot.bottom + _FOOT - 4
        yield tag("text", tick.text, x=x, y=y, text_anchor=anchor, data_minor=minor)


def _part(plot: _Plot, place: int, marks: Callable[[_Plot, int], Child], link: Link | None) -> Element:
    """A part of time: where the pointer finds it, what is drawn of it, and its values."""
    since, until = plot.edges[place], plot.edges[place + 1]
    lines = _readout(plot, place)
    hit = tag("rect", **_across(plot, place, 0, 1), y=plot.top, height=_PLOT, class_="hit")
    readout = tag(
        "text",
        (tag("tspan", line, x="100%", y=_LINE * (number + 1) - 2) for number, line in enumerate(lines)),
        text_anchor="end",
        class_="readout",
        aria_hidden="true",
    )
    return tag(
        "g" if link is None else "a",
        hit,
        marks(plot, place),
        readout,
        href=link(since, until) if link else None,
        class_="bucket",
        tabindex=0 if place == plot.parts - 1 else -1,
        role=None if link else "img",
        aria_label=", ".join(lines),
        data_when=f"{since}/{until}",
    )


def _readout(plot: _Plot, place: int) -> list[str]:
    """When, and each value that is there, in lines that a phone has room for."""
    found = plot.series if plot.is_share else [each for each in plot.series if each.values[place]]
    words = [_said(plot, each, place) for each in found or plot.series] or ["nothing"]
    lines = [written_part(plot.edges[place], plot.edges[place + 1])]
    for word in words:
        word = word if len(word) <= _LONGEST_LINE else word[: _LONGEST_LINE - 1] + "…"
        if len(lines[-1]) + len(word) + 3 > _LONGEST_LINE:
            lines.append(word)
        else:
            lines[-1] += f" · {word}"
    return lines


def _said(plot: _Plot, each: Series, place: int) -> str:
    value = each.values[place]
    return f"{plot.words(value)}{' for' if value is None else ''} {each.name}"


def _across(plot: _Plot, place: int, left: float, width: float) -> dict[str, str]:
    """``x`` and ``width`` in per cent of the drawing, from shares of a part of time."""
    return {
        "x": f"{(place + left) / plot.parts * 100:.3f}%",
        "width": f"{width / plot.parts * 100:.3f}%",
    }


def _bars(plot: _Plot, place: int) -> Iterator[Element]:
    """Stacked away from the axis; what is there is at least seen."""
    zero = plot.y(0)
    up, down = zero - 1, zero + 1
    for each in plot.series:
        value = each.values[place] or 0
        if not value:
            continue
        height = max(2.0, zero - plot.y(value))
        up, down = (up, down + height) if each.is_below else (up - height, down)
        y = down - height if each.is_below else up
        yield tag(
            "rect",
            **_across(plot, place, 0.12, 0.76),
            y=y,
            height=height,
            rx=2,
            class_="segment",
            data_colour=each.colour,
        )


def _points(plot: _Plot, place: int) -> Iterator[Element]:
    x = f"{(place + 0.5) / plot.parts * 100:.3f}%"
    for each in plot.series:
        value = each.values[place]
        if value is None:
            continue
        low, high = (edges[place] if edges else None for edges in (each.low, each.high))
        if low is not None and high is not None:
            yield tag(
                "line", x1=x, x2=x, y1=plot.y(high), y2=plot.y(low), class_="whisker", data_colour=each.colour
            )
        yield tag("circle", cx=x, cy=plot.y(value), r=3, class_="point", data_colour=each.colour)


def _paths(plot: _Plot) -> Element:
    """The lines and bands, stretched to the room that there is."""
    return tag(
        "svg",
        (_band(plot, each) for each in plot.series if each.low and each.high),
        (
            tag("polyline", points=" ".join(run), class_="line", data_colour=each.colour)
            for each in plot.series
            for run in _runs(plot, each.values)
        ),
        viewBox=f"0 0 {_INNER} {plot.bottom}",
        preserveAspectRatio="none",
        width="100%",
        height=plot.bottom,
        aria_hidden="true",
    )


def _band(plot: _Plot, each: Series) -> Iterator[Element]:
    for high, low in zip(_runs(plot, each.high), _runs(plot, each.low), strict=True):
        yield tag(
            "polygon", points=" ".join([*high, *reversed(low)]), class_="range", data_colour=each.colour
        )


def _runs(plot: _Plot, values: Sequence[float | None]) -> Iterator[list[str]]:
    """Points of a line, which ends where there is no value."""
    for is_there, run in itertools.groupby(enumerate(values), key=lambda point: point[1] is not None):
        if is_there:
            yield [
                f"{(place + 0.5) / plot.parts * _INNER:.1f},{plot.y(value or 0):.1f}" for place, value in run
            ]


def _table(plot: _Plot, name: str, link: Link | None) -> Element:
    def row(place: int) -> Element:
        since, until = plot.edges[place], plot.edges[place + 1]
        text = tag("time", written_part(since, until), datetime=since)
        when = tag("a", text, href=link(since, until)) if link else text
        values = (tag("td", plot.words(each.values[place])) for each in plot.series)
        return tag("tr", tag("th", when, scope="row"), values)

    full = [place for place in range(plot.parts) if any(each.values[place] for each in plot.series)]
    heads = (
        tag("th", text, scope="col") for text in (f"from ({plot.zone})", *(each.name for each in plot.series))
    )
    return tag("details", tag("summary", "As a table"), table(name, heads, map(row, full)))
