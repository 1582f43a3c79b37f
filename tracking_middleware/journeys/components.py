"""Connected components, in rounds of SQL whose number depends on the data: what is joined to what.

Each root takes the smallest label across its edges; pointers jump until they rest; the edges are written anew
between the roots, and so on until there are none. A chain of a million takes a few rounds, not a million.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_NUMBERED = """
CREATE OR REPLACE TEMP TABLE component_nodes AS
SELECT node, row_number() OVER () AS number
FROM (SELECT a AS node FROM component_input UNION SELECT b FROM component_input)
"""
_EDGES = """
CREATE OR REPLACE TEMP TABLE component_edges AS
SELECT DISTINCT greatest(a.number, b.number) AS high, least(a.number, b.number) AS low
FROM component_input AS e
JOIN component_nodes AS a ON a.node = e.a
JOIN component_nodes AS b ON b.node = e.b
WHERE a.number <> b.number
"""
_LABELS = """
CREATE OR REPLACE TEMP TABLE component_labels AS
SELECT number, number AS label FROM component_nodes
"""
_HOOK = """
CREATE OR REPLACE TEMP TABLE component_parents AS
SELECT high AS number, min(low) AS parent, true AS is_new FROM component_edges GROUP BY high
"""
_JUMP = """
CREATE OR REPLACE TEMP TABLE component_jumped AS
SELECT p.number, coalesce(g.parent, p.parent) AS parent, g.parent IS NOT NULL AS is_new
FROM component_parents AS p
LEFT JOIN component_parents AS g ON g.number = p.parent
"""
_TURN = "CREATE OR REPLACE TEMP TABLE component_parents AS SELECT * FROM component_jumped"
_RELABEL = """
CREATE OR REPLACE TEMP TABLE component_labels AS
SELECT l.number, coalesce(p.parent, l.label) AS label
FROM component_labels AS l
LEFT JOIN component_parents AS p ON p.number = l.label
"""
_REWRITE = """
CREATE OR REPLACE TEMP TABLE component_edges AS
SELECT DISTINCT greatest(a, b) AS high, least(a, b) AS low
FROM (
    SELECT coalesce(h.parent, e.high) AS a, coalesce(l.parent, e.low) AS b
    FROM component_edges AS e
    LEFT JOIN component_parents AS h ON h.number = e.high
    LEFT JOIN component_parents AS l ON l.number = e.low
)
WHERE a <> b
"""
_FOUND = """
SELECT n.node, r.node AS label
FROM component_labels AS l
JOIN component_nodes AS n ON n.number = l.number
JOIN component_nodes AS r ON r.number = l.label
"""


def find_components(connection: DuckDBPyConnection, *, edges: str, into: str) -> int:
    """Make the table ``into`` (``node``, ``label``) of the table ``edges`` (``a``, ``b``); its rounds.

    Both are names of tables of ours. Every node of one component has the same label, a node of it.
    """
    view = f"CREATE OR REPLACE TEMP VIEW component_input AS SELECT a, b FROM {edges}"  # noqa: S608
    connection.execute(view)
    for statement in (_NUMBERED, _EDGES, _LABELS):
        connection.execute(statement)
    rounds = 0
    while _is_there(connection, "SELECT 1 FROM component_edges LIMIT 1"):
        rounds += 1
        connection.execute(_HOOK)
        while _is_there(connection, "SELECT 1 FROM component_parents WHERE is_new LIMIT 1"):
            connection.execute(_JUMP)
            connection.execute(_TURN)
        connection.execute(_RELABEL)
        connection.execute(_REWRITE)
    connection.execute(f"CREATE OR REPLACE TEMP TABLE {into} AS {_FOUND}")
    for name in ("nodes", "edges", "labels", "parents", "jumped"):
        connection.execute(f"DROP TABLE IF EXISTS temp.component_{name}")
    return rounds


def _is_there(connection: DuckDBPyConnection, question: str) -> bool:
    return bool(connection.execute(question).fetchall())
