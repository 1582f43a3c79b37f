"""The tables as they would have been made of what was known at a moment, beside those that there are."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from ..apart.separations import TABLE as SEPARATIONS
from ..aside.held import held_folder
from ..config import Config
from ..driver import make_all
from ..file import JourneysFileError, opened
from ..preparing import attach_scratch, know_no_more, prepare
from ..sources.columns import COLUMNS
from ..sources.typed import all_columns
from ..state import State, read_state

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_PREFIX = "journeys-past-"
_STAGED = f"""
CREATE OR REPLACE TEMP VIEW staged_events AS
SELECT {all_columns(COLUMNS)},
    CAST(NULL AS VARCHAR) AS source, CAST(NULL AS BIGINT) AS line, CAST(NULL AS VARCHAR) AS problem
FROM present.events
"""  # noqa: S608
_NOT_REJECTED = "CREATE TABLE scratch.rejected_lines (source VARCHAR, line BIGINT, problem VARCHAR)"
_SPENT = "SELECT 1 FROM duckdb_tables() WHERE database_name = 'present' AND table_name = 'spend'"
_FILLED = (
    "SELECT column_name FROM duckdb_columns() WHERE database_name = 'present' AND table_name = 'event_rows'"
)


@contextmanager
def as_known(path: Path, *, as_of: datetime) -> Iterator[DuckDBPyConnection]:
    """The tables of a file's events and separations up to a moment, by the rules of its last run.

    They are made in a folder that goes afterwards. Raises HeldError, JourneysFileError, RunFailedError.
    """
    with opened(path, config=Config(), read_only=True) as connection:
        state = read_state(connection)
    if state is None:
        raise JourneysFileError(f"{path} does not say how its tables were made: run journeys run once more")
    if state.as_of is not None and state.as_of < as_of:
        raise JourneysFileError(
            f"{path} has what was known at {state.as_of:%Y-%m-%d %H:%M:%S} UTC and nothing later: "
            "make it anew without --as-of, or name an earlier date"
        )
    with ExitStack() as scope:
        folder = scope.enter_context(held_folder(_PREFIX))
        connection = scope.enter_context(opened(folder / "past.duckdb", config=state.config))
        connection.execute(SEPARATIONS)
        attach_scratch(connection, folder)
        where = str(path).replace("'", "''")  # a statement that attaches takes no parameters
        connection.execute(f"ATTACH '{where}' AS present (READ_ONLY)")
        connection.execute("INSERT INTO separations SELECT * FROM present.separations")
        prepare(connection, state.config, known_at=as_of)  # of the separations too
        if connection.execute(_SPENT).fetchall():
            connection.execute("CREATE TABLE spend AS FROM present.spend")
        connection.execute(_STAGED)
        connection.execute(_NOT_REJECTED)
        know_no_more(connection, as_of)
        there = {name for (name,) in connection.execute(_FILLED).fetchall()}
        present = tuple(name for name in COLUMNS if name in there)
        make_all(connection, present, state=State(state.config, as_of), progress=_quiet, steps={})
        yield connection


def _quiet(name: str, done: int, steps: int) -> None:
    """Nothing is told."""
