"""Tables in the making: those that are kept have a name of their own until all of them are there.

Each is committed as soon as it is made, so that what only the next few need is dropped, and its memory free,
when they are done: within one transaction it would stay to its end.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Self

from .components import find_components
from .models import Model, last_needed
from .sources.typed import all_columns

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_PREFIX = "unfinished_"
OWN_COLUMNS = "side, agent_class, agent_operator, agent_product, agent_proof"
"""What the events have beside the canonical columns."""
_OF_APART = ("carried", "let_go")
"""What has no rows where nothing is to be kept apart: no event is looked at for it then."""
_IS_ANY_APART = "SELECT 1 FROM apart LIMIT 1"
_LEFT = f"""
SELECT table_name FROM duckdb_tables()
WHERE database_name = current_database() AND starts_with(table_name, '{_PREFIX}')
"""  # noqa: S608


def events_view(present: Sequence[str]) -> str:
    """The query of the view of all columns, on the rows of those that there is anything in."""
    return f"SELECT {all_columns(present)}, {OWN_COLUMNS} FROM event_rows"  # noqa: S608


class Making:
    """Makes the models one after the other; the tables of the run before stay until ``put_in_place``."""

    def __init__(
        self,
        connection: DuckDBPyConnection,
        present: Sequence[str],
        *,
        also: Mapping[str, Callable[[Making], None]] | None = None,
        instead: Mapping[str, str] | None = None,
    ) -> None:
        """``present`` are the columns of ``staged_events`` that there is anything in.

        ``also`` is called, by the name of a model, when that is made and all that it needs is still there;
        ``instead`` are queries for models whose rows are known already.
        """
        self._also = also or {}
        self.connection = connection
        self._present = tuple(present)
        self._instead = instead or {}
        self._kept: list[str] = []
        self._views: dict[str, str] = {}

    def __enter__(self) -> Self:
        self._clear()
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        """What failed is told by what was raised; what cannot be dropped now, the next run drops."""
        import duckdb

        if kind is None:
            return
        for leave in (self.connection.rollback, self._clear):
            with suppress(duckdb.Error):
                leave()

    def make(self, model: Model) -> None:
        """Make one, and drop what is not needed after it."""
        if model.kind == "components":
            find_components(self.connection, edges=model.edges, into=model.name)
        elif model.name == "events":
            self._events(model)
        elif model.kind == "kept":
            self.keep(model.name, self._query(model))
        elif model.kind == "view":
            self._views[model.name] = self._query(model)
        else:
            what = "TEMP VIEW" if model.kind == "working view" else "TEMP TABLE"
            self.connection.execute(f"CREATE OR REPLACE {what} {model.name} AS\n{self._query(model)}")
        if model.name in self._also:
            self._also[model.name](self)
        for name in last_needed(model):
            self.connection.execute(f"DROP TABLE temp.{name}")

    def _query(self, model: Model) -> str:
        query = self._instead.get(model.name) or model.sql
        if model.name in _OF_APART and not self.connection.execute(_IS_ANY_APART).fetchall():
            return f"SELECT * FROM (\n{query}\n) LIMIT 0"  # noqa: S608
        return query

    def put_in_place(self) -> None:
        """Let the new tables be those of the file; the caller's transaction makes it all at once."""
        connection = self.connection
        for name in self._kept:
            connection.execute(f"DROP VIEW temp.{name}")
            connection.execute(f"DROP TABLE IF EXISTS main.{name}")
            connection.execute(f"ALTER TABLE {_PREFIX}{name} RENAME TO {name}")
        for name, query in self._views.items():
            connection.execute(f"DROP VIEW IF EXISTS temp.{name}")
            connection.execute(f"CREATE OR REPLACE VIEW main.{name} AS\n{query}")

    def _clear(self) -> None:
        """Drop what a run left that did not come to its end."""
        for (name,) in self.connection.execute(_LEFT).fetchall():
            self.connection.execute(f"DROP TABLE main.{name}")

    def _events(self, model: Model) -> None:
        """The events as a table of the columns that there is anything in, and a view that has all of them."""
        rows = f"SELECT {', '.join(self._present)}, {OWN_COLUMNS}, source, line FROM ({model.sql})"  # noqa: S608
        self.keep("event_rows", rows)
        view = events_view(self._present)
        self.connection.execute(f"CREATE OR REPLACE TEMP VIEW {model.name} AS {view}")
        self._views[model.name] = view

    def keep(self, name: str, query: str) -> None:
        """Make a table that stays in the file."""
        unfinished = _PREFIX + name
        self.connection.execute(f"CREATE OR REPLACE TABLE main.{unfinished} AS\n{query}")
        # a temporary one comes before what has the same name in the file
        self.connection.execute(f"CREATE OR REPLACE TEMP VIEW {name} AS SELECT * FROM main.{unfinished}")  # noqa: S608
        self._kept.append(name)


class TemporaryMaking(Making):
    """Makes tables that are the connection's own, all of them; they come before those of the same name."""

    def keep(self, name: str, query: str) -> None:
        """Make a table that stays as long as the connection, or until somebody drops it."""
        self.connection.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS\n{query}")


def make_temporary(
    connection: DuckDBPyConnection,
    models: Iterable[Model],
    *,
    query_of: Callable[[Model], str],
    before_each: Callable[[], None],
) -> None:
    """Make models one after the other, as temporary tables and views, and drop none of them."""
    for model in models:
        before_each()
        if model.kind == "components":
            find_components(connection, edges=model.edges, into=model.name)
        else:
            what = "VIEW" if "view" in model.kind else "TABLE"
            connection.execute(f"CREATE OR REPLACE TEMP {what} {model.name} AS\n{query_of(model)}")


def drop_temporary(connection: DuckDBPyConnection, models: Sequence[Model]) -> None:
    """Drop what ``make_temporary`` made, the last first."""
    for model in reversed(models):
        connection.execute(f"DROP {'VIEW' if 'view' in model.kind else 'TABLE'} temp.{model.name}")


def fill_temporary(connection: DuckDBPyConnection, queries: Mapping[str, str]) -> None:
    """Make temporary tables of what queries find, by the names of the tables."""
    for name, query in queries.items():
        connection.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS\n{query}")


def show_temporary(connection: DuckDBPyConnection, queries: Mapping[str, str]) -> None:
    """Make temporary views of queries, by the names of the views."""
    for name, query in queries.items():
        connection.execute(f"CREATE TEMP VIEW {name} AS {query}")


def hide_temporary(connection: DuckDBPyConnection, names: Iterable[str]) -> None:
    """Drop temporary views, where they are."""
    for name in names:
        connection.execute(f"DROP VIEW IF EXISTS temp.{name}")
