"""Brings sources into ``staged_events``: by DuckDB's own readers where they can, else row by row.

A text file in which DuckDB finds anything wrong is read again row by row, which is slower and names the line.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import IO, TYPE_CHECKING

from .columns import COLUMNS
from .place import File, files_of
from .rows import Fault, rows_of
from .staging import Staging

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_TEXTS = dict.fromkeys(COLUMNS, "VARCHAR")
_ROWS_AT_ONCE = 50_000
_FILES_AT_ONCE = 100
_TSV = """read_csv(
    $paths, columns = $columns, delim = '\t', quote = '', escape = '', header = false, auto_detect = false,
    compression = $compression, filename = true, max_line_size = 33554432
)"""
_ROWS = """
CREATE OR REPLACE TEMP TABLE rows_read AS
SELECT line, $source AS filename, unnest("row")
FROM read_ndjson($path, columns = $columns, maximum_object_size = 67108864)
"""
_ROW_COLUMNS = {
    "line": "BIGINT",
    "row": f"STRUCT({', '.join(f'{name} VARCHAR' for name in COLUMNS)})",
}
_FILLED = ", ".join(f"count(nullif({name}, ''))" for name in COLUMNS)

Told = Callable[[str], None]


def load(connection: DuckDBPyConnection, sources: Sequence[Path], *, tell: Told) -> tuple[str, ...]:
    """Make ``staged_events`` and ``scratch.rejected_lines``; the columns that there is anything in.

    ``scratch`` is an empty database that is attached. ``tell`` gets the name of what is read next. Raises
    OSError.
    """
    loading = _Loading(connection)
    files = [file for source in sources for file in files_of(source)]
    loading.parquet([file for file in files if file.kind == "parquet"])
    for is_gzip in (False, True):
        some = (file for file in files if (file.kind, file.is_gzip) == ("tsv", is_gzip))
        while batch := list(islice(some, _FILES_AT_ONCE)):
            more = f" and {len(batch) - 1} more" if len(batch) > 1 else ""
            tell(f"{batch[0].path}{more}")
            loading.tab_separated(batch)
    for file in files:
        if file.kind in {"sqlite", "jsonl"}:
            tell(str(file.path))
            loading.row_by_row(file)
        elif file.kind == "unknown":
            loading.reject(file, Fault(None, "is no enriched TSV, JSON lines, Parquet, or collector's store"))
    return loading.staging.finish()


class _Loading:
    """Reads files into one ``Staging``."""

    def __init__(self, connection: DuckDBPyConnection) -> None:
        self._connection = connection
        self.staging = Staging(connection)

    def parquet(self, files: Sequence[File]) -> None:
        """All that can be read at once; those that cannot are set aside."""
        import duckdb

        good = []
        for file in files:
            try:
                self.staging.parquet([str(file.path)])
                good.append(str(file.path))
            except duckdb.Error as error:
                self.reject(file, Fault(None, f"cannot be read: {str(error).partition(chr(10))[0]}"))
        if good:
            self.staging.parquet(good)

    def tab_separated(self, files: Sequence[File]) -> None:
        """All at once where all is well; the faulty ones again, row by row."""
        import duckdb

        compression = "gzip" if files[0].is_gzip else "none"
        given = {"paths": [str(file.path) for file in files], "columns": _TEXTS, "compression": compression}
        try:
            present = self._filled(_TSV, given)
            self.staging.insert(_TSV, present, line="CAST(NULL AS BIGINT)", given=given)
        except duckdb.Error:
            if len(files) == 1:
                self.row_by_row(files[0])
            else:
                for file in files:
                    self.tab_separated([file])
            return
        for path in self.staging.faulty():
            self.staging.forget(path)
            self.row_by_row(next(file for file in files if str(file.path) == path))

    def row_by_row(self, file: File) -> None:
        """Each row with its number, and what is no row set aside."""
        rows = self._sound(file)
        with tempfile.TemporaryDirectory(prefix="journeys-") as folder:
            path = Path(folder) / "rows.jsonl"
            while _write(path, islice(rows, _ROWS_AT_ONCE)):
                given = {"path": str(path), "source": str(file.path), "columns": _ROW_COLUMNS}
                self._connection.execute(_ROWS, given)
                self.staging.insert("rows_read", self._filled("rows_read", {}), line="line", given={})

    def reject(self, file: File, fault: Fault) -> None:
        """Set a line or a file aside."""
        self.staging.reject(str(file.path), fault.line, fault.problem)

    def _sound(self, file: File) -> Iterator[bytes]:
        for row in rows_of(file):
            if isinstance(row, Fault):
                self.reject(file, row)
            else:
                yield b'{"line":%d,"row":%s}\n' % (row.line, row.text)

    def _filled(self, relation: str, given: Mapping[str, object]) -> dict[str, str]:
        """The columns that there is anything in, all of them text."""
        counts = self._connection.execute(f"SELECT {_FILLED} FROM {relation}", dict(given)).fetchall()[0]  # noqa: S608
        return {name: "VARCHAR" for name, count in zip(COLUMNS, counts, strict=True) if count}


def _write(path: Path, rows: Iterator[bytes]) -> bool:
    """Whether there was any row to write."""
    stream: IO[bytes]
    with path.open("wb") as stream:
        stream.writelines(rows)
        return stream.tell() > 0
