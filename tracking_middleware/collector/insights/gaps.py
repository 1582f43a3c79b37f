"""Gaps: page views that a server saw and the visitor's browser did not report; pure.

A page view of a server is reported where one of a browser has the same person or session and page within
ten minutes, or the same id of the ``web_page`` entity. Each one of a browser reports one of a server.
Shares are of what was looked at; their interval is Wilson's, for 95 %.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

TOGETHER = 600.0
"""Seconds between the two sides' page views of one page at the most."""
_Z = 1.959964


@dataclass(frozen=True, slots=True, kw_only=True)
class PageView:
    """One page view; ``at`` are seconds since the epoch, ``day`` is an ISO date in UTC."""

    id: int
    at: float
    day: str
    is_server: bool
    person: str | None
    session: str | None
    page: str
    browser: str
    useragent: str


@dataclass(frozen=True, slots=True)
class Share:
    """How many of ``total`` page views were not reported."""

    name: str
    total: int
    missing: int

    @property
    def share(self) -> float:
        """From 0 to 1; 0 of nothing."""
        return self.missing / self.total if self.total else 0.0

    @property
    def interval(self) -> tuple[float, float]:
        """Where the share is with 95 % certainty (E. B. Wilson, 1927); from 0 to 1 for nothing."""
        if not self.total:
            return 0.0, 1.0
        square = _Z * _Z
        centre = self.share + square / (2 * self.total)
        spread = _Z * math.sqrt(
            self.share * (1 - self.share) / self.total + square / (4 * self.total * self.total)
        )
        scale = 1 + square / self.total
        return max(0.0, (centre - spread) / scale), min(1.0, (centre + spread) / scale)


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """Page views of servers that say nothing about blocking, each counted for the first that fits."""

    crawlers: int = 0
    nobody: int = 0
    young: int = 0
    once: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Gaps:
    """What was measured. ``silent`` of the missing ones are of persons whose browser never sent anything.

    ``is_cut``: there are older page views in the time, which were not looked at.
    """

    all: Share
    browsers: tuple[Share, ...]
    pages: tuple[Share, ...]
    days: tuple[Share, ...]
    silent: int
    left_out: LeftOut
    is_cut: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """What only the store and the list of crawlers know, asked no more often than it has to be."""

    is_crawler: Callable[[str], bool]
    is_once: Callable[[PageView], bool]
    """Whether there is no other event of this person, or session, at all."""
    is_silent: Callable[[PageView], bool]
    """Whether nothing ever came from this person's browser."""
    page_ids: Callable[[Sequence[PageView]], Mapping[int, str]]
    """The ids in the ``web_page`` entities, by the page view's own."""


def measure(
    views: Iterable[PageView], asking: Asking, *, now: float, wait: float, is_cut: bool = False
) -> Gaps:
    """``wait`` are seconds that a browser has to report; younger page views are not looked at."""
    everything = sorted(views, key=lambda view: view.at)
    clients = [view for view in everything if not view.is_server]
    servers, left_out = _looked_at([view for view in everything if view.is_server], asking, now - wait)
    missing = _missing(servers, clients, asking.page_ids)
    lost = {view.id for view in missing}
    return Gaps(
        all=Share("all", len(servers), len(missing)),
        browsers=_by_size(_shares(servers, lost, lambda view: view.browser)),
        pages=_by_size(_shares(servers, lost, lambda view: view.page)),
        days=tuple(sorted(_shares(servers, lost, lambda view: view.day), key=lambda share: share.name)),
        silent=sum(asking.is_silent(view) for view in missing),
        left_out=left_out,
        is_cut=is_cut,
    )


def _looked_at(servers: Sequence[PageView], asking: Asking, until: float) -> tuple[list[PageView], LeftOut]:
    kept: list[PageView] = []
    counts: Counter[str] = Counter()
    for view in servers:
        if view.useragent and asking.is_crawler(view.useragent):
            counts["crawlers"] += 1
        elif not (view.person or view.session):
            counts["nobody"] += 1
        elif view.at > until:
            counts["young"] += 1
        elif asking.is_once(view):
            counts["once"] += 1
        else:
            kept.append(view)
    return kept, LeftOut(**counts)


def _missing(
    servers: Sequence[PageView],
    clients: Sequence[PageView],
    page_ids: Callable[[Sequence[PageView]], Mapping[int, str]],
) -> list[PageView]:
    used: set[int] = set()
    rest = _unmatched(servers, clients, used)
    unused = [view for view in clients if view.id not in used]
    if not rest or not unused:
        return rest
    # a browser may report under an id that the server did not know yet
    reported = set(page_ids(unused).values())
    ids = page_ids(rest)
    return [view for view in rest if ids.get(view.id) not in reported]


def _unmatched(servers: Sequence[PageView], clients: Sequence[PageView], used: set[int]) -> list[PageView]:
    """The servers' that no client's page view stands for; those that do are put into ``used``."""
    by_key: dict[tuple[str, str], list[PageView]] = defaultdict(list)
    for view in clients:
        for key in _keys(view):
            by_key[key].append(view)
    moments = {key: [view.at for view in found] for key, found in by_key.items()}
    rest = []
    for view in servers:
        candidates = (
            other
            for key in _keys(view)
            if key in by_key
            for other in _near(by_key[key], moments[key], view.at)
            if other.id not in used
        )
        best = min(candidates, key=lambda other: abs(other.at - view.at), default=None)
        if best is None:
            rest.append(view)
        else:
            used.add(best.id)
    return rest


def _near(views: Sequence[PageView], moments: Sequence[float], at: float) -> Iterable[PageView]:
    first = bisect_left(moments, at - TOGETHER)
    for position in range(first, len(views)):
        if moments[position] > at + TOGETHER:
            return
        yield views[position]


def _keys(view: PageView) -> list[tuple[str, str]]:
    return [(owner, view.page) for owner in (view.person, view.session) if owner]


def _shares(servers: Iterable[PageView], lost: set[int], name: Callable[[PageView], str]) -> list[Share]:
    totals: Counter[str] = Counter()
    missing: Counter[str] = Counter()
    for view in servers:
        totals[name(view)] += 1
        missing[name(view)] += view.id in lost
    return [Share(key, total, missing[key]) for key, total in totals.items()]


def _by_size(shares: Iterable[Share]) -> tuple[Share, ...]:
    return tuple(sorted(shares, key=lambda share: (-share.total, share.name)))
