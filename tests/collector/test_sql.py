"""No SQL of the collector is built from strings: every statement stands in the code as it runs."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tracking_middleware import collector

MODULES = sorted(Path(collector.__file__).parent.rglob("*.py"))
RUNNERS = {"execute", "executemany", "executescript"}


def is_literal(node):
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def is_table(node):
    """A tuple or a dictionary of literals."""
    items = node.values if isinstance(node, ast.Dict) else getattr(node, "elts", None)
    return bool(items) and all(map(is_literal, items))


def built_statements(tree):
    """The lines that run what is no literal, no constant of the module that is one, and of no table."""
    assigned = [
        (target.id, node.value)
        for node in tree.body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    ]
    constants = {name for name, value in assigned if is_literal(value)}
    tables = {name for name, value in assigned if is_table(value)}
    loops = [node for node in ast.walk(tree) if isinstance(node, ast.For) and is_named(node.iter, tables)]
    from_tables = {
        id(call)
        for loop in loops
        for call in ast.walk(loop)
        if runs(call) and is_named(call.args[0], {loop.target.id})
    }
    for node in ast.walk(tree):
        if not runs(node) or id(node) in from_tables:
            continue
        statement = node.args[0] if node.args else None
        is_chosen = isinstance(statement, ast.Subscript) and is_named(statement.value, tables)
        if not (is_literal(statement) or is_named(statement, constants) or is_chosen):
            yield node.lineno


def runs(node):
    return isinstance(node, ast.Call) and getattr(node.func, "attr", None) in RUNNERS


def is_named(node, names):
    return isinstance(node, ast.Name) and node.id in names


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.name)
def test_no_statement_is_built(path):
    assert list(built_statements(ast.parse(path.read_text()))) == []


@pytest.mark.parametrize(
    "call",
    [
        'c.execute(f"SELECT {x}")',
        'c.execute("SELECT %s" % x)',
        'c.execute("SELECT " + x)',
        'c.executemany("SELECT {}".format(x), y)',
        "c.executescript(x)",
        "c.execute(sql=x)",
        "x = 'a' + b\nc.execute(x)",
        "T = {'a': 'SELECT ' + x}\nc.execute(T['a'])",
        "c.execute(t['a'])",
        "for s in t:\n    c.execute(s)",
    ],
)
def test_a_built_statement_would_be_seen(call):
    assert list(built_statements(ast.parse(call)))


def test_a_statement_that_stands_in_the_code_is_fine():
    code = """
_X = "SELECT 1"
T = {"a": "SELECT 1"}
L = ("SELECT 1", "SELECT 2")
c.execute(_X)
c.execute("SELECT " "?", (x,))
c.execute(T[name])
for statement in L:
    c.execute(statement)
"""
    assert not list(built_statements(ast.parse(code)))
