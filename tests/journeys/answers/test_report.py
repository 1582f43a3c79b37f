"""The report on what is read and earned: one page, which loads nothing, and shows money only where it may."""

import csv
import re
from html.parser import HTMLParser

import duckdb
import pytest

from tracking_middleware.collector.pages.parts.html import Element
from tracking_middleware.commands.cli import main
from tracking_middleware.commands.report.figures import Column, Section
from tracking_middleware.commands.report.page import said
from tracking_middleware.commands.report.plots import plot

from ..conftest import PAGE
from .conftest import article, described

DAY = 60 * 24
TOML = """
[conversion]
event = "iglu:com.acme/order_placed/jsonschema/1-*-*"
id = "order"
value = "total"
margin = "margin"
currency = "EUR"
"""
LINE = ["journeys", "report", "--journeys", "journeys.duckdb"]


@pytest.fixture
def made(tmp_path, monkeypatch, story, read):
    """Somebody reads, and buys for 123.45 with a margin of 67.89; a campaign would like to be a formula."""
    monkeypatch.chdir(tmp_path)
    for day in range(3):
        told = article(f"a{day}", headline='<script>alert("x")</script>', authors=["Ada"])
        visit = {"session": f"s{day}", "mkt_medium": "cpc", "mkt_campaign": "=1+1"}
        read(day * DAY, told, name=f"v{day}", who="d", pinged=[0.95], **visit)
    order = described("order_placed", {"order": "7", "total": 123.45, "margin": 67.89})
    story.add(2 * DAY + 1, side="server", event="unstruct", device="d", session="s2", unstruct_event=order)
    (tmp_path / "events.tsv").write_text(story.tsv())
    (tmp_path / "journeys.toml").write_text(TOML)
    (tmp_path / "spend.csv").write_text("campaign,day,cost,currency\n=1+1,2026-03-14,22.63,EUR\n")
    given = ["--config", "journeys.toml", "--spend", "spend.csv"]
    assert main(["journeys", "run", "events.tsv", *given]) == 0
    return tmp_path


class _Page(HTMLParser):
    """The tables by the ids of their sections, and all that would be loaded."""

    def __init__(self, text):
        super().__init__()
        self.tables, self.loaded, self.tags, self.drawings = {}, [], [], []
        self._section, self._cell = None, None
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        self.tags.append(tag)
        self.loaded += [value for name, value in attributes if name in {"src", "href", "action", "data"}]
        if tag == "section":
            self._section = given["id"]
            self.tables[self._section] = []
        elif tag == "svg":
            self.drawings.append(self._section)
        elif tag == "tr":
            self.tables[self._section].append([])
        elif tag in {"td", "th"}:
            self._cell = ""

    def handle_data(self, data):
        if self._cell is not None:
            self._cell += data

    def handle_endtag(self, tag):
        if tag in {"td", "th"}:
            self.tables[self._section][-1].append(self._cell)
            self._cell = None


def test_a_file_of_before_there_were_agents_is_told_what_to_do(made, capsys):
    with duckdb.connect("journeys.duckdb") as connection:
        connection.execute("DROP TABLE agents")
    assert main(LINE) == 1
    assert "journeys run makes them" in capsys.readouterr().err


def test_the_page_loads_nothing_runs_nothing_and_has_the_numbers_behind_each_drawing(made):
    assert main(LINE) == 0
    text = (made / "report.html").read_text()
    page = _Page(text)
    assert all(url.startswith("#") for url in page.loaded)
    assert "script" not in page.tags
    assert "link" not in page.tags
    assert "url(" not in text
    assert "@import" not in text
    assert "default-src 'none'" in text
    assert "prefers-color-scheme" in text or "light-dark(" in text
    assert "@media print" in text
    assert {"gap", "witnesses", "stitched", "content_by_day", "articles", "campaigns"} <= set(page.drawings)
    for name in page.drawings:
        assert len(page.tables[name]) > 1, name
    assert page.tables["content_by_day"][1] == ["2026-03-14", "1", "1", "1", "1", "1", "10 s", "100.0%"]
    assert page.tables["articles"][1][:2] == ["a0", '<script>alert("x")</script>']


