"""What every question to a file needs, made once in memory; the file is attached as ``kept``."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from ..reading.asked import Filter

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

NEEDED = frozenset(
    {
        *("agents", "event_persons", "event_rows", "page_views", "person_identifiers", "persons"),
        *("renamed_persons", "sessions", "touches"),
    }
)
"""Tables of a file that the questions are asked of."""
_KEPT = {
    "read_doings": """
        SELECT p.person_id, e.app_id,
            CAST(e.at - to_milliseconds(z.behind_milliseconds) AS DATE) AS day,
            bool_or(e.side = 'browser') AS has_browser
        FROM kept.main.event_persons AS p
        JOIN (
            SELECT event_id, app_id, side, coalesce(derived_tstamp, collector_tstamp) AS at
            FROM kept.main.events
        ) AS e ON e.event_id = p.event_id
        JOIN memory.main.read_zone AS z ON e.at >= z.valid_from AND e.at < z.valid_to
        WHERE p.person_id IS NOT NULL
        GROUP BY ALL
    """,
    "read_server_views": """
        SELECT v.at, v.page_url, v.br_family, v.seen_by, v.person_id, v.agent_class, v.server_event_id,
            v.browser_event_id, r.app_id, CAST(v.at - to_milliseconds(z.behind_milliseconds) AS DATE) AS day
        FROM kept.main.page_views AS v
        JOIN memory.main.read_views AS r ON r.page_view_id = v.page_view_id
        JOIN memory.main.read_zone AS z ON v.at >= z.valid_from AND v.at < z.valid_to
        WHERE v.seen_by <> 'browser'
    """,
    "read_newest": """
        SELECT 'page_view' AS event, 'server' AS side, max(coalesce(derived_tstamp, collector_tstamp))
            AS derived_tstamp, CAST(NULL AS TIMESTAMP) AS collector_tstamp
        FROM kept.main.events WHERE event = 'page_view' AND side IN ('browser', 'server')
    """,
}
"""What every question needs, and would take long to find each time."""
_CONDITIONS = {
    "app": "r.app_id = $app",
    "since": "r.day >= CAST($since AS DATE)",
    "until": "r.day <= CAST($until AS DATE)",
}
_SAID = """{event} IN (
    SELECT f.event_id FROM memory.main.read_fields AS f WHERE f.kind = '{kind}' AND f.value = ${kind}{same}
)"""


def keep_persons(connection: DuckDBPyConnection, *, before_each: Callable[[], None]) -> None:
    """Make in memory what the questions need, beside what ``keep_tables`` made."""
    for name, query in _KEPT.items():
        before_each()
        connection.execute(f"CREATE OR REPLACE TABLE memory.main.{name} AS {query}")


def conditions_of(asked: Filter, *, events: Sequence[str], same: str = "") -> tuple[str, dict[str, str]]:
    """Which rows pass; ``events`` are the columns in which the event is that says author or subject."""
    names = (*_CONDITIONS, "author", "subject")
    given = {name: str(value) for name in names if (value := getattr(asked, name))}
    passing = [_CONDITIONS[name] for name in given if name in _CONDITIONS]
    for kind in ("author", "subject"):
        if kind in given:
            said = (_SAID.format(event=event, kind=kind, same=same) for event in events)
            passing.append(f"({' OR '.join(said)})")
    return " AND ".join(passing) or "true", given
