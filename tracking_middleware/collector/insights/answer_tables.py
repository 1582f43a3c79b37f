"""The tables that Articles and Campaigns are asked of, made of the newest events of the store."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...journeys.apart.moments import now
from ...journeys.config import Config
from ...journeys.live import LiveError, Staged, connected, failing
from ...journeys.making import drop_temporary, make_temporary
from ...journeys.models import needed_for
from ...journeys.preparing import classify, prepare
from ...journeys.reading.tables import STITCHED, keep_tables, models_of
from ..store.store import Store
from .asking import Made
from .newest import NewestEvents, count_and_plan

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_MEMORY = "1GB"
_NEEDED = needed_for(STITCHED)


class AnswerTables:
    """Makes them, one thread at a time; a ``Source``. DuckDB is loaded when the first question is asked."""

    def __init__(self, store: Store, config: Config | None = None) -> None:
        """``config`` says how events are joined, what an article is, and what a conversion."""
        self._config = config or Config()
        self._connection: DuckDBPyConnection | None = None
        models = (*_NEEDED, *models_of(self._config.answers, is_file=False))
        self._staged = Staged(models, also=("app_id", "contexts"))
        self._newest = NewestEvents(store, self._staged, go_on=self._go_on)
        self._is_over = False

    @property
    def is_known(self) -> bool:
        """Whether the newest events are those that the tables were made of."""
        return self._newest.are_known

    def end(self) -> None:
        """Break off, now and for good; from any thread."""
        self._is_over = True
        if (connection := self._connection) is not None:
            connection.interrupt()

    def make(self) -> Made:
        """Make the tables of the newest events; raises LiveError."""
        self._go_on()
        connection = self._connection or self._open()
        try:
            with failing():
                self._newest.refresh(connection)
                return self._make(connection)
        except LiveError:  # who knows how far it came
            self._connection = None
            self._newest.forget()
            connection.close()
            raise

    def _go_on(self) -> None:
        if self._is_over:
            raise LiveError("the collector ends")

    def _open(self) -> DuckDBPyConnection:
        connection = connected(memory=_MEMORY)
        with failing():
            self._staged.make(connection)
        self._connection = connection
        return connection

    def _make(self, connection: DuckDBPyConnection) -> Made:
        events = count_and_plan(connection)
        prepare(connection, self._config, known_at=now())
        classify(connection)
        make_temporary(connection, _NEEDED, query_of=self._staged.query_of, before_each=self._go_on)
        keep_tables(connection, self._config.answers, before_each=self._go_on)
        drop_temporary(connection, _NEEDED)
        return Made(
            connection=connection,
            read_at=self._newest.read_at,
            events=events,
            answers=self._config.answers,
            is_cut=self._newest.is_cut,
        )
