"""``python -m tests.benchmarks [--only NAME …] [--quick] [--output FOLDER]``: measure, print, save."""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterator
from importlib.metadata import PackageNotFoundError
from pathlib import Path

from . import collector, collector_growth, delivery, growth, journeys, latency, memory, report, request_path
from .figures import Table
from .processes import isolate

ROWS: dict[str, Callable[..., Iterator[Table]]] = {
    "request_path": request_path.tracked,
    "untracked": request_path.untracked,
    "delivery": delivery.compare,
    "latency": latency.compare,
    "memory": memory.compare,
    "growth": growth.compare,
    "collector": collector.throughput,
    "collector_growth": collector_growth.compare,
    "journeys": journeys.compare,
    "truth": journeys.truth,
}
"""What can be measured; a new row is a function from ``quick`` to tables, and a line here."""


def main() -> None:
    """Measure what was asked for."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument(
        "--only", nargs="+", choices=ROWS, default=list(ROWS), metavar="NAME", help=", ".join(ROWS)
    )
    parser.add_argument(
        "--quick", action="store_true", help="fewer and shorter: a minute and a half, not twelve"
    )
    parser.add_argument("--output", type=Path, default=Path("build/benchmarks"), metavar="FOLDER")
    arguments = parser.parse_args()
    isolate()
    begun = time.monotonic()
    try:
        where = report.machine()
    except PackageNotFoundError as missing:
        parser.error(f"{missing.name} is missing: run it with tox run -e bench")
    tables: list[tuple[str, Table]] = []
    try:
        for name in arguments.only:
            for table in ROWS[name](quick=arguments.quick):
                print(report.markdown(table), flush=True)
                tables.append((name, table))
    finally:  # what was measured so far is worth keeping
        mode = "quick" if arguments.quick else "full"
        head = report.head([table for _, table in tables], where, mode=mode, seconds=time.monotonic() - begun)
        print(head)
        for path in report.save(tables, where, head=head, folder=arguments.output):
            print(path)


if __name__ == "__main__":
    main()
