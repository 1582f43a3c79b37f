"""``staged_events``: all that was read, in one shape, with only as many columns as there is anything in.

Most of the 131 columns are empty on most sites, and an empty one costs as much to write as a full one.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from .columns import COLUMNS
from .typed import NEEDED, PLACE, all_columns, typed_select

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_PLACE = ", ".join(PLACE)
_PARQUET = "read_parquet(getvariable('parquet_paths'), union_by_name = true"
_FILLED_IN_PARQUET = """
SELECT DISTINCT lower(path_in_schema) FROM parquet_metadata(getvariable('parquet_paths'))
WHERE stats_null_count IS NULL OR stats_null_count < num_values
"""


class Staging:
    """The rows that were read so far: a table in the database ``scratch``, and Parquet where it lies."""

    def __init__(self, connection: DuckDBPyConnection) -> None:
        self._connection = connection
        self._columns = list(NEEDED)
        self._parquet: dict[str, str] = {}
        needed = ", ".join(f"{name} {kind}" for name, kind in self._types().items())
        connection.execute(f"CREATE TABLE scratch.staged_rows ({needed})")
        connection.execute(
            "CREATE TABLE scratch.rejected_lines (source VARCHAR, line BIGINT, problem VARCHAR)"
        )

    def insert(
        self, relation: str, present: Mapping[str, str], *, line: str, given: Mapping[str, object]
    ) -> None:
        """Add the rows of a relation, which is SQL of ours; ``given`` are its parameters."""
        for name in present:
            if name not in self._columns:
                self._columns.append(name)
                self._connection.execute(f"ALTER TABLE scratch.staged_rows ADD COLUMN {name} {COLUMNS[name]}")
        select = typed_select(present, line=line)
        statement = f"INSERT INTO scratch.staged_rows BY NAME SELECT {select} FROM {relation}"  # noqa: S608
        self._connection.execute(statement, dict(given))

    def faulty(self) -> list[str]:
        """The files with rows that have a problem, and no number of a line yet."""
        found = self._connection.execute(
            "SELECT DISTINCT source FROM scratch.staged_rows WHERE problem IS NOT NULL AND line IS NULL"
        )
        return [path for (path,) in found.fetchall()]

    def forget(self, source: str) -> None:
        """Take the rows of a file away."""
        self._connection.execute("DELETE FROM scratch.staged_rows WHERE source = $source", {"source": source})

    def reject(self, source: str, line: int | None, problem: str) -> None:
        """Set a line aside that is no row at all; with None the file, or the rest of it."""
        given = {"source": source, "line": line, "problem": problem}
        self._connection.execute(
            "INSERT INTO scratch.rejected_lines VALUES ($source, $line, $problem)", given
        )

    def parquet(self, paths: list[str]) -> None:
        """Take Parquet as it lies, all of it at once; raises duckdb.Error where it cannot be read."""
        self._connection.execute("SET VARIABLE parquet_paths = $paths", {"paths": paths})
        described = self._connection.execute(f"SELECT * FROM {_PARQUET}) LIMIT 0").description or []  # noqa: S608
        given = {name.lower(): str(kind) for name, kind, *_ in described}
        filled = {name for (name,) in self._connection.execute(_FILLED_IN_PARQUET).fetchall()}
        self._parquet = {name: given[name] for name in COLUMNS if name in given and name in filled}

    def finish(self) -> tuple[str, ...]:
        """Make ``staged_events`` of all that was read; the columns that there is anything in."""
        columns = f"{all_columns(self._columns)}, {_PLACE}"
        parts = [f"SELECT {columns} FROM scratch.staged_rows"]  # noqa: S608
        if self._parquet:
            present = {*self._parquet, *NEEDED}
            read = f"{_PARQUET}, filename = true, file_row_number = true)"
            select = typed_select(self._parquet, line="file_row_number + 1")
            inner = f"SELECT {select} FROM {read}"  # noqa: S608
            problems = f"SELECT 1 FROM ({inner}) WHERE problem IS NOT NULL LIMIT 1"  # noqa: S608
            if not self._connection.execute(problems).fetchall():  # what is well is not asked again each time
                select = typed_select(self._parquet, line="file_row_number + 1", is_checked=True)
                inner = f"SELECT {select} FROM {read}"  # noqa: S608
            parts.append(f"SELECT {all_columns(present)}, {_PLACE} FROM ({inner})")  # noqa: S608
        self._connection.execute(f"CREATE OR REPLACE TEMP VIEW staged_events AS {' UNION ALL '.join(parts)}")
        there = {*self._columns, *self._parquet}
        return tuple(name for name in COLUMNS if name in there)

    def _types(self) -> dict[str, str]:
        return {name: COLUMNS[name] for name in NEEDED} | PLACE
