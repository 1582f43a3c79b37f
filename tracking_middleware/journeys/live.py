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
from .making import OWN_COLUMNS
from .models import Model, needed_for
from .preparing import classify, nobody_classified, prepare
from .sources.columns import COLUMNS
from .sources.events import LINE
from .sources.typed import NEEDED, all_columns, typed_select

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_EMPTY = ("event_transactions", "apart", "carried", "let_go")
"""What has no rows where nothing is kept apart and the configuration names no transactions."""
_MEMORY = "512MB"
_MOST_QUESTIONS = 1_000
"""Of one connection: what it holds beside its tables grows a little with each."""
_PATIENCE = 10.0
"""Seconds that a question waits for the one before."""
_TABLES = (
    "CREATE TEMP TABLE events_given (events VARCHAR)",
    "CREATE TEMP TABLE events_staged ({columns}, source VARCHAR, line BIGINT, problem VARCHAR)",
    "CREATE TEMP VIEW staged_events AS SELECT {all}, source, line, problem FROM events_staged",
)
_ADD = (
    "INSERT INTO events_given VALUES ($events)",
    "EXECUTE stage",
    "DELETE FROM events_given",
)
_DROP = (
    "CREATE TEMP TABLE events_left AS SELECT * FROM events_staged WHERE line >= $first",
    "DROP TABLE events_staged",
    "ALTER TABLE events_left RENAME TO events_staged",
)
_STAGE = """
PREPARE stage AS INSERT INTO events_staged BY NAME
SELECT {typed}
FROM (SELECT unnest(from_json(events, '{shape}'), max_depth := 2), NULL AS filename FROM events_given)
"""


class LiveError(TrackingError):
    """The tables cannot be made now; the message says why."""


class Staged:
    """``staged_events`` in memory, of events as ``sources.events`` makes them: ``line`` is their number."""

    def __init__(self, models: Iterable[Model], *, also: Collection[str] = ()) -> None:
        """It has something only in the columns that the models look at, and in those of ``also``."""
        looked_at = {*_columns_of(models), *also}
        self._columns = [name for name in COLUMNS if name in looked_at]

    def make(self, connection: DuckDBPyConnection) -> None:
        """Make the tables, which are empty."""
        columns = ", ".join(f"{name} {COLUMNS[name]}" for name in self._columns)
        for statement in _TABLES:
            connection.execute(statement.format(columns=columns, all=all_columns(self._columns)))
        connection.execute(_stage(self._columns))

    def add(self, connection: DuckDBPyConnection, events: Iterable[bytes]) -> None:
        """Put in events, which are JSON objects."""
        given = {"events": (b"[%s]" % b",".join(events)).decode()}
        for statement in _ADD:
            connection.execute(statement, given if "$events" in statement else {})

    def query_of(self, model: Model) -> str:
        """What fills a model; ``events`` has no columns but those that are looked at, and the place."""
        if model.name != "events":
            return model.sql
        return f"SELECT {', '.join(self._columns)}, {OWN_COLUMNS}, source, line FROM (\n{model.sql}\n)"  # noqa: S608

    def drop_below(self, connection: DuckDBPyConnection, first: int) -> None:
        """Let go of events whose numbers are below one; what DuckDB deletes in memory stays in it."""
        for statement in _DROP:
            connection.execute(statement, {"first": first} if "$first" in statement else {})


class Live:
    """Makes tables of events, again and again. Any thread may ask; they take turns."""

    def __init__(self, *tables: str) -> None:
        """``tables`` are the names of the models wanted. DuckDB is not loaded before the first question."""
        self._wanted = tables
        self._turn = threading.Lock()
        self._connection: DuckDBPyConnection | None = None
        self._questions = 0
        self._models: tuple[Model, ...] = ()

    def prepare(self) -> None:
        """Load DuckDB and plan the models, for which the first question else waits; raises LiveError."""
        with self._turn:
            self._opened()

    @contextmanager
    def made_of(self, events: Iterable[bytes]) -> Iterator[DuckDBPyConnection]:
        """A connection that has the tables of events, which are JSON as ``sources.events`` makes it.

        ``events.line`` is their number. The connection may be asked, in this thread, until the block ends.
        Raises LiveError: without DuckDB, for want of memory, or where those before take too long.
        """
        if not self._turn.acquire(timeout=_PATIENCE):
            raise LiveError(f"others asked for more than can be made within {_PATIENCE:.0f} s: ask again")
        try:
            connection = self._opened()
            with failing():
                connection.execute("BEGIN")
                try:
                    self._fill(connection, events)
                    yield connection
                finally:
                    connection.rollback()
        finally:
            self._turn.release()

    def _opened(self) -> DuckDBPyConnection:
        self._questions += 1
        if self._connection is not None and self._questions > _MOST_QUESTIONS:
            self._connection.close()
            self._connection = None
        if self._connection is None:
            self._questions = 1
            self._connection = self._open()
        return self._connection

    def _open(self) -> DuckDBPyConnection:
        connection = connected(memory=_MEMORY)
        with failing():
            connection.execute("PRAGMA disable_optimizer")
            self._prepare(connection)
        return connection

    def _prepare(self, connection: DuckDBPyConnection) -> None:
        models = needed_for(self._wanted)
        self._staged = staged = Staged(models)
        staged.make(connection)
        prepare(connection, Config(), known_at=now())
        nobody_classified(connection)
        filled = [model for model in models if "view" not in model.kind and model.name not in _EMPTY]
        for model in models:
            if model.kind == "components":
                connection.execute(f"CREATE TEMP TABLE {model.name} (node VARCHAR, label VARCHAR)")
            else:
                what = "VIEW" if "view" in model.kind else "TABLE"
                connection.execute(f"CREATE TEMP {what} {model.name} AS\n{staged.query_of(model)}")
        for model in filled:  # only now: each new table would have all of them planned anew
            if model.kind != "components":
                query = staged.query_of(model)
                connection.execute(f"PREPARE fill_{model.name} AS INSERT INTO {model.name}\n{query}")
        self._models = tuple(filled)

    def _fill(self, connection: DuckDBPyConnection, events: Iterable[bytes]) -> None:
        self._staged.add(connection, events)
        classify(connection, is_there=True)
        for model in self._models:
            if model.kind == "components":
                _fill_components(connection, model)
            else:
                connection.execute(f"EXECUTE fill_{model.name}")


def connected(*, memory: str) -> DuckDBPyConnection:
    """DuckDB in memory, on one thread, which loads nothing and writes no file; raises LiveError."""
    try:
        import duckdb
    except ImportError as error:
        raise LiveError(missing_extra("the journeys need DuckDB", "collector")) from error
    settings: dict[str, Any] = {
        "threads": 1,
        "memory_limit": memory,
        "temp_directory": "",
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
    }
    with failing():
        connection = duckdb.connect(config=settings)
        connection.execute("SET TimeZone = 'UTC'")
    return connection


@contextmanager
def failing() -> Iterator[None]:
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
