"""Puts what was made of the touched islands in the place of what was there; one transaction has it all."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING

from ..answers.making import BY_EVENT
from ..making import events_view
from ..models import ANSWERS, MODELS
from ..sources.columns import COLUMNS
from .opened import TABLES as OPENED
from .opened import add_opened

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_TOUCHED = {
    "event_persons": "person_id IN (SELECT person_id FROM touched_persons)",
    "identifiers": "hash(kind || ':' || value) IN (SELECT node FROM touched_nodes)",
    "shared_identifiers": "hash(kind || ':' || value) IN (SELECT node FROM touched_nodes)",
    "person_identifiers": "hash(kind || ':' || value) IN (SELECT node FROM touched_nodes)",
    "persons": "person_id IN (SELECT person_id FROM touched_persons)",
    "page_views": "person_id IN (SELECT person_id FROM touched_persons)",
    "sessions": "session_id IN (SELECT session_id FROM old_persons)",
    "renamed_persons": "true",
}
"""By the name of a table, which of its rows are of touched islands; those that were made are of them all."""
_OF_NOBODY = {"page_views": ("person_id IS NULL AND page_view_id IN (SELECT event_id FROM touched_ids)",)}
"""The same of rows that are no person's."""
_TOUCHED_ANSWERS = {"touches": "session_id IN (SELECT session_id FROM old_persons)"}
"""The same of answers: of those that tell of no more than an island."""
ANSWERS_BY_ISLAND = tuple(model for model in ANSWERS if model.name in _TOUCHED_ANSWERS)
_ADD_BY_EVENT = (
    "DELETE FROM kept.{table} WHERE event_id IN (SELECT event_id FROM ids_again)",
    "CREATE OR REPLACE TEMP VIEW events AS SELECT * FROM new_events",  # it comes before that of the file
    "INSERT INTO kept.{table} BY NAME\n{query}",
    "DROP VIEW temp.events",
)
MADE_BY_ID = ("event_rows", "event_copies", "duplicates")
"""What is made of the new rows and of those that are there under the same ids."""
READ_AGAIN = ("event_rows", "event_copies")
"""Of these the rows that are there under the ids of new ones, by their places in ``again_…``."""
OVER_ALL = ("measured_views", "measured_counts", "adblock_left_out", "adblock_gap")
"""What counts over all islands, out of the tables of all."""
_WHERE = {"kept": "TABLE kept.main", "working": "TEMP TABLE temp.main", "working view": "TEMP VIEW temp.main"}
_BESIDE = ("event_rows", "event_copies", "event_nodes", "island_nodes", *OPENED)
_KEPT = tuple(
    model.name for model in MODELS if model.kind == "kept" and model.name not in {"events", "rejected"}
)
_ADDED = """
SELECT column_name, data_type FROM duckdb_columns()
WHERE database_name = 'temp' AND table_name = 'new_{table}'
EXCEPT
SELECT column_name, data_type FROM duckdb_columns() WHERE database_name = 'kept' AND table_name = '{table}'
"""
_COLUMNS = """
SELECT column_name FROM duckdb_columns() WHERE database_name = 'kept' AND table_name = $table
ORDER BY column_index
"""
_BEFORE = "SELECT {columns}, o.rowid AS kept_rowid FROM kept.{table} AS o WHERE {where}"
_OTHER_EVENTS = """
UPDATE kept_page_views SET seen_by = NULL
WHERE coalesce(browser_event_id, server_event_id) IN (SELECT event_id FROM ids_again)
"""
"""No row that is made is as one of these: their canonical columns may be of another event than they were."""
_FEW = "SELECT count(*) * 32 < (SELECT count(*) FROM kept.event_nodes) FROM touched_ids"
_KEYS = {
    "event_persons": ("event_id",),
    "identifiers": ("kind", "value"),
    "person_identifiers": ("person_id", "kind", "value"),
    "persons": ("person_id",),
    "page_views": ("page_view_id",),
    "sessions": ("session_id",),
    "touches": ("session_id",),
}
"""What a row is known by: no two are alike in it. All columns, where a table is not in here."""
_CHANGED = """
CREATE OR REPLACE TEMP TABLE changed_rows AS
SELECT b.kept_rowid, n.rowid AS new_rowid
FROM temp.{table} AS n
FULL JOIN kept_{table} AS b ON {key}
WHERE NOT coalesce({same}, false)
"""
_GONE = "DELETE FROM kept.{table} WHERE rowid IN (SELECT kept_rowid FROM changed_rows)"
_COME = """
INSERT INTO kept.{table} BY NAME
SELECT n.* FROM temp.{table} AS n WHERE n.rowid IN (SELECT new_rowid FROM changed_rows)
"""
_ROWS_AGAIN = "DELETE FROM kept.{table} WHERE rowid IN (SELECT kept_rowid FROM again_{table})"
_NODES_AGAIN = """
DELETE FROM kept.event_nodes WHERE event_id IN (SELECT CAST(event_id AS UUID) FROM ids_again)
"""
_ISLANDS = (
    "DELETE FROM kept.island_nodes WHERE island IN (SELECT island FROM touched_islands)",
    "INSERT INTO kept.island_nodes SELECT node, island FROM grown_islands",
)


def merge(connection: DuckDBPyConnection, *, with_answers: bool) -> None:
    """Put the rows of the touched islands, which are temporary tables, into ``kept``; those go."""
    touched = {**_TOUCHED, **(_TOUCHED_ANSWERS if with_answers else {})}
    if connection.execute("SELECT 1 FROM new_nodes LIMIT 1").fetchall():
        _add_new(connection)
    for table in touched:
        if table != "event_persons":
            find_before(connection, table)
    for table in touched:
        _put_differences(connection, table)
    connection.execute("INSERT INTO kept.rejected BY NAME SELECT * FROM new_rejected")
    for statement in _ISLANDS:
        connection.execute(statement)


