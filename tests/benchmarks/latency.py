"""Latency of page views behind a real server: with the collector well, and with it hung all the time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

from .contestants import contestant
from .figures import Row, Spread, Table
from .processes import Sink, measure_in_child, read_line, start_module, stop

_RATE = 200
_PATIENCE = 20
_CONTESTANTS = ("bare", "ours", "snowplow-sync")


def compare(*, quick: bool) -> Iterator[Table]:
    """p50 and p99 both ways, and whether their difference is more than noise."""
    runs, well_seconds, hang_seconds = (3, 1, 5) if quick else (5, 5, 60)
    well: dict[str, list[dict[str, Any]]] = {key: [] for key in _CONTESTANTS}
    hung: dict[str, dict[str, Any]] = {}
    with ExitStack() as stack:
        sink = stack.enter_context(Sink())
        ports = {key: _start(stack, key, sink.port) for key in _CONTESTANTS}
        for _ in range(runs):
            for key, port in ports.items():
                well[key].append(_load(port, well_seconds))
        with sink.behaving("hang"):
            for key, port in ports.items():
                hung[key] = _load(port, well_seconds if key == "bare" else hang_seconds)
    yield Table(
        title=f"Latency of page views, collector hung for {hang_seconds} s (uvicorn, 1 worker)",
        columns=(
            "well p50 ms",
            "hung p50 ms",
            "well p99 ms",
            "hung p99 ms",
            "p99 more",
            "noise",
            "hung, worst ms",
        ),
        rows=tuple(_row(key, well[key], hung[key]) for key in _CONTESTANTS),
        contestants=tuple(map(contestant, _CONTESTANTS)),
        notes=(
            f"open loop, {_RATE} requests a second from another process, timed from when each was due",
            f"well: {runs} runs of {well_seconds} s, the contestants one after the other; hung: one run",
            "p99 more: hung less the well runs' median, in ms; noise: the range of all the well runs' p99",
            f"a request without an answer within {_PATIENCE} s counts as that: "
            + ", ".join(f"{contestant(key).name} {run['unanswered']}" for key, run in hung.items()),
        ),
    )


def _start(stack: ExitStack, key: str, collector_port: int) -> int:
    process = start_module("server", key, str(collector_port))
    stack.callback(stop, process)
    return int(read_line(process))


def _load(port: int, seconds: float) -> dict[str, Any]:
    options = {"port": port, "rate": _RATE, "seconds": seconds, "patience": _PATIENCE}
    found = measure_in_child("load", options, timeout=seconds + 3 * _PATIENCE)
    if found is None:
        raise RuntimeError(f"a load of {seconds} s did not end")
    return found


def _row(key: str, well: list[dict[str, Any]], hung: dict[str, Any]) -> Row:
    def of_well(part: str, sum_up: Callable[..., Any] = Spread.of) -> Any:
        return sum_up(run[part] for run in well)

    p99 = of_well("p99")
    return Row(
        contestant(key).name,
        (
            of_well("p50"),
            hung["p50"],
            p99,
            hung["p99"],
            hung["p99"] - p99.median,
            of_well("p99", max) - of_well("p99", min),
            hung["most"],
        ),
    )
