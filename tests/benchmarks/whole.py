"""The whole cost of an event: all threads, from the request until the collector has it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from . import delivery
from .contestants import contestant
from .figures import Cell, Ratio, Row, Spread, Table
from .processes import Sink
from .versions import Contender

PACE = 2_000
"""Requests a second where they do not come as fast as they can be answered."""
LANES = (
    *("ours", "ours-proxy", "ours-masks", "ours-consent", "ours-before-send", "ours-non-ascii", "ours-track"),
    *("ours-django", "ours-flask", "ours-fastapi"),
)
Runs = dict[Contender, list[dict[str, Any]]]


def compare(*, quick: bool, before: Path) -> Iterator[Table]:
    """CPU in all per delivered page view, and page views a second, beside the peer and the version before."""
    ours, outbox, peer = Contender("ours"), Contender("ours-outbox"), Contender("snowplow")
    earlier, earlier_outbox = Contender("ours", before), Contender("ours-outbox", before)
    contenders = (ours, outbox, peer, earlier, earlier_outbox)
    events, paced = (4_000, 2_000) if quick else (20_000, 6_000)
    for protocol in ("WSGI", "ASGI"):
        for rate in (None, PACE):
            count, rounds = (paced, 3) if rate else (events, 3 if quick else 4)
            runs = _take_turns(contenders, protocol=protocol, rate=rate, rounds=rounds, events=count)
            pace = f"{rate:,} a second" if rate else "as fast as they are answered"
            columns = ["CPU µs per page view", "ours ÷ it", "outbox ÷ it", "of it the request's thread"]
            columns += [] if rate else ["delivered a second", "ours ÷ it, rate", "outbox ÷ it, rate"]
            yield Table(
                title=f"The whole of a delivered page view, {protocol}, {pace}",
                columns=(*columns, "arrived", "POSTs"),
                rows=tuple(_row(each, runs, (ours, outbox), rate) for each in contenders),
                contestants=tuple(contestant(key) for key in ("ours", "ours-outbox", "snowplow")),
                notes=(_how(rounds, count),),
            )


def lanes(*, quick: bool, before: Path) -> Iterator[Table]:
    """The same of settings and requests that are not the common ones, beside the version before."""
    rounds, events = (3, 1_500) if quick else (5, 8_000)
    rows = []
    for key in LANES:
        made = contestant(key)
        now, earlier = Contender(key), Contender(key, before)
        protocol = made.protocol or "WSGI"
        runs = _take_turns((now, earlier), protocol=protocol, rate=None, rounds=rounds, events=events)
        rows.append(
            Row("page view, title and entity" if key == "ours" else made.name, _lane(runs, now, earlier))
        )
    columns = ("CPU µs", "before: CPU µs", "now ÷ before")
    yield Table(
        title="Lanes, now and in the version before",
        columns=(*columns, *(f"request's thread: {column}" for column in columns), "arrived"),
        rows=tuple(rows),
        contestants=(contestant("ours"),),
        notes=(
            _how(rounds, events),
            "each is the common lane with that one thing more; WSGI, FastAPI alone ASGI",
        ),
    )


def _take_turns(
    contenders: Sequence[Contender], *, protocol: str, rate: float | None, rounds: int, events: int
) -> Runs:
    """Each contender and the app without any, one after the other, each run in a fresh process."""
    bare = Contender(contestant(contenders[0].key).bare)
    runs: Runs = {each: [] for each in (bare, *contenders)}
    with Sink() as sink:
        for _ in range(rounds):
            for each, found in runs.items():
                found.append(
                    delivery.run(sink, each.key, events, tree=each.tree, protocol=protocol, rate=rate)
                )
    return {each: _over(found, runs[bare]) for each, found in runs.items()}


def _over(runs: Iterable[dict[str, Any]], bare: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The runs less what the app itself takes, in the median of its runs."""
    less = {name: Spread.of(run[name] for run in bare).median for name in ("cpu", "thread")}
    return [
        run if "trouble" in run else {**run, **{name: run[name] - less[name] for name in less}}
        for run in runs
    ]


def _row(each: Contender, runs: Runs, ours: Sequence[Contender], rate: float | None) -> Row:
    found = runs[each]
    if trouble := next((run["trouble"] for run in found if "trouble" in run), None):
        return Row(each.name, (trouble, *[None] * (5 if rate else 8)))
    cells: list[Cell | Ratio] = [*_compared(each, runs, ours, "cpu"), _spread(found, "thread")]
    if not rate:
        cells += _compared(each, runs, ours, "rate")
    return Row(each.name, (*cells, _arrived(found), _spread(found, "posts").median))


def _compared(each: Contender, runs: Runs, ours: Sequence[Contender], name: str) -> Iterator[Cell | Ratio]:
    figure = _spread(runs[each], name)
    yield figure
    for one in ours:
        yield None if each.is_ours else Ratio(_spread(runs[one], name).median, figure.median)


def _lane(runs: Runs, now: Contender, earlier: Contender) -> tuple[Cell | Ratio, ...]:
    troubles = [run["trouble"] for each in (now, earlier) for run in runs[each] if "trouble" in run]
    if troubles:
        return (troubles[0], *[None] * 6)
    cells: list[Cell | Ratio] = []
    for name in ("cpu", "thread"):
        here, there = _spread(runs[now], name), _spread(runs[earlier], name)
        cells += [here, there, Ratio(here.median, there.median)]
    return (*cells, _arrived([*runs[now], *runs[earlier]]))


def _spread(runs: Iterable[dict[str, Any]], name: str) -> Spread:
    return Spread.of(run[name] for run in runs)


def _arrived(runs: Iterable[dict[str, Any]]) -> str:
    """Whether all did."""
    wrong = [run["arrived"] for run in runs if run["arrived"] != run["each"] * run["served"]]
    return f"NOT all: {wrong}" if wrong else "all"


def _how(rounds: int, events: int) -> str:
    return (
        f"{rounds} runs of {events:,} page views, each with a visitor, cookies and a URL of its own, in a "
        "fresh process each, the contestants one after the other; CPU of all threads of the process from the "
        "first request until all was delivered, less the same app's without tracking; the collector is "
        "another process"
    )
