"""What browsers did not report: asked of a file of a run, and of what ``keep_persons`` made of it."""

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
from .keeping import conditions_of

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_MEASURED = "measured_views"
_GIVEN = needed_for(("page_views", "persons", "events"))
_GAPS = tuple(model for model in needed_for(("adblock_gap", "adblock_left_out")) if model not in _GIVEN)
_GAPS_OF = {
    "events": "SELECT * FROM memory.main.read_newest",
    "persons": "SELECT person_id, events FROM kept.main.persons",
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
    AND v.person_id NOT IN (SELECT d.person_id FROM memory.main.read_doings AS d WHERE d.has_browser)
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
