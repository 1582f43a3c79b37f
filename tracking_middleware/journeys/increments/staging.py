"""What the models are made of in a run that goes on: what is new first, then the islands that it touches."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from typing import TYPE_CHECKING

from ..making import OWN_COLUMNS
from ..models import Model
from ..sources.columns import COLUMNS
from ..sources.typed import NEEDED, all_columns
from .merging import MADE_BY_ID, READ_AGAIN, are_few, by_place, columns_of, find_before
from .opened import INSTEAD

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_AGAIN = """
CREATE OR REPLACE TEMP TABLE ids_again AS
SELECT DISTINCT event_id FROM scratch.new_rows
WHERE CAST(event_id AS UUID) IN (SELECT event_id FROM kept.event_nodes)
"""
_ROWS_AGAIN = """
CREATE OR REPLACE TEMP TABLE again_{table} AS
SELECT rowid AS kept_rowid FROM kept.{table} WHERE event_id IN (SELECT event_id FROM ids_again)
"""
_IS_AGAIN = "rowid IN (SELECT kept_rowid FROM again_{table})"
_IS_TOUCHED = "event_id IN (SELECT event_id FROM touched_before)"
_TOUCHED = """
CREATE OR REPLACE TEMP TABLE touched_rows AS
SELECT e.*, t.web_page_key
FROM (SELECT {there} FROM kept.event_rows WHERE {where}) AS e
JOIN touched_before AS t ON t.event_id = e.event_id
UNION ALL
SELECT e.*, n.web_page_key
FROM (SELECT {wanted} FROM new_events) AS e
JOIN new_nodes AS n ON n.event_id = CAST(e.event_id AS UUID)
"""
_OLD_PERSONS = (
    """
    CREATE OR REPLACE TEMP TABLE old_persons AS
    SELECT DISTINCT person_id, session_id FROM kept_event_persons
    """,
    "DELETE FROM persons_before WHERE person_id NOT IN (SELECT person_id FROM old_persons)",
)


def stage_new(connection: DuckDBPyConnection, present: Sequence[str]) -> tuple[str, ...]:
    """``staged_events`` of the new rows, and of those that are there under their ids.

    The ids are ``ids_again``; returns the columns that there is anything in.
    """
    connection.execute(_AGAIN)
    for table in READ_AGAIN:
        connection.execute(_ROWS_AGAIN.format(table=table))
    return _stage(connection, present, where=_IS_AGAIN)


def name_new(connection: DuckDBPyConnection, whole: Sequence[str]) -> None:
    """Let what was made of ``stage_new`` be ``new_…``, and not come before what the file has."""
    connection.execute("DROP VIEW temp.events")
    for table in MADE_BY_ID:
        connection.execute(f"ALTER TABLE temp.{table} RENAME TO new_{table}")
    view = f"SELECT {all_columns(whole)}, {OWN_COLUMNS} FROM new_event_rows"  # noqa: S608
    connection.execute(f"CREATE OR REPLACE TEMP VIEW new_events AS {view}")


def stage_all(connection: DuckDBPyConnection, present: Sequence[str]) -> tuple[str, ...]:
    """``staged_events`` of the new rows and all that are there; the columns that there is anything in."""
    return _stage(connection, present, where="true")


def _stage(connection: DuckDBPyConnection, present: Sequence[str], *, where: str) -> tuple[str, ...]:
    new = {*present, *NEEDED, "dvce_sent_tstamp", "derived_tstamp"}
    parts = [f"SELECT {all_columns(new)}, source, line, problem FROM scratch.new_rows"]  # noqa: S608
    there = {*present, *NEEDED, *columns_of(connection, "event_rows")}
    for table in READ_AGAIN:
        columns = columns_of(connection, table)
        parts.append(
            f"SELECT {all_columns(columns)}, source, line, CAST(NULL AS VARCHAR) AS problem "  # noqa: S608
            f"FROM kept.{table} WHERE {where.format(table=table)}"
        )
    whole = tuple(name for name in COLUMNS if name in there)
    listed = f"{', '.join(whole)}, source, line, problem"
    connection.execute(
        f"CREATE OR REPLACE TABLE scratch.staged AS SELECT {listed} FROM ({' UNION ALL '.join(parts)})"  # noqa: S608
    )
    view = f"SELECT {all_columns(whole)}, source, line, problem FROM scratch.staged"  # noqa: S608
    connection.execute(f"CREATE OR REPLACE TEMP VIEW staged_events AS {view}")
    return whole


def stage_touched(connection: DuckDBPyConnection, models: Sequence[Model]) -> None:
    """``events`` of ``touched_ids``: the new ones as they were made, and those that are there as they are.

    Only the columns that the models speak of are read, and no JSON, of which ``opened`` tells; the others
    are NULL.
    """
    wanted = columns_asked_for(model for model in models if model.name not in INSTEAD)
    there = _narrow(wanted, columns_of(connection, "event_rows"))
    where = by_place("event_rows", _IS_TOUCHED) if are_few(connection) else "true"
    new = f"{', '.join(wanted)}, {OWN_COLUMNS}"
    connection.execute(_TOUCHED.format(there=there, where=where, wanted=new))
    view = f"SELECT {all_columns(wanted)}, {OWN_COLUMNS} FROM touched_rows"  # noqa: S608
    connection.execute(f"CREATE OR REPLACE TEMP VIEW events AS {view}")
    find_before(connection, "event_persons")
    for statement in _OLD_PERSONS:
        connection.execute(statement)


def _narrow(wanted: Sequence[str], there: Collection[str]) -> str:
    values = [name if name in there else f"CAST(NULL AS {COLUMNS[name]}) AS {name}" for name in wanted]
    return f"{', '.join(values)}, {OWN_COLUMNS}"


def columns_asked_for(models: Iterable[Model]) -> tuple[str, ...]:
    """The canonical columns whose names stand in the SQL of any of the models."""
    words = {word for model in models if model.kind != "components" for word in re.findall(r"\w+", model.sql)}
    return tuple(name for name in COLUMNS if name in words)
