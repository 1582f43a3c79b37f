"""The README is short, its pages name what there is, and what is linked to is there."""

from __future__ import annotations

import ast
import dataclasses
import re
from functools import cache
from typing import get_args

import pytest

from tests.documentation.generated import PARTS, put_into
from tests.house import ROOT as PACKAGE
from tracking_middleware import Settings
from tracking_middleware.request.rules import Reason
from tracking_middleware.settings.settings import DEFAULT_SCRUB_QUERY
from tracking_middleware.tally import ADVICE

ROOT = PACKAGE.parent
REFERENCE = ROOT / "docs" / "reference"
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("example_apps/**/*.md")])


def named(path):
    return str(path.relative_to(ROOT))


def section(page, title):
    return (REFERENCE / page).read_text().partition(f"\n## {title}\n")[2].partition("\n## ")[0]


def settings_table():
    text = (REFERENCE / "settings.md").read_text()
    return re.findall(r"^\| `(\w+)` \| ([^|]+) \|", text.partition("\n## ")[0], re.MULTILINE)


def test_the_readme_is_read_in_one_go():
    assert len((ROOT / "README.md").read_text().splitlines()) <= 170


def test_the_settings_table_has_every_setting_in_order():
    assert [name for name, _ in settings_table()] == [field.name for field in dataclasses.fields(Settings)]


def test_the_defaults_in_the_table_are_the_defaults():
    rows = dict(settings_table())
    for field in dataclasses.fields(Settings):
        said = re.sub(r"(?<=\d) (?=\d)| s$", "", rows[field.name]).strip("`")
        if isinstance(field.default, bool):
            assert said in {str(field.default), "on" if field.default else "off"}, field.name
        elif isinstance(field.default, int | float):
            assert float(said) == field.default, field.name
        elif isinstance(field.default, str) and field.default:
            assert said == f'"{field.default}"', field.name


def test_every_reason_has_its_row():
    rows = re.findall(r"^\| `(\w+)` \|", section("page-views.md", "What is a page view"), re.MULTILINE)
    assert {*rows, "nested"} == set(get_args(Reason))


def test_the_names_of_secrets_are_the_default_list():
    rows = section("settings.md", "Names that `scrub_query` knows").splitlines()
    names = [
        name for row in rows if row.startswith("|") for name in re.findall(r"`([^`]+)`", row.split("|")[2])
    ]
    assert len(names) == len(set(names))
    assert set(names) == DEFAULT_SCRUB_QUERY


def row_of_stats(name):
    text = (REFERENCE / "stats-and-errors.md").read_text()
    return set(re.findall(r"`(\w+)`", re.search(rf"^\| `{name}` \| (.*) \|$", text, re.MULTILINE)[1]))


def counted_in_the_code():
    """What the package counts as an error by a literal name."""
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if not isinstance(node, ast.Call) or not node.args or not isinstance(node.args[0], ast.Constant):
                continue
            called = getattr(node.func, "attr", getattr(node.func, "id", ""))
            value = node.args[0].value
            if called in {"error", "count", "_count"} and re.fullmatch(r"[a-z]+(_[a-z]+)+", str(value)):
                yield value


def test_every_error_that_is_counted_has_its_name():
    assert {*ADVICE, *counted_in_the_code()} - row_of_stats("errors") == set()


def test_every_name_of_an_error_and_of_a_loss_is_in_the_code():
    texts = "".join(path.read_text() for path in PACKAGE.rglob("*.py"))
    names = row_of_stats("errors") | row_of_stats("dropped")
    assert {name for name in names if f'"{name}"' not in texts} == set()


@pytest.mark.parametrize("name", PARTS)
def test_what_is_printed_from_the_code_is_as_it_prints_it(name):
    path, make = PARTS[name]
    text = path.read_text()
    assert put_into(text, name, make()) == text, "python -m tests.documentation.generated puts it in anew"


def test_environment_variables_are_settings():
    others = {
        "COLLECTOR_TOKEN",
        "DELIVERY",
        "ENABLED",
        "NAME",
    }  # of the collector, of tests, of the example sites
    settings = {field.name.upper() for field in dataclasses.fields(Settings)}
    for path in PAGES:
        said = set(re.findall(r"\bTRACKING_([A-Z_]+[A-Z])\b", path.read_text()))
        assert said - settings - others == set(), named(path)


@cache
def anchors(path):
    """What may be linked to within a page, as GitHub names its headings."""
    text = re.sub(r"^```.*?^```", "", path.read_text(), flags=re.DOTALL | re.MULTILINE)
    words = (re.sub(r"[^\w\- ]", "", title.lower()) for title in re.findall(r"^#+ (.*)$", text, re.MULTILINE))
    return {title.replace(" ", "-") for title in words}


def links(path):
    text = re.sub(r"^```.*?^```", "", path.read_text(), flags=re.DOTALL | re.MULTILINE)
    targets = re.findall(r"\]\(([^)\s]+)\)", re.sub(r"`[^`\n]*`(?!\])", "", text))
    return [target for target in targets if not re.match(r"https?:|mailto:", target)]


@pytest.mark.parametrize("path", PAGES, ids=named)
def test_what_is_linked_to_is_there(path):
    for target in links(path):
        file, _, anchor = target.partition("#")
        there = (path.parent / file).resolve() if file else path
        assert there.exists(), target
        assert not anchor or anchor in anchors(there), f"{target}: {sorted(anchors(there))}"


def test_the_first_page_of_the_documentation_leads_to_every_other():
    index = ROOT / "docs" / "index.md"
    led_to = {(index.parent / target).resolve() for target in links(index)}
    assert {named(path) for path in PAGES} - {named(path) for path in led_to & {*PAGES}} == {"docs/index.md"}


@pytest.mark.parametrize("path", PAGES, ids=named)
def test_every_example_is_python_and_imports_what_there_is(path):
    blocks = re.findall(r"```python\n(.*?)```", path.read_text(), re.DOTALL)
    for node in (node for block in blocks for node in ast.walk(ast.parse(block))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("tracking_middleware"):
            module = __import__(node.module, fromlist=["_"])
            assert all(hasattr(module, alias.name) for alias in node.names)
