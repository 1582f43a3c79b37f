"""What every question to a file needs, made once in memory; the file is attached as ``kept``."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

NEEDED = frozenset(
    {
        *(
            "agents",
            "content_performance",
            "event_persons",
            "event_rows",
            "page_views",
            "person_identifiers",
            "persons",
        ),
        *("renamed_persons", "sessions", "touches"),
    }
)
"""Tables of a file that the questions are asked of."""
_DOINGS = """
CREATE OR REPLACE TABLE memory.main.read_doings AS
SELECT p.person_id, e.app_id, CAST(e.at - to_milliseconds(z.behind_milliseconds) AS DATE) AS day
FROM kept.main.event_persons AS p
JOIN (
    SELECT event_id, app_id, coalesce(derived_tstamp, collector_tstamp) AS at FROM kept.main.events
) AS e ON e.event_id = p.event_id
JOIN memory.main.read_zone AS z ON e.at >= z.valid_from AND e.at < z.valid_to
WHERE p.person_id IS NOT NULL
GROUP BY ALL
"""
"""What every question needs, and would take long to find each time."""


def keep_persons(connection: DuckDBPyConnection, *, before_each: Callable[[], None]) -> None:
    """Make in memory what the questions need, beside what ``keep_tables`` made."""
    before_each()
    connection.execute(_DOINGS)
