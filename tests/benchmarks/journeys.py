"""The journeys from ten thousand to ten million events: seconds, CPU seconds and memory, all and by table."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tests.truth.__main__ import found

from .figures import Row, Table
from .journeys_events import write_parquet, write_sources

_SIZES = (10_000, 100_000, 1_000_000, 10_000_000)
_QUICK = (10_000, 100_000)
_OF_SOURCES = 100_000
_CHILD = """
import json, resource, sys, time
from pathlib import Path
from tracking_middleware.journeys.config import Config
from tracking_middleware.journeys.driver import run
summary = run([Path(sys.argv[1])], to=Path(sys.argv[2]), config=Config(), progress=lambda *_: None)
used = resource.getrusage(resource.RUSAGE_SELF)
print(json.dumps({"events": summary.events, "seconds": summary.seconds, "cpu": used.ru_utime + used.ru_stime,
    "memory": summary.peak_memory, "steps": summary.steps}))
"""
_MOST_TABLES = 12


def compare(*, quick: bool) -> Iterator[Table]:
    """A full run of each size from Parquet, the slowest tables of the largest, and each other source."""
    with tempfile.TemporaryDirectory(prefix="journeys-") as name:
        folder = Path(name)
        runs = []
        for size in _QUICK if quick else _SIZES:
            path = folder / "events.parquet"
            write_parquet(path, events=size)
            runs.append(_run(path, folder))
        yield _growth(runs)
        yield _by_table(runs[-1])
        yield _sources(write_sources(folder, events=_OF_SOURCES), folder)


def truth(*, quick: bool) -> Iterator[Table]:
    """How much of what is true is found, in worlds of three seeds."""
    seeds, persons = ((1,), 300) if quick else ((1, 2, 3), 3000)
    results = [{name.partition(" (")[0]: said for name, said in found(seed, persons)} for seed in seeds]
    rows = [Row(what, tuple(result[what] for result in results)) for what in results[0]]
    columns = tuple(f"seed {seed}" for seed in seeds)
    yield Table("Journeys: precision / recall of pairs", columns, tuple(rows), ())


def _run(source: Path, folder: Path) -> dict:
    """A run in a process of its own."""
    to = folder / "journeys.duckdb"
    to.unlink(missing_ok=True)
    line = [sys.executable, "-c", _CHILD, str(source), str(to)]
    return json.loads(subprocess.run(line, check=True, capture_output=True, text=True).stdout)


def _growth(runs: list[dict]) -> Table:
    columns = ("s", "CPU s", "peak MiB")
    rows = [
        Row(f"{run['events']:,} events", (run["seconds"], run["cpu"], run["memory"] / 2**20)) for run in runs
    ]
    return Table("Journeys: a full run from Parquet", columns, tuple(rows), ())


def _by_table(run: dict) -> Table:
    slowest = sorted(run["steps"].items(), key=lambda step: -step[1])[:_MOST_TABLES]
    rows = [Row(name, (seconds, f"{seconds / run['seconds']:.0%}")) for name, seconds in slowest]
    return Table(
        f"Journeys of {run['events']:,} events: the slowest tables", ("s", "of all"), tuple(rows), ()
    )


def _sources(sources: dict[str, Path], folder: Path) -> Table:
    runs = {name: _run(path, folder) for name, path in sources.items()}
    rows = [Row(name, (run["steps"]["sources"] * 1e6 / run["events"],)) for name, run in runs.items()]
    return Table("Journeys: reading other sources", ("s a million events",), tuple(rows), ())
