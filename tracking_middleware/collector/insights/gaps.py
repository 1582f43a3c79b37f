"""Gaps: page views that a server saw and the visitor's browser did not tell of; pure.

Which those are, what is left out, and how sure the shares are, the models of ``journeys`` say.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ...journeys.reading.asked import Filter


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """How many of ``total`` page views were not reported.

    ``share`` is from 0 to 1, and with 95 % certainty between ``low`` and ``high``.
    """

    name: str
    total: int
    missing: int
    share: float
    low: float
    high: float


UNKNOWN = "unknown"
"""The name of what has none."""
EVERYTHING = Filter()
NOTHING = Share(name="all", total=0, missing=0, share=0.0, low=0.0, high=1.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """Page views of servers that say nothing about blocking, each counted for the first that fits."""

    agents: int = 0
    nobody: int = 0
    young: int = 0
    once: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What is to be counted: page views that the filter passes, all without one.

    ``wait`` are seconds that a browser has to tell of a page view before the newest one comes in.
    """

    wait: int
    filter: Filter = EVERYTHING


@dataclass(frozen=True, slots=True, kw_only=True)
class Gaps:
    """What was counted, and when: ISO 8601 in UTC, of the newest ``events``. Days are those of ``timezone``.

    ``silent`` of the missing page views are of persons whose browser never sent anything in these.
    ``is_cut``: there are older events, which were not looked at.
    """

    all: Share
    browsers: tuple[Share, ...]
    pages: tuple[Share, ...]
    days: tuple[Share, ...]
    silent: int
    left_out: LeftOut
    counted_at: str
    events: int
    is_cut: bool
    timezone: str = "UTC"


_REASONS = {"agent": "agents", "nobody": "nobody", "too young": "young", "seen once": "once"}


def left_out_of(counts: Iterable[tuple[str, int]]) -> LeftOut:
    """The rows of ``adblock_left_out``."""
    return LeftOut(**{_REASONS[reason]: number for reason, number in counts})


def by_dimension(
    rows: Iterable[tuple[str, str, int, int, float, float, float]],
) -> Mapping[str, tuple[Share, ...]]:
    """The rows of ``adblock_gap``, the days in their order and of all else the largest first."""
    found: dict[str, list[Share]] = {"all": [], "day": [], "browser": [], "page": []}
    for dimension, value, total, missing, share, low, high in rows:
        name = value or UNKNOWN
        one = Share(name=name, total=total, missing=missing, share=share, low=low, high=high)
        found[dimension].append(one)
    ordered = {
        dimension: tuple(sorted(shares, key=lambda share: (-share.total, share.name)))
        for dimension, shares in found.items()
    }
    return ordered | {"day": tuple(sorted(found["day"], key=lambda share: share.name))}
