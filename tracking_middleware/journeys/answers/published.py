"""Figures by day as they were before somebody was forgotten: sums that were published stay as they are.

A day is published once it is over everywhere, twelve hours before the newest event, and no run writes it
again. Who is forgotten afterwards is in its sums, and in no row that tells of persons.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_GAP = "SELECT * FROM {database}.adblock_gap WHERE dimension = 'day'"
_CONTENT = "SELECT * FROM {database}.content_performance WHERE day IS NOT NULL"
_CAMPAIGNS = """
SELECT CAST(c.at AS DATE) AS day, a.model, a.channel, a.campaign, c.currency,
    CAST(sum(a.weight) AS DECIMAL(30,12)) AS conversions,
    CAST(sum(CAST(c.value AS DECIMAL(22,6)) * a.weight) AS DECIMAL(30,6)) AS value,
    CAST(sum(CAST(c.margin AS DECIMAL(22,6)) * a.weight) AS DECIMAL(30,6)) AS margin
FROM {database}.attribution AS a
JOIN {database}.conversions AS c ON c.conversion_id = a.conversion_id
GROUP BY ALL
"""
PUBLISHED = {
    "published_adblock_gap": (_GAP, "value", ("adblock_gap",)),
    "published_content_performance": (_CONTENT, "day", ("content_performance",)),
    "published_campaign_days": (_CAMPAIGNS, "day", ("attribution", "conversions")),
}
"""By table the query of its rows, the column of its day, and the tables that it is made of. Campaigns are by
the day of the conversion in UTC, before returns."""
_THERE = "SELECT table_name FROM duckdb_tables() WHERE database_name = $database"
_MAKE = """
CREATE TABLE IF NOT EXISTS {to}.{name} AS
SELECT *, CAST(NULL AS TIMESTAMP) AS published_at FROM ({query}) LIMIT 0
"""
_ADD = """
INSERT INTO {to}.{name} BY NAME
SELECT p.*, CAST($moment AS TIMESTAMP) AS published_at
FROM ({query}) AS p
WHERE CAST(p.{day} AS DATE) < (
    SELECT CAST(max(coalesce(derived_tstamp, collector_tstamp)) - INTERVAL 12 HOUR AS DATE)
    FROM {database}.events
)
  AND p.{day} NOT IN (SELECT k.{day} FROM {to}.{name} AS k)
"""


def publish(connection: DuckDBPyConnection, *, database: str, to: str, moment: datetime) -> None:
    """Put the days that are over and not published yet into the tables of another database."""
    there = {name for (name,) in connection.execute(_THERE, {"database": database}).fetchall()}
    for name, (text, day, needed) in PUBLISHED.items():
        if not {*needed} <= there:
            continue
        query = text.format(database=database)
        connection.execute(_MAKE.format(to=to, name=name, query=query))
        connection.execute(
            _ADD.format(database=database, to=to, name=name, query=query, day=day), {"moment": moment}
        )
