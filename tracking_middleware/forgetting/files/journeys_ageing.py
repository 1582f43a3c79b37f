"""The journeys' file again, without what is older than it may be, or without whom that is of."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from ...journeys.apart.forgotten import keep_no_older, named_before, nameless
from ...journeys.config import Config
from ...journeys.increments.merging import columns_of
from ...journeys.sources.typed import all_columns
from ..holding import What
from ..mentions import Mentions
from ..persons import Person
from .journeys_copy import EVENT_TABLES, Copying

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_OLDER = """
INSERT INTO theirs SELECT DISTINCT 'event', event_id FROM kept.{table} WHERE collector_tstamp < $before
"""
_IDENTIFIERS = """
INSERT INTO theirs
SELECT kind, value FROM kept.person_identifiers
WHERE person_id IN (SELECT value FROM theirs WHERE kind = 'person')
EXCEPT
SELECT kind, value FROM kept.person_identifiers
WHERE person_id NOT IN (SELECT value FROM theirs WHERE kind = 'person')
"""


def older_in(connection: DuckDBPyConnection, what: What, before: datetime) -> Counter[str]:
    """How many events came before a moment and are to be changed."""
    found = 0
    for table in EVENT_TABLES:
        rows = f"SELECT {all_columns(columns_of(connection, table))} FROM kept.{table}"  # noqa: S608
        where = "collector_tstamp < $before" if what == "forget" else named_before("$before")
        counted = f"SELECT count(*) FROM ({rows}) AS s WHERE {where}"  # noqa: S608
        found += connection.execute(counted, {"before": before}).fetchall()[0][0]
    return Counter({"events": found} if found else {})


class Ageing(Copying):
    """Makes ``fresh`` without events, or without the identifiers of events, that came before a moment."""

    def __init__(
        self, connection: DuckDBPyConnection, what: What, before: datetime, *, fresh: Path, config: Config
    ) -> None:
        super().__init__(connection, Person(), Mentions((), {}), fresh=fresh, config=config)
        self._what = what
        self._before = before

    def _find(self) -> None:
        connection = self._connection
        connection.execute("CREATE OR REPLACE TEMP TABLE theirs (kind VARCHAR, value VARCHAR)")
        for table in EVENT_TABLES:
            connection.execute(_OLDER.format(table=table), {"before": self._before})
        super()._find()
        connection.execute(_IDENTIFIERS)
        if self._what == "anonymize":
            connection.execute("DELETE FROM theirs WHERE kind = 'event'")

    def _events(self, table: str) -> None:
        if self._what == "forget":
            super()._events(table)
            return
        columns = columns_of(self._connection, table)
        self._connection.execute(
            f"CREATE TABLE fresh.{table} AS SELECT * REPLACE ({nameless(columns, '$before')}) "  # noqa: S608
            f"FROM kept.{table}",
            {"before": self._before},
        )

    def _mark(self, _moment: datetime) -> None:
        keep_no_older(self._connection, what=self._what, before=self._before, database="fresh")
