"""Which engines there are, and what each needs to be installed."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable

from ...errors import missing_extra
from .clickhouse import ClickHouse
from .engine import Engine, EngineError
from .postgres import Postgres
from .spark import Spark

ENGINES: dict[str, tuple[str, str, Callable[..., Engine]]] = {
    "postgres": ("psycopg", missing_extra("PostgreSQL needs psycopg", "journeys-postgres"), Postgres),
    "clickhouse": ("httpx", "ClickHouse needs httpx: pip install httpx", ClickHouse),
    "spark": ("pyspark", missing_extra("Spark needs pyspark", "journeys-spark"), Spark),
}
"""By its name: the module it needs, what is said where that is missing, and how it is connected to."""


def connected(name: str, *, database: str, schema: str) -> Engine:
    """An engine, by its name; raises EngineError where it cannot be reached or is not installed."""
    module, missing, engine = ENGINES[name]
    if importlib.util.find_spec(module) is None:
        raise EngineError(missing)
    return engine(database, schema=schema)
