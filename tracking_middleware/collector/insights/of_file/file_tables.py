"""The tables that the pages are asked of, out of a file of journeys."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from ....journeys.config import Config
from ....journeys.file import JourneysFileError, attached
from ....journeys.gaps.unreported import KEPT
from ....journeys.live import LiveError, failing
from ....journeys.of_file.keeping import NEEDED, keep_persons
from ....journeys.reading.tables import keep_tables
from ....journeys.state import read_state
from ..asking import Made
from .snapshots import Snapshot, Stamp, is_written, snapshot_of, stamp_of

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_MEMORY = "2GB"
_TABLES = "SELECT table_name FROM duckdb_tables() WHERE database_name = 'kept'"
_EVENTS = "SELECT count(*) FROM kept.main.event_rows"
_LET_GO = "USE memory"
_LARGE = 32 * 1024 * 1024
"""Bytes of a file whose tables take a second or more."""
_MOST_SNAPSHOTS = 2
"""That of now, and the one before, of which somebody may be asking yet."""


class FileTables:
    """Makes them of what a run left, by its configuration; a ``Source``. The file is copied, and no more."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._made: Made | None = None
        self._stamp: Stamp | None = None
        self._snapshots: list[Snapshot] = []
        self._working: DuckDBPyConnection | None = None
        self._is_over = False

    @property
    def is_known(self) -> bool:
        """Whether the file is the one that was read last; one that is gone or being written is not missed."""
        stamp = stamp_of(self._path)
        return stamp is None or stamp == self._stamp or is_written(self._path)

    @property
    def takes_long(self) -> bool:
        """Whether the file is large."""
        try:
            return self._path.stat().st_size >= _LARGE
        except OSError:
            return False

    def end(self) -> None:
        """Break off, now and for good; from any thread."""
        self._is_over = True
        if (connection := self._working) is not None:
            connection.interrupt()
        for snapshot in self._snapshots:
            snapshot.close()

    def make(self) -> Made:
        """Read the file; raises LiveError."""
        self._go_on()
        try:
            snapshot = snapshot_of(self._path, before_each=self._go_on)
        except JourneysFileError as error:
            raise LiveError(str(error)) from None
        try:
            with failing():
                made = self._read(snapshot)
        except (JourneysFileError, LiveError) as error:
            snapshot.close()
            raise LiveError(str(error).replace(str(snapshot.path), str(self._path))) from None
        except BaseException:
            snapshot.close()
            raise
        self._keep(snapshot)
        self._made, self._stamp = made, snapshot.stamp
        return made

    def _keep(self, snapshot: Snapshot) -> None:
        snapshot.unlink()
        self._snapshots.append(snapshot)
        while len(self._snapshots) > _MOST_SNAPSHOTS:
            self._snapshots.pop(0).close()

    def _go_on(self) -> None:
        if self._is_over:
            raise LiveError("the dashboard ends")

    def _read(self, snapshot: Snapshot) -> Made:
        config = replace(Config(), memory_limit=_MEMORY)
        connection = attached(snapshot.path, config=config, read_only=True)
        self._working = connection
        try:
            return self._made_of(connection, datetime.fromtimestamp(snapshot.written_at, UTC))
        except BaseException:
            connection.close()
            raise
        finally:
            self._working = None

    def _made_of(self, connection: DuckDBPyConnection, written_at: datetime) -> Made:
        state = read_state(connection)
        there = {name for (name,) in connection.execute(_TABLES).fetchall()}
        if state is None or not there >= NEEDED:
            raise LiveError(
                f"{self._path} has no answers yet, or not all: tracking-middleware journeys run makes them"
            )
        answers = state.config.answers
        ((events,),) = connection.execute(_EVENTS).fetchall()
        keep_tables(connection, answers, is_file=True, also=KEPT, before_each=self._go_on)
        keep_persons(connection, before_each=self._go_on)
        connection.execute(_LET_GO)
        return Made(
            connection=connection,
            read_at=written_at.replace(tzinfo=None),
            events=events,
            answers=answers,
            file=self._path.name,
            wait=state.config.wait,
        )
