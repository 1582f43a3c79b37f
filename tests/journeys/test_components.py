"""Connected components: what is joined to what, however far."""

import itertools
import random

import duckdb
import pytest

from tracking_middleware.journeys.components import find_components


def components(edges, *, rounds=None):
    connection = duckdb.connect(config={"threads": 1})
    connection.execute("CREATE TABLE edges (a VARCHAR, b VARCHAR)")
    if edges:
        given = {"a": [a for a, _ in edges], "b": [b for _, b in edges]}
        connection.execute("INSERT INTO edges SELECT unnest($a), unnest($b)", given)
    took = find_components(connection, edges="edges", into="found")
    assert rounds is None or took <= rounds
    groups = {}
    for node, label in connection.execute("SELECT node, label FROM found").fetchall():
        groups.setdefault(label, set()).add(node)
    assert all(label in group for label, group in groups.items())
    return sorted(map(sorted, groups.values()))


def by_union(edges):
    """The same by a union-find of a few lines."""
    parent = {}

    def root(node):
        while parent.setdefault(node, node) != node:
            node = parent[node]
        return node

    for a, b in edges:
        parent[root(a)] = root(b)
    groups = {}
    for node in parent:
        groups.setdefault(root(node), set()).add(node)
    return sorted(map(sorted, groups.values()))


@pytest.mark.parametrize(
    "edges", [[], [("a", "a")], [("a", "b"), ("b", "a")], [("a", "b"), ("c", "d"), ("d", "a")]]
)
def test_small_ones(edges):
    assert components(edges) == by_union(edges)


@pytest.mark.parametrize("seed", range(5))
def test_random_ones(seed):
    chosen = random.Random(seed)
    edges = [
        (str(chosen.randrange(300)), str(chosen.randrange(300))) for _ in range(chosen.choice((80, 200, 400)))
    ]
    assert components(edges) == by_union(edges)


@pytest.mark.parametrize("is_shuffled", [False, True])
def test_a_chain_of_ten_thousand_takes_a_few_rounds(is_shuffled):
    names = [f"{number:05}" for number in range(10_001)]
    if is_shuffled:
        random.Random(7).shuffle(names)
    edges = list(itertools.pairwise(names))
    assert components(edges, rounds=14) == [sorted(names)]
