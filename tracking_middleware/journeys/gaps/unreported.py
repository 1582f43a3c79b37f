"""What browsers did not report: asked of what ``keep_tables`` made, with the tables that are ``KEPT``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ..apart.moments import now
from ..config import Config
from ..making import fill_temporary, show_temporary
from ..models import needed_for
from ..preparing import prepare
from ..reading.asked import Filter
from ..reading.passing import conditions_of

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_MEASURED = "measured_views"
_GIVEN = needed_for(("page_views", "persons", "events"))
_GAPS = tuple(model for model in needed_for(("adblock_gap", "adblock_left_out")) if model not in _GIVEN)
KEPT = {
    "read_server_views": """
        SELECT v.at, v.page_url, v.br_family, v.seen_by, v.person_id, v.agent_class, v.server_event_id,
            v.browser_event_id, r.app_id, CAST(v.at - to_milliseconds(z.behind_milliseconds) AS DATE) AS day
        FROM page_views AS v
        JOIN memory.main.read_views AS r ON r.page_view_id = v.page_view_id
        JOIN memory.main.read_zone AS z ON v.at >= z.valid_from AND v.at < z.valid_to
        WHERE v.seen_by <> 'browser'
    """,
    "read_newest": """
        SELECT 'page_view' AS event, 'server' AS side, max(collector_tstamp) AS collector_tstamp
        FROM events WHERE event = 'page_view' AND side IN ('browser', 'server')
    """,
    "read_once": "SELECT person_id, events FROM persons WHERE events = 1",
    "read_heard": """
        SELECT DISTINCT person_id FROM event_persons
        WHERE person_id IS NOT NULL AND event_id IN (SELECT event_id FROM events WHERE side = 'browser')
    """,
}
"""What the questions are asked of, beside what ``keep_tables`` makes: queries by the names of the tables.

``read_once`` are persons of whom there is one event, ``read_heard`` those of whom a browser told.
"""
_GAPS_OF = {
    "events": "SELECT * FROM memory.main.read_newest",
    "persons": "SELECT * FROM memory.main.read_once",
}
_VIEWS = (
    "CREATE TEMP TABLE page_views AS SELECT r.* FROM memory.main.read_server_views AS r WHERE {conditions}"
)
_ALL_VIEWS = "CREATE TEMP VIEW page_views AS SELECT * FROM memory.main.read_server_views"
_IN_ZONE = """
SELECT m.* REPLACE (m.moment - to_milliseconds(z.behind_milliseconds) AS moment) FROM ({measured}) AS m
JOIN memory.main.read_zone AS z ON m.moment >= z.valid_from AND m.moment < z.valid_to
"""
"""Days are those of the zone, which models of gaps know nothing of."""
_GAP = "SELECT dimension, value, server_page_views, missing, share, low, high FROM adblock_gap"
_LEFT_OUT = "SELECT reason, server_page_views FROM adblock_left_out"
_SILENT = """
SELECT count(*) FROM measured_views AS v
WHERE v.left_out IS NULL AND v.seen_by = 'server'
    AND v.person_id NOT IN (SELECT h.person_id FROM memory.main.read_heard AS h)
"""


@dataclass(frozen=True, slots=True)
class Unreported:
    """Rows of ``adblock_gap`` and ``adblock_left_out``; ``silent`` counts views of whom no browser told."""

    gap: Sequence[tuple[str, str, int, int, float, float, float]]
    left_out: Sequence[tuple[str, int]]
    silent: int


def unreported(cursor: DuckDBPyConnection, asked: Filter, *, wait: int) -> Unreported:
    """What browsers did not report, by the models of gaps; ``wait`` as in the configuration."""
    show_temporary(cursor, _GAPS_OF)
    conditions, given = conditions_of(asked, events=("r.server_event_id", "r.browser_event_id"))
    if given:
        cursor.execute(_VIEWS.format(conditions=conditions), given)
    else:  # a view takes no parameters
        cursor.execute(_ALL_VIEWS)
    prepare(cursor, replace(Config(), wait=wait), known_at=now())
    queries = {model.name: model.sql for model in _GAPS}
    measured = _IN_ZONE.format(measured=queries.pop(_MEASURED))
    fill_temporary(cursor, {_MEASURED: measured, **queries})
    return Unreported(
        gap=cursor.execute(_GAP).fetchall(),
        left_out=cursor.execute(_LEFT_OUT).fetchall(),
        silent=cursor.execute(_SILENT).fetchall()[0][0],
    )
