"""What a file is, by its first bytes: the names of files say little, and some have none to go by."""

from __future__ import annotations

import gzip
import io
import os
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from .columns import COLUMNS

Kind = Literal["sqlite", "parquet", "tsv", "jsonl", "empty", "unknown", "unreadable"]

_HEAD = 1024 * 1024
_BUFFER = 1024 * 1024
_GZIP = b"\x1f\x8b"
_MARK = b"\xef\xbb\xbf"
"""What some programs put before UTF-8, and means nothing."""
_NO_EVENTS = ("-wal", "-shm", "-journal", ".crc")
"""Endings of what stands beside files of events and holds none of its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """A file of events; ``problem`` is why one that is ``unreadable`` is that."""

    path: Path
    kind: Kind
    is_gzip: bool = False
    problem: str = ""


def files_of(source: Path) -> Iterator[File]:
    """The file itself, or those in a folder and in its folders, in the order of their names.

    Links are followed, but not back to a folder above. What is there and cannot be read is ``unreadable``.
    """
    if not source.is_dir():
        yield recognised(source)
        return
    unreadable: list[File] = []
    paths = sorted(_below(source, frozenset(), unreadable))
    yield from map(recognised, paths)
    yield from unreadable


def _below(folder: Path, above: frozenset[tuple[int, int]], unreadable: list[File]) -> Iterator[Path]:
    try:
        found = folder.stat()
        entries = list(os.scandir(folder))
    except OSError as error:
        unreadable.append(_unreadable(folder, error))
        return
    known = above | {(found.st_dev, found.st_ino)}
    for entry in entries:
        path = folder / entry.name
        if entry.name.startswith((".", "_")):
            continue
        if entry.is_dir():
            inside = entry.stat()
            if (inside.st_dev, inside.st_ino) not in known:
                yield from _below(path, known, unreadable)
        elif not entry.name.endswith(_NO_EVENTS):
            yield path


def recognised(path: Path) -> File:
    """Read as much of a file as tells what it is."""
    try:
        if not path.is_file() and path.exists():  # a pipe could be read once, and here it is read twice
            return File(path=path, kind="unreadable", problem="is no file: write what it gives to one")
        with path.open("rb") as stream:
            head = stream.read(_HEAD)
    except OSError as error:
        return _unreadable(path, error)
    is_gzip = head.startswith(_GZIP)
    return File(path=path, kind=_kind(_unzipped(head) if is_gzip else head), is_gzip=is_gzip)


def _unreadable(path: Path, error: OSError) -> File:
    return File(path=path, kind="unreadable", problem=f"cannot be read: {error.strerror or error}")


def _unzipped(head: bytes) -> bytes:
    try:
        return zlib.decompressobj(zlib.MAX_WBITS | 16).decompress(head, _HEAD)
    except zlib.error:
        return b"?"


def _kind(head: bytes) -> Kind:
    head = head.removeprefix(_MARK)
    if not head.strip():
        return "empty"
    if head.startswith(b"SQLite format 3\x00"):
        return "sqlite"
    if head.startswith(b"PAR1"):
        return "parquet"
    if head.lstrip().startswith(b"{"):
        return "jsonl"
    # a first line may be broken, and all the others well
    lines = head.split(b"\n")[:100]
    return "tsv" if any(line.count(b"\t") == len(COLUMNS) - 1 for line in lines) else "unknown"


def lines_of(file: File) -> Iterator[tuple[int, bytes]]:
    """The lines of a text file that are not blank, numbered; raises OSError, EOFError, zlib.error."""
    with file.path.open("rb", buffering=_BUFFER) as stream:
        lines = io.BufferedReader(gzip.GzipFile(fileobj=stream), _BUFFER) if file.is_gzip else stream
        for number, line in enumerate(lines, start=1):
            if number == 1:
                line = line.removeprefix(_MARK)
            if line := line.strip(b"\r\n"):
                yield number, line
