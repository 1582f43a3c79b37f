"""``journeys report`` on paper, by the browser that would print it: nothing is cut off at an edge."""

from __future__ import annotations

import pytest

from tracking_middleware.commands.cli import main

from ..truth.answers import write_answers_world

A4 = {"width": 703, "height": 1000}
"""CSS pixels between the margins of the page."""
TOML = """
[conversion]
event = "iglu:com.acme/order_placed/jsonschema/1-*-*"
id = "order"
value = "total"
margin = "margin"
currency = "currency"
"""
WIDE = """[...document.querySelectorAll('table')].filter(table => table.scrollWidth > innerWidth)
    .map(table => table.caption.textContent)"""
CUT = "[...document.querySelectorAll('svg text')].filter(t => t.getBBox().x < 0).map(t => t.textContent)"


@pytest.fixture
def report(tmp_path):
    write_answers_world(tmp_path / "events.tsv", seed=3, persons=12)
    (tmp_path / "journeys.toml").write_text(TOML)
    made, page = str(tmp_path / "journeys.duckdb"), tmp_path / "report.html"
    given = ["--config", str(tmp_path / "journeys.toml"), "--to", made]
    assert main(["journeys", "run", str(tmp_path / "events.tsv"), *given]) == 0
    assert main(["journeys", "report", "--journeys", made, "--to", str(page), "--confidential"]) == 0
    return page


def test_no_table_is_wider_than_the_paper_and_no_label_is_cut(browser, report):
    context = browser.new_context(viewport=A4)
    page = context.new_page()
    page.emulate_media(media="print")
    page.goto(report.as_uri())
    assert page.locator("table").count() > 8
    assert page.evaluate(WIDE) == []
    assert page.evaluate(CUT) == []
    context.close()
