"""Delivery: the CPU of all threads for each page view, and how many a second one process delivers."""

from __future__ import annotations

import gc
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from .contestants import Setup, contestant
from .drivers import driver_of
from .figures import Cell, Ratio, Row, Spread, Table
from .processes import Sink, arrivals, measure_in_child
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
                found.append(run(sink, key, events))
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


def run(
    sink: Sink,
    key: str,
    events: int,
    *,
    tree: Path | None = None,
    protocol: str = "WSGI",
    rate: float | None = None,
) -> dict[str, Any]:
    """One run in a fresh process, with the package of ``tree``: what ``deliver`` finds, or ``trouble``."""
    before = sink.arrivals()
    options = {"key": key, "port": sink.port, "events": events, "already": before.events}
    options |= {"protocol": protocol, "rate": rate}
    found = measure_in_child("deliver", options, timeout=3 * _PATIENCE, tree=tree)
    if found is None:
        return {"trouble": f"stopped after {3 * _PATIENCE} s"}
    after = sink.arrivals()
    arrived = after.events - before.events - _WARM_UP * found["each"]
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


def deliver(
    *, key: str, port: int, events: int, already: int, protocol: str, rate: float | None, folder: Path
) -> dict[str, Any]:
    """In the child: serve page views, by default as fast as possible, and wait until all have arrived.

    ``cpu`` and ``thread`` are µs a page view, of the process and of the thread that serves; ``rate``
    is page views a second; ``each`` the events of one.
    """
    made, driver = contestant(key)(Setup(port=port, folder=folder)), driver_of(protocol)
    app, visitors = driver.app_of(made), Visitors(seed=2)
    expected = already + _WARM_UP * made.each
    driver.serve(app, driver.prepared(made.visit(visitors) for _ in range(_WARM_UP)))
    made.flush()
    arrivals(port, expected, within=_PATIENCE)
    requests = driver.prepared(made.visit(visitors) for _ in range(events))
    gc.collect()
    gc.freeze()  # the requests that wait are no burden that a server would have
    begun, cpu_begun, thread_begun = time.monotonic(), time.process_time(), time.thread_time()
    driver.serve(app, requests, rate=rate)
    thread = time.thread_time() - thread_begun
    made.flush()
    seen = arrivals(port, expected + events * made.each, within=_PATIENCE)
    cpu = time.process_time() - cpu_begun
    made.close()
    driver.close()
    found = {"cpu": cpu / events * 1e6, "thread": thread / events * 1e6, "each": made.each, "served": events}
    return {**found, "rate": events / (seen.last_arrival - begun) if made.each else None}
