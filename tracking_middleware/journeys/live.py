"""The models over a few events, in memory: planned once, filled for each question, and emptied again.

To plan the models takes longer than to make them of some hundred events. So each is a prepared statement that
fills a table, within a transaction that is taken back. DuckDB's optimizer is off: it would have each
statement planned anew, and so few rows do not need it.
"""

from __future__ import annotations

import threading
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import msgspec

from ..errors import TrackingError, missing_extra
from .apart.moments import now
from .config import Config
from .file import first_line
from .models import Model, needed_for
from .preparing import nobody_classified, prepare
from .sources.columns import COLUMNS
from .sources.events import LINE
from .sources.typed import NEEDED, typed_select

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_EMPTY = ("event_transactions", "apart", "carried", "let_go")
"""What has no rows where nothing is kept apart and the configuration names no transactions."""
_MEMORY = "512MB"
_PATIENCE = 10.0
"""Seconds that a question waits for the one before."""
_TABLES = (
    "CREATE TEMP TABLE events_given (events VARCHAR)",
    "CREATE TEMP TABLE events_staged ({columns}, source VARCHAR, line BIGINT, problem VARCHAR)",
    "CREATE TEMP VIEW staged_events AS SELECT * FROM events_staged",
)
_STAGE = """
PREPARE stage AS INSERT INTO events_staged BY NAME
SELECT {typed}
FROM (SELECT unnest(from_json(events, '{shape}'), max_depth := 2), NULL AS filename FROM events_given)
"""


class LiveError(TrackingError):
    """The tables cannot be made now; the message says why."""


class Live:
    """Makes tables of events, again and again. Any thread may ask; they take turns."""

    def __init__(self, *tables: str) -> None:
        """``tables`` are the names of the models wanted. DuckDB is not loaded before the first question."""
        self._wanted = tables
        self._turn = threading.Lock()
        self._connection: DuckDBPyConnection | None = None
        self._models: tuple[Model, ...] = ()

    @contextmanager
    def made_of(self, events: Iterable[bytes]) -> Iterator[DuckDBPyConnection]:
        """A connection that has the tables of events, which are JSON as ``sources.events`` makes it.

        ``events.line`` is their number. The connection may be asked, in this thread, until the block ends.
        Raises LiveError: without DuckDB, for want of memory, or where those before take too long.
        """
        if not self._turn.acquire(timeout=_PATIENCE):
            raise LiveError(f"others asked for more than can be made within {_PATIENCE:.0f} s: ask again")
        try:
            connection = self._connection or self._open()
            with _failing():
                connection.execute("BEGIN")
                try:
                    self._fill(connection, events)
                    yield connection
                finally:
                    connection.rollback()
        finally:
            self._turn.release()

    def _open(self) -> DuckDBPyConnection:
        try:
            import duckdb
        except ImportError as error:
            raise LiveError(missing_extra("the journeys need DuckDB", "collector")) from error
        settings: dict[str, Any] = {
            "threads": 1,
            "memory_limit": _MEMORY,
            "temp_directory": "",
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
        }
        with _failing():
            connection = duckdb.connect(config=settings)
            connection.execute("SET TimeZone = 'UTC'")
            connection.execute("PRAGMA disable_optimizer")
            self._prepare(connection)
        self._connection = connection
        return connection

    def _prepare(self, connection: DuckDBPyConnection) -> None:
        models = needed_for(self._wanted)
        columns = ", ".join(f"{name} {kind}" for name, kind in COLUMNS.items())
        for statement in _TABLES:
            connection.execute(statement.format(columns=columns))
        connection.execute(_stage(_columns_of(models)))
        prepare(connection, Config(), known_at=now())
        nobody_classified(connection)
        filled = [model for model in models if "view" not in model.kind and model.name not in _EMPTY]
        for model in models:
            if model.kind == "components":
                connection.execute(f"CREATE TEMP TABLE {model.name} (node VARCHAR, label VARCHAR)")
            else:
                what = "VIEW" if "view" in model.kind else "TABLE"
                connection.execute(f"CREATE TEMP {what} {model.name} AS\n{model.sql}")
        for model in filled:  # only now: each new table would have all of them planned anew
            if model.kind != "components":
                connection.execute(f"PREPARE fill_{model.name} AS INSERT INTO {model.name}\n{model.sql}")
        self._models = tuple(filled)

    def _fill(self, connection: DuckDBPyConnection, events: Iterable[bytes]) -> None:
        given = b"[%s]" % b",".join(events)
        connection.execute("INSERT INTO events_given VALUES ($events)", {"events": given.decode()})
        connection.execute("EXECUTE stage")
        for model in self._models:
            if model.kind == "components":
                _fill_components(connection, model)
            else:
                connection.execute(f"EXECUTE fill_{model.name}")


@contextmanager
def _failing() -> Iterator[None]:
    """Raises LiveError for what DuckDB says."""
    import duckdb

    try:
        yield
    except duckdb.Error as error:
        raise LiveError(f"the journeys could not be made: {first_line(error)}") from error


def _columns_of(models: Iterable[Model]) -> list[str]:
    """The canonical columns that any model looks at; the view of all of them does not count."""
    others = [model for model in models if model.name != "events"]
    return [name for name in COLUMNS if name in NEEDED or any(model.speaks_of(name) for model in others)]


def _stage(columns: Collection[str]) -> str:
    texts = dict.fromkeys(columns, "VARCHAR")
    shape = msgspec.json.encode([{LINE: "BIGINT", **texts}]).decode()
    return _STAGE.format(typed=typed_select(texts, line=LINE), shape=shape)


def _fill_components(connection: DuckDBPyConnection, model: Model) -> None:
    """As ``find_components`` does; so few edges are joined sooner than asked for in rounds."""
    edges: list[tuple[Any, Any]] = connection.execute(f"SELECT a, b FROM {model.edges}").fetchall()  # noqa: S608
    parents = {node: node for edge in edges for node in edge}

    def root(node: str) -> str:
        while parents[node] != node:
            parents[node] = node = parents[parents[node]]
        return node

    for a, b in edges:
        parents[root(a)] = root(b)
    given = {"nodes": list(parents), "labels": [root(node) for node in parents]}
    if edges:
        connection.execute(f"INSERT INTO {model.name} SELECT unnest($nodes), unnest($labels)", given)
