"""The newest events of the store in DuckDB's memory, as the models ask for them."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from typing import TYPE_CHECKING

import msgspec

from ...journeys.apart.moments import now
from ...journeys.live import LiveError, Staged, connected, failing
from ...journeys.models import Model
from ...journeys.sources.events import stored_event
from ..filtering.newest import MOST_EVENTS
from ..store.store import Store

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_UNREAD = (-1, 0)
_CHUNK = 1_000
_MOST_BYTES = 16 * 1024 * 1024
"""In one reading; of larger events fewer are read at once."""
_FEW = 2_000
"""Events that are counted sooner than it takes to plan that well."""
_OPTIMIZER = ("PRAGMA enable_optimizer", "PRAGMA disable_optimizer")
_BREATH = 50
"""Events between two moments in which others may go on: what is decoded holds up all threads."""
_MOMENT = 0.0005
_BOUNDS = """
SELECT coalesce((SELECT min(id) FROM summaries), 0), coalesce((SELECT max(id) FROM summaries), 0)
"""
"""Each by itself: both in one are found by going through all."""
_OLDEST = "SELECT id FROM summaries WHERE is_good = 1 AND id <= ? ORDER BY id DESC LIMIT 1 OFFSET ?"
_AFTER = "SELECT id, shape FROM events WHERE id > ? AND id <= ? AND is_good = 1 ORDER BY id LIMIT ?"
_EVENTS = "SELECT count(*) FROM events_staged"


class NewestEvents:
    """Reads what is new and lets go of what is too old. Of one connection, for one thread at a time."""

    def __init__(self, store: Store, staged: Staged, *, go_on: Callable[[], None]) -> None:
        """``go_on`` is called now and then, and raises where nobody waits for it any more."""
        self._store = store
        self._staged = staged
        self._go_on = go_on
        self._bounds = _UNREAD
        self.is_cut = False
        """Whether there are older events, which are not looked at."""
        self.read_at: datetime = now()

    def forget(self) -> None:
        """Begin anew, on a connection that has nothing yet."""
        self._bounds = _UNREAD

    @property
    def are_known(self) -> bool:
        """Whether those that were read last are those that there are; from any thread."""
        with self._store.reading() as reading:
            return bool(reading.execute(_BOUNDS).fetchone() == self._bounds)

    def refresh(self, connection: DuckDBPyConnection) -> bool:
        """Let ``staged_events`` be the newest that there are; whether it was not."""
        with self._store.reading() as reading:
            lowest, last = reading.execute(_BOUNDS).fetchone()
            oldest = reading.execute(_OLDEST, (last, MOST_EVENTS - 1)).fetchone()
        if (lowest, last) == self._bounds:
            return False
        self.read_at = now()
        first = max(lowest, oldest[0] if oldest else 0)
        self.is_cut = first > lowest
        self._staged.drop_below(connection, first if last else self._bounds[1] + 1)
        for events in self._new(max(first - 1, self._bounds[1]), last):
            self._staged.add(connection, events)
        self._bounds = (lowest, last)
        return True

    def _new(self, after: int, last: int) -> Iterator[list[bytes]]:
        """The events after a number, in short readings, so that others may read, write and work meanwhile."""
        while rows := self._rows(after, last):
            self._go_on()
            events = []
            for place, (number, shape) in enumerate(rows):
                if place % _BREATH == 0:
                    time.sleep(_MOMENT)
                with suppress(msgspec.DecodeError):  # a run would reject it
                    events.append(stored_event(shape, number=number))
            yield events
            after = rows[-1][0]

    def _rows(self, after: int, last: int) -> list[tuple[int, str]]:
        rows: list[tuple[int, str]] = []
        size = 0
        with self._store.reading() as reading:
            for row in reading.execute(_AFTER, (after, last, _CHUNK)):
                rows.append(row)
                size += len(row[1])
                if size > _MOST_BYTES:
                    break
        return rows


class TablesOfNewest:
    """Tables in DuckDB's memory, made of the newest events; for one thread at a time.

    DuckDB is loaded when they are first held.
    """

    def __init__(self, store: Store, models: Sequence[Model], *, also: tuple[str, ...], memory: str) -> None:
        """``also``: columns that are asked for beside those of the models. ``memory``: DuckDB's limit."""
        self._memory = memory
        self._connection: DuckDBPyConnection | None = None
        self._staged = Staged(models, also=also)
        self._newest = NewestEvents(store, self._staged, go_on=self._go_on)
        self._is_over = False

    def end(self) -> None:
        """Break off, now and for good; from any thread."""
        self._is_over = True
        if (connection := self._connection) is not None:
            connection.interrupt()

    def _go_on(self) -> None:
        if self._is_over:
            raise LiveError("the collector ends")

    @contextmanager
    def _held(self) -> Iterator[DuckDBPyConnection]:
        """The connection, which is let go of where something fails; raises LiveError."""
        self._go_on()
        connection = self._connection or self._open()
        try:
            with failing():
                yield connection
        except LiveError:  # who knows how far it came
            self._connection = None
            self._newest.forget()
            connection.close()
            raise

    def _open(self) -> DuckDBPyConnection:
        connection = connected(memory=self._memory)
        with failing():
            self._staged.make(connection)
        self._connection = connection
        return connection


def count_and_plan(connection: DuckDBPyConnection) -> int:
    """How many events are staged; of few the queries are planned in haste."""
    events = count(connection)
    connection.execute(_OPTIMIZER[events < _FEW])
    return events


def count(connection: DuckDBPyConnection) -> int:
    """How many events are staged."""
    ((events,),) = connection.execute(_EVENTS).fetchall()
    return int(events)
