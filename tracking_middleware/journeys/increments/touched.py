"""What is touched: the islands of new events, of those they join, of what is kept apart differently."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..components import find_components

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_SAME_PAGE = """
CREATE OR REPLACE TEMP TABLE same_pages AS
SELECT node, hash(web_page_key) AS page, web_page_key
FROM kept.event_nodes
WHERE web_page_key IN (SELECT web_page_key FROM new_nodes)
"""
_NETWORKS = """
CREATE OR REPLACE TEMP TABLE new_networks AS
SELECT network_userid, hash('network_userid:' || network_userid) AS network,
    coalesce(bool_or(platform = 'srv' AND starts_with(v_tracker, 'tracking-middleware-')), false) AS is_sent
FROM new_events
WHERE network_userid <> '00000000-0000-0000-0000-000000000000'
GROUP BY network_userid
"""
_WERE_SENT = """
CREATE OR REPLACE TEMP TABLE sent_before AS
SELECT node AS network FROM kept.island_nodes WHERE node IN (SELECT network FROM new_networks)
UNION
SELECT node FROM kept.event_nodes WHERE node IN (SELECT network FROM new_networks)
"""
_SAME_NETWORK = """
CREATE OR REPLACE TEMP TABLE same_networks AS
WITH sent AS (
    SELECT * FROM new_networks WHERE is_sent OR network IN (SELECT network FROM sent_before)
), first_sent AS (
    SELECT * FROM new_networks WHERE is_sent AND network NOT IN (SELECT network FROM sent_before)
), old_ones AS (
    SELECT CAST(e.event_id AS UUID) AS event_id, f.network
    FROM kept.events AS e
    JOIN first_sent AS f ON f.network_userid = e.network_userid
)
SELECT n.node, s.network
FROM new_events AS e
JOIN sent AS s ON s.network_userid = e.network_userid
JOIN new_nodes AS n ON n.event_id = CAST(e.event_id AS UUID)
UNION
SELECT k.node, o.network
FROM old_ones AS o
JOIN kept.event_nodes AS k ON k.event_id = o.event_id
"""
"""One that was sent before is a node of an island, with all that have it; those of others are sought."""
_JOINED = """
CREATE OR REPLACE TEMP TABLE new_edges AS
SELECT a, b FROM island_edges
UNION
SELECT node, page FROM same_pages
UNION
SELECT node, hash(web_page_key) FROM new_nodes WHERE web_page_key IN (SELECT web_page_key FROM same_pages)
UNION
SELECT node, network FROM same_networks
"""
_SEEDS = """
CREATE OR REPLACE TEMP TABLE seeds AS
SELECT node FROM new_nodes
UNION
SELECT a FROM new_edges
UNION
SELECT b FROM new_edges
UNION
SELECT node FROM kept.event_nodes WHERE event_id IN (SELECT CAST(event_id AS UUID) FROM ids_again)
UNION
SELECT hash(kind || ':' || value) FROM changed_separations
"""
_CHANGED = """
CREATE OR REPLACE TEMP TABLE changed_separations AS
WITH now_known AS (
    SELECT p.kind_a, p.value_a, p.kind_b, p.value_b
    FROM kept_apart AS p
    CROSS JOIN journey_settings AS s
    WHERE p.from_at IS NULL OR p.from_at <= CAST(s.known_at AS TIMESTAMP)
), changed AS (
    (FROM now_known EXCEPT FROM kept.separations_applied)
    UNION ALL
    (FROM kept.separations_applied EXCEPT FROM now_known)
)
SELECT kind_a AS kind, value_a AS value FROM changed
UNION
SELECT kind_b, value_b FROM changed
"""
_ISLANDS = """
CREATE OR REPLACE TEMP TABLE touched_islands AS
SELECT DISTINCT coalesce(i.island, s.node) AS island
FROM seeds AS s
LEFT JOIN kept.island_nodes AS i ON i.node = s.node
"""
_OLD_NODES = """
CREATE OR REPLACE TEMP TABLE old_nodes AS
SELECT node, island FROM kept.island_nodes WHERE island IN (SELECT island FROM touched_islands)
"""
_NODES = """
CREATE OR REPLACE TEMP TABLE touched_nodes AS
SELECT node FROM old_nodes UNION SELECT island FROM touched_islands UNION SELECT node FROM seeds
"""
_BEFORE = """
CREATE OR REPLACE TEMP TABLE touched_before AS
SELECT CAST(event_id AS VARCHAR) AS event_id, web_page_key
FROM kept.event_nodes
WHERE node IN (SELECT node FROM touched_nodes) AND event_id NOT IN (SELECT event_id FROM new_nodes)
"""
_EVENTS = """
CREATE OR REPLACE TEMP VIEW touched_ids AS
SELECT event_id FROM touched_before UNION ALL SELECT CAST(event_id AS VARCHAR) FROM new_nodes
"""  # as text, as the tables have it: of text each row would have to be read
_PERSONS = """
CREATE OR REPLACE TEMP TABLE touched_persons AS
WITH known AS (
    SELECT
        person_id, key_kind,
        hash(key_kind || ':' || key_value) IN (SELECT node FROM touched_nodes) AS is_touched
    FROM kept.persons
)
SELECT person_id FROM known WHERE is_touched
UNION
SELECT person_id
FROM kept.event_persons
WHERE person_id IN (SELECT person_id FROM known WHERE key_kind = 'session' AND NOT is_touched)
  AND event_id IN (SELECT event_id FROM touched_ids)
"""
"""A person is of one island, that of the key, unless it is of a session that no tracker gave an id."""
_BETWEEN = """
CREATE OR REPLACE TEMP TABLE new_edges AS
SELECT a, b FROM new_edges UNION ALL SELECT node, island FROM old_nodes WHERE node <> island
"""
_GROWN = """
CREATE OR REPLACE TEMP TABLE grown_islands AS SELECT node, label AS island FROM found_islands
"""


def find_touched(connection: DuckDBPyConnection) -> None:
    """Make ``touched_ids``, ``touched_before`` (without the new), ``touched_nodes`` and ``grown_islands``.

    ``touched_persons`` too, as they were. Of ``new_nodes`` with their ``island_edges``, and the tables that
    are kept in the database ``kept``; ``new_events`` are the new events.
    """
    for statement in (
        *(_SAME_PAGE, _NETWORKS, _WERE_SENT, _SAME_NETWORK, _JOINED, _CHANGED, _SEEDS),
        *(_ISLANDS, _OLD_NODES, _NODES, _BEFORE, _EVENTS, _PERSONS, _BETWEEN),
    ):
        connection.execute(statement)
    find_components(connection, edges="new_edges", into="found_islands")
    connection.execute(_GROWN)
