"""``staged_events`` of a run that goes on: what is new, with the rows of the islands that it touches."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ..sources.columns import COLUMNS
from ..sources.typed import NEEDED, all_columns
from .merging import columns_of

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_VIEW = "CREATE OR REPLACE TEMP VIEW staged_events AS "
_TOUCHED = "CAST(event_id AS UUID) IN (SELECT event_id FROM touched_events)"
_PERSONS = """
DELETE FROM persons_before WHERE person_id NOT IN (
    SELECT person_id FROM kept.event_persons
    WHERE CAST(event_id AS UUID) IN (SELECT event_id FROM touched_events)
)
"""
_NO_LINES = "DELETE FROM scratch.rejected_lines"


def stage_new(connection: DuckDBPyConnection, present: Sequence[str]) -> None:
    """Of the new rows alone."""
    connection.execute(_VIEW + _new(present))


def _new(present: Sequence[str]) -> str:
    there = {*present, *NEEDED, "dvce_sent_tstamp", "derived_tstamp"}
    return f"SELECT {all_columns(there)}, source, line, problem FROM scratch.new_rows"  # noqa: S608


def stage_touched(connection: DuckDBPyConnection, present: Sequence[str], *, is_all: bool) -> tuple[str, ...]:
    """Of the new rows and those of ``touched_events``, or of all; the columns that there is anything in."""
    where = "true" if is_all else _TOUCHED
    there = {*present, *NEEDED, *columns_of(connection, "event_rows")}
    parts = [_new(present)]
    for table in ("event_rows", "event_copies"):
        columns = columns_of(connection, table)
        parts.append(
            f"SELECT {all_columns(columns)}, source, line, CAST(NULL AS VARCHAR) AS problem "  # noqa: S608
            f"FROM kept.{table} WHERE {where}"
        )
    whole = tuple(name for name in COLUMNS if name in there)
    listed = f"{', '.join(whole)}, source, line, problem"
    connection.execute(
        f"CREATE OR REPLACE TABLE scratch.staged AS SELECT {listed} FROM ({' UNION ALL '.join(parts)})"  # noqa: S608
    )
    connection.execute(
        f"{_VIEW} SELECT {all_columns(whole)}, source, line, problem FROM scratch.staged"  # noqa: S608
    )
    if not is_all:
        connection.execute(_PERSONS)
    return whole
