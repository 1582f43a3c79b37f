"""Rows that Python reads one by one: from files with faults, from flat JSON, from the local collector.

Each is a ``Row``, with its place in the file; what cannot be read is a ``Fault``, and the others go on.
"""

from __future__ import annotations

import sqlite3
import zlib
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass

import msgspec

from .columns import COLUMNS
from .described import described
from .place import File, lines_of

_CHUNK = 2_000
"""Rows of the collector's store in one reading: the longer one lasts, the longer its writer waits."""
_object = msgspec.json.Decoder(dict[str, msgspec.Raw])
_NAMES = tuple(COLUMNS)
_AFTER = "SELECT id, shape FROM events WHERE id > ? AND is_good = 1 ORDER BY id LIMIT ?"


@dataclass(frozen=True, slots=True)
class Row:
    """An event's columns as a JSON object, and where it is: its line, or the collector's number of it."""

    line: int
    text: bytes


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a line; with None as ``line``, with the rest of the file."""

    line: int | None
    problem: str


class _Shape(msgspec.Struct):
    event: msgspec.Raw


_shape = msgspec.json.Decoder(_Shape)


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
            fields = line.decode().split("\t")
        except UnicodeDecodeError as error:
            yield Fault(number, f"is no UTF-8: {error.reason} at byte {error.start + 1}")
            continue
        if len(fields) != len(_NAMES):
            yield Fault(number, f"has {len(fields)} fields, an enriched event has {len(_NAMES)}")
        else:
            named = {name: field for name, field in zip(_NAMES, fields, strict=True) if field}
            yield Row(number, msgspec.json.encode(named))


def _json_lines(file: File) -> Iterator[Row | Fault]:
    for number, line in lines_of(file):
        try:
            row = _object.decode(line)
            described(row)
            yield Row(number, msgspec.json.encode(row))
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            yield Fault(number, f"is no JSON of an event: {error}")


def _stored(file: File) -> Iterator[Row | Fault]:
    """The good events of a collector's store, a short reading at a time, while it is written to."""
    address = f"{file.path.resolve().as_uri()}?mode=ro"
    with closing(sqlite3.connect(address, uri=True, timeout=5.0)) as connection:
        after = 0
        while found := connection.execute(_AFTER, (after, _CHUNK)).fetchall():
            for number, shape in found:
                try:
                    yield Row(number, bytes(_shape.decode(shape).event))
                except msgspec.DecodeError as error:
                    yield Fault(number, f"is no event: {error}")
            after = found[-1][0]
