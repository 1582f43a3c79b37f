"""Parquet as it lies: which canonical columns there is anything in, of what types, and the query for them.

A canonical column that is a folder's name, ``app_id=shop``, is read where the file itself says nothing of it.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ...errors import TrackingError
from .columns import COLUMNS, JSON_COLUMNS
from .typed import as_text

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

# left to itself DuckDB guesses whether folders' names are columns, and puts them before those of the file
READ = "read_parquet(getvariable('{name}_paths'), union_by_name = true, hive_partitioning = false"
_FILLED = """
SELECT DISTINCT lower(split_part(path_in_schema, ', ', 1)) FROM parquet_metadata(getvariable('{name}_paths'))
WHERE stats_null_count IS NULL OR stats_null_count < num_values
"""
"""The first name of a path is the column's; a nested one has those of what is in it behind."""
_NESTED = {"STRUCT", "MAP", "UNION", "VARIANT"}
_FOLDER = re.compile(r"(?:^|/)([A-Za-z_]+)=[^/]*(?=/)")
_NO_VALUE = "__HIVE_DEFAULT_PARTITION__"
_ROW = "file_row_number"


class NestedError(TrackingError):
    """A column has lists or structures where one value belongs; the message says which, and what is right."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Filled:
    """The ``types`` of the canonical columns that there is anything in, and those of ``all`` columns.

    By their names in small letters.
    """

    types: Mapping[str, str]
    all: Mapping[str, str]

    @property
    def shape(self) -> Mapping[str, str]:
        """What is the same of files that are read as one: DuckDB brings others to one type, or fails."""
        canonical = {name: kind for name, kind in self.all.items() if name in COLUMNS}
        return {**canonical, _ROW: str(_ROW in self.all)}


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenParquet:
    """Files of others: a ``query`` for the columns of ``types`` with ``filename`` and ``line``."""

    types: Mapping[str, str]
    query: str


def filled_parquet(connection: DuckDBPyConnection, name: str, paths: list[str]) -> Filled:
    """What there is in files; their paths are the variable ``{name}_paths`` then. Raises duckdb.Error."""
    connection.execute(f"SET VARIABLE {name}_paths = $paths", {"paths": paths})
    described = connection.execute(f"SELECT * FROM {READ.format(name=name)}) LIMIT 0")  # noqa: S608
    types = {column.lower(): str(kind) for column, kind, *_ in described.description or []}
    filled = {column for (column,) in connection.execute(_FILLED.format(name=name)).fetchall()}
    return Filled(
        types={column: types[column] for column in COLUMNS if column in types and column in filled},
        all=types,
    )


def given_parquet(connection: DuckDBPyConnection, name: str, paths: list[str]) -> GivenParquet:
    """The query for files of others, which may have any other columns; raises as ``shape_of`` does."""
    found = filled_parquet(connection, name, paths)
    _check(found.types)
    source = READ.format(name=name)
    values = {column: column for column in found.types}
    types = dict(found.types)
    file = _unused("read_from", found.all)
    for column in _folders(paths):
        folder = _folder_value(column, file)
        own = [as_text(column, types[column])] if column in types else []
        values[column] = f"coalesce({', '.join([*own, folder])})"
        types[column] = "VARCHAR"
    # one that has a column of this name has no row numbers: DuckDB refuses to give them
    has_rows = _ROW not in found.all
    selected = "".join(f"{value} AS {column}, " for column, value in values.items())
    line = f"{_ROW} + 1" if has_rows else "CAST(NULL AS BIGINT)"
    options = f"filename = '{file}'{f', {_ROW} = true' if has_rows else ''}"
    return GivenParquet(
        types={column: types[column] for column in COLUMNS if column in types},
        query=f"SELECT {selected}{file} AS filename, {line} AS line FROM {source}, {options})",  # noqa: S608
    )


def shape_of(connection: DuckDBPyConnection, path: str) -> Mapping[str, str]:
    """The shape of one file that can be read.

    Raises duckdb.Error where it cannot be, NestedError where a column of it has more than one value.
    """
    found = filled_parquet(connection, "one", [path])
    _check(found.types)
    return found.shape


def _check(types: Mapping[str, str]) -> None:
    wrong = []
    for name, kind in types.items():
        base = "LIST" if kind.endswith("]") else kind.partition("(")[0]
        if base == "LIST" or base in _NESTED:
            wanted = "self-describing JSON as text" if name in JSON_COLUMNS else "one value"
            wrong.append(f"{name} is a {base} and must be {wanted}")
    if wrong:
        raise NestedError("; ".join(wrong))


def _unused(name: str, names: Collection[str]) -> str:
    while name in names:
        name += "_"
    return name


def _folders(paths: Iterable[str]) -> list[str]:
    found = {name.lower() for path in paths for name in _FOLDER.findall(path)}
    return [name for name in COLUMNS if name in found]


def _folder_value(name: str, file: str) -> str:
    """What the folder nearest to a file says of a column, as Hive writes it: NULL where no folder does."""
    written = f"nullif(nullif(regexp_extract({file}, '(?is)^(?:.*/)?{name}=([^/]*)/', 1), ''), '{_NO_VALUE}')"
    return f"coalesce(try(url_decode({written})), {written})"
