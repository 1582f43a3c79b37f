"""Figures: a median with the range of its middle half, rows of them, and what they are compared with."""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterable
from dataclasses import dataclass

from .contestants import Contestant


@dataclass(frozen=True, slots=True)
class Spread:
    """The median of repeated measurements, and the quartiles around it."""

    median: float
    low: float
    high: float

    @classmethod
    def of(cls, values: Iterable[float]) -> Spread:
        """Of at least one value."""
        ordered = sorted(values)
        if len(ordered) == 1:
            return cls(ordered[0], ordered[0], ordered[0])
        low, median, high = statistics.quantiles(ordered, n=4, method="inclusive")
        return cls(median, low, high)

    def minus(self, offset: float) -> Spread:
        """The same, less a constant."""
        return Spread(self.median - offset, self.low - offset, self.high - offset)


def difference_of(values: Iterable[float]) -> Spread:
    """The median of differences of pairs, with the interval that has it with 95 % by the sign test."""
    ordered = sorted(values)
    count = len(ordered)
    outside, beyond = -1, 0.0  # how many values may lie beyond each end
    while (beyond := beyond + math.comb(count, outside + 1) / 2**count) <= 0.025:
        outside += 1
    last = max(outside, 0)
    return Spread(statistics.median(ordered), ordered[last], ordered[count - 1 - last])


Cell = Spread | float | int | str | None
"""A figure, a plain number or words; ``None`` where there is nothing to say."""


@dataclass(frozen=True, slots=True)
class Ratio:
    """How many times another figure ours is; below 1 is ours the smaller."""

    ours: float
    theirs: float


@dataclass(frozen=True, slots=True)
class Row:
    """A contestant and its cells, in the order of the table's columns."""

    contestant: str
    cells: tuple[Cell | Ratio, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """One comparison; ``notes`` say what was done and what went wrong."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    contestants: tuple[type[Contestant], ...]
    notes: tuple[str, ...] = ()
