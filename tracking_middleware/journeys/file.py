"""The file that the tables are in, opened by one run at a time."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import TrackingError
from .aside.beside import spilled_of, take_away_left
from .config import Config

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


_LOCKED = "Could not set lock on file"
"""What DuckDB says then; it speaks of blocks where a file is damaged."""


class HeldError(TrackingError):
    """Another run has the file; the message says which."""


class JourneysFileError(TrackingError):
    """The file cannot be used; the message says why."""


@contextmanager
def private() -> Iterator[None]:
    """What is made meanwhile is its owner's alone, also the engine's log and what it puts aside."""
    before = os.umask(0o077)
    try:
        yield
    finally:
        os.umask(before)


@contextmanager
def opened(path: Path, *, config: Config, read_only: bool = False) -> Iterator[DuckDBPyConnection]:
    """A connection to the file, as the database ``kept``, which loads nothing from anywhere.

    Unless it is ``read_only`` nobody else has the file meanwhile, and what a run left beside it that was
    killed goes. Raises HeldError, JourneysFileError, also where the file turns out to be damaged later.
    """
    import duckdb

    connection = attached(path, config=config, read_only=read_only)
    try:
        yield connection
    except duckdb.IOException as error:
        raise JourneysFileError(f"{path} cannot be used: {first_line(error)}") from error
    finally:
        connection.close()


def attached(path: Path, *, config: Config, read_only: bool) -> DuckDBPyConnection:
    """The connection of ``opened``, for the caller to close; raises as it does."""
    import duckdb

    settings: dict[str, Any] = {
        "temp_directory": str(spilled_of(path)),
        "memory_limit": config.memory_limit,
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
        "preserve_insertion_order": False,
    }
    if config.threads is not None:
        settings["threads"] = config.threads
    connection = duckdb.connect(config=settings)
    where = str(path).replace("'", "''")  # a statement that attaches takes no parameters
    try:
        connection.execute(f"ATTACH '{where}' AS kept{' (READ_ONLY)' if read_only else ''}")
        if not read_only:
            path.chmod(0o600)  # what is confidential stands in it as it is
            take_away_left(path)  # nobody else has the file now
        connection.execute("USE kept")
        connection.execute("SET GLOBAL TimeZone = 'UTC'")  # for its cursors too
        connection.execute("SET enable_progress_bar = false")
    except duckdb.Error as error:
        connection.close()
        if _LOCKED in str(error):
            raise HeldError(f"{path} is held by another run: {first_line(error)}") from None
        raise JourneysFileError(f"{path} cannot be used: {first_line(error)}") from None
    except BaseException:
        connection.close()
        raise
    return connection


def first_line(error: Exception) -> str:
    """What an error of DuckDB's says, without the hints and candidates that follow."""
    return str(error).partition("\n")[0]
