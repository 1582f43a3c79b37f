"""What is new in the sources: files that did not change are not read, rows that are there not taken again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ..sources.columns import COLUMNS
from ..sources.place import File, files_of

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

FileState = tuple[str, int, int]
"""The path of a file as it was given, its bytes, and when it was written last, in nanoseconds since 1970.

Of one that cannot be read both are below 0: it is looked at again.
"""

_FILES = "CREATE OR REPLACE TABLE files_read (source VARCHAR, size BIGINT, modified_at BIGINT)"
_READ = "INSERT INTO files_read SELECT unnest($sources), unnest($sizes), unnest($times)"
_COPY = ("event_id", "source", "collector_tstamp", "dvce_sent_tstamp", "derived_tstamp")
"""What a row of a source is known by; of those that are alike as many are known as there are.

Not by its line: that is told only where a file has faults.
"""
_SAME = " AND ".join(f"k.{name} IS NOT DISTINCT FROM s.{name}" for name in _COPY)
_WANTED = f"""
CREATE OR REPLACE TEMP TABLE rows_known AS
SELECT {", ".join(_COPY)}, count(*) AS copies
FROM (
    SELECT {{rows}} FROM kept.event_rows UNION ALL SELECT {{copies}} FROM kept.event_copies
)
WHERE source IN (SELECT source FROM sources_again)
GROUP BY ALL
"""  # noqa: S608
_AGAIN = """
CREATE OR REPLACE TEMP TABLE sources_again AS
SELECT DISTINCT source FROM staged_events WHERE source IN (SELECT source FROM kept.files_read)
"""
_NEW = f"""
CREATE OR REPLACE TABLE scratch.new_rows AS
SELECT s.* EXCLUDE (copy)
FROM (
    SELECT {{columns}}, row_number() OVER (PARTITION BY {", ".join(_COPY)}) AS copy
    FROM staged_events
    WHERE problem IS NULL AND source IN (SELECT source FROM sources_again)
) AS s
LEFT JOIN rows_known AS k ON {_SAME}
WHERE s.copy > coalesce(k.copies, 0)
UNION ALL
SELECT {{columns}}
FROM staged_events
WHERE problem IS NULL AND source NOT IN (SELECT source FROM sources_again)
"""  # noqa: S608
_REJECTED = """
CREATE OR REPLACE TEMP TABLE new_rejected AS
SELECT event_id, problem, source, line FROM staged_events WHERE problem IS NOT NULL
UNION ALL
SELECT NULL, problem, source, line FROM scratch.rejected_lines
EXCEPT ALL
SELECT event_id, problem, source, line FROM kept.rejected
"""


def files_in(sources: Sequence[Path]) -> dict[Path, FileState]:
    """The files that there are, each as it is before it is read."""
    return {file.path: _state(file) for source in sources for file in files_of(source)}


def _state(file: File) -> FileState:
    try:
        found = file.path.stat()
    except OSError:
        return str(file.path), -1, -1
    if file.kind == "unreadable":  # whoever may read it meanwhile changes neither its bytes nor its time
        return str(file.path), -1, -1
    return str(file.path), found.st_size, found.st_mtime_ns


def unread(connection: DuckDBPyConnection, files: Mapping[Path, FileState]) -> Iterator[Path]:
    """Those that are not as they were when they were read last.

    A database's own file may stay as it is while what was written stands in another beside it.
    """
    known = set(connection.execute("SELECT source, size, modified_at FROM files_read").fetchall())
    for path, state in files.items():
        if state not in known or state[1] < 0 or path.with_name(f"{path.name}-wal").exists():
            yield path


def keep_files(connection: DuckDBPyConnection, files: Sequence[FileState], *, anew: bool) -> None:
    """Note which files have been read, and how they were then."""
    if anew:
        connection.execute(_FILES)
    names = [name for name, *_ in files]
    connection.execute("DELETE FROM files_read WHERE source IN (SELECT unnest($names))", {"names": names})
    given = {"sources": names, "sizes": [size for _, size, _ in files], "times": [at for *_, at in files]}
    connection.execute(_READ, given)


def find_new(connection: DuckDBPyConnection, present: Sequence[str], *, kept: Sequence[str]) -> None:
    """Make ``scratch.new_rows`` and ``new_rejected`` of what is in ``staged_events`` and not in the file.

    ``present`` are the columns that there is anything in, ``kept`` those of the file.
    """
    there = {*kept, "source"}
    typed = ", ".join(name if name in there else f"CAST(NULL AS TIMESTAMP) AS {name}" for name in _COPY)
    connection.execute(_AGAIN)
    connection.execute(_WANTED.format(rows=typed, copies=typed))
    listed = [name for name in COLUMNS if name in {*present, *_COPY}]
    connection.execute(_NEW.format(columns=", ".join([*listed, "source", "line", "problem"])))
    connection.execute(_REJECTED)
