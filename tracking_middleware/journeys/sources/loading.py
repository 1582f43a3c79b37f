"""Brings sources into ``staged_events``: by DuckDB's own readers where they can, else row by row.

A text file in which DuckDB finds anything wrong is read again row by row, which is slower and names the line.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from .columns import COLUMNS
from .parquet import NestedError
from .place import File, files_of
from .rows import LONGEST, Fault, Reading, Row
from .staging import Staging
from .writing import Writing, batches

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_TEXTS = dict.fromkeys(COLUMNS, "VARCHAR")
_FILES_AT_ONCE = 100
_TSV = f"""read_csv(
    $paths, columns = $columns, delim = '\t', quote = '', escape = '', header = false, auto_detect = false,
    compression = $compression, filename = true, max_line_size = {LONGEST + 1024}
)"""
Told = Callable[[str], None]


def load(connection: DuckDBPyConnection, sources: Sequence[Path], *, tell: Told) -> tuple[str, ...]:
    """Make ``staged_events`` and ``scratch.rejected_lines``; the columns that there is anything in.

    ``scratch`` is an empty database that is attached, a file in a folder for what is read. ``tell`` gets the
    name of what is read next.
    """
    loading = _Loading(connection)
    # one that is named twice, or beside its folder, is one source
    files = {file.path: file for source in sources for file in files_of(source)}.values()
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
        elif file.kind == "unreadable":
            loading.reject(file, Fault(None, file.problem))
        elif file.kind == "unknown":
            loading.reject(file, Fault(None, "is no enriched TSV, JSON lines, Parquet, or collector's store"))
    return loading.staging.finish()


class _Loading:
    """Reads files into one ``Staging``."""

    def __init__(self, connection: DuckDBPyConnection) -> None:
        self._connection = connection
        self.staging = Staging(connection)

    def parquet(self, files: Sequence[File]) -> None:
        """Those that can be read; those that cannot are set aside."""
        import duckdb

        for file in files:
            try:
                self.staging.parquet(str(file.path))
            except (duckdb.Error, NestedError) as error:
                self.reject(file, Fault(None, f"cannot be read: {_first_line(error)}"))

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
        reading = Reading(file)
        with Writing(self._connection, self.staging, source=str(file.path)) as writing:
            for rows in batches(self._sound(file, reading)):
                writing.write(rows, reading.columns)

    def reject(self, file: File, fault: Fault) -> None:
        """Set a line or a file aside."""
        self.staging.reject(str(file.path), fault.line, fault.problem)

    def _sound(self, file: File, reading: Reading) -> Iterator[Row]:
        for row in reading:
            if isinstance(row, Fault):
                self.reject(file, row)
            else:
                yield row


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0]
