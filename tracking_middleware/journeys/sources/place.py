"""What a file is, by its first bytes: the names of files say little, and some have none to go by."""

from __future__ import annotations

import gzip
import io
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from .columns import COLUMNS

Kind = Literal["sqlite", "parquet", "tsv", "jsonl", "empty", "unknown"]

_HEAD = 1024 * 1024
_BUFFER = 1024 * 1024
_GZIP = b"\x1f\x8b"
_NO_EVENTS = ("-wal", "-shm", "-journal", ".crc")
"""Endings of what stands beside files of events and holds none of its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """A file of events."""

    path: Path
    kind: Kind
    is_gzip: bool


def files_of(source: Path) -> Iterator[File]:
    """The file itself, or those in a folder and in its folders, in the order of their names."""
    if source.is_file():
        yield recognised(source)
        return
    for path in sorted(source.rglob("*")):
        is_hidden = any(part.startswith((".", "_")) for part in path.relative_to(source).parts)
        if path.is_file() and not is_hidden and not path.name.endswith(_NO_EVENTS):
            yield recognised(path)


def recognised(path: Path) -> File:
    """Read as much of a file as tells what it is; raises OSError."""
    with path.open("rb") as stream:
        head = stream.read(_HEAD)
    is_gzip = head.startswith(_GZIP)
    return File(path=path, kind=_kind(_unzipped(head) if is_gzip else head), is_gzip=is_gzip)


def _unzipped(head: bytes) -> bytes:
    try:
        return zlib.decompressobj(zlib.MAX_WBITS | 16).decompress(head, _HEAD)
    except zlib.error:
        return b"?"


def _kind(head: bytes) -> Kind:
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
            if line := line.strip(b"\r\n"):
                yield number, line
