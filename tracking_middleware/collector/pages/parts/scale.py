"""How the pages write a moment and a share, and the parts of time and the axes of a chart; pure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

from ...payload.times import iso

BUCKETS = 60
"""Parts of the chart of events."""
Colour = Literal["client", "server", "mob", "bad", "other", "good", "quiet"]
"""The colours that there are, of the style sheet: who saw it, or what it is."""
_MOST_STEPS = 4
_MOST_TICKS = 8
_MINUTE, _HOUR, _DAY = 60, 3600, 86_400
_TIMES = (
    *(_MINUTE * n for n in (1, 2, 5, 10, 15, 30)),
    *(_HOUR * n for n in (1, 2, 3, 6, 12)),
    *(_DAY * n for n in (1, 2, 7, 14, 28, 91, 182, 364)),
)
"""Seconds between two words on the axis of time."""


@dataclass(frozen=True, slots=True)
class Span:
    """A part of time, from ``since`` to ``until``: ISO 8601 in UTC with milliseconds and ``Z``."""

    since: str
    until: str

    @property
    def edges(self) -> list[str]:
        """Where each of ``BUCKETS`` parts begins, and where the last one ends."""
        begin, end = datetime.fromisoformat(self.since), datetime.fromisoformat(self.until)
        return [iso(begin + (end - begin) * n / BUCKETS) for n in range(BUCKETS + 1)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """One row of numbers: a value for each part of time, ``None`` where there is none.

    ``is_below`` draws bars downwards from the axis. ``low`` and ``high`` are the edges of a band about a
    line, such as an interval, for each part.
    """

    name: str
    values: Sequence[float | None]
    colour: Colour
    is_below: bool = False
    low: Sequence[float | None] = ()
    high: Sequence[float | None] = ()


@dataclass(frozen=True, slots=True)
class Tick:
    """A word on the axis of time, at ``place`` from 0 to 1; an ``is_minor`` one is left out on a phone."""

    place: float
    text: str
    is_minor: bool


@dataclass(frozen=True, slots=True)
class Scale:
    """An axis of values: a line at every ``step``, so many of them ``above`` and ``below`` zero."""

    step: float
    above: int
    below: int

    @property
    def values(self) -> list[float]:
        """Those that have a line, from the highest to the lowest; below zero they are negative."""
        return [self.step * n for n in range(self.above, -self.below - 1, -1)]

    def place(self, value: float) -> float:
        """Where a value stands, from 0 (the highest line) to 1 (the lowest)."""
        return (self.above - value / self.step) / (self.above + self.below)


def written(moment: str, *, with_milliseconds: bool = False) -> str:
    """A moment (ISO 8601 in UTC) as all pages write it: ``2026-11-29 08:30:00``."""
    return moment[: 23 if with_milliseconds else 19].replace("T", " ").rstrip("Z")


def written_part(since: str, until: str) -> str:
    """A part of time: the day, or when in it the part begins."""
    is_days = since[11:19] == until[11:19] == "00:00:00"
    return since[:10] if is_days else written(since)


def percent(share: float) -> str:
    """One digit after the point where it says something; what rounding left of nothing is none."""
    text = f"{share * 100:.1f}" if 1e-9 < share < 0.1 else f"{share * 100:.0f}"
    return f"{text} %"


def span_until(now: datetime, seconds: int) -> Span:
    """The last so many seconds; it moves on by whole buckets, so that bars stay what they are."""
    width = seconds / BUCKETS
    end = (int(now.timestamp() / width) + 1) * width
    until = datetime.fromtimestamp(end, UTC)
    return Span(iso(until - timedelta(seconds=seconds)), iso(until))


def day_edges(first: str, last: str) -> list[str]:
    """The edges of whole days in UTC, from one day to another (``2026-11-29``), both included."""
    begin = datetime.fromisoformat(first).replace(tzinfo=UTC)
    days = (datetime.fromisoformat(last).replace(tzinfo=UTC) - begin).days + 1
    return [iso(begin + timedelta(days=number)) for number in range(days + 1)]


def highest(series: Sequence[Series], *, is_below: bool, is_stacked: bool) -> float:
    """The highest value of one side of the axis."""
    found = [(*each.values, *each.high) for each in series if each.is_below == is_below]
    if is_stacked:
        return max((sum(value or 0 for value in part) for part in zip(*found, strict=False)), default=0)
    return max((value or 0 for each in found for value in each), default=0)


def scale_of(above: float, below: float = 0.0, *, is_whole: bool = True) -> Scale:
    """The scale for values up to ``above`` and, drawn downwards, up to ``below``.

    Its steps are 1, 2 or 5 with zeros; ``is_whole``: what is counted has no step below one.
    """
    most = (above + below) / _MOST_STEPS
    size = 10.0 ** math.floor(math.log10(most)) if most > 0 else 1.0
    step = next((size * n for n in (1, 2, 5) if size * n >= most * 0.999_999), size * 10)
    step = max(1.0, step) if is_whole else step
    lines_above, lines_below = (math.ceil(value / step - 1e-9) for value in (above, below))
    return Scale(step, lines_above or (0 if lines_below else 1), lines_below)


def ticks_of(edges: Sequence[str]) -> list[Tick]:
    """The words below parts of time that begin and end at ``edges`` (ISO 8601 in UTC).

    Where a part is a day or more, words stand below the middle of a part, else at their moment.
    """
    moments = [datetime.fromisoformat(edge).timestamp() for edge in edges]
    first, last = moments[0], moments[-1]
    if (last - first) / (len(moments) - 1) >= _DAY:
        return _below_parts(moments)
    step = next((size for size in _TIMES if (last - first) / size <= _MOST_TICKS), _TIMES[-1])
    number = math.ceil(first / step)
    found = []
    while number * step <= last:
        text = _word(number * step, step)
        found.append(Tick((number * step - first) / (last - first), text, number % 2 == 1))
        number += 1
    return found


def _below_parts(moments: Sequence[float]) -> list[Tick]:
    parts = len(moments) - 1
    places = range(0, parts, -(-parts // _MOST_TICKS))
    is_narrow = len(places) > _MOST_TICKS // 2
    return [
        Tick((place + 0.5) / parts, _word(moments[place], _DAY), is_narrow and turn % 3 > 0)
        for turn, place in enumerate(places)
    ]


def _word(seconds: float, step: int) -> str:
    """The day where one begins, else the time of the day."""
    moment = datetime.fromtimestamp(seconds, UTC)
    is_day = step >= _DAY or (moment.hour == 0 and moment.minute == 0)
    return moment.strftime("%Y-%m-%d" if is_day else "%H:%M")
