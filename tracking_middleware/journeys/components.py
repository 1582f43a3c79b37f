"""Connected components, in rounds of SQL whose number depends on the data: what is joined to what.

Each root takes the smallest label across its edges; pointers jump until they rest; the edges are written anew
between the roots, and so on until there are none. A chain of a million takes a few rounds, not a million.

The steps are the same on every engine, and in the SQL that is printed and of dbt. None replaces a table that
it reads: each has a name of its own, with the number of its turn.
"""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

NODES = """
SELECT u.node, row_number() OVER (ORDER BY u.node) AS number
FROM (SELECT a AS node FROM {edges} UNION SELECT b FROM {edges}) AS u
"""
EDGES = """
SELECT DISTINCT greatest(a.number, b.number) AS high, least(a.number, b.number) AS low
FROM {edges} AS e
JOIN {nodes} AS a ON a.node = e.a
JOIN {nodes} AS b ON b.node = e.b
WHERE a.number <> b.number
"""
LABELS = "SELECT number, number AS label FROM {nodes}"
HOOK = "SELECT high AS number, min(low) AS parent, 1 AS is_new FROM {edges} GROUP BY high"
JUMP = """
SELECT
    p.number, coalesce(g.parent, p.parent) AS parent, CASE WHEN g.parent IS NULL THEN 0 ELSE 1 END AS is_new
FROM {parents} AS p
LEFT JOIN {parents} AS g ON g.number = p.parent
"""
RELABEL = """
SELECT l.number, coalesce(p.parent, l.label) AS label
FROM {labels} AS l
LEFT JOIN {parents} AS p ON p.number = l.label
"""
REWRITE = """
SELECT DISTINCT greatest(r.a, r.b) AS high, least(r.a, r.b) AS low
FROM (
    SELECT coalesce(h.parent, e.high) AS a, coalesce(l.parent, e.low) AS b
    FROM {edges} AS e
    LEFT JOIN {parents} AS h ON h.number = e.high
    LEFT JOIN {parents} AS l ON l.number = e.low
) AS r
WHERE r.a <> r.b
"""
FOUND = """
SELECT n.node, r.node AS label
FROM {labels} AS l
JOIN {nodes} AS n ON n.number = l.number
JOIN {nodes} AS r ON r.number = l.label
"""
_AS_THEY_COME = NODES.replace("ORDER BY u.node", "")
"""Any numbers will do. Spark asks for an order, which DuckDB would have to sort for."""


class Tables(Protocol):
    """Where the tables of the rounds are made."""

    def make(self, name: str, query: str) -> None:
        """Make a working table of a query in DuckDB's language."""

    def rows(self, question: str) -> list[tuple[Any, ...]]:
        """What a question says."""

    def drop(self, name: str) -> None:
        """Let go of a working table."""


def find_components(connection: DuckDBPyConnection, *, edges: str, into: str) -> int:
    """``join_components`` on DuckDB, in temporary tables."""
    return join_components(_Temporary(connection), edges=edges, into=into, numbered=_AS_THEY_COME)


def join_components(tables: Tables, *, edges: str, into: str, numbered: str = NODES) -> int:
    """Make the table ``into`` (``node``, ``label``) of the table ``edges`` (``a``, ``b``); its rounds.

    Both are names of tables of ours. Every node of one component has the same label, a node of it.
    ``numbered`` is the query that gives each node a number.
    """
    making = _Rounds(tables, into)
    nodes = making.table("nodes", numbered, edges=edges)
    between = making.table("edges", EDGES, edges=edges, nodes=nodes)
    labels = making.table("labels", LABELS, nodes=nodes)
    rounds = 0
    while tables.rows(f"SELECT 1 AS one FROM {between} LIMIT 1"):  # noqa: S608
        rounds += 1
        parents = making.table("parents", HOOK, edges=between)
        while tables.rows(f"SELECT 1 AS one FROM {parents} WHERE is_new = 1 LIMIT 1"):  # noqa: S608
            parents = making.table("parents", JUMP, parents=parents)
        labels = making.table("labels", RELABEL, labels=labels, parents=parents)
        between = making.table("edges", REWRITE, edges=between, parents=parents)
    tables.make(into, FOUND.format(labels=labels, nodes=nodes))
    making.drop()
    return rounds


class _Rounds:
    """The tables of the turns; of each kind the last two stay, since a turn is made of the one before."""

    def __init__(self, tables: Tables, into: str) -> None:
        self._tables = tables
        self._prefix = into
        self._numbers = count(1)
        self._made: dict[str, list[str]] = {}

    def table(self, kind: str, query: str, **names: str) -> str:
        name = f"{self._prefix}_{kind}_{next(self._numbers)}"
        self._tables.make(name, query.format(**names))
        made = self._made.setdefault(kind, [])
        made.append(name)
        if len(made) > 2:
            self._tables.drop(made.pop(0))
        return name

    def drop(self) -> None:
        for names in self._made.values():
            for name in names:
                self._tables.drop(name)


class _Temporary:
    """Temporary tables of a connection to DuckDB."""

    def __init__(self, connection: DuckDBPyConnection) -> None:
        self._connection = connection

    def make(self, name: str, query: str) -> None:
        self._connection.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS\n{query}")

    def rows(self, question: str) -> list[tuple[Any, ...]]:
        return self._connection.execute(question).fetchall()

    def drop(self, name: str) -> None:
        self._connection.execute(f"DROP TABLE temp.{name}")