def _add_new(connection: DuckDBPyConnection) -> None:
    for table in READ_AGAIN:
        for column, kind in connection.execute(_ADDED.format(table=table)).fetchall():
            connection.execute(f"ALTER TABLE kept.{table} ADD COLUMN {column} {kind}")
    if connection.execute("SELECT 1 FROM ids_again LIMIT 1").fetchall():
        for table in READ_AGAIN:
            connection.execute(_ROWS_AGAIN.format(table=table))
        connection.execute("DELETE FROM kept.duplicates WHERE event_id IN (SELECT event_id FROM ids_again)")
        connection.execute(_NODES_AGAIN)
    for table in MADE_BY_ID:
        connection.execute(f"INSERT INTO kept.{table} BY NAME SELECT * FROM new_{table}")  # noqa: S608
    connection.execute("INSERT INTO kept.event_nodes BY NAME SELECT * FROM new_nodes")
    add_opened(connection)
    view = events_view(columns_of(connection, "event_rows"))
    connection.execute(f"CREATE OR REPLACE VIEW events AS {view}")


def find_before(connection: DuckDBPyConnection, table: str) -> None:
    """Make ``kept_…`` of the rows of a table that are of touched islands, with their places."""
    columns = ", ".join(f"o.{name}" for name in _compared(connection, table))
    found = [{**_TOUCHED, **_TOUCHED_ANSWERS}[table], *_OF_NOBODY.get(table, ())]
    if are_few(connection):
        found = [by_place(table, where) for where in found]
    parts = [_BEFORE.format(table=table, where=where, columns=columns) for where in found]
    connection.execute(f"CREATE OR REPLACE TEMP TABLE kept_{table} AS {' UNION ALL '.join(parts)}")
    if table == "page_views":
        connection.execute(_OTHER_EVENTS)


def are_few(connection: DuckDBPyConnection) -> bool:
    """Whether so few events are touched that their rows are better found first, and read then."""
    ((is_so,),) = connection.execute(_FEW).fetchall()
    return bool(is_so)


def by_place(table: str, where: str) -> str:
    """The condition by the places of the rows that it is true of: of the others no more is read."""
    return f"rowid IN (SELECT f.rowid FROM kept.{table} AS f WHERE {where})"  # noqa: S608


def _compared(connection: DuckDBPyConnection, table: str) -> list[str]:
    """The columns by which a row is the same: of page views without those that follow from the event."""
    columns = [name for (name,) in connection.execute(_COLUMNS, {"table": table}).fetchall()]
    if table != "page_views":
        return columns
    return [name for name in columns if name not in COLUMNS]


def _put_differences(connection: DuckDBPyConnection, table: str) -> None:
    """Of the touched rows only those that changed: what is written is dear, not what is compared."""
    compared = _compared(connection, table)
    key = " AND ".join(f"n.{name} = b.{name}" for name in _KEYS.get(table, compared))
    # a row that only one of the two has is not the same as nothing: it has something in its key
    same = " AND ".join(f"n.{name} IS NOT DISTINCT FROM b.{name}" for name in compared)
    connection.execute(_CHANGED.format(table=table, key=key, same=same))
    for statement in (_GONE, _COME):
        connection.execute(statement.format(table=table))
    for name in (table, f"kept_{table}"):
        connection.execute(f"DROP TABLE temp.{name}")


def _add_by_event(connection: DuckDBPyConnection, table: str, query: str) -> None:
    """Bring one of ``BY_EVENT`` up to date by its query, of the new events and those that came again."""
    for statement in _ADD_BY_EVENT:
        connection.execute(statement.replace("{table}", table).replace("{query}", query))


def current_answers(connection: DuckDBPyConnection) -> Mapping[str, Callable[[str], None]]:
    """What brings the answers up to date that are not made anew; those by island are merged already."""
    merged = {model.name: _nothing for model in ANSWERS_BY_ISLAND}
    return {**{table: partial(_add_by_event, connection, table) for table in BY_EVENT}, **merged}


def _nothing(query: str) -> None:
    """It is merged already."""


def replace_all(connection: DuckDBPyConnection) -> None:
    """Let what is in ``scratch``, made of all events, be all that ``kept`` has."""
    for table in (*_BESIDE, *_KEPT):
        connection.execute(f"CREATE OR REPLACE TABLE {table} AS FROM scratch.{table}")
    connection.execute("INSERT INTO rejected BY NAME SELECT * FROM new_rejected")
    view = events_view(columns_of(connection, "event_rows"))
    connection.execute(f"CREATE OR REPLACE VIEW events AS {view}")
    for model in MODELS:
        if model.kind == "view":  # a file that is made of events alone has none
            connection.execute(f"CREATE OR REPLACE VIEW main.{model.name} AS\n{model.sql}")


def count_all(connection: DuckDBPyConnection) -> None:
    """Make anew what counts over all islands; the connection's own database is ``kept``."""
    for model in MODELS:
        if model.name in OVER_ALL:
            connection.execute(f"CREATE OR REPLACE {_WHERE[model.kind]}.{model.name} AS\n{model.sql}")


def columns_of(connection: DuckDBPyConnection, table: str) -> tuple[str, ...]:
    """The canonical columns that a table of the database ``kept`` has, in their order."""
    question = "SELECT column_name FROM duckdb_columns() WHERE database_name = 'kept' AND table_name = $table"
    there: Sequence[str] = [name for (name,) in connection.execute(question, {"table": table}).fetchall()]
    return tuple(name for name in COLUMNS if name in there)
