"""Events over time as inline SVG: what clients sent above the axis, what servers sent below; pure."""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from ...payload.times import iso
from ...store.rows import Bucket
from .controls import table
from .html import Element, tag
from .lines import side_of

BUCKETS = 60
_STEP, _HALF, _AXIS = 16, 56, 64
_WIDTH, _HEIGHT = BUCKETS * _STEP, 2 * _AXIS


@dataclass(frozen=True, slots=True)
class Span:
    """The part of time that a chart shows."""

    since: str
    until: str

    @property
    def starts(self) -> list[str]:
        """Where each bucket begins, and where the last one ends."""
        begin, end = datetime.fromisoformat(self.since), datetime.fromisoformat(self.until)
        return [iso(begin + (end - begin) * n / BUCKETS) for n in range(BUCKETS + 1)]


def span_until(now: datetime, seconds: int) -> Span:
    """The last so many seconds; it moves on by whole buckets, so that bars stay what they are."""
    width = seconds / BUCKETS
    end = (int(now.timestamp() / width) + 1) * width
    until = datetime.fromtimestamp(end, UTC)
    return Span(iso(until - timedelta(seconds=seconds)), iso(until))


def chart(buckets: Iterable[Bucket], span: Span) -> Element:
    """The chart, its legend, and the same as a table for who cannot see it."""
    counts: dict[str, dict[str, int]] = defaultdict(dict)
    for bucket in buckets:
        series = _series(bucket)
        counts[bucket.start][series] = counts[bucket.start].get(series, 0) + bucket.count
    totals = _totals(counts)
    return tag(
        "figure",
        tag("figcaption", _legend(totals)),
        _drawing(counts, span, totals),
        tag(
            "div",
            tag("time", span.since[11:16], datetime=span.since, data_format="short"),
            tag("time", span.until[11:16], datetime=span.until, data_format="short"),
            class_="axis",
        ),
        _table(counts, list(totals)),
        class_="chart",
        id="chart",
    )


def _series(bucket: Bucket) -> str:
    if not bucket.is_good:
        return "bad"
    return bucket.platform or "unknown"


def _totals(counts: Mapping[str, Mapping[str, int]]) -> dict[str, int]:
    """By series: clients first, then servers, then what is bad."""
    totals: dict[str, int] = defaultdict(int)
    for found in counts.values():
        for series, count in found.items():
            totals[series] += count
    return dict(sorted(totals.items(), key=lambda item: (_order(item[0]), -item[1])))


def _order(series: str) -> int:
    return 2 if series == "bad" else 1 if series == "srv" else 0


def _legend(totals: Mapping[str, int]) -> Element:
    return tag(
        "ul",
        (
            tag(
                "li",
                tag("span", class_="mark", aria_hidden="true"),
                f"{series} ",
                tag("b", f"{count:,}"),
                data_series=_class(series),
                data_side="bad" if series == "bad" else side_of(series),
            )
            for series, count in totals.items()
        )
        if totals
        else tag("li", "Nothing in this time."),
        class_="legend",
    )


def _class(series: str) -> str:
    """The series that have a colour of their own."""
    return series if series in {"web", "mob", "srv", "bad"} else "other"


def _drawing(counts: Mapping[str, Mapping[str, int]], span: Span, totals: Mapping[str, int]) -> Element:
    top = max((max(_up(found), _down(found)) for found in counts.values()), default=1) or 1
    starts = span.starts
    return tag(
        "svg",
        tag("line", x1=0, x2=_WIDTH, y1=_AXIS, y2=_AXIS, class_="base"),
        (
            _bars(counts[start], position, top, f"{start}/{stop}")
            for position, (start, stop) in enumerate(itertools.pairwise(starts))
            if start in counts
        ),
        viewBox=f"0 0 {_WIDTH} {_HEIGHT}",
        preserveAspectRatio="none",
        role="img",
        aria_label=_sentence(totals),
    )


def _up(found: Mapping[str, int]) -> int:
    return sum(count for series, count in found.items() if _order(series) == 0)


def _down(found: Mapping[str, int]) -> int:
    return sum(count for series, count in found.items() if _order(series) > 0)


def _bars(found: Mapping[str, int], position: int, top: int, when: str) -> Element:
    """One bucket: clients stacked upwards, servers and bad downwards; what is there is at least seen."""
    up, down = float(_AXIS - 1), float(_AXIS + 1)
    bars = []
    for series in sorted(found, key=_order):
        height = max(2.0, found[series] / top * _HALF)
        if _order(series) == 0:
            up -= height
            y = up
        else:
            y, down = down, down + height
        bars.append(
            tag(
                "rect",
                x=position * _STEP + 2,
                y=y,
                width=_STEP - 4,
                height=height,
                rx=2,
                class_="segment",
                data_series=_class(series),
            )
        )
    words = ", ".join(f"{found[series]:,} {series}" for series in sorted(found, key=_order))
    hit = tag("rect", x=position * _STEP, y=0, width=_STEP, height=_HEIGHT, class_="hit")
    title = tag("title", f"{words} · {when[11:16]} UTC: click to see them")
    return tag("g", hit, bars, title, class_="bucket", data_when=when)


def _sentence(totals: Mapping[str, int]) -> str:
    words = ", ".join(f"{count:,} {series}" for series, count in totals.items())
    return f"Events over time: {words or 'none'}"


def _table(counts: Mapping[str, Mapping[str, int]], series: Sequence[str]) -> Element:
    def row(start: str) -> Element:
        when = tag("time", start, datetime=start, data_format="date")
        return tag(
            "tr", tag("th", when, scope="row"), (tag("td", counts[start].get(name, 0)) for name in series)
        )

    heads = (tag("th", name, scope="col") for name in ("from", *series))
    return tag(
        "details",
        tag("summary", "As a table"),
        table("Events over time", heads, map(row, sorted(counts))),
    )
