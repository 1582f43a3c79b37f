"""``staged_events``: all that was read, in one shape, with only as many columns as there is anything in.

What is no Parquet becomes some, once, in the folder of the database ``scratch``: reading a hundred columns of
text is dear, and DuckDB writes Parquet faster than tables of its own.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from .columns import COLUMNS
from .parquet import READ, GivenParquet, filled_parquet, given_parquet, shape_of
from .typed import NEEDED, PLACE, all_columns, typed_select

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_PLACE = ", ".join(PLACE)
_SCRATCH = "SELECT path FROM duckdb_databases() WHERE database_name = 'scratch'"
_FAULTY = "SELECT DISTINCT source FROM read_parquet($path) WHERE problem IS NOT NULL"
_REJECT = "INSERT INTO scratch.rejected_lines SELECT unnest($sources), unnest($lines), unnest($problems)"
_AT_ONCE = 1000
_REJECTED = "CREATE TABLE scratch.rejected_lines (source VARCHAR, line BIGINT, problem VARCHAR)"


class Staging:
    """The rows that were read so far: as Parquet of ours, and Parquet where it lies."""

    def __init__(self, connection: DuckDBPyConnection) -> None:
        self._connection = connection
        self.folder = Path(connection.execute(_SCRATCH).fetchall()[0][0]).parent
        self._parts: list[Path] = []
        self._made = 0
        self._parquet: list[tuple[dict[str, str], list[str]]] = []
        self._rejected: list[tuple[str, int | None, str]] = []
        connection.execute(_REJECTED)

    def add(
        self,
        relation: str,
        *,
        line: str,
        given: Mapping[str, object],
        columns: Collection[str] = tuple(COLUMNS),
        by: DuckDBPyConnection | None = None,
    ) -> Path:
        """Read a relation with canonical columns as text, which is SQL of ours with parameters ``given``.

        Its rows are a file then, which may be dropped again; ``by`` is whose connection writes that, where
        another thread does. Raises duckdb.Error.
        """
        part = self.folder / f"part-{self._made}.parquet"
        select = typed_select(dict.fromkeys(columns, "VARCHAR"), line=line)
        path = str(part).replace(
            "'", "''"
        )  # a path of ours; a statement that copies takes no parameter for it
        statement = f"COPY (SELECT {select} FROM {relation}) TO '{path}' (FORMAT parquet)"  # noqa: S608
        (by or self._connection).execute(statement, dict(given))
        self._made += 1
        self._parts.append(part)
        return part

    def faulty(self, part: Path) -> set[str]:
        """The files with rows in it that have a problem."""
        return {name for (name,) in self._connection.execute(_FAULTY, {"path": str(part)}).fetchall()}

    def drop(self, part: Path) -> None:
        """Take the rows of a part away."""
        self._parts.remove(part)
        part.unlink()

    def reject(self, source: str, line: int | None, problem: str) -> None:
        """Set a line aside that is no row at all; with None the file, or the rest of it."""
        self._rejected.append((source, line, problem))
        if len(self._rejected) == _AT_ONCE:
            self._write_rejected()

    def parquet(self, path: str) -> None:
        """Take a file of Parquet as it lies, with those before it in whose shape nothing is of another type.

        Raises duckdb.Error where it cannot be read, NestedError where a column of it has more than one value.
        """
        shape = shape_of(self._connection, path)
        for known, paths in self._parquet:
            if all(known.get(name, kind) == kind for name, kind in shape.items()):
                known.update(shape)
                paths.append(path)
                return
        self._parquet.append((dict(shape), [path]))

    def finish(self) -> tuple[str, ...]:
        """Make ``staged_events`` of all that was read; the columns that there is anything in."""
        self._write_rejected()
        there: set[str] = set(NEEDED)
        selects = []
        if self._parts:
            read = filled_parquet(self._connection, "read", [str(part) for part in self._parts])
            filled = {*read.types, *NEEDED}
            selects.append(f"SELECT {all_columns(filled)}, {_PLACE} FROM {READ.format(name='read')})")  # noqa: S608
            there |= filled
        for number, (_, paths) in enumerate(self._parquet):
            given = given_parquet(self._connection, f"given_{number}", paths)
            selects.append(self._given_select(given))
            there |= {*given.types}
        if not selects:
            nothing = ", ".join(f"CAST(NULL AS {kind}) AS {name}" for name, kind in PLACE.items())
            selects.append(f"SELECT {all_columns(())}, {nothing} WHERE false")
        union = " UNION ALL ".join(selects)
        self._connection.execute(f"CREATE OR REPLACE TEMP VIEW staged_events AS {union}")
        return tuple(name for name in COLUMNS if name in there)

    def _write_rejected(self) -> None:
        if self._rejected:
            lists = zip(("sources", "lines", "problems"), zip(*self._rejected, strict=True), strict=True)
            self._connection.execute(_REJECT, {name: list(values) for name, values in lists})
            self._rejected.clear()

    def _given_select(self, given: GivenParquet) -> str:
        select = typed_select(given.types, line="line")
        inner = f"SELECT {select} FROM ({given.query})"  # noqa: S608
        problems = f"SELECT 1 FROM ({inner}) WHERE problem IS NOT NULL LIMIT 1"  # noqa: S608
        if not self._connection.execute(problems).fetchall():  # what is well is not asked again each time
            select = typed_select(given.types, line="line", is_checked=True)
            inner = f"SELECT {select} FROM ({given.query})"  # noqa: S608
        return f"SELECT {all_columns({*given.types, *NEEDED})}, {_PLACE} FROM ({inner})"  # noqa: S608
