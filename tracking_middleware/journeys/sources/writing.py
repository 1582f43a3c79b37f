"""Rows that Python reads, brought to DuckDB so many at a time, while the next are read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import chain
from typing import TYPE_CHECKING, Self

from .columns import COLUMNS
from .events import LINE
from .rows import LONGEST, Row
from .staging import Staging

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_BYTES_AT_ONCE = 32 * 1024 * 1024
_LEAST_BUFFER = 1024 * 1024
_READ = {
    "tsv": f"""(
        SELECT * REPLACE ($source AS filename) FROM read_csv(
            $path, columns = $columns, delim = '\t', quote = '', escape = '', header = false,
            auto_detect = false, filename = true, max_line_size = {LONGEST + 1024}
        )
    )""",  # noqa: S608
    "json": """(
        SELECT *, $source AS filename
        FROM read_ndjson($path, columns = $columns, maximum_object_size = $longest)
    )""",
}


class Writing:
    """Writes the rows of one file; what DuckDB raises is raised by ``write``, or at the end."""

    def __init__(self, connection: DuckDBPyConnection, staging: Staging, *, source: str) -> None:
        self._connection = connection.cursor()
        self._staging = staging
        self._source = source
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="journeys")
        self._written: Future[None] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        try:
            if kind is None:
                self._wait()
        finally:
            self._thread.shutdown()
            self._connection.close()

    def write(self, rows: Sequence[Row], columns: Sequence[str]) -> None:
        """Write them beside what comes next; ``columns`` are those that rows of JSON have anything in."""
        self._wait()
        self._written = self._thread.submit(self._write, rows, columns)

    def _wait(self) -> None:
        if self._written is not None:
            self._written.result()

    def _write(self, rows: Sequence[Row], columns: Sequence[str]) -> None:
        named: dict[str, Sequence[str]] = {"tsv": tuple(COLUMNS), "json": columns}
        for form in _READ:
            if texts := [row.text for row in rows if row.form == form]:
                self._texts(texts, form, named[form])

    def _texts(self, texts: Sequence[bytes], form: str, columns: Sequence[str]) -> None:
        path = self._staging.folder / "rows"
        with path.open("wb") as stream:
            stream.writelines(chain.from_iterable((text, b"\n") for text in texts))
        given: dict[str, object] = {"path": str(path), "source": self._source}
        given["columns"] = {LINE: "BIGINT", **dict.fromkeys(columns, "VARCHAR")}
        if form == "json":
            given["longest"] = max(_LEAST_BUFFER, 2 * max(map(len, texts)))
        self._staging.add(_READ[form], line=LINE, given=given, columns=columns, by=self._connection)
        path.unlink()


def batches(rows: Iterable[Row]) -> Iterator[list[Row]]:
    """As many at once as are written at once."""
    some, size = [], 0
    for row in rows:
        some.append(row)
        size += len(row.text)
        if size >= _BYTES_AT_ONCE:
            yield some
            some, size = [], 0
    if some:
        yield some
