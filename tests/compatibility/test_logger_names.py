"""Loggers keep their names, since settings of logging name them; a module that moves takes its name along."""

from __future__ import annotations

import ast
from pathlib import Path

from tests import house

NAMES = (Path(__file__).parent / "logger_names.txt").read_text().split()


def module_name(path):
    parts = path.relative_to(house.ROOT.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def names_in(path):
    """The names of the loggers that a file asks for."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "logging.getLogger":
            (name,) = node.args or [None]
            if isinstance(name, ast.Constant):
                yield name.value
            elif isinstance(name, ast.Name) and name.id == "__name__":
                yield module_name(path)


def test_every_logger_that_there_was_is_there():
    used = {name for path in house.modules() for name in names_in(path)}
    assert set(NAMES) - used == set()


def test_every_logger_is_under_the_packages():
    for path in house.modules():
        for name in names_in(path):
            assert name.split(".")[0] == "tracking_middleware", path
