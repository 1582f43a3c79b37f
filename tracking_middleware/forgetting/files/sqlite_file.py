"""A SQLite file that others use meanwhile: changed in strides, and then without a trace of what was there."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from itertools import islice
from pathlib import Path
from typing import TypeVar

from ..in_use import InUseError as InUseError
from ..in_use import UnusableError, in_use

STRIDE = 500
"""Rows of one transaction: whoever writes the file too waits for no more."""
_PAUSE = 0.05

T = TypeVar("T")


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
        raise UnusableError(f"{path} is no {what} that can be used: {error}") from None


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


def has_free_pages(connection: sqlite3.Connection) -> bool:
    """Whether the file has pages that nothing is in, and what was deleted may stand in."""
    (pages,) = connection.execute("PRAGMA freelist_count").fetchone()
    return bool(pages)


def is_locked(error: sqlite3.Error) -> bool:
    """Whether it is that somebody else has the file."""
    primary = getattr(error, "sqlite_errorcode", 0) & 0xFF  # the rest says more closely what kind of it
    return primary in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
