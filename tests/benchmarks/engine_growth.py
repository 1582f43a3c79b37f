"""``python -m tests.benchmarks.engine_growth``: the journeys of millions of events on the other engines.

Each run is the command's own, in a process of its own, over the events of ``journeys_events`` put where
the engine reads them. It stands apart from ``python -m tests.benchmarks``, whose peers do not install
beside Spark.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb

from tests.databases import postgres
from tracking_middleware.journeys.engines.clickhouse import ClickHouse
from tracking_middleware.journeys.sources.columns import COLUMNS

from . import report
from .figures import Row, Table
from .journeys_events import write_parquet
from .process_trees import Used, used_by

ENGINES = ("postgres", "clickhouse", "spark")
_PATIENCE = 3600.0
_EVERY = 0.2
"""Seconds between two looks at what the processes use."""
_POSTGRES = {"VARCHAR": "text", "DOUBLE": "double precision"}
_AS_IT_IS = {
    "postgres": "PostgreSQL has its own default settings",
    "clickhouse": "ClickHouse is in the process (chdb)",
    "spark": "Spark is in the process (`local[*]`), with the 2 GB for its driver that the command gives it",
}
_PACKAGES = ("psycopg", "chdb", "pyspark", "duckdb", "sqlglot")


@dataclass(frozen=True)
class Placed:
    """Where the events are, as the command is told, and the processes that work for it besides its own."""

    options: tuple[str, ...]
    servers: tuple[int, ...] = ()


def compare(engines: tuple[str, ...], *, events: int) -> Iterator[Table]:
    """A full run of about so many events on each of the engines."""
    rows = []
    with tempfile.TemporaryDirectory(prefix="engines-") as name:
        collected = Path(name) / "collected"
        collected.mkdir()
        source = collected / "events.parquet"
        write_parquet(source, events=events)
        count = _count(source)
        for engine in engines:
            Path(name).chmod(0o755)  # PostgreSQL runs as a user of its own
            with _PLACES[engine](source, Path(name)) as placed:
                seconds, used = _run(engine, placed)
            rows.append(Row(engine, (seconds, used.cpu, used.memory)))
    note = (
        "`tracking-middleware journeys run --engine …`; CPU and memory are of its processes and of the "
        f"server's together: PSS, seen every {_EVERY} s; {', '.join(_AS_IT_IS[engine] for engine in engines)}"
    )
    yield Table(
        f"Journeys of {count:,} events on other engines", ("s", "CPU s", "peak MiB"), tuple(rows), (), (note,)
    )


def _count(source: Path) -> int:
    with duckdb.connect() as connection:
        ((count,),) = connection.execute("SELECT count(*) FROM read_parquet(?)", [str(source)]).fetchall()
    return count


def _run(engine: str, placed: Placed) -> tuple[float, Used]:
    """The command, and what it used; raises RuntimeError where it fails."""
    line = [sys.executable, "-m", "tracking_middleware", "journeys", "run", "--engine", engine]
    before = used_by(placed.servers)
    begun, most, ended = time.monotonic(), before, threading.Event()
    with subprocess.Popen(
        [*line, *placed.options], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    ) as process:

        def watch() -> None:
            nonlocal most
            while not ended.wait(_EVERY):
                most = most.or_more(used_by((process.pid, *placed.servers)))

        watcher = threading.Thread(target=watch, name="watch")
        watcher.start()
        try:
            _, told = process.communicate(timeout=_PATIENCE)
        finally:
            process.kill()
            ended.set()
            watcher.join()
    if process.returncode:
        raise RuntimeError(f"the run on {engine} ended with status {process.returncode}: {told[-2000:]}")
    return time.monotonic() - begun, Used(most.cpu - before.cpu, most.memory)


@contextmanager
def _on_postgres(source: Path, folder: Path) -> Iterator[Placed]:
    """In a server of Debian's, which is gone afterwards."""
    programs = postgres.programs()
    if programs is None:
        raise RuntimeError("PostgreSQL is missing: Debian's package postgresql has it")
    rows = folder / "events.csv"
    with duckdb.connect() as connection:
        connection.execute(f"COPY (FROM read_parquet('{source}')) TO '{rows}' (HEADER false)")
    listed = ", ".join(f"{name} {_POSTGRES.get(kind, kind)}" for name, kind in COLUMNS.items())
    with postgres.running(programs) as server:
        postgres.execute(server, f"CREATE TABLE collected ({listed})")
        postgres.execute(server, f"COPY collected FROM '{rows}' (FORMAT csv)")
        postgres.execute(server, "ANALYZE collected")
        rows.unlink()
        main = int((server / "data" / "postmaster.pid").read_text().split()[0])
        address = f"host={server} user={postgres.USER} dbname=postgres"
        yield Placed(("--table", "collected", "--database", address), (main,))


@contextmanager
def _on_clickhouse(source: Path, folder: Path) -> Iterator[Placed]:
    """In the process, by chdb."""
    data = folder / "clickhouse"
    _fill_clickhouse(source, data)
    yield Placed(("--table", "collected", "--database", str(data)))


def _fill_clickhouse(source: Path, data: Path) -> None:
    """In a process of its own, since chdb holds its folder until the process ends."""
    script = f"import sys; from {__package__}.engine_growth import fill; fill(*sys.argv[1:])"
    subprocess.run([sys.executable, "-c", script, str(source), str(data)], check=True, timeout=_PATIENCE)


def fill(source: str, data: str) -> None:
    """Put the events of a file of Parquet into a table of ClickHouse's."""
    engine = ClickHouse(data, schema="journeys")
    create = "CREATE TABLE default.collected ENGINE = MergeTree ORDER BY tuple() AS"
    engine._server.send(f"{create} SELECT * FROM file('{source}', Parquet)", database="default")
    engine.close()


@contextmanager
def _on_spark(source: Path, folder: Path) -> Iterator[Placed]:
    """From a folder of Parquet to folders of Parquet."""
    yield Placed(("--table", str(source.parent), "--schema", str(folder / "spark")))


_PLACES = {"postgres": _on_postgres, "clickhouse": _on_clickhouse, "spark": _on_spark}


def main() -> None:
    """Measure what was asked for."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.engine_growth", description=__doc__)
    parser.add_argument("--only", nargs="+", choices=ENGINES, default=ENGINES, metavar="ENGINE")
    parser.add_argument("--events", type=int, default=1_000_000, metavar="NUMBER")
    parser.add_argument("--paste", type=Path, metavar="FILE", help="a document to put the table into")
    arguments = parser.parse_args()
    where = report.machine(_PACKAGES, environment="engine-growth")
    for table in compare(tuple(arguments.only), events=arguments.events):
        print(report.markdown(table), flush=True)
        if arguments.paste:
            name = f"engines {' '.join(arguments.only)}"
            missing = report.paste([(name, table)], where, mode="full", into=arguments.paste)
            print(f"{arguments.paste}{' has no place for ' + ', '.join(missing) if missing else ''}")


if __name__ == "__main__":
    main()
