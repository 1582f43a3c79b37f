"""Delivery: the CPU of all threads for each page view, and how many a second one process delivers."""

from __future__ import annotations

import gc
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from .contestants import Setup, contestant
from .drivers import serve
from .figures import Cell, Ratio, Row, Spread, Table
from .processes import Sink, arrivals, measure_in_child
from .sites import environ_of
from .visitors import Visitors

_BARE = "bare"
_CONTESTANTS = ("ours", "ours-outbox", "snowplow", "posthog", "segment")
_WARM_UP = 200
_PATIENCE = 60


def compare(*, quick: bool) -> Iterator[Table]:
    """Page views as fast as one thread can serve them, each run in a fresh process beside the collector."""
    rounds, events = (3, 2_000) if quick else (5, 10_000)
    runs: dict[str, list[dict[str, Any]]] = {key: [] for key in (_BARE, *_CONTESTANTS)}
    with Sink() as sink:
        for _ in range(rounds):
            for key, found in runs.items():
                found.append(_run(sink, key, events))
    bare = Spread.of(run["cpu"] for run in runs[_BARE]).median
    yield Table(
        title="Delivery of page views, one process (WSGI)",
        columns=(
            *("CPU µs per page view", "ours ÷ it", "outbox ÷ it"),
            *("delivered a second", "ours ÷ it, rate", "outbox ÷ it, rate"),
            *("arrived", "POSTs"),
        ),
        rows=tuple(_row(key, runs, bare=bare, events=events) for key in _CONTESTANTS),
        contestants=tuple(map(contestant, _CONTESTANTS)),
        notes=(
            (
                f"{rounds} runs of {events:,} page views each, in a fresh process, the contestants one after "
                "the other. CPU: all threads of the process, from the first request until all has been "
                f"delivered, less the bare app's ({bare:.2f} µs). Rate: until the last event reached the "
                "collector, which is another process."
            ),
        ),
    )


def _run(sink: Sink, key: str, events: int) -> dict[str, Any]:
    """One run; ``cpu`` in µs and ``rate`` in events a second, or ``trouble``."""
    before = sink.arrivals()
    options = {"key": key, "port": sink.port, "events": events, "already": before.events}
    found = measure_in_child("deliver", options, timeout=3 * _PATIENCE)
    if found is None:
        return {"trouble": f"stopped after {3 * _PATIENCE} s"}
    after = sink.arrivals()
    arrived = after.events - before.events - _WARM_UP
    return {**found, "arrived": arrived, "posts": after.posts - before.posts}


def _row(key: str, runs: dict[str, list[dict[str, Any]]], *, bare: float, events: int) -> Row:
    name = contestant(key).name
    if trouble := next((run["trouble"] for run in runs[key] if "trouble" in run), None):
        return Row(name, (trouble, *[None] * 7))
    arrived = {run["arrived"] for run in runs[key]}
    return Row(
        name,
        (
            *_compared(key, {key: _cpu(found, bare) for key, found in runs.items()}),
            *_compared(key, {key: _rate(found) for key, found in runs.items()}),
            f"all {events:,}" if arrived == {events} else f"NOT {events:,}: {sorted(arrived)}",
            Spread.of(run["posts"] for run in runs[key]).median,
        ),
    )


def _compared(key: str, figures: dict[str, Spread | None]) -> tuple[Cell | Ratio, ...]:
    """A figure and how ours compare with it, where both are there."""
    figure = figures[key]
    is_ours = key.startswith("ours")
    ratios = [
        None if is_ours or figure is None or one is None else Ratio(one.median, figure.median)
        for one in (figures["ours"], figures["ours-outbox"])
    ]
    return (figure, *ratios)


def _cpu(runs: list[dict[str, Any]], bare: float) -> Spread | None:
    return Spread.of(run["cpu"] for run in runs).minus(bare) if "cpu" in runs[0] else None


def _rate(runs: list[dict[str, Any]]) -> Spread | None:
    return Spread.of(run["rate"] for run in runs) if runs[0].get("rate") else None


def deliver(*, key: str, port: int, events: int, already: int, folder: Path) -> dict[str, Any]:
    """In the child: serve page views as fast as possible, and wait until all have arrived."""
    made = contestant(key)(Setup(port=port, folder=folder))
    app, visitors, expected = made.wsgi_app(), Visitors(seed=2), 0 if key == _BARE else already + _WARM_UP
    serve(app, [environ_of(visitors.with_cookies()) for _ in range(_WARM_UP)])
    made.flush()
    arrivals(port, expected, within=_PATIENCE)
    environs = [environ_of(visitors.with_cookies()) for _ in range(events)]
    gc.collect()
    gc.freeze()  # the requests that wait are no burden that a server would have
    begun, cpu_begun = time.monotonic(), time.process_time()
    serve(app, environs)
    made.flush()
    seen = arrivals(port, expected + events if expected else 0, within=_PATIENCE)
    cpu = time.process_time() - cpu_begun
    made.close()
    return {"cpu": cpu / events * 1e6, "rate": events / (seen.last_arrival - begun) if expected else None}
