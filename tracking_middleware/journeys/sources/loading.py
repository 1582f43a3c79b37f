"""Brings sources into ``staged_events``: by DuckDB's own readers where they can, else row by row.

A text file in which DuckDB finds anything wrong is read again row by row, which is slower and names the line.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import IO, TYPE_CHECKING

from .columns import COLUMNS
from .place import File, files_of
from .rows import Fault, rows_of
from .typed import STAGED_EVENTS, typed_select

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_TEXTS = dict.fromkeys(COLUMNS, "VARCHAR")
_ROWS_AT_ONCE = 20_000
_FILES_AT_ONCE = 100
_TSV = f"""
INSERT INTO staged_events
SELECT {typed_select(present=_TEXTS, line="CAST(NULL AS BIGINT)")}
FROM read_csv(
    $paths, columns = $columns, delim = '\t', quote = '', escape = '', header = false, auto_detect = false,
    compression = $compression, filename = true, max_line_size = 33554432, parallel = true
)
"""  # noqa: S608
_ROWS = f"""
INSERT INTO staged_events
SELECT {typed_select(present=_TEXTS, line="line")}
FROM (
    SELECT line, $source AS filename, unnest("row")
    FROM read_ndjson($path, columns = $columns, maximum_object_size = 67108864)
)
"""  # noqa: S608
_ROW_COLUMNS = {
    "line": "BIGINT",
    "row": f"STRUCT({', '.join(f'{name} VARCHAR' for name in COLUMNS)})",
}
_PARQUET_COLUMNS = "SELECT * FROM read_parquet($paths, union_by_name = true) LIMIT 0"
_REJECTED = """
CREATE OR REPLACE TEMP TABLE rejected_lines (source VARCHAR, line BIGINT, problem VARCHAR)
"""

Told = Callable[[str], None]


def load(connection: DuckDBPyConnection, sources: Sequence[Path], *, tell: Told) -> None:
    """Fill ``staged_events``, and ``rejected_lines`` with what is no row at all; raises OSError.

    ``tell`` gets the name of what is read next.
    """
    connection.execute(STAGED_EVENTS)
    connection.execute(_REJECTED)
    files = [file for source in sources for file in files_of(source)]
    for kind, read in (("parquet", _read_parquet), ("tsv", _read_tsv)):
        for is_gzip in (False, True):
            some = (file for file in files if (file.kind, file.is_gzip) == (kind, is_gzip))
            while batch := list(islice(some, _FILES_AT_ONCE)):
                tell(_named(batch))
                read(connection, batch)
    for file in files:
        if file.kind in {"sqlite", "jsonl"}:
            tell(str(file.path))
            _read_rows(connection, file)
        elif file.kind == "unknown":
            sentence = "is no enriched TSV, JSON lines, Parquet, or store of the collector"
            _reject(connection, file, Fault(None, sentence))


def _named(files: Sequence[File]) -> str:
    more = f" and {len(files) - 1} more" if len(files) > 1 else ""
    return f"{files[0].path}{more}"


def _read_parquet(connection: DuckDBPyConnection, files: Sequence[File]) -> None:
    import duckdb

    paths = [str(file.path) for file in files]
    try:
        described = connection.execute(_PARQUET_COLUMNS, {"paths": paths}).description or []
        given = {name.lower(): str(kind) for name, kind, *_ in described}
        present = {name: given[name] for name in COLUMNS if name in given}
        select = typed_select(present=present, line="file_row_number + 1")
        connection.execute(
            f"INSERT INTO staged_events SELECT {select} FROM read_parquet("  # noqa: S608
            "$paths, union_by_name = true, filename = true, file_row_number = true)",
            {"paths": paths},
        )
    except duckdb.Error as error:
        if len(files) == 1:
            _reject(connection, files[0], Fault(None, f"cannot be read: {_first_line(error)}"))
            return
        for file in files:
            _read_parquet(connection, [file])


def _read_tsv(connection: DuckDBPyConnection, files: Sequence[File]) -> None:
    """All at once where all is well; the faulty ones again, row by row."""
    import duckdb

    given = {
        "paths": [str(file.path) for file in files],
        "columns": _TEXTS,
        "compression": "gzip" if files[0].is_gzip else "none",
    }
    try:
        connection.execute(_TSV, given)
    except duckdb.Error:
        if len(files) == 1:
            _read_rows(connection, files[0])
            return
        for file in files:
            _read_tsv(connection, [file])
        return
    faulty = connection.execute(
        "SELECT DISTINCT source FROM staged_events WHERE problem IS NOT NULL AND line IS NULL"
    ).fetchall()
    for (path,) in faulty:
        connection.execute("DELETE FROM staged_events WHERE source = $source", {"source": path})
        _read_rows(connection, next(file for file in files if str(file.path) == path))


def _read_rows(connection: DuckDBPyConnection, file: File) -> None:
    rows = _sound(connection, file)
    with tempfile.TemporaryDirectory(prefix="journeys-") as folder:
        path = Path(folder) / "rows.jsonl"
        while _write(path, islice(rows, _ROWS_AT_ONCE)):
            given = {"path": str(path), "source": str(file.path), "columns": _ROW_COLUMNS}
            connection.execute(_ROWS, given)


def _sound(connection: DuckDBPyConnection, file: File) -> Iterator[bytes]:
    for row in rows_of(file):
        if isinstance(row, Fault):
            _reject(connection, file, row)
        else:
            yield b'{"line":%d,"row":%s}\n' % (row.line, row.text)


def _write(path: Path, rows: Iterator[bytes]) -> bool:
    """Whether there was any row to write."""
    stream: IO[bytes]
    with path.open("wb") as stream:
        stream.writelines(rows)
        return stream.tell() > 0


def _reject(connection: DuckDBPyConnection, file: File, fault: Fault) -> None:
    connection.execute(
        "INSERT INTO rejected_lines VALUES ($source, $line, $problem)",
        {"source": str(file.path), "line": fault.line, "problem": fault.problem},
    )


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0]
