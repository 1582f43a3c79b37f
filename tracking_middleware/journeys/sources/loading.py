"""Brings sources into ``staged_events``: by DuckDB's own readers where they can, else row by row.

A text file in which DuckDB finds anything wrong is read again row by row, which is slower and names the line.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from .columns import COLUMNS
from .events import LINE
from .place import File, files_of
from .rows import LONGEST, Fault, Row, rows_of
from .staging import Staging

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_TEXTS = dict.fromkeys(COLUMNS, "VARCHAR")
_NUMBERED = {LINE: "BIGINT", **_TEXTS}
_READ = "CREATE OR REPLACE TEMP TABLE rows_read AS FROM {rows}"
_FILLED = ", ".join(f"count(nullif({name}, ''))" for name in COLUMNS)
_BYTES_AT_ONCE = 64 * 1024 * 1024
_FILES_AT_ONCE = 100
_TSV = f"""read_csv(
    $paths, columns = $columns, delim = '\t', quote = '', escape = '', header = false, auto_detect = false,
    compression = $compression, filename = true, max_line_size = {LONGEST + 1024}
)"""
_ROWS = {
    "tsv": f"""(
        SELECT * REPLACE ($source AS filename) FROM read_csv(
            $path, columns = $columns, delim = '\t', quote = '', escape = '', header = false,
            auto_detect = false, filename = true, max_line_size = {LONGEST + 1024}
        )
    )""",  # noqa: S608
    "json": """(
        SELECT *, $source AS filename
        FROM read_ndjson($path, columns = $columns, maximum_object_size = 134217728)
    )""",
}

Told = Callable[[str], None]


def load(connection: DuckDBPyConnection, sources: Sequence[Path], *, tell: Told) -> tuple[str, ...]:
    """Make ``staged_events`` and ``scratch.rejected_lines``; the columns that there is anything in.

    ``scratch`` is an empty database that is attached, a file in a folder for what is read. ``tell`` gets the
    name of what is read next. Raises OSError.
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
                self.reject(file, Fault(None, f"cannot be read: {_first_line(error)}"))
        if good:
            self.staging.parquet(good)

    def tab_separated(self, files: Sequence[File]) -> None:
        """All at once where all is well; the faulty ones again, row by row, and the others without them."""
        import duckdb

        compression = "gzip" if files[0].is_gzip else "none"
        given = {"paths": [str(file.path) for file in files], "columns": _TEXTS, "compression": compression}
        try:
            part = self.staging.add(_TSV, line="CAST(NULL AS BIGINT)", given=given)
        except duckdb.Error:
            if len(files) > 1:
                for file in files:
                    self.tab_separated([file])
            else:
                self.row_by_row(files[0])
            return
        if faulty := self.staging.faulty(part):
            self.staging.drop(part)
            if sound := [file for file in files if str(file.path) not in faulty]:
                self.tab_separated(sound)
            for file in files:
                if str(file.path) in faulty:
                    self.row_by_row(file)

    def row_by_row(self, file: File) -> None:
        """Each row with its number, and what is no row set aside."""
        rows = self._sound(file)
        while some := list(_so_many(rows)):
            for form in ("tsv", "json"):
                self._rows(file, form, [row for row in some if row.form == form])

    def reject(self, file: File, fault: Fault) -> None:
        """Set a line or a file aside."""
        self.staging.reject(str(file.path), fault.line, fault.problem)

    def _rows(self, file: File, form: str, rows: list[Row]) -> None:
        """So many rows at once."""
        if not rows:
            return
        with tempfile.TemporaryDirectory(prefix="journeys-") as folder:
            path = Path(folder) / "rows"
            with path.open("wb") as stream:
                stream.writelines(row.text + b"\n" for row in rows)
            given = {"path": str(path), "source": str(file.path), "columns": _NUMBERED}
            self._connection.execute(_READ.format(rows=_ROWS[form]), given)
        self.staging.add("rows_read", line=LINE, given={}, columns=self._filled())

    def _filled(self) -> list[str]:
        """The columns of ``rows_read`` that there is anything in."""
        counts = self._connection.execute(f"SELECT {_FILLED} FROM rows_read").fetchall()[0]  # noqa: S608
        return [name for name, count in zip(COLUMNS, counts, strict=True) if count]

    def _sound(self, file: File) -> Iterator[Row]:
        for row in rows_of(file):
            if isinstance(row, Fault):
                self.reject(file, row)
            else:
                yield row


def _so_many(rows: Iterable[Row]) -> Iterator[Row]:
    """As many as are read at once."""
    size = 0
    for row in rows:
        yield row
        size += len(row.text)
        if size >= _BYTES_AT_ONCE:
            return


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0]
