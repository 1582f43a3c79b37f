"""What the models ask for beside the events, as tables of a connection's."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .aside.beside import SCRATCH, scratch_of, take_away
from .config import Config
from .file import JourneysFileError
from .given import BEFORE, RULES, USER_AGENTS, agent_rows, rule_rows, settings_row

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_KNOWN = """
CREATE OR REPLACE TEMP VIEW staged_events AS
SELECT * FROM read_events WHERE problem IS NOT NULL OR collector_tstamp <= getvariable('known_at')
"""
_KEPT = "SELECT table_name FROM duckdb_tables() WHERE database_name = current_database()"
_AT_ONCE = 1000


def prepare(connection: DuckDBPyConnection, config: Config, *, known_at: datetime) -> None:
    """Make them; what the connection's own database has already is what the run before said."""
    settings = settings_row(config, known_at=known_at)
    kinds = {name: "VARCHAR" if isinstance(value, str) else "BIGINT" for name, value in settings.items()}
    _fill(connection, "journey_settings", kinds, [tuple(settings.values())])
    _fill(connection, "transaction_rules", RULES, rule_rows(config))
    kept = {name for (name,) in connection.execute(_KEPT).fetchall()}
    for name, (table, columns) in BEFORE.items():
        _fill(connection, name, columns, [])
        if table in kept:
            connection.execute(f"INSERT INTO {name} SELECT {', '.join(columns)} FROM {table}")  # noqa: S608


def know_no_more(connection: DuckDBPyConnection, as_of: datetime) -> None:
    """Leave out the events that the collector had later; a view takes no parameters."""
    connection.execute("ALTER VIEW staged_events RENAME TO read_events")
    connection.execute("SET VARIABLE known_at = $as_of", {"as_of": as_of})
    connection.execute(_KNOWN)


@contextmanager
def scratch_beside(connection: DuckDBPyConnection, path: Path) -> Iterator[None]:
    """The database ``scratch`` for what is read, beside the file of the tables, which the connection has.

    It goes afterwards; raises JourneysFileError where there is no place for it.
    """
    folder = scratch_of(path)
    try:
        folder.mkdir(mode=0o700)
    except FileExistsError:
        raise JourneysFileError(
            f"{folder} is there, where a run has what it reads, and no run left it so: take it away"
        ) from None
    except OSError as error:
        raise JourneysFileError(f"{folder} cannot be made: {error.strerror}") from None
    try:
        attach_scratch(connection, folder)
        yield
    finally:
        take_away(folder)


def attach_scratch(connection: DuckDBPyConnection, folder: Path) -> None:
    """A database for what is read: compressed on disk, where a temporary table would fill the memory.

    The path is one of ours, and a statement that attaches takes no parameters.
    """
    where = str(folder / SCRATCH).replace("'", "''")
    connection.execute(f"ATTACH '{where}' AS scratch")


def classify(connection: DuckDBPyConnection, *, is_there: bool = False) -> None:
    """Make ``user_agents``, of all in ``staged_events``; one that ``is_there`` is filled."""
    found = connection.execute("SELECT DISTINCT useragent FROM staged_events WHERE useragent IS NOT NULL")
    rows = agent_rows(useragent for (useragent,) in found.fetchall())
    (_add if is_there else _fill)(connection, "user_agents", USER_AGENTS, rows)


def nobody_classified(connection: DuckDBPyConnection) -> None:
    """Make ``user_agents`` of none."""
    _fill(connection, "user_agents", USER_AGENTS, [])


def _fill(
    connection: DuckDBPyConnection, name: str, columns: Mapping[str, str], rows: Sequence[tuple[Any, ...]]
) -> None:
    """Make a temporary table of rows, a thousand at a time: one at a time is slow."""
    typed = ", ".join(f"{column} {kind}" for column, kind in columns.items())
    connection.execute(f"CREATE OR REPLACE TEMP TABLE {name} ({typed})")
    _add(connection, name, columns, rows)


def _add(
    connection: DuckDBPyConnection, name: str, columns: Mapping[str, str], rows: Sequence[tuple[Any, ...]]
) -> None:
    lists = ", ".join(f"unnest(${column})" for column in columns)
    for first in range(0, len(rows), _AT_ONCE):
        given = dict(zip(columns, map(list, zip(*rows[first : first + _AT_ONCE], strict=True)), strict=True))
        connection.execute(f"INSERT INTO {name} SELECT {lists}", given)
