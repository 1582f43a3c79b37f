"""The newest events of the store in DuckDB's memory, and the gaps that the models find in them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from ...journeys.answers.given import zone_rows
from ...journeys.apart.moments import now
from ...journeys.config import Config
from ...journeys.making import (
    drop_temporary,
    fill_temporary,
    hide_temporary,
    make_temporary,
    show_temporary,
)
from ...journeys.models import needed_for
from ...journeys.preparing import classify, prepare
from ..filtering.articles import ArticleFilters
from ..filtering.days import bounds_of
from ..payload.times import iso
from ..store.store import Store
from .gaps import NOTHING, Asked, Gaps, by_dimension, left_out_of
from .newest import TablesOfNewest, count, count_and_plan

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_MEMORY = "768MB"
_NEEDED = needed_for(("page_views", "persons", "event_persons"))
_COUNTED = tuple(model for model in needed_for(("adblock_gap", "adblock_left_out")) if model not in _NEEDED)
_KEEP = {
    "views_kept": """
        SELECT v.*, s.app_id, s.line AS server_line, b.line AS browser_line FROM page_views AS v
        LEFT JOIN events AS s ON s.event_id = v.server_event_id
        LEFT JOIN events AS b ON b.event_id = v.browser_event_id
    """,
    "persons_kept": """
        SELECT person_id, events, person_id NOT IN (
            SELECT p.person_id FROM event_persons AS p
            JOIN events AS e ON e.event_id = p.event_id
            WHERE e.side = 'browser'
        ) AS is_silent
        FROM persons
    """,
    "newest_kept": """
        SELECT event, side, derived_tstamp, collector_tstamp FROM events
        WHERE event = 'page_view' AND side IN ('browser', 'server')
        ORDER BY coalesce(derived_tstamp, collector_tstamp) DESC LIMIT 1
    """,
}
"""What questions are asked of, when all else is gone."""
_ASKED = {
    "events": "SELECT * FROM newest_kept",
    "persons": "SELECT * FROM persons_kept",
    "page_views": """
        SELECT * FROM views_kept
        WHERE (getvariable('since') IS NULL OR "at" >= getvariable('since'))
            AND (getvariable('until') IS NULL OR "at" < getvariable('until'))
            AND (getvariable('app') = '' OR app_id = getvariable('app'))
            AND (
                getvariable('ids') IS NULL OR server_line IN (SELECT unnest(getvariable('ids')))
                OR browser_line IN (SELECT unnest(getvariable('ids')))
            )
    """,
}
_MEASURED = "measured_views"
_ZONE = """
CREATE OR REPLACE TEMP TABLE zone_kept AS
SELECT CAST(unnest($begins) AS TIMESTAMP) AS begins, CAST(unnest($ends) AS TIMESTAMP) AS ends,
    unnest($behind) AS behind_milliseconds
"""
_IN_ZONE = """
UPDATE measured_views SET moment = moment - to_milliseconds(z.behind_milliseconds)
FROM zone_kept AS z WHERE moment >= z.begins AND moment < z.ends
"""
"""Days are those of the zone, which models of gaps know nothing of."""
_GAP = "SELECT dimension, value, server_page_views, missing, share, low, high FROM adblock_gap"
_LEFT_OUT = "SELECT reason, server_page_views FROM adblock_left_out"
_SILENT = """
SELECT count(*) FROM measured_views AS v JOIN persons_kept AS p ON p.person_id = v.person_id
WHERE v.left_out IS NULL AND v.seen_by = 'server' AND p.is_silent
"""


class GapTables(TablesOfNewest):
    """The models' tables, and what is counted of them."""

    def __init__(
        self, store: Store, *, timezone: str = "UTC", articles: ArticleFilters | None = None
    ) -> None:
        """``timezone`` says what a day is, ``articles`` which events are of an author or a subject."""
        super().__init__(store, _NEEDED, also=("app_id",), memory=_MEMORY)
        self._timezone = timezone
        self._articles = articles

    def gaps(self, asked: Asked) -> Gaps:
        """The gaps in what there is now; raises LiveError."""
        with self._held() as connection:
            if self._newest.refresh(connection):
                self._make(connection)
            return self._count(connection, asked)

    def _make(self, connection: DuckDBPyConnection) -> None:
        """Make the models of what is staged, keep what questions are asked of, and let go of the others."""
        hide_temporary(connection, _ASKED)
        count_and_plan(connection)
        prepare(connection, Config(), known_at=now())
        classify(connection)
        make_temporary(connection, _NEEDED, query_of=self._staged.query_of, before_each=self._go_on)
        fill_temporary(connection, _KEEP)
        drop_temporary(connection, _NEEDED)
        show_temporary(connection, _ASKED)

    def _count(self, connection: DuckDBPyConnection, asked: Asked) -> Gaps:
        self._narrow(connection, asked)
        prepare(connection, replace(Config(), wait=asked.wait), known_at=now())
        queries = {model.name: model.sql for model in _COUNTED}
        fill_temporary(connection, {_MEASURED: queries.pop(_MEASURED)})
        connection.execute(_IN_ZONE)
        fill_temporary(connection, queries)
        found = by_dimension(connection.execute(_GAP).fetchall())
        return Gaps(
            all=found["all"][0] if found["all"] else NOTHING,
            browsers=found["browser"],
            pages=found["page"],
            days=found["day"],
            silent=connection.execute(_SILENT).fetchall()[0][0],
            left_out=left_out_of(connection.execute(_LEFT_OUT).fetchall()),
            counted_at=iso(self._newest.read_at.replace(tzinfo=UTC)),
            events=count(connection),
            is_cut=self._newest.is_cut,
            timezone=self._timezone,
        )

    def _narrow(self, connection: DuckDBPyConnection, asked: Asked) -> None:
        """Say which views count, and what a day is."""
        since, until = map(_naive, bounds_of(asked.filter, self._timezone))
        connection.execute("SET VARIABLE since = CAST($value AS TIMESTAMP)", {"value": since})
        connection.execute("SET VARIABLE until = CAST($value AS TIMESTAMP)", {"value": until})
        connection.execute("SET VARIABLE app = $value", {"value": asked.filter.app})
        ids = self._articles and self._articles.choose_of_all(asked.filter, go_on=self._go_on)
        connection.execute("SET VARIABLE ids = CAST($value AS BIGINT[])", {"value": ids})
        begins, ends, behind = map(list, zip(*zone_rows(self._timezone), strict=True))
        connection.execute(_ZONE, {"begins": begins, "ends": ends, "behind": behind})


def _naive(moment: datetime | None) -> datetime | None:
    """As DuckDB has moments: in UTC, and without saying so."""
    return None if moment is None else moment.replace(tzinfo=None)
