"""The tables that Articles and Campaigns are asked of, out of a file of journeys."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from ...journeys.config import Config
from ...journeys.file import HeldError, JourneysFileError, attached
from ...journeys.live import LiveError, failing
from ...journeys.reading.tables import keep_tables
from ...journeys.state import read_state
from .asking import Made

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_MEMORY = "2GB"
_HAS_ANSWERS = """
SELECT count(*) FROM duckdb_tables() WHERE database_name = 'kept' AND table_name = 'agents'
"""
_EVENTS = "SELECT count(*) FROM kept.main.events"
_LET_GO = ("USE memory", "DETACH kept")


class FileTables:
    """Makes them of what a run left, by its configuration; a ``Source``. The file is read and let go of."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._made: Made | None = None
        self._stamp: tuple[int, int, int] | None = None
        self._working: DuckDBPyConnection | None = None
        self._is_over = False

    @property
    def is_known(self) -> bool:
        """Whether the file is the one that was read last; one that is gone is not missed."""
        stamp = self._stamp_now()
        return stamp is None or stamp == self._stamp

    def end(self) -> None:
        """Break off, now and for good; from any thread."""
        self._is_over = True
        if (connection := self._working) is not None:
            connection.interrupt()

    def make(self) -> Made:
        """Read the file; while a run holds it, what was read before stays. Raises LiveError."""
        self._go_on()
        stamp = self._stamp_now()
        try:
            with failing():
                self._made = self._read()
        except HeldError as error:
            if self._made is None:
                raise LiveError(f"{error}: reload when it is over") from None
            return self._made
        except JourneysFileError as error:
            raise LiveError(str(error)) from None
        self._stamp = stamp
        return self._made

    def _stamp_now(self) -> tuple[int, int, int] | None:
        try:
            found = self._path.stat()
        except OSError:
            return None
        return found.st_ino, found.st_size, found.st_mtime_ns

    def _go_on(self) -> None:
        if self._is_over:
            raise LiveError("the dashboard ends")

    def _read(self) -> Made:
        connection = attached(self._path, config=replace(Config(), memory_limit=_MEMORY), read_only=True)
        self._working = connection
        try:
            return self._made_of(connection)
        except BaseException:
            connection.close()
            raise
        finally:
            self._working = None

    def _made_of(self, connection: DuckDBPyConnection) -> Made:
        state = read_state(connection)
        if state is None or not connection.execute(_HAS_ANSWERS).fetchall()[0][0]:
            raise LiveError(
                f"{self._path} has no answers yet, or not all: tracking-middleware journeys run makes them"
            )
        read_at = datetime.fromtimestamp(self._path.stat().st_mtime, UTC).replace(tzinfo=None)
        answers = state.config.answers
        ((events,),) = connection.execute(_EVENTS).fetchall()
        keep_tables(connection, answers, is_file=True, before_each=self._go_on)
        for statement in _LET_GO:
            connection.execute(statement)
        return Made(
            connection=connection, read_at=read_at, events=events, answers=answers, file=self._path.name
        )
