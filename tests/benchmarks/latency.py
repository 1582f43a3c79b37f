"""Latency of page views behind a real server: with the collector well, and with it hung all the time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

from .contestants import contestant
from .figures import Row, Spread, Table
from .processes import Sink, measure_in_child, read_line, start_module, stop

_RATE = 200
_PATIENCE = 10
_CONTESTANTS = ("bare", "ours", "snowplow-sync")

Runs = dict[str, list[dict[str, Any]]]


def compare(*, quick: bool) -> Iterator[Table]:
    """p50 and p99 both ways, and whether their difference is more than noise."""
    runs, well_seconds, hung_runs, hung_seconds = (3, 1, 1, 5) if quick else (4, 5, 4, 15)
    seconds = {key: well_seconds if key == "bare" else hung_seconds for key in _CONTESTANTS}
    with ExitStack() as stack:
        sink = stack.enter_context(Sink())
        ports = {key: _start(stack, key, sink.port) for key in _CONTESTANTS}
        well = _take_turns(ports, dict.fromkeys(_CONTESTANTS, well_seconds), runs)
        with sink.behaving("hang"):
            hung = _take_turns(ports, seconds, hung_runs)
    yield Table(
        title="Latency of page views, collector well and hung (uvicorn, 1 worker)",
        columns=(
            *(
                "well p50 ms",
                "hung p50 ms",
                "well p99 ms",
                "hung p99 ms",
                "p99 more",
                "noise",
                "hung, worst ms",
            ),
            *("unanswered", "broken"),
        ),
        rows=tuple(_row(key, well[key], hung[key]) for key in _CONTESTANTS),
        contestants=tuple(map(contestant, _CONTESTANTS)),
        notes=(
            f"open loop, {_RATE} requests a second from another process, timed from when each was due",
            f"well: {runs} runs of {well_seconds} s each, the contestants in turn",
            f"hung from then on: {hung_runs} of {hung_seconds} s (the bare app {well_seconds} s), in turn",
            "p99 more: hung less well, of the medians, in ms; noise: the range of all the well runs' p99",
            f"unanswered, while it hung: within {_PATIENCE} s, which is what such a request counts as",
        ),
    )


def _start(stack: ExitStack, key: str, collector_port: int) -> int:
    process = start_module("server", key, str(collector_port))
    stack.callback(stop, process)
    return int(read_line(process))


def _take_turns(ports: dict[str, int], seconds: dict[str, float], runs: int) -> Runs:
    found: Runs = {key: [] for key in ports}
    for _ in range(runs):
        for key, port in ports.items():
            found[key].append(_load(port, seconds[key]))
    return found


def _load(port: int, seconds: float) -> dict[str, Any]:
    options = {"port": port, "rate": _RATE, "seconds": seconds, "patience": _PATIENCE}
    found = measure_in_child("load", options, timeout=seconds + 4 * _PATIENCE)
    if found is None:
        raise RuntimeError(f"a load of {seconds} s did not end")
    return found


def _row(key: str, well: list[dict[str, Any]], hung: list[dict[str, Any]]) -> Row:
    def spread(runs: list[dict[str, Any]], part: str) -> Spread:
        return Spread.of(run[part] for run in runs)

    well_p99, hung_p99 = spread(well, "p99"), spread(hung, "p99")
    all_well = [run["p99"] for run in well]
    return Row(
        contestant(key).name,
        (
            spread(well, "p50"),
            spread(hung, "p50"),
            well_p99,
            hung_p99,
            hung_p99.median - well_p99.median,
            max(all_well) - min(all_well),
            max(run["most"] for run in hung),
            f"{sum(run['unanswered'] for run in hung):,}",
            f"{sum(run['broken'] for run in (*well, *hung)):,}",
        ),
    )
