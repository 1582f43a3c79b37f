"""The README names what there is: every setting, and every reason in ``stats()``."""

from __future__ import annotations

import ast
import dataclasses
import re
from pathlib import Path
from typing import get_args

import pytest

from tracking_middleware import Settings
from tracking_middleware.request.rules import Reason
from tracking_middleware.settings.settings import DEFAULT_SCRUB_QUERY

README = (Path(__file__).resolve().parents[2] / "README.md").read_text()


def section(title):
    return README.partition(f"\n## {title}\n")[2].partition("\n## ")[0]


def test_the_settings_table_has_every_setting_in_order():
    rows = re.findall(r"^\| `(\w+)` \|", section("Settings"), re.MULTILINE)
    assert rows == [field.name for field in dataclasses.fields(Settings)]


def test_the_defaults_in_the_table_are_the_defaults():
    rows = dict(re.findall(r"^\| `(\w+)` \| ([^|]+) \|", section("Settings"), re.MULTILINE))
    for field in dataclasses.fields(Settings):
        said = re.sub(r"(?<=\d) (?=\d)| s$", "", rows[field.name]).strip("`")
        if isinstance(field.default, bool):
            assert said in {str(field.default), "on" if field.default else "off"}, field.name
        elif isinstance(field.default, int | float):
            assert float(said) == field.default, field.name
        elif isinstance(field.default, str) and field.default:
            assert said == f'"{field.default}"', field.name


def test_every_reason_has_its_row():
    rows = re.findall(r"^\| `(\w+)` \|", section("What is a page view"), re.MULTILINE)
    assert {*rows, "nested"} == set(get_args(Reason))


def test_the_names_of_secrets_are_the_default_list():
    rows = section("URLs").partition("| what | names |")[2].splitlines()[2:]
    names = [name for row in rows if row.startswith("|") for name in re.findall(r"`([^`]+)`", row)]
    assert len(names) == len(set(names))
    assert set(names) == DEFAULT_SCRUB_QUERY


@pytest.mark.parametrize("block", re.findall(r"```python\n(.*?)```", README, re.DOTALL))
def test_every_example_is_python_and_imports_what_there_is(block):
    for node in ast.walk(ast.parse(block)):
        if isinstance(node, ast.ImportFrom) and node.module.startswith("tracking_middleware"):
            module = __import__(node.module, fromlist=["_"])
            assert all(hasattr(module, alias.name) for alias in node.names)
