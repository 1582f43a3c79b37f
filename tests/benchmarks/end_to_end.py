"""Frameworks on a real server: requests a second and CPU of the server, without ours, with it, and before."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from .collector import cpu_of
from .contestants import contestant
from .figures import Cell, Ratio, Row, Spread, Table
from .processes import Sink, measure_in_child, read_line, start_module, stop
from .versions import Contender

_SITES = ("ours-fastapi", "ours-django", "ours-flask")
_CONNECTIONS = 8
_PATIENCE = 60


def compare(*, quick: bool, before: Path) -> Iterator[Table]:
    """Each as fast as it goes, one after the other."""
    rounds, seconds = (3, 1.0) if quick else (5, 3.0)
    rows: list[Row] = []
    for key in _SITES:
        made = contestant(key)
        without = Contender(made.bare)
        contenders = (without, Contender(key), Contender(key, before))
        runs: dict[Contender, list[dict[str, float]]] = {each: [] for each in contenders}
        with Sink() as sink:
            for _ in range(rounds):
                for each, found in runs.items():
                    found.append(_run(each, sink.port, seconds))
        labels = (f"{made.name}, bare", f"{made.name}, tracked", f"{made.name}, version before")
        rows += [
            Row(label, tuple(_cells(runs[each], runs[without] if each is not without else None)))
            for label, each in zip(labels, contenders, strict=True)
        ]
    yield Table(
        title="Frameworks on a real server, one process: a page with a title and an entity",
        columns=("requests a second", "bare ÷ it", "server's CPU µs per request", "bare ÷ it, CPU"),
        rows=tuple(rows),
        contestants=(contestant("ours"),),
        notes=(
            f"{rounds} runs of {seconds} s in a fresh process each, by turns",
            f"{_CONNECTIONS} connections of a client beside it, which wait for each answer",
            "FastAPI on uvicorn, Django and Flask on waitress with 4 threads",
        ),
    )


def _run(each: Contender, port: int, seconds: float) -> dict[str, float]:
    process = start_module("server", each.key, str(port), tree=each.tree)
    try:
        served = int(read_line(process))
        options: dict[str, Any] = {"port": served, "connections": _CONNECTIONS}
        if measure_in_child("drive", {**options, "seconds": 0.3}, timeout=_PATIENCE) is None:
            raise RuntimeError(f"{each.name} did not answer")
        begun = cpu_of(process.pid)
        found = measure_in_child("drive", {**options, "seconds": seconds}, timeout=_PATIENCE)
        if found is None:
            raise RuntimeError(f"{each.name} did not answer")
        cpu = cpu_of(process.pid) - begun
    finally:
        stop(process)
    return {"rate": found["rate"], "cpu": cpu / found["answered"] * 1e6}


def _cells(runs: list[dict[str, float]], bare: list[dict[str, float]] | None) -> Iterator[Cell | Ratio]:
    for name in ("rate", "cpu"):
        figure = Spread.of(run[name] for run in runs)
        yield figure
        yield None if bare is None else Ratio(Spread.of(run[name] for run in bare).median, figure.median)
