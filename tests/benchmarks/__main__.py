"""``python -m tests.benchmarks [--only NAME …] [--quick] [--output FOLDER]``: measure, print, save."""

from __future__ import annotations

import argparse
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from importlib.metadata import PackageNotFoundError
from pathlib import Path

from . import (
    added_latency,
    agents,
    collector,
    collector_growth,
    delivery,
    end_to_end,
    growth,
    journeys,
    latency,
    memory,
    pages,
    path,
    report,
    request_path,
    steady,
    whole,
)
from .figures import Table
from .processes import isolate
from .versions import BEFORE, checked_out

ROWS: dict[str, Callable[..., Iterator[Table]]] = {
    "whole": whole.compare,
    "lanes": whole.lanes,
    "path": path.compare,
    "end_to_end": end_to_end.compare,
    "added_latency": added_latency.compare,
    "request_path": request_path.tracked,
    "untracked": request_path.untracked,
    "delivery": delivery.compare,
    "latency": latency.compare,
    "steady": steady.compare,
    "memory": memory.compare,
    "growth": growth.compare,
    "collector": collector.throughput,
    "collector_growth": collector_growth.compare,
    "pages": pages.compare,
    "journeys": journeys.compare,
    "truth": journeys.truth,
    "agents": agents.compare,
}
"""What can be measured; a new row is a function from ``quick`` to tables, and a line here.

Those below are given a checkout of the version before as well.
"""
AGAINST_BEFORE = {"whole", "lanes", "path", "end_to_end", "collector"}


def main() -> None:
    """Measure what was asked for."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument(
        "--only", nargs="+", choices=ROWS, default=list(ROWS), metavar="NAME", help=", ".join(ROWS)
    )
    parser.add_argument("--quick", action="store_true", help="fewer and shorter")
    parser.add_argument(
        "--before", default=BEFORE, metavar="COMMIT", help="the version to compare with (%(default)s)"
    )
    parser.add_argument("--output", type=Path, default=Path("build/benchmarks"), metavar="FOLDER")
    parser.add_argument(
        "--paste", type=Path, metavar="FILE", help="a document to put the tables into, by marks"
    )
    arguments = parser.parse_args()
    isolate()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that what was begun is ended
    begun = time.monotonic()
    try:
        where = report.machine()
    except PackageNotFoundError as missing:
        parser.error(f"{missing.name} is missing: run it with tox run -e bench")
    tables: list[tuple[str, Table]] = []
    try:
        with ExitStack() as stack:
            before = {}
            if AGAINST_BEFORE & set(arguments.only):
                before["before"] = stack.enter_context(checked_out(arguments.before))
            for name in arguments.only:
                for table in ROWS[name](quick=arguments.quick, **(before if name in AGAINST_BEFORE else {})):
                    print(report.markdown(table), flush=True)
                    tables.append((name, table))
    finally:  # what was measured so far is worth keeping
        mode = "quick" if arguments.quick else "full"
        head = report.head([table for _, table in tables], where, mode=mode, seconds=time.monotonic() - begun)
        print(head)
        for saved in report.save(tables, where, head=head, folder=arguments.output):
            print(saved)
        if arguments.paste:
            missing = report.paste(tables, where, mode=mode, into=arguments.paste)
            print(f"{arguments.paste}{' has no place for ' + ', '.join(missing) if missing else ''}")


if __name__ == "__main__":
    main()
