"""No SQL of the collector is built from strings: every statement stands in the code as it runs."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tracking_middleware import collector

MODULES = sorted(Path(collector.__file__).parent.rglob("*.py"))
RUNNERS = {"execute", "executemany", "executescript"}


def built_statements(tree):
    """The lines that run a statement which is neither a literal nor a module's constant that is one."""
    constants = {
        target.id
        for node in tree.body
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and getattr(node.func, "attr", None) in RUNNERS:
            statement = node.args[0] if node.args else None
            is_literal = isinstance(statement, ast.Constant) and isinstance(statement.value, str)
            is_constant = isinstance(statement, ast.Name) and statement.id in constants
            if not is_literal and not is_constant:
                yield node.lineno


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
    ],
)
def test_a_built_statement_would_be_seen(call):
    assert list(built_statements(ast.parse(call)))


def test_a_statement_that_stands_in_the_code_is_fine():
    assert not list(
        built_statements(ast.parse('_X = "SELECT 1"\nc.execute(_X)\nc.execute("SELECT " "?", (x,))'))
    )
