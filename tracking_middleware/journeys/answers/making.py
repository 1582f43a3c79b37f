"""Makes the answers on DuckDB, of the stitched tables that the connection's database has."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING

from ..models import ANSWERS, FIRST_POWERS, LAST_POWERS, Model
from .given import SPEND_BEFORE, given_rows
from .settings import Answers
from .spend import Spend

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_SPENT = (
    "SELECT count(*) FROM duckdb_tables() WHERE database_name = current_database() AND table_name = 'spend'"
)


BY_EVENT = ("event_fields", "agent_told")
"""Working tables that stay in the file all the same: of events that are there no JSON is opened again."""


def make_answers(
    connection: DuckDBPyConnection,
    answers: Answers,
    *,
    spend: Sequence[Spend] | None = None,
    current: Mapping[str, Callable[[str], None]] = MappingProxyType({}),
) -> None:
    """Make all of them anew; within a transaction whoever reads sees those before until it is over.

    ``spend`` takes the place of what campaigns cost by the table ``spend``, which else stays.
    ``current`` has, by the names of tables that are not made anew, what brings them up to date by the query.
    """
    working = list(fill_given(connection, answers, spend))
    made = make_models(
        connection,
        ANSWERS,
        where=lambda model: "TABLE main" if _stays(model) else "TEMP TABLE temp",
        current=current,
    )
    for name in (*working, *(model.name for model in made if not _stays(model))):
        connection.execute(f"DROP TABLE temp.{name}")


def _stays(model: Model) -> bool:
    return model.kind == "kept" or model.name in BY_EVENT


def make_models(
    connection: DuckDBPyConnection,
    models: Iterable[Model],
    *,
    where: Callable[[Model], str],
    current: Mapping[str, Callable[[str], None]] = MappingProxyType({}),
) -> list[Model]:
    """Make models one after the other, but for steps of paths that none takes; those that were made.

    ``where`` says what is created: a table of the database's, or one that is the connection's own.
    """
    made = []
    powers = FIRST_POWERS
    for model in models:
        if model.before:
            if not _goes_on(connection, powers):
                continue
            powers = model.name
        query = model.sql.replace(LAST_POWERS, powers)
        if model.name in current:
            current[model.name](query)
            continue
        connection.execute(f"CREATE OR REPLACE {where(model)}.{model.name} AS\n{query}")
        made.append(model)
    return made


def _goes_on(connection: DuckDBPyConnection, powers: str) -> bool:
    """Whether any path does after so many steps; where none does, twice as many change nothing."""
    question = f"SELECT 1 FROM {powers} WHERE power > 0 LIMIT 1"  # noqa: S608
    return bool(connection.execute(question).fetchall())


def fill_given(
    connection: DuckDBPyConnection, answers: Answers, spend: Sequence[Spend] | None
) -> tuple[str, ...]:
    """Make temporary tables of the configuration and of what campaigns cost; their names."""
    if spend is not None:
        spent = [row.texts for row in spend]
    elif connection.execute(_SPENT).fetchall()[0][0]:
        spent = connection.execute(SPEND_BEFORE.format(table="main.spend")).fetchall()
    else:
        spent = []
    given = given_rows(answers, spent)
    for name, (columns, rows) in given.items():
        nothing = ", ".join(f"CAST(NULL AS {kind})" for kind in columns.values())
        marks = ", ".join(f"({', '.join('?' for _ in columns)})" for _ in rows)
        values = f"VALUES {marks}" if rows else f"SELECT {nothing} WHERE false"
        typed = ", ".join(f"CAST({column} AS {kind}) AS {column}" for column, kind in columns.items())
        query = f"SELECT {typed} FROM ({values}) AS g({', '.join(columns)})"  # noqa: S608
        flat = [value for row in rows for value in row]
        connection.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS {query}", flat)
    return tuple(given)