@pytest.mark.parametrize("is_confidential", [False, True])
def test_money_is_in_the_page_and_its_csv_only_where_it_is_confidential_and_says_so(
    made, capsys, is_confidential
):
    more = ["--confidential"] if is_confidential else []
    assert main([*LINE, "--to", "some.html", "--csv", "numbers", *more]) == 0
    files = [made / "some.html", *(made / "numbers").iterdir()]
    whole = "\n".join(path.read_text() for path in files)
    for number in ("123.45", "67.89", "22.63"):
        assert (number in whole) == is_confidential
    assert ("Confidential: this report shows margins" in whole) == is_confidential
    assert ("confidential" in " ".join(path.name for path in files)) == is_confidential
    assert ("it is confidential" in capsys.readouterr().out) == is_confidential
    assert all(path.stat().st_mode & 0o777 == 0o600 for path in files)
    page = _Page((made / "some.html").read_text())
    campaign = ["=1+1", "EUR", "1", "123.45", "67.89", "22.63", "3", "0"]
    assert page.tables["campaigns"][1] == (campaign if is_confidential else campaign[:3])
    if is_confidential:
        assert re.search(r"@media print[^@]*@page.*\.confidential \{ position: fixed", whole, re.DOTALL)
        assert page.tags.count("b") == 4


def test_a_cell_that_a_spreadsheet_would_run_is_text(made):
    assert main([*LINE, "--csv", "numbers"]) == 0
    with (made / "numbers" / "campaigns.csv").open() as stream:
        assert list(csv.reader(stream)) == [
            ["campaign", "currency", "conversions"],
            ["'=1+1", "EUR", "1.000000000000"],
        ]


def test_a_file_that_another_could_read_is_closed_to_them(made):
    (made / "report.html").write_text("old")
    (made / "report.html").chmod(0o644)
    assert main([*LINE, "--confidential"]) == 0
    assert (made / "report.html").stat().st_mode & 0o777 == 0o600


def test_where_there_is_nothing_the_page_says_so(tmp_path, monkeypatch, story, capsys):
    monkeypatch.chdir(tmp_path)
    story.add(0, device="d", session="s", page_url=PAGE)
    (tmp_path / "events.tsv").write_text(story.tsv())
    assert main(["journeys", "run", "events.tsv"]) == 0
    assert main(LINE) == 0
    assert (tmp_path / "report.html").read_text().count("There is none.") >= 4
    assert main([*LINE, "--to", "no/such/folder.html"]) == 1
    assert "no/such/folder.html" in capsys.readouterr().err


@pytest.mark.parametrize("kind", ["band", "stacks", "lines", "bars"])
def test_what_is_drawn_stays_within_the_drawing(kind):
    columns = (Column("day", "text"), *map(Column, "abc"))
    rows = [("2026-03-14", 1, None, 3), ("2026-03-15", 7, 70_000, 0), ("x" * 99, 0, 0, 0)]
    rows += [("a loss", 0, -7000, 0)] if kind == "bars" else []
    drawn = (2,) if kind == "bars" else (1, 2, 3)
    drawing = plot(Section(name="n", title="t", text="", columns=columns, rows=rows, plot=kind, drawn=drawn))
    width, height = map(float, dict(drawing.attributes)["viewBox"].split()[2:])
    for element in _elements(drawing.children):
        given = dict(element.attributes)
        assert 0 <= float(given.get("x", 0)) + float(given.get("width", 0)) <= width + 1
        assert float(given.get("height", 0)) >= 0
        assert 0 <= float(given.get("y", 0)) <= height


def _elements(nodes):
    for node in nodes:
        if isinstance(node, Element):
            yield node
            yield from _elements(node.children)
        elif not isinstance(node, str | int | float | None):
            yield from _elements(node)


def test_agents_are_told_beside_people(tmp_path, monkeypatch, story, read):
    monkeypatch.chdir(tmp_path)
    bot = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"
    told = article("a", headline="A")
    read(0, told, name="person", who="d", session="s")
    for number in range(3):
        view = {"who": None, "session": None, "sides": ["server"], "useragent": bot}
        read(DAY * number, told, name=f"bot {number}", **view)
    (tmp_path / "events.tsv").write_text(story.tsv())
    assert main(["journeys", "run", "events.tsv"]) == 0
    assert main(LINE) == 0
    page = _Page((tmp_path / "report.html").read_text())
    assert page.tables["agents_by_day"][1:] == [[f"2026-03-{day}", "0", "1", "0"] for day in (14, 15, 16)]
    assert page.tables["agents"][1:] == [["Google", "Googlebot", "search", "declared", "3", "2026-03-16"]]
    assert page.tables["agent_articles"][1:] == [["a", "A", "3", "0", "3", "0", "1"]]


def test_a_value_is_said_as_it_is_read():
    assert said(Column("n", "share"), 0.12345) == "12.3%"
    assert said(Column("n", "money"), 1234567.891) == "1,234,567.89"
    assert said(Column("n", "number"), 3.0) == "3"
    assert said(Column("n"), None) == "-"
    assert said(Column("n", "seconds"), 1200) == "1,200 s"
