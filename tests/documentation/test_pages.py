"""What the pages show can be run: Python, commands, configuration."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tomllib

import duckdb
import pytest
import yaml

from tests.conftest import PATIENCE
from tests.documentation import commands
from tests.documentation.around import AFTER, BEFORE
from tests.documentation.run_pages import ROOT, pages
from tracking_middleware.journeys.config import config_of

PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("example_apps/*.md")])


def named(path):
    return str(path.relative_to(ROOT))


@pytest.fixture(scope="module")
def problems():
    """What went wrong in each page's Python, run once for all."""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-m", "tests.documentation.run_pages"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=4 * PATIENCE,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.parametrize("path", pages(), ids=named)
def test_the_python_of_a_page_runs(problems, path):
    assert problems[named(path)] == ""


def test_what_stands_around_pages_is_about_pages_that_there_are():
    assert {*BEFORE, *AFTER} - {named(path) for path in pages()} == set()


@pytest.mark.parametrize("path", PAGES, ids=named)
def test_the_commands_of_a_page_can_be_used(path):
    text = path.read_text()
    wrong = {line: commands.wrong_with(line) for line in commands.shown(text)}
    # within a sentence a command may be named without what it needs
    named_wrong = {line: commands.wrong_with(line) for line in commands.inline(text)}
    wrong |= {line: said for line, said in named_wrong.items() if "required" not in said}
    assert {line: said for line, said in wrong.items() if said} == {}


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("tracking-middleware collector --prot 9090", "unrecognized arguments: --prot"),
        ("tracking-middleware journeys walk", "invalid choice: 'walk'"),
        ("pip install tox && tox run -e dmeo", "tox has no environment dmeo"),
        ('pip install ".[djnago]"', "there is no extra djnago"),
        ("python manage.py send_event", "manage.py has no command send_event"),
        ("python -m tests.haus", "there is no module tests.haus"),
        ("tracking-midleware collector", "tracking-midleware is no program that is known here"),
    ],
)
def test_a_command_that_cannot_be_used_is_found(line, said):
    assert said in commands.wrong_with(line)


def blocks_of(path, language):
    return re.findall(rf"```{language}\n(.*?)```", path.read_text(), re.DOTALL)


@pytest.mark.parametrize("path", [path for path in PAGES if "```toml\n" in path.read_text()], ids=named)
def test_a_configuration_of_the_journeys_can_be_used(path):
    for block in blocks_of(path, "toml"):
        config_of(tomllib.loads(block))


@pytest.mark.parametrize("path", [path for path in PAGES if "```json\n" in path.read_text()], ids=named)
def test_json_is_json(path):
    for block in blocks_of(path, "json"):
        json.loads(block)


@pytest.mark.parametrize("path", [path for path in PAGES if "```yaml\n" in path.read_text()], ids=named)
def test_yaml_is_yaml(path):
    for block in blocks_of(path, "yaml"):
        assert isinstance(yaml.safe_load(block), dict)


@pytest.mark.parametrize("path", [path for path in PAGES if "```sql\n" in path.read_text()], ids=named)
def test_sql_can_be_read(path):
    for block in blocks_of(path, "sql"):
        assert duckdb.extract_statements(block)


def test_every_block_is_of_a_kind_that_is_looked_at():
    """Those that say nothing are what something prints."""
    known = {"python", "console", "toml", "json", "sql", "mermaid", "text", "html", "yaml"}
    for path in PAGES:
        fences = re.findall(r"^```(.*)$", path.read_text(), re.MULTILINE)[::2]
        assert {*fences} <= known | {""}, named(path)
