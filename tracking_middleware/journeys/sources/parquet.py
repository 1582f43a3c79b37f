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
    """The ``types`` of the canonical columns that there is anything in, and all ``names``.

    Both in small letters.
    """

    types: Mapping[str, str]
    names: Collection[str]


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
        names={*types},
    )


def given_parquet(connection: DuckDBPyConnection, paths: list[str]) -> GivenParquet:
    """The query for files of others, which may have any other columns; raises duckdb.Error, NestedError."""
    found = filled_parquet(connection, "given", paths)
    _check(found.types)
    values = {name: name for name in found.types}
    types = dict(found.types)
    file = _unused("read_from", found.names)
    for name in _folders(paths):
        folder = _folder_value(name, file)
        values[name] = f"coalesce({as_text(name, types[name])}, {folder})" if name in types else folder
        types[name] = "VARCHAR"
    # one that has a column of this name has no row numbers: DuckDB refuses to give them
    has_rows = _ROW not in found.names
    selected = "".join(f"{value} AS {name}, " for name, value in values.items())
    line = f"{_ROW} + 1" if has_rows else "CAST(NULL AS BIGINT)"
    options = f"filename = '{file}'{f', {_ROW} = true' if has_rows else ''}"
    read = f"{READ.format(name='given')}, {options})"
    return GivenParquet(
        types={name: types[name] for name in COLUMNS if name in types},
        query=f"SELECT {selected}{file} AS filename, {line} AS line FROM {read}",  # noqa: S608
    )


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
