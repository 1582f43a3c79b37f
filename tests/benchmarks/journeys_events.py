"""Millions of events for the journeys: a world of the truth, again and again with other people."""

from __future__ import annotations

from pathlib import Path

from tests.truth.events import write_world
from tests.truth.world import World
from tracking_middleware.journeys.config import Config
from tracking_middleware.journeys.driver import opened
from tracking_middleware.journeys.sources.columns import COLUMNS
from tracking_middleware.journeys.sources.loading import load

_IDS = ("event_id", "domain_userid", "domain_sessionid", "network_userid")
_FIRST = "lpad(to_hex(n), 8, '0')"


def write_parquet(path: Path, *, events: int, seed: int = 1) -> None:
    """Write about so many events, as Parquet."""
    world = path.with_suffix(".tsv")
    made = write_world(World(seed=seed, persons=min(4000, max(200, events // 30))), world).events
    copies = max(1, round(events / made))
    with opened(path.with_suffix(".duckdb"), config=Config()) as connection:
        load(connection, [world], tell=lambda _: None)
        select = ", ".join(f"{_copied(name)} AS {name}" for name in COLUMNS)
        connection.execute(
            f"COPY (SELECT {select} FROM staged_events, range({copies}) AS copies(n)) "
            f"TO '{path}' (FORMAT parquet)"
        )
    path.with_suffix(".duckdb").unlink()
    world.unlink()


def _copied(name: str) -> str:
    """A column's value in copy n: of every id the first eight digits are the copy's."""
    if name in _IDS:
        return f"{_FIRST} || substr({name}, 9)"
    if name == "user_id":
        return "user_id || '-' || n"
    if name == "contexts":
        return f"regexp_replace(contexts, '\"[0-9a-f]{{8}}(-[0-9a-f]{{4}}-)', '\"' || {_FIRST} || '\\1', 'g')"
    return name
