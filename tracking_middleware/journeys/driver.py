"""Runs the models on DuckDB: from sources to the tables in one file, in one transaction."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import TrackingError
from .components import find_components
from .config import Config
from .crawlers import classified
from .models import MODELS, Model
from .sources.loading import load
from .sources.typed import all_columns
from .summary import Summary, summary_of

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_SETTINGS = """
CREATE OR REPLACE TEMP TABLE journey_settings AS SELECT
    $anonymous AS anonymous,
    CAST($max_persons_per_identifier AS BIGINT) AS max_persons_per_identifier,
    CAST($session_timeout AS BIGINT) AS session_seconds,
    CAST($page_view_window AS BIGINT) * 1000 AS page_view_milliseconds,
    CAST($clock AS BIGINT) * 1000 AS clock_milliseconds,
    1000 AS load_milliseconds,
    CAST($near AS BIGINT) * 1000 AS near_milliseconds,
    CAST($heartbeat AS BIGINT) AS heartbeat_seconds,
    CAST($wait AS BIGINT) AS wait_seconds
"""
_RULES = """
CREATE OR REPLACE TEMP TABLE transaction_rules (
    place BIGINT, carrier VARCHAR, prefix VARCHAR, name VARCHAR, field VARCHAR
)
"""
_USER_AGENTS = "CREATE OR REPLACE TEMP TABLE user_agents (useragent VARCHAR, agent_class VARCHAR)"
_BEFORE = {
    "persons_before": ("persons", "person_id VARCHAR, key_kind VARCHAR, key_value VARCHAR"),
    "renamed_before": ("renamed_persons", "old VARCHAR, new VARCHAR"),
}
"""What the run before said, by the name under which the models know it: its table, and its columns."""
_AT_ONCE = 1000
_KINDS = {"kept": "TABLE", "view": "VIEW", "working": "TEMP TABLE", "working view": "TEMP VIEW"}

Progress = Callable[[str, int, int], None]
"""What is being made, and how many of how many steps are done."""


class HeldError(TrackingError):
    """Another run has the file; the message says which."""


class RunFailedError(TrackingError):
    """A table could not be made, for want of memory or of room on the disk; the message says which."""


class JourneysFileError(TrackingError):
    """The file cannot be used; the message says why."""


def run(sources: Sequence[Path], *, to: Path, config: Config, progress: Progress) -> Summary:
    """Make all tables anew of all events in the sources.

    Raises HeldError, JourneysFileError, RunFailedError, and OSError where a source cannot be opened. Whatever
    is raised, the file has the tables that it had before.
    """
    begun = time.monotonic()
    steps: dict[str, float] = {}
    with ExitStack() as scope:
        connection = scope.enter_context(opened(to, config=config))
        _prepare(connection, config)
        folder = scope.enter_context(tempfile.TemporaryDirectory(prefix="journeys-"))
        _attach_scratch(connection, Path(folder))
        with _timed(steps, "sources"):
            present = load(connection, sources, tell=lambda name: progress(f"reading {name}", 0, len(MODELS)))
        _classify(connection)
        connection.execute("BEGIN")  # only now: a faulty source would end it
        for number, model in enumerate(MODELS):
            progress(model.name, number, len(MODELS))
            with _timed(steps, model.name), _named(model):
                _make(connection, model, present)
        connection.execute("COMMIT")
        progress("done", len(MODELS), len(MODELS))
        return summary_of(connection, steps=steps, seconds=time.monotonic() - begun)


@contextmanager
def opened(path: Path, *, config: Config, read_only: bool = False) -> Iterator[DuckDBPyConnection]:
    """A connection to the file, which loads nothing from anywhere; raises HeldError, JourneysFileError."""
    import duckdb

    settings: dict[str, Any] = {
        "memory_limit": config.memory_limit,
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
        "preserve_insertion_order": False,
    }
    if config.threads is not None:
        settings["threads"] = config.threads
    try:
        connection = duckdb.connect(str(path), read_only=read_only, config=settings)
    except duckdb.Error as error:
        if "lock" in str(error).lower():
            raise HeldError(f"{path} is held by another run: {_first_line(error)}") from None
        raise JourneysFileError(f"{path} cannot be used: {_first_line(error)}") from None
    try:
        connection.execute("SET TimeZone = 'UTC'")
        connection.execute("SET enable_progress_bar = false")
        yield connection
    finally:
        connection.close()


def _prepare(connection: DuckDBPyConnection, config: Config) -> None:
    names = (
        *("anonymous", "max_persons_per_identifier", "session_timeout", "page_view_window"),
        *("clock", "near", "heartbeat", "wait"),
    )
    connection.execute(_SETTINGS, {name: getattr(config, name) for name in names})
    connection.execute(_RULES)
    rules = [
        (place, rule.kind, rule.prefix, rule.name, rule.field)
        for place, rule in enumerate(config.transaction)
    ]
    if rules:
        connection.executemany("INSERT INTO transaction_rules VALUES (?, ?, ?, ?, ?)", rules)
    known = {name for (name,) in connection.execute("SELECT table_name FROM duckdb_tables()").fetchall()}
    for name, (table, columns) in _BEFORE.items():
        connection.execute(f"CREATE OR REPLACE TEMP TABLE {name} ({columns})")
        if table in known:
            names_only = ", ".join(column.split()[0] for column in columns.split(", "))
            connection.execute(f"INSERT INTO {name} SELECT {names_only} FROM {table}")  # noqa: S608


def _attach_scratch(connection: DuckDBPyConnection, folder: Path) -> None:
    """A database for what is read: compressed on disk, where a temporary table would fill the memory.

    The path is one of ours, and a statement that attaches takes no parameters.
    """
    path = str(folder / "scratch.duckdb").replace("'", "''")
    connection.execute(f"ATTACH '{path}' AS scratch")


def _classify(connection: DuckDBPyConnection) -> None:
    connection.execute(_USER_AGENTS)
    found = connection.execute("SELECT DISTINCT useragent FROM staged_events WHERE useragent IS NOT NULL")
    rows = list(classified(useragent for (useragent,) in found.fetchall()))
    for first in range(0, len(rows), _AT_ONCE):
        some = rows[first : first + _AT_ONCE]
        given = {"names": [name for name, _ in some], "classes": [kind for _, kind in some]}
        connection.execute("INSERT INTO user_agents SELECT unnest($names), unnest($classes)", given)


def _make(connection: DuckDBPyConnection, model: Model, present: Sequence[str]) -> None:
    if model.kind == "components":
        find_components(connection, edges=model.edges, into=model.name)
        return
    if model.name == "events":
        _make_events(connection, model, present)
        return
    what = _KINDS[model.kind]
    connection.execute(f"CREATE OR REPLACE {what} {model.name} AS\n{model.sql}")


def _make_events(connection: DuckDBPyConnection, model: Model, present: Sequence[str]) -> None:
    """The events as a table of the columns that there is anything in, and a view that has all of them."""
    own = "side, agent_class"
    rows = f"SELECT {', '.join(present)}, {own} FROM ({model.sql})"  # noqa: S608
    connection.execute(f"CREATE OR REPLACE TABLE event_rows AS {rows}")
    view = f"SELECT {all_columns(present)}, {own} FROM event_rows"  # noqa: S608
    connection.execute(f"CREATE OR REPLACE VIEW {model.name} AS {view}")


@contextmanager
def _named(model: Model) -> Iterator[None]:
    import duckdb

    try:
        yield
    except duckdb.Error as error:
        raise RunFailedError(f"the table {model.name} could not be made: {_first_line(error)}") from error


@contextmanager
def _timed(steps: dict[str, float], name: str) -> Iterator[None]:
    begun = time.monotonic()
    yield
    steps[name] = time.monotonic() - begun


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0]
