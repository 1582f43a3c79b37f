"""Connected components on any engine: the same steps as on DuckDB, their rounds counted by the driver.

No step replaces a table that it reads: each has a name of its own, with the number of its turn.
"""

from __future__ import annotations

from itertools import count

from .engine import Engine
from .translating import translated

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


def find_components(engine: Engine, *, edges: str, into: str) -> int:
    """Make the table ``into`` (``node``, ``label``) of the table ``edges`` (``a``, ``b``); its rounds.

    Every node of one component has the same label, a node of it.
    """
    making = _Rounds(engine, into)
    nodes = making.table("nodes", NODES, edges=edges)
    between = making.table("edges", EDGES, edges=edges, nodes=nodes)
    labels = making.table("labels", LABELS, nodes=nodes)
    rounds = 0
    while _is_any(engine, f"SELECT 1 AS one FROM {between} LIMIT 1"):  # noqa: S608
        rounds += 1
        parents = making.table("parents", HOOK, edges=between)
        while _is_any(engine, f"SELECT 1 AS one FROM {parents} WHERE is_new = 1 LIMIT 1"):  # noqa: S608
            parents = making.table("parents", JUMP, parents=parents)
        labels = making.table("labels", RELABEL, labels=labels, parents=parents)
        between = making.table("edges", REWRITE, edges=between, parents=parents)
    engine.make(into, "working", translated(FOUND.format(labels=labels, nodes=nodes), engine.dialect))
    making.drop()
    return rounds


class _Rounds:
    """The tables of the turns; of each kind the last two stay, since a turn is made of the one before."""

    def __init__(self, engine: Engine, into: str) -> None:
        self._engine = engine
        self._prefix = into
        self._numbers = count(1)
        self._made: dict[str, list[str]] = {}

    def table(self, kind: str, query: str, **tables: str) -> str:
        name = f"{self._prefix}_{kind}_{next(self._numbers)}"
        self._engine.make(name, "working", translated(query.format(**tables), self._engine.dialect))
        made = self._made.setdefault(kind, [])
        made.append(name)
        if len(made) > 2:
            self._engine.drop(made.pop(0))
        return name

    def drop(self) -> None:
        for names in self._made.values():
            for name in names:
                self._engine.drop(name)


def _is_any(engine: Engine, question: str) -> bool:
    return bool(engine.rows(question))
