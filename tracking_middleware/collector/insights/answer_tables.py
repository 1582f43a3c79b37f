"""The tables that Articles, Agents, Campaigns and Gaps are asked of, of the newest events of the store."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...journeys.apart.moments import now
from ...journeys.config import Config
from ...journeys.gaps.unreported import KEPT
from ...journeys.making import drop_temporary, make_temporary
from ...journeys.models import needed_for
from ...journeys.preparing import classify, prepare
from ...journeys.reading.tables import STITCHED, keep_tables, models_of
from ..store.store import Store
from .asking import FEW, Made
from .newest import TablesOfNewest, count_and_plan

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_MEMORY = "1GB"
_NEEDED = needed_for(STITCHED)


class AnswerTables(TablesOfNewest):
    """Makes them; a ``Source``."""

    def __init__(self, store: Store, config: Config | None = None) -> None:
        """``config`` says how events are joined, what an article is, and what a conversion."""
        self._config = config or Config()
        self._store = store
        models = (*_NEEDED, *models_of(self._config.answers, is_file=False))
        super().__init__(store, models, also=("app_id", "contexts"), memory=_MEMORY)

    @property
    def is_known(self) -> bool:
        """Whether the newest events are those that the tables were made of."""
        return self._newest.are_known

    @property
    def takes_long(self) -> bool:
        """Whether there are many good events."""
        return self._store.counts()[0] >= FEW

    def make(self) -> Made:
        """Make the tables of the newest events; raises LiveError."""
        with self._held() as connection:
            self._newest.refresh(connection)
            return self._make(connection)

    def _make(self, connection: DuckDBPyConnection) -> Made:
        events = count_and_plan(connection)
        prepare(connection, self._config, known_at=now())
        classify(connection)
        make_temporary(connection, _NEEDED, query_of=self._staged.query_of, before_each=self._go_on)
        keep_tables(connection, self._config.answers, also=KEPT, before_each=self._go_on)
        drop_temporary(connection, _NEEDED)
        return Made(
            connection=connection,
            read_at=self._newest.read_at,
            events=events,
            answers=self._config.answers,
            is_cut=self._newest.is_cut,
        )
