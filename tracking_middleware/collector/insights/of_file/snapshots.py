"""A copy of a file of journeys as it was at one moment; nobody is kept from writing the file.

DuckDB locks a file that it reads, and a run that begins then would fail. So it reads a copy. DuckDB writes
what a checkpoint changes beside what is there, and then says so in the file's head: a copy is of one moment
where the head is the same before and after it was made. A log beside the file, which somebody who was killed
leaves, is copied too, unless somebody writes it.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Callable
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, Self, TypeAlias

from ....journeys.aside.held import held_folder
from ....journeys.file import JourneysFileError, private

_HEAD = 3 * 4096
"""Bytes: of the file, and two that take turns to say what its blocks are."""
_MAGIC = (8, b"DUCK")
_TRIES = 5
_PREFIX = "journeys-dashboard-"
_NAME = "journeys.duckdb"
_CHUNK = 4 * 1024 * 1024
_Stat: TypeAlias = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Stamp:
    """What tells one state of a file from another: of the file its number and head, of the log its times."""

    inode: int
    head: bytes
    log: _Stat | None


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A copy at ``path``, of the state ``stamp``, which was written at ``written_at`` (epoch seconds)."""

    path: Path
    stamp: Stamp
    written_at: float
    _scope: ExitStack = field(default_factory=ExitStack)

    def unlink(self) -> None:
        """Let who has it open have it alone: its room is free when that ends, however it ends."""
        for name in (self.path, _log_of(self.path)):
            name.unlink(missing_ok=True)

    def close(self) -> None:
        """Let go of all that is left of it on the disk."""
        self._scope.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def stamp_of(path: Path) -> Stamp | None:
    """How the file is now; None where there is none that can be read."""
    try:
        with path.open("rb") as stream:
            return _stamp(path, stream)
    except OSError:
        return None


def is_written(path: Path) -> bool:
    """Whether somebody has the file to write to it, as far as this system tells without a lock."""
    try:
        with path.open("rb") as stream:
            return _is_locked(stream)
    except OSError:
        return False


def _nothing() -> None:
    """What is done before each part, where nothing else is said."""


def snapshot_of(path: Path, *, before_each: Callable[[], None] = _nothing) -> Snapshot:
    """A copy in the system's folder for temporary files; raises JourneysFileError.

    ``before_each`` is called before each part of a few megabytes; what it raises breaks the copy off.
    """
    with private(), ExitStack() as scope:
        try:
            copy = scope.enter_context(held_folder(_PREFIX)) / _NAME
            for _ in range(_TRIES):
                if (found := _copied(path, copy, before_each)) is not None:
                    stamp, written_at = found
                    return Snapshot(copy, stamp, written_at, scope.pop_all())
        except OSError as error:
            raise JourneysFileError(_said(path, error)) from None
    raise JourneysFileError(f"{path} was written each time that it was read: reload in a moment")


def _said(path: Path, error: OSError) -> str:
    if isinstance(error, FileNotFoundError) and not path.exists():
        return f"{path} is not there: tracking-middleware journeys run makes it"
    return f"{path} cannot be copied to be read: {error}; copies are in {tempfile.tempdir} (TMPDIR)"


def _copied(path: Path, copy: Path, before_each: Callable[[], None]) -> tuple[Stamp, float] | None:
    """Copy it; None where it was written meanwhile."""
    with path.open("rb") as stream:
        stamp = _stamp(path, stream)
        if stamp.head[_MAGIC[0] :][: len(_MAGIC[1])] != _MAGIC[1]:
            raise JourneysFileError(f"{path} cannot be used: it is no database of DuckDB's")
        stream.seek(0)
        with copy.open("wb") as target:
            while part := stream.read(_CHUNK):
                before_each()
                target.write(part)
        log = _log_of(copy)
        log.unlink(missing_ok=True)
        if stamp.log is not None:
            with suppress(FileNotFoundError):
                shutil.copyfile(_log_of(path), log)
        if stamp_of(path) != stamp:
            return None
        return stamp, os.fstat(stream.fileno()).st_mtime


def _stamp(path: Path, stream: BinaryIO) -> Stamp:
    """A log that is being written is not looked at: what it says is not in the file yet."""
    found = os.fstat(stream.fileno())
    head = os.pread(stream.fileno(), _HEAD, 0)
    log = None if _is_locked(stream) else _stat(_log_of(path))
    return Stamp(found.st_ino, head, log)


def _log_of(path: Path) -> Path:
    return path.with_name(f"{path.name}.wal")


def _stat(path: Path) -> _Stat | None:
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    return found.st_ino, found.st_size, found.st_mtime_ns


def _is_locked(stream: BinaryIO) -> bool:
    """Asks whether somebody writes, and locks nothing; where the system is not Linux, nobody does."""
    if sys.platform != "linux":
        return False
    import fcntl
    import struct

    layout = "hhqqi4x"  # struct flock: type, whence, start, length, process
    asked = struct.pack(layout, fcntl.F_RDLCK, os.SEEK_SET, 0, 0, 0)
    answer = struct.unpack(layout, fcntl.fcntl(stream.fileno(), fcntl.F_GETLK, asked))
    return bool(answer[0] != fcntl.F_UNLCK)
