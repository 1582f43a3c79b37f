"""What users import stays where it is: ``public_imports.txt`` has public names, and all that they are shown.

A new public name is one more line there; a line that was released is never taken out.
"""

from __future__ import annotations

import ast
import importlib.util
import re
from pathlib import Path

import pytest
from django.utils.module_loading import import_string

ROOT = Path(__file__).resolve().parents[2]
LINES = (Path(__file__).parent / "public_imports.txt").read_text().splitlines()
DOCUMENTS = [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("example_apps/**/*.md")]
EXAMPLES = sorted(ROOT.glob("example_apps/**/*.py"))


def shown():
    """The Python that is shown to users, each with where."""
    for path in DOCUMENTS:
        for block in re.findall(r"```python\n(.*?)```", path.read_text(), re.DOTALL):
            yield path, block
    for path in EXAMPLES:
        yield path, path.read_text()


def imports_in(code):
    """What a piece of code imports of the package, as the list has it."""
    for node in ast.walk(ast.parse(code)):
        if (
            isinstance(node, ast.ImportFrom)
            and (node.module or "").partition(".")[0] == "tracking_middleware"
        ):
            yield from (f"from {node.module} import {alias.name}" for alias in node.names)
        elif isinstance(node, ast.Import):
            names = [
                alias.name for alias in node.names if alias.name.partition(".")[0] == "tracking_middleware"
            ]
            yield from (f"import {name}" for name in names)


def dotted_in(code):
    """The classes and apps of the package that a piece of code names in a text, as Django's settings do."""
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield from re.findall(r"\A(?=tracking_middleware\.)[\w.]+\Z", node.value)


@pytest.mark.parametrize("line", LINES)
def test_what_was_public_is_imported_from_where_it_was(line):
    if line.startswith(("from ", "import ")):
        exec(line, {})
    elif importlib.util.find_spec(line.rpartition(".")[0]).submodule_search_locations and (
        app := importlib.util.find_spec(line)
    ):
        assert app.loader  # an app to install, whose own framework need not be there
    else:
        assert import_string(line)


def test_all_that_is_shown_to_users_is_in_the_list():
    for path, code in shown():
        assert {*imports_in(code)} - {*LINES} == set(), path
        assert {*dotted_in(code)} - {*(line.removeprefix("import ") for line in LINES)} == set(), path


def test_the_list_is_in_order():
    assert sorted(set(LINES)) == LINES
