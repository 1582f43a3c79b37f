"""What was read out of the events' JSON, kept in the file: of an event that is there none is opened again.

``event_nodes`` has the key of its page's id, ``crossings`` and ``transactions`` have the few events with a
hand-off token or a transaction's number.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING

from ..making import Making

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

TABLES = {"crossings": "event_crossings", "transactions": "event_transactions"}
"""By the name of a table of the file, the model that fills it."""
INSTEAD = {
    "opened_events": "FROM touched_rows",
    **{
        model: f"""
        SELECT k.* FROM kept.{table} AS k WHERE k.event_id IN (SELECT event_id FROM touched_before)
        UNION ALL
        SELECT * FROM new_{table}
        """  # noqa: S608
        for table, model in TABLES.items()
    },
}
"""What the models of the touched islands are made of that would have to open JSON."""
_AGAIN = "DELETE FROM kept.{table} WHERE event_id IN (SELECT event_id FROM ids_again)"
_ADD = "INSERT INTO kept.{table} BY NAME SELECT * FROM new_{table}"


def keep_opened(*, prefix: str = "") -> Mapping[str, Callable[[Making], None]]:
    """By the model after which it is done, what keeps its rows: in tables of these names with the prefix."""
    return {model: partial(_keep, name=f"{prefix}{table}", model=model) for table, model in TABLES.items()}


def _keep(making: Making, *, name: str, model: str) -> None:
    making.keep(name, f"SELECT * FROM {model}")  # noqa: S608


def opened_nothing(connection: DuckDBPyConnection) -> None:
    """Nothing is new: no rows of new events."""
    for table in TABLES:
        connection.execute(f"CREATE OR REPLACE TEMP TABLE new_{table} AS SELECT * FROM kept.{table} LIMIT 0")  # noqa: S608


def add_opened(connection: DuckDBPyConnection) -> None:
    """Put the rows of the new events into the file's tables, in the place of those that came again."""
    for table in TABLES:
        connection.execute(_AGAIN.format(table=table))
        connection.execute(_ADD.format(table=table))
