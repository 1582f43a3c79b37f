"""Puts what was made of the touched islands in the place of what was there; one transaction has it all."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ..making import events_view
from ..models import MODELS
from ..sources.columns import COLUMNS

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_NEW = "SELECT event_id FROM new_nodes"
_OF_NEW = """
SELECT * FROM scratch.{table} WHERE CAST(event_id AS UUID) IN (SELECT event_id FROM new_nodes)
"""
_TOUCHED = "SELECT event_id FROM touched_events"
_NODES = "SELECT node FROM touched_nodes"
_OLD = """
CREATE OR REPLACE TEMP TABLE old_persons AS
SELECT person_id, session_id
FROM kept.event_persons
WHERE CAST(event_id AS UUID) IN (SELECT event_id FROM touched_events)
"""
_GONE = {
    "event_rows": f"CAST(event_id AS UUID) IN ({_NEW})",
    "event_copies": f"CAST(event_id AS UUID) IN ({_NEW})",
    "duplicates": f"CAST(event_id AS UUID) IN ({_NEW})",
    "event_nodes": f"event_id IN ({_NEW})",
    "event_persons": f"CAST(event_id AS UUID) IN ({_TOUCHED})",
    "identifiers": f"hash(kind || ':' || value) IN ({_NODES})",
    "shared_identifiers": f"hash(kind || ':' || value) IN ({_NODES})",
    "person_identifiers": f"hash(kind || ':' || value) IN ({_NODES})",
    "persons": "person_id IN (SELECT person_id FROM old_persons)",
    "page_views": f"CAST(page_view_id AS UUID) IN ({_TOUCHED})",
    "sessions": "session_id IN (SELECT session_id FROM old_persons)",
    "renamed_persons": "true",
}
"""By the name of a table, which of its rows go."""
_COME = {
    "event_rows": _OF_NEW.format(table="event_rows"),
    "event_copies": _OF_NEW.format(table="event_copies"),
    "duplicates": _OF_NEW.format(table="duplicates"),
    "event_nodes": "SELECT * FROM new_nodes",
    "rejected": "SELECT * FROM new_rejected",
}
"""By the name of a table, the rows that come, where they are not all that were made."""
_OF_ALL = ("measured_views", "adblock_left_out", "adblock_gap")
"""What counts over all islands, out of the tables of all."""
_BESIDE = ("event_rows", "event_copies", "event_nodes", "island_nodes")
_KEPT = tuple(
    model.name for model in MODELS if model.kind == "kept" and model.name not in {"events", "rejected"}
)
_ADDED = """
SELECT column_name, data_type FROM duckdb_columns()
WHERE database_name = 'scratch' AND table_name = '{table}'
EXCEPT
SELECT column_name, data_type FROM duckdb_columns() WHERE database_name = 'kept' AND table_name = '{table}'
"""
_ISLANDS = (
    "DELETE FROM kept.island_nodes WHERE island IN (SELECT island FROM touched_islands)",
    "INSERT INTO kept.island_nodes SELECT node, island FROM grown_islands",
)


def merge(connection: DuckDBPyConnection) -> None:
    """Put the rows of the touched islands, which are in ``scratch``, into ``kept``."""
    connection.execute(_OLD)
    for table in ("event_rows", "event_copies"):
        for column, kind in connection.execute(_ADDED.format(table=table)).fetchall():
            connection.execute(f"ALTER TABLE kept.{table} ADD COLUMN {column} {kind}")
    for table in (*_GONE, "rejected"):
        if (gone := _GONE.get(table)) is not None:
            connection.execute(f"DELETE FROM kept.{table} WHERE {gone}")  # noqa: S608
        come = _COME.get(table, f"SELECT * FROM scratch.{table}")  # noqa: S608
        connection.execute(f"INSERT INTO kept.{table} BY NAME {come}")
    for statement in _ISLANDS:
        connection.execute(statement)
    view = events_view(columns_of(connection, "event_rows"))
    connection.execute(f"CREATE OR REPLACE VIEW events AS {view}")


def replace_all(connection: DuckDBPyConnection) -> None:
    """Let what is in ``scratch``, made of all events, be all that ``kept`` has."""
    for table in (*_BESIDE, *_KEPT):
        connection.execute(f"CREATE OR REPLACE TABLE {table} AS FROM scratch.{table}")
    connection.execute("INSERT INTO rejected BY NAME SELECT * FROM new_rejected")
    view = events_view(columns_of(connection, "event_rows"))
    connection.execute(f"CREATE OR REPLACE VIEW events AS {view}")


def count_all(connection: DuckDBPyConnection) -> None:
    """Make anew what counts over all islands; the connection's own database is ``kept``."""
    for model in MODELS:
        if model.name in _OF_ALL:
            where = "TABLE kept.main" if model.kind == "kept" else "TEMP TABLE temp.main"
            connection.execute(f"CREATE OR REPLACE {where}.{model.name} AS\n{model.sql}")


def columns_of(connection: DuckDBPyConnection, table: str) -> tuple[str, ...]:
    """The canonical columns that a table of the database ``kept`` has, in their order."""
    question = "SELECT column_name FROM duckdb_columns() WHERE database_name = 'kept' AND table_name = $table"
    there: Sequence[str] = [name for (name,) in connection.execute(question, {"table": table}).fetchall()]
    return tuple(name for name in COLUMNS if name in there)
