"""Millions of events for the journeys: a world of the truth, again and again with other people."""

from __future__ import annotations

import gzip
import json
import tempfile
from pathlib import Path
from typing import Any

from tests.truth.events import write_world
from tests.truth.world import World
from tracking_middleware.collector.micro.flat import flat_good
from tracking_middleware.collector.payload.json_text import encoded
from tracking_middleware.collector.store.rows import Row
from tracking_middleware.collector.store.store import Store
from tracking_middleware.journeys.config import Config
from tracking_middleware.journeys.file import opened
from tracking_middleware.journeys.preparing import attach_scratch
from tracking_middleware.journeys.sources.columns import COLUMNS
from tracking_middleware.journeys.sources.loading import load

_IDS = ("event_id", "domain_userid", "domain_sessionid", "network_userid")
_FIRST = "lpad(to_hex(n), 8, '0')"


def write_parquet(path: Path, *, events: int, seed: int = 1) -> None:
    """Write about so many events, as Parquet."""
    world = path.with_suffix(".tsv")
    made = write_world(World(seed=seed, persons=min(4000, max(200, events // 30))), world).events
    copy_to_parquet(world, path, copies=max(1, round(events / made)))


def copy_to_parquet(tsv: Path, path: Path, *, copies: int) -> None:
    """The events of a file again and again, each time by other people, as Parquet; the file goes."""
    with (
        tempfile.TemporaryDirectory(prefix="journeys-") as name,
        opened(Path(name) / "events.duckdb", config=Config()) as connection,
    ):
        attach_scratch(connection, Path(name))
        load(connection, [tsv], tell=lambda _: None)
        select = ", ".join(f"{_copied(column)} AS {column}" for column in COLUMNS)
        connection.execute(
            f"COPY (SELECT {select} FROM staged_events, range({copies}) AS copies(n)) "
            f"TO '{path}' (FORMAT parquet)"
        )
    tsv.unlink()


def write_sources(folder: Path, *, events: int) -> dict[str, Path]:
    """Write about so many events in each other form that the journeys read."""
    tsv = folder / "events.tsv"
    write_world(World(seed=1, persons=events // 35), tsv)
    (folder / "events.tsv.gz").write_bytes(gzip.compress(tsv.read_bytes(), 6))
    store = Store(folder / "store.sqlite3")
    lines = tsv.read_text().splitlines()
    with (folder / "events.jsonl").open("w") as stream:
        for first in range(0, len(lines), 2000):
            columns = [_columns(line) for line in lines[first : first + 2000]]
            stream.writelines(encoded(flat_good(each)) + "\n" for each in columns)
            store.add([Row(True, each["collector_tstamp"], {"event": each}) for each in columns])
    store.close()
    names = ("events.tsv", "events.tsv.gz", "events.jsonl", "store.sqlite3")
    return {name: folder / name for name in names}


def _columns(line: str) -> dict[str, Any]:
    """An event as the collector keeps it."""
    event: dict[str, Any] = {
        name: value or None for name, value in zip(COLUMNS, line.split("\t"), strict=True)
    }
    contexts = event["contexts"]
    return {**event, "contexts": json.loads(contexts) if contexts else None}


def _copied(name: str) -> str:
    """A column's value in copy n: of every id the first eight digits are the copy's."""
    if name in _IDS:
        return f"{_FIRST} || substr({name}, 9)"
    if name == "user_id":
        return "user_id || '-' || n"
    if name == "contexts":
        return f"regexp_replace(contexts, '\"[0-9a-f]{{8}}(-[0-9a-f]{{4}}-)', '\"' || {_FIRST} || '\\1', 'g')"
    return name
