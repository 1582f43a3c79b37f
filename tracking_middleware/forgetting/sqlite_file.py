"""A SQLite file that others use meanwhile: changed in strides, and then without a trace of what was there."""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from itertools import islice
from pathlib import Path
from typing import TypeVar

from ..errors import TrackingError

STRIDE = 500
"""Rows of one transaction: whoever writes the file too waits for no more."""
_PAUSE = 0.05

T = TypeVar("T")


class InUseError(TrackingError):
    """A file is in use, and was for as long as one was to wait; the message says by whom."""


class UnusableError(TrackingError):
    """A file is not what it was taken for, or does not work; the message says why."""


@contextmanager
def opened(
    path: Path, *, what: str, wait: float, check: Callable[[sqlite3.Connection], None]
) -> Iterator[sqlite3.Connection]:
    """A connection that waits ``wait`` seconds for others. ``check`` raises sqlite3.Error for a foreign file.

    Raises InUseError and UnusableError, also for what is done with it.
    """
    if not path.is_file() or not path.stat().st_size:
        raise UnusableError(f"{path} is no {what}: there is no such file, or it is empty")
    try:
        connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=rw", uri=True, timeout=wait)
        connection.isolation_level = None
        with closing(connection):
            connection.execute("PRAGMA secure_delete = ON")  # what is deleted is written over
            connection.execute("PRAGMA synchronous = FULL")
            check(connection)
            yield connection
    except sqlite3.Error as error:
        if is_locked(error):
            raise in_use(path, wait) from None
        raise UnusableError(f"{path} cannot be used as a {what}: {error}") from None


def in_strides(connection: sqlite3.Connection, numbers: list[T], work: Callable[[list[T]], object]) -> None:
    """Do work for so many at a time, each in a transaction of its own."""
    rest = iter(numbers)
    while some := list(islice(rest, STRIDE)):
        connection.execute("BEGIN IMMEDIATE")
        with connection:
            work(some)


def written_over(connection: sqlite3.Connection, path: Path, *, wait: float) -> None:
    """Make the file anew of what is in it, and its log empty; raises InUseError where others keep that.

    What was deleted by others before may still stand in free pages, which are left out so.
    """
    deadline = time.monotonic() + wait
    connection.execute("VACUUM")
    while connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]:
        if time.monotonic() >= deadline:
            raise in_use(path, wait)
        time.sleep(_PAUSE)


def is_locked(error: sqlite3.Error) -> bool:
    """Whether it is that somebody else has the file."""
    return "locked" in str(error) or "busy" in str(error)


def in_use(path: Path, wait: float) -> InUseError:
    """What is said when one waited long enough."""
    by = ", ".join(holders(path)) or "a process that this system does not name"
    return InUseError(
        f"{path} is in use, for longer than the {wait:g} s that were waited (--wait): by {by}. "
        "End it or wait, and run the same again: it goes on where it was"
    )


def holders(path: Path) -> Iterator[str]:
    """The other processes that have a file or its log open, as far as this user may see them (Linux)."""
    places = {os.path.realpath(f"{path}{suffix}") for suffix in ("", "-wal", "-shm")}
    for folder in sorted(Path("/proc").glob("[0-9]*")):
        try:
            if int(folder.name) != os.getpid() and any(
                os.path.realpath(each) in places for each in (folder / "fd").iterdir()
            ):
                command = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
                yield f"process {folder.name} ({command.strip()[:100] or 'which has ended'})"
        except OSError:  # it has ended, or is somebody else's
            continue
