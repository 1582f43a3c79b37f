"""Rows that Python reads one by one: from files with faults, from flat JSON, from the local collector.

Each is a ``Row``, with its place in the file; what cannot be read is a ``Fault``, and the others go on.
"""

from __future__ import annotations

import sqlite3
import zlib
from collections.abc import Iterator
from contextlib import closing
from typing import Literal

import msgspec

from .columns import COLUMNS
from .events import LINE, FlatEvents, StoredEvents
from .place import File, lines_of

LONGEST = 32 * 1024 * 1024
"""Bytes of a line; a longer one is none of ours."""
_CHUNK = 2_000
"""Rows of the collector's store in one reading: the longer one lasts, the longer its writer waits."""
_NAMES = tuple(COLUMNS)
_AFTER = "SELECT id, shape FROM events WHERE id > ? AND is_good = 1 ORDER BY id LIMIT ?"


class Row(msgspec.Struct, frozen=True, gc=False):
    """An event, and where it is: its line, or the collector's number of it.

    Its text is a line of tab-separated values, or of JSON; the place goes before the values, or as ``_line``.
    """

    line: int
    form: Literal["tsv", "json"]
    text: bytes


class Fault(msgspec.Struct, frozen=True, gc=False):
    """What is wrong with a line; with None as ``line``, with the rest of the file."""

    line: int | None
    problem: str


class Reading:
    """All rows of a file that is no Parquet, one after the other; raises nothing that the file can cause."""

    def __init__(self, file: File) -> None:
        self._file = file
        self._stored, self._flat = StoredEvents(), FlatEvents()

    @property
    def columns(self) -> tuple[str, ...]:
        """Those that there is anything in, in the rows of JSON that were read so far."""
        known = {"sqlite": self._stored.columns, "jsonl": self._flat.columns}
        return known.get(self._file.kind, _NAMES)

    def __iter__(self) -> Iterator[Row | Fault]:
        read = {"sqlite": self._from_store, "tsv": self._tab_separated, "jsonl": self._json_lines}
        try:
            yield from read[self._file.kind]()
        except (OSError, EOFError, zlib.error, sqlite3.Error) as error:
            yield Fault(None, f"cannot be read any further: {error}")

    def _tab_separated(self) -> Iterator[Row | Fault]:
        for number, line in lines_of(self._file):
            try:
                text = line.decode()
            except UnicodeDecodeError as error:
                yield Fault(number, f"is no UTF-8: {error.reason} at byte {error.start + 1}")
                continue
            fields = line.count(b"\t") + 1
            if fields != len(_NAMES):
                yield Fault(number, f"has {fields} fields, an enriched event has {len(_NAMES)}")
            elif len(line) > LONGEST:
                yield Fault(number, f"is longer than {LONGEST} bytes")
            elif b"\r" in line:  # which DuckDB would take for the end of a line
                named = {name: field for name, field in zip(_NAMES, text.split("\t"), strict=True) if field}
                yield Row(number, "json", msgspec.json.encode({LINE: number, **named}))
            else:
                yield Row(number, "tsv", b"%d\t%s" % (number, line))

    def _json_lines(self) -> Iterator[Row | Fault]:
        for number, line in lines_of(self._file):
            if len(line) > LONGEST:
                yield Fault(number, f"is longer than {LONGEST} bytes")
                continue
            try:
                yield Row(number, "json", self._flat.event(line, number=number))
            except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
                yield Fault(number, f"is no JSON of an event: {error}")

    def _from_store(self) -> Iterator[Row | Fault]:
        """The good events of a collector's store, while it is written to.

        A short reading at a time, which is over before a row of it is given away: between two of them nothing
        of the file is held.
        """
        address = f"{self._file.path.resolve().as_uri()}?mode=ro"
        with closing(sqlite3.connect(address, uri=True, timeout=5.0)) as connection:
            connection.text_factory = bytes
            after = 0
            while found := connection.execute(_AFTER, (after, _CHUNK)).fetchall():
                for number, shape in found:
                    try:
                        yield Row(number, "json", self._stored.event(shape, number=number))
                    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
                        yield Fault(number, f"is no event: {error}")
                after = found[-1][0]
