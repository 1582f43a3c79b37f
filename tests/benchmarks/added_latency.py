"""Latency that is added: pairs of the bare app and the tracked one at half load."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

from .contestants import contestant
from .figures import Row, Table, difference_of
from .processes import Sink, measure_in_child, port_without_listener, read_line, start_module, stop

_COLLECTORS = ("up", "slow", "down")
_CONNECTIONS = (1, 16, 256)
_WORKERS = {1: "ours", 4: "ours-outbox"}
"""How many, and who is tracked there: several workers share one outbox."""
_PAIRS = 20
_PARTS = {"p50": "p50", "p99": "p99", "p999": "p99.9"}


_NOTES = (
    "the bare app and the tracked one by turns, both running; the median of the pairs' differences",
    "in brackets the interval that has that median with 95 % (sign test)",
    "the collector: up, slow (answers after 2 s), down (refuses); 4 workers share one outbox",
    "half load: half the requests a second that the bare app answers over as many connections",
    "latency counts from when a request was due; the client's own delays are in it, on both sides",
)


def compare(*, quick: bool) -> Iterator[Table]:
    """The median difference of the pairs, with its interval."""
    seconds = 0.3 if quick else 1.5
    rows = [
        _row(found, f"{collector}, {workers} worker{'s' if workers > 1 else ''}, {connections} connections")
        for workers in _WORKERS
        for collector in _COLLECTORS
        for connections, found in _measure(workers, collector, seconds)
    ]
    yield Table(
        title="Latency that is added to a page view at half load (uvicorn), ms",
        columns=("requests a second", "bare p50", *(f"{name} added" for name in _PARTS.values())),
        rows=tuple(rows),
        contestants=tuple(map(contestant, _WORKERS.values())),
        notes=(*_NOTES, f"{_PAIRS} pairs of {seconds} s each"),
    )


def _measure(workers: int, collector: str, seconds: float) -> Iterator[tuple[int, dict[str, Any]]]:
    with ExitStack() as stack:
        if collector == "down":
            port = stack.enter_context(port_without_listener())
        else:
            sink = stack.enter_context(Sink())
            port = sink.port
            if collector == "slow":
                stack.enter_context(sink.behaving("slow"))
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="tracking-middleware-benchmark-"))
        keys = {"bare": "bare", "tracked": _WORKERS[workers]}
        servers = {
            name: start_module("server", key, str(port), str(workers), folder) for name, key in keys.items()
        }
        for process in servers.values():
            stack.callback(stop, process)
        ports = {name: int(read_line(process)) for name, process in servers.items()}
        for connections in _CONNECTIONS:
            options = {**ports, "connections": connections, "seconds": seconds, "count": _PAIRS}
            found = measure_in_child("pairs", options, timeout=60 + 4 * _PAIRS * seconds)
            if found is None:
                raise RuntimeError(f"the pairs with {connections} connections did not end")
            yield connections, found


def _row(found: dict[str, Any], name: str) -> Row:
    bare, tracked = found["bare"], found["tracked"]
    added = [
        difference_of([one[part] - other[part] for one, other in zip(tracked, bare, strict=True)])
        for part in _PARTS
    ]
    middle = sorted(run["p50"] for run in bare)[len(bare) // 2]
    return Row(name, (found["rate"], middle, *added))
