"""Makes the answers on DuckDB, of the stitched tables that the connection's database has."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ..models import ANSWERS, FIRST_POWERS, LAST_POWERS
from .given import SPEND_BEFORE, given_rows
from .settings import Answers
from .spend import Spend

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_SPENT = (
    "SELECT count(*) FROM duckdb_tables() WHERE database_name = current_database() AND table_name = 'spend'"
)


def make_answers(
    connection: DuckDBPyConnection, answers: Answers, *, spend: Sequence[Spend] | None = None
) -> None:
    """Make all of them anew; within a transaction whoever reads sees those before until it is over.

    ``spend`` takes the place of what campaigns cost by the table ``spend``, which else stays.
    """
    working = list(_fill_given(connection, answers, spend))
    powers = FIRST_POWERS
    for model in ANSWERS:
        if model.before:
            if not _goes_on(connection, powers):
                continue
            powers = model.name
        where = "TABLE main" if model.kind == "kept" else "TEMP TABLE temp"
        query = model.sql.replace(LAST_POWERS, powers)
        connection.execute(f"CREATE OR REPLACE {where}.{model.name} AS\n{query}")
        if model.kind != "kept":
            working.append(model.name)
    for name in working:
        connection.execute(f"DROP TABLE temp.{name}")


def _goes_on(connection: DuckDBPyConnection, powers: str) -> bool:
    """Whether any path does after so many steps; where none does, twice as many change nothing."""
    question = f"SELECT 1 FROM {powers} WHERE power > 0 LIMIT 1"  # noqa: S608
    return bool(connection.execute(question).fetchall())


def _fill_given(
    connection: DuckDBPyConnection, answers: Answers, spend: Sequence[Spend] | None
) -> tuple[str, ...]:
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
