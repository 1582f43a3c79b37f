"""Makes the answers on DuckDB, of the stitched tables that the connection's database has."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from ..models import ANSWERS, LAST_POWERS
from .given import (
    ATTRIBUTION_MODELS,
    CARRIERS,
    FIELDS,
    SPEND,
    ZONES,
    carrier_rows,
    field_rows,
    settings_row,
    zone_rows,
)
from .settings import Answers
from .spend import Spend

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


_SPEND = (
    f"CREATE TABLE IF NOT EXISTS main.spend ({', '.join(f'{name} {kind}' for name, kind in SPEND.items())})"
)
_SPENT = "INSERT INTO main.spend VALUES ($campaign, $day, $cost, $currency)"


def make_answers(
    connection: DuckDBPyConnection, answers: Answers, *, spend: Sequence[Spend] | None = None
) -> None:
    """Make all of them anew; within a transaction whoever reads sees those before until it is over.

    ``spend`` takes the place of what campaigns cost by the table ``spend``, which else stays.
    """
    connection.execute(_SPEND)
    if spend is not None:
        connection.execute("DELETE FROM main.spend")
        for row in spend:
            connection.execute(_SPENT, asdict(row))
    working = list(_fill_given(connection, answers))
    powers = "path_powers_0"
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


def _fill_given(connection: DuckDBPyConnection, answers: Answers) -> tuple[str, ...]:
    settings = settings_row(answers)
    kinds = {name: "VARCHAR" if isinstance(value, str) else "BIGINT" for name, value in settings.items()}
    given: dict[str, tuple[Mapping[str, str], Sequence[tuple[Any, ...]]]] = {
        "answer_settings": (kinds, [tuple(settings.values())]),
        "answer_carriers": (CARRIERS, carrier_rows(answers)),
        "answer_fields": (FIELDS, field_rows(answers)),
        "attribution_models": ({"model": "VARCHAR"}, [(model,) for model in ATTRIBUTION_MODELS]),
        "zone_offsets": (ZONES, zone_rows(answers.timezone)),
    }
    for name, (columns, rows) in given.items():
        nothing = ", ".join(f"CAST(NULL AS {kind})" for kind in columns.values())
        marks = ", ".join(f"({', '.join('?' for _ in columns)})" for _ in rows)
        values = f"VALUES {marks}" if rows else f"SELECT {nothing} WHERE false"
        typed = ", ".join(f"CAST({column} AS {kind}) AS {column}" for column, kind in columns.items())
        query = f"SELECT {typed} FROM ({values}) AS g({', '.join(columns)})"  # noqa: S608
        flat = [value for row in rows for value in row]
        connection.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS {query}", flat)
    return tuple(given)
