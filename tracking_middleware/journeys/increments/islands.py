"""Islands: events that nothing joins to any others, over whatever the models join by.

Two events are of one island if they share a ``user_id``, a ``domain_userid``, a session, a token, a
transaction, a ``web_page`` id, or a ``network_userid`` that a server sent, or if others join them. All that
the models say of an island follows from its own events, but for what ``adblock_gap`` counts; so what is new
is made by making its islands anew. An island may be larger than it would have to be, never smaller: it only
ever grows, also where identifiers are kept apart.

A node is the hash of an identifier. Those that stand alone are not in ``island_nodes``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..components import find_components
from ..making import Making

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_KINDS = (
    # a device first, which no event ever lets go of
    ("domain_userid", "domain_userid"),
    ("domain_sessionid", "session"),
    ("network_userid", "network_userid"),
    ("user_id", "user_id"),
    ("token", "token"),
    ("transaction_id", "transaction"),
    ("token_domain_userid", "domain_userid"),
    ("token_sessionid", "session"),
)
"""The columns of a set of identifiers, and what kind of a node each is."""
_NODES = ", ".join(
    f"CASE WHEN {column} <> '' THEN hash('{kind}:' || {column}) END" for column, kind in _KINDS
)
_SETS = f"""
CREATE OR REPLACE TEMP TABLE set_nodes AS
SELECT set_number, list_filter([{_NODES}], lambda n: n IS NOT NULL) AS nodes FROM identifier_sets
"""  # noqa: S608
_LET_GO = f"""
CREATE OR REPLACE TEMP TABLE let_go_nodes AS
SELECT CAST(c.event_id AS UUID) AS event_id, list_filter([{_NODES}], lambda n: n IS NOT NULL) AS nodes
FROM carried_identifiers AS c
WHERE c.event_id IN (SELECT event_id FROM let_go)
"""  # noqa: S608
_EVENTS = """
SELECT
    k.event_id,
    coalesce(
        s.nodes[1], g.nodes[1],
        CASE WHEN k.web_page_key IS NOT NULL THEN hash(k.web_page_key) END,  -- NULL has a hash too
        hash(k.event_id)
    ) AS node,
    k.web_page_key
FROM event_keys AS k
LEFT JOIN set_nodes AS s ON s.set_number = k.set_number
LEFT JOIN let_go_nodes AS g ON g.event_id = k.event_id
"""
_EDGES = """
CREATE OR REPLACE TEMP TABLE island_edges AS
SELECT nodes[1] AS a, unnest(nodes[2:]) AS b FROM set_nodes
UNION
SELECT nodes[1], unnest(nodes[2:]) FROM let_go_nodes
UNION
SELECT n.node, g.nodes[1] FROM {events} AS n JOIN let_go_nodes AS g ON g.event_id = n.event_id
UNION
SELECT n.node, hash(n.web_page_key)
FROM {events} AS n
WHERE n.web_page_key IN (
    SELECT web_page_key FROM {events} GROUP BY web_page_key HAVING min(node) <> max(node)
)
"""
_ISLANDS = "SELECT node, label AS island FROM found_islands"
_NOTHING = (
    "CREATE OR REPLACE TEMP TABLE new_nodes AS SELECT * FROM kept.event_nodes LIMIT 0",
    "CREATE OR REPLACE TEMP TABLE island_edges AS SELECT node AS a, node AS b FROM new_nodes",
    "CREATE OR REPLACE TEMP VIEW new_events AS SELECT * FROM kept.events LIMIT 0",
    "CREATE OR REPLACE TEMP TABLE ids_again AS SELECT event_id FROM kept.events LIMIT 0",
)
_DONE = ("set_nodes", "let_go_nodes", "island_edges", "found_islands")


def keep_islands(making: Making) -> None:
    """Make ``event_nodes`` and ``island_nodes`` of all events; ``event_keys`` is made."""
    connection = making.connection
    _find_set_nodes(connection)
    making.keep("event_nodes", _EVENTS)
    connection.execute(_EDGES.format(events="event_nodes"))
    find_components(connection, edges="island_edges", into="found_islands")
    making.keep("island_nodes", _ISLANDS)
    for name in _DONE:
        connection.execute(f"DROP TABLE temp.{name}")


def find_new_nodes(making: Making) -> None:
    """Make ``new_nodes`` and ``island_edges`` of the new events alone; ``event_keys`` is made of those."""
    connection = making.connection
    _find_set_nodes(connection)
    connection.execute(f"CREATE OR REPLACE TEMP TABLE new_nodes AS {_EVENTS}")
    connection.execute(_EDGES.format(events="new_nodes"))


def find_no_nodes(connection: DuckDBPyConnection) -> None:
    """The same where nothing is new, without asking each model for nothing."""
    for statement in _NOTHING:
        connection.execute(statement)


def _find_set_nodes(connection: DuckDBPyConnection) -> None:
    connection.execute(_SETS)
    connection.execute(_LET_GO)
