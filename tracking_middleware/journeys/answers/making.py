"""Makes the answers on DuckDB, of the stitched tables that the connection's database has."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from ..models import ANSWERS
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
    given = _fill_given(connection, answers)
    working = []
    for model in ANSWERS:
        if model.kind == "kept":
            connection.execute(f"CREATE OR REPLACE TABLE main.{model.name} AS\n{model.sql}")
        else:
            connection.execute(f"CREATE OR REPLACE TEMP TABLE {model.name} AS\n{model.sql}")
            working.append(model.name)
    for name in (*working, *given):
        connection.execute(f"DROP TABLE temp.{name}")


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
        typed = ", ".join(f"{column} {kind}" for column, kind in columns.items())
        connection.execute(f"CREATE OR REPLACE TEMP TABLE {name} ({typed})")
        marks = ", ".join("?" for _ in columns)
        for row in rows:
            connection.execute(f"INSERT INTO {name} VALUES ({marks})", list(row))  # noqa: S608
    return tuple(given)
