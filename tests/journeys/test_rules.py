"""By what rules tables were made: all code is one that a row depends on, and a change makes all again."""

import ast
import importlib
import re
import shutil
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest

from tracking_middleware import journeys
from tracking_middleware.journeys.config import Config
from tracking_middleware.journeys.increments import rules, running
from tracking_middleware.journeys.models import ANSWERS, MODELS

ROOM = Path(journeys.__file__).parent
SQL = re.compile(
    r"\b(SELECT|FROM|INSERT INTO|DELETE FROM|ALTER TABLE|CREATE|UPDATE \w+ SET|WHERE|CASE WHEN)\b"
)
AS_READ = "reads sources, of which rows stay as they were read: they are what is made again"
NO_RULE = {
    "state.py": "says what a run was told",
    "summary.py": "counts what there is",
    "sources/parquet.py": AS_READ,
    "sources/rows.py": AS_READ,
    "sources/staging.py": AS_READ,
    "sources/writing.py": AS_READ,
}
"""Modules with SQL on which no row of a table depends, and why."""


def modules_of_a_run():
    """The modules of the room that a run loads."""
    code = "import sys, tracking_middleware.journeys.increments.running; print(*sys.modules)"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    names = [name for name in told.split() if name.startswith(f"{journeys.__name__}.")]
    return [Path(importlib.import_module(name).__file__) for name in names]


def has_sql(path):
    constants = [
        node.value for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Constant)
    ]
    return any(isinstance(text, str) and SQL.search(text) for text in constants)


def test_each_module_with_sql_that_a_run_loads_is_a_rule_or_is_known_to_be_none():
    with_sql = {path.relative_to(ROOM).as_posix() for path in modules_of_a_run() if has_sql(path)}
    known = {path.relative_to(ROOM).as_posix() for path in (*rules.makes_tables(), *rules.makes_answers())}
    assert with_sql - known == NO_RULE.keys()


def test_all_models_are_rules():
    there = {path.stem for path in (ROOM / "models").rglob("*.sql")}
    made = {model.text or model.name for model in (*MODELS, *ANSWERS) if model.kind != "components"}
    assert there == made


@pytest.mark.parametrize(
    ("changed", "how"),
    [("increments/islands.py", "all"), ("answers/making.py", "on")],
)
def test_a_changed_rule_makes_all_again_with_the_next_run(story, tmp_path, monkeypatch, changed, how):
    story.add(0, device="d", session="s")
    source, to = tmp_path / "events.tsv", tmp_path / "journeys.duckdb"
    source.write_text(story.tsv())
    run = partial(running.run, to=to, config=Config(threads=1), progress=lambda *_: None)
    run([source])
    other = tmp_path / "journeys"
    shutil.copytree(ROOM, other, ignore=shutil.ignore_patterns("__pycache__"))
    (other / changed).write_text((other / changed).read_text().replace("SELECT", "SELECT DISTINCT", 1))
    monkeypatch.setattr(rules, "_JOURNEYS", other)
    asked = []
    increment = running._Increment

    def noted(**given):
        asked.append(("all" if given["is_all"] else "on", given["with_answers"]))
        return increment(**given)

    monkeypatch.setattr(running, "_Increment", noted)
    for _ in range(2):
        assert run([]).persons == 1
    assert asked == [(how, False), ("on", True)]
