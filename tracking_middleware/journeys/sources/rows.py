"""Rows that Python reads one by one: from files with faults, from flat JSON, from the local collector.

Each is a ``Row``, with its place in the file; what cannot be read is a ``Fault``, and the others go on.
"""

from __future__ import annotations

import sqlite3
import zlib
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from typing import Literal

import msgspec

from .columns import COLUMNS
from .events import LINE, FlatEvents, stored_event
from .place import File, lines_of

LONGEST = 32 * 1024 * 1024
"""Bytes of a line; a longer one is none of ours."""
_CHUNK = 2_000
"""Rows of the collector's store in one reading: the longer one lasts, the longer its writer waits."""
_NAMES = tuple(COLUMNS)
_AFTER = "SELECT id, shape FROM events WHERE id > ? AND is_good = 1 ORDER BY id LIMIT ?"


@dataclass(frozen=True, slots=True)
class Row:
    """An event, and where it is: its line, or the collector's number of it.

    Its text is a line of tab-separated values, or of JSON; the place goes before the values, or as ``_line``.
    """

    line: int
    form: Literal["tsv", "json"]
    text: bytes


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a line; with None as ``line``, with the rest of the file."""

    line: int | None
    problem: str


def rows_of(file: File) -> Iterator[Row | Fault]:
    """All rows of a file that is no Parquet; raises nothing that the file can cause."""
    read = {"sqlite": _stored, "tsv": _tab_separated, "jsonl": _json_lines}[file.kind]
    try:
        yield from read(file)
    except (OSError, EOFError, zlib.error, sqlite3.Error) as error:
        yield Fault(None, f"cannot be read any further: {error}")


def _tab_separated(file: File) -> Iterator[Row | Fault]:
    for number, line in lines_of(file):
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


def _json_lines(file: File) -> Iterator[Row | Fault]:
    events = FlatEvents()
    for number, line in lines_of(file):
        if len(line) > LONGEST:
            yield Fault(number, f"is longer than {LONGEST} bytes")
            continue
        try:
            yield Row(number, "json", events.event(line, number=number))
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            yield Fault(number, f"is no JSON of an event: {error}")


def _stored(file: File) -> Iterator[Row | Fault]:
    """The good events of a collector's store, a short reading at a time, while it is written to."""
    address = f"{file.path.resolve().as_uri()}?mode=ro"
    with closing(sqlite3.connect(address, uri=True, timeout=5.0)) as connection:
        after = 0
        while found := connection.execute(_AFTER, (after, _CHUNK)).fetchall():
            for number, shape in found:
                try:
                    yield Row(number, "json", stored_event(shape, number=number))
                except msgspec.DecodeError as error:
                    yield Fault(number, f"is no event: {error}")
            after = found[-1][0]
