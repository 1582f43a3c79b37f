"""The journeys from ten thousand to ten million events: seconds, CPU seconds and memory, all and by table."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

from tests.truth.__main__ import found

from .figures import Row, Table
from .journeys_beside import while_it_is_read
from .journeys_events import write_parquet, write_sources
from .journeys_increments import increments, of_increments
from .journeys_run import in_child

_SIZES = (10_000, 100_000, 1_000_000, 10_000_000)
_QUICK = (10_000, 100_000)
_LARGE = 1_000_000
"""From so many events on it is measured what adding to them costs."""
_OF_SOURCES = 100_000


def compare(*, quick: bool) -> Iterator[Table]:
    """Full runs of each size from Parquet, each of their tables, the other sources, and who writes to one."""
    with tempfile.TemporaryDirectory(prefix="journeys-") as name:
        folder = Path(name)
        runs, added = [], []
        for size in _QUICK if quick else _SIZES:
            path = folder / "events.parquet"
            write_parquet(path, events=size)
            runs.append(in_child(path))
            if quick or size >= _LARGE:
                added += of_increments(path, folder)
        yield _growth(runs)
        yield _by_table(runs)
        yield increments(added)
        sources = write_sources(folder, events=_OF_SOURCES)
        yield _sources(sources)
        yield while_it_is_read(sources["store.sqlite3"], folder, posts=100 if quick else 500)


def truth(*, quick: bool) -> Iterator[Table]:
    """How much of what is true is found, in worlds of three seeds."""
    seeds, persons = ((1,), 300) if quick else ((1, 2, 3), 3000)
    results = [{name.partition(" (")[0]: said for name, said in found(seed, persons)} for seed in seeds]
    rows = [Row(what, tuple(result[what] for result in results)) for what in results[0]]
    columns = tuple(f"seed {seed}" for seed in seeds)
    yield Table("Journeys: precision / recall of pairs", columns, tuple(rows), ())


def _growth(runs: list[dict]) -> Table:
    columns = ("s", "CPU s", "peak MiB")
    rows = [Row(f"{run['events']:,} events", (run["seconds"], run["cpu"], run["memory"])) for run in runs]
    note = (
        "The command's run with `--full`, in a process of its own: CPU seconds with the start of Python, and "
        "the peak of the process, which is more than DuckDB's `memory_limit` (2.5 GB) speaks of."
    )
    return Table("Journeys: a full run from Parquet", columns, tuple(rows), (), (note,))


def _by_table(runs: list[dict]) -> Table:
    """All tables, the dearest of the largest run first."""
    names = sorted(runs[-1]["steps"], key=lambda name: -runs[-1]["steps"][name][1])
    columns = tuple(f"{what}, {run['events']:,}" for run in runs for what in ("s", "CPU s", "peak MiB"))
    rows = [Row(name, tuple(took for run in runs for took in run["steps"][name])) for name in names]
    return Table("Journeys: each table of a full run, by the number of events", columns, tuple(rows), ())


def _sources(sources: dict[str, Path]) -> Table:
    rows = []
    for name, path in sources.items():
        run = in_child(path)
        rows.append(Row(name, tuple(took * 1e6 / run["events"] for took in run["sources"])))
    return Table(
        "Journeys: reading other sources", ("s a million events", "CPU s a million events"), tuple(rows), ()
    )
