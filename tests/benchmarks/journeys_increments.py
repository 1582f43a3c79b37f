"""What it costs to add the newest events to the journeys of a file, and to take two identifiers apart.

Each is a run in a process of its own that goes on from the file, beside the full run that made it.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tracking_middleware.journeys.apart.moments import now
from tracking_middleware.journeys.apart.separations import identifier_of, separate
from tracking_middleware.journeys.config import Config
from tracking_middleware.journeys.file import opened
from tracking_middleware.journeys.increments.running import run

from .figures import Row, Table

_SPLIT = """
COPY (SELECT * FROM read_parquet('{source}') WHERE collector_tstamp {which} (
    SELECT quantile_disc(collector_tstamp, 0.99) FROM read_parquet('{source}')
)) TO '{to}' (FORMAT parquet)
"""
_JOINED = """
SELECT 'user_id=' || u.value, 'domain_userid=' || d.value
FROM person_identifiers AS u
JOIN person_identifiers AS d ON d.person_id = u.person_id AND d.kind = 'domain_userid'
WHERE u.kind = 'user_id'
ORDER BY md5(u.value || d.value)
LIMIT 1
"""
_PATIENCE = 1800.0


def of_increments(source: Path, folder: Path) -> list[Row]:
    """All events but the newest 1 %, then those, then one ``user_id`` and a browser of theirs apart."""
    to, old, new = (folder / name for name in ("added.duckdb", "old.parquet", "new.parquet"))
    with opened(folder / "split.duckdb", config=Config()) as connection:
        for which, path in (("<=", old), (">", new)):
            connection.execute(_SPLIT.format(source=source, which=which, to=path))
    whole = _run(to, old)
    added = _run(to, new)
    with opened(to, config=Config()) as connection:
        ((one, other),) = connection.execute(_JOINED).fetchall()
        separate(connection, identifier_of(one), identifier_of(other), since=now())
    apart = _run(to)
    to.unlink()
    (folder / "split.duckdb").unlink()
    return [
        Row(f"a full run of {whole['events']:,} events", _cells(whole, whole)),
        Row(f"adding the newest {added['events'] - whole['events']:,} to them", _cells(added, whole)),
        Row(f"keeping two identifiers apart in {apart['events']:,}", _cells(apart, whole)),
    ]


def increments(rows: Sequence[Row]) -> Table:
    """What ``of_increments`` found of each size."""
    note = (
        "the runs of the command, CPU seconds without the start of Python, and the file when each is done; "
        "the newest 1 % of the events are of people who made more than that of all of them, and their rows "
        "are made anew"
    )
    columns = ("s", "CPU s", "of the full run's CPU", "file, MB")
    return Table("Journeys: a run that adds to a file", columns, tuple(rows), (), (note,))


def _cells(made: dict[str, Any], whole: dict[str, Any]) -> tuple[float, float, str, float]:
    return made["seconds"], made["cpu"], f"{made['cpu'] / whole['cpu']:.1%}", made["megabytes"]


def _run(to: Path, *sources: Path) -> dict[str, Any]:
    line = [sys.executable, "-m", __name__, str(to), *map(str, sources)]
    done = subprocess.run(line, check=True, capture_output=True, text=True, timeout=_PATIENCE)
    found: dict[str, Any] = json.loads(done.stdout)
    return {**found, "megabytes": to.stat().st_size / 1e6}


def main(to: str, *sources: str) -> None:
    """In a child: one run, and what it took."""
    begun, cpu = time.monotonic(), _cpu()
    summary = run([Path(name) for name in sources], to=Path(to), config=Config(), progress=_quiet)
    print(
        json.dumps(
            {"events": summary.events, "seconds": time.monotonic() - begun, "cpu": _cpu() - cpu},
        )
    )


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def _quiet(_name: str, _done: int, _of: int) -> None:
    """Nothing is told."""


if __name__ == "__main__":
    main(*sys.argv[1:])
