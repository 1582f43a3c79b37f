"""The questions of the pages say what the tables of a run say, and filters what is true of a part of them."""

from __future__ import annotations

import json
import shutil
from dataclasses import fields, replace
from datetime import date

import pytest

from tests.truth.answers import ANSWERS, write_answers_world
from tracking_middleware.journeys.answers.schemas import Schema
from tracking_middleware.journeys.answers.settings import Described
from tracking_middleware.journeys.config import Config
from tracking_middleware.journeys.driver import run
from tracking_middleware.journeys.file import opened
from tracking_middleware.journeys.reading import questions
from tracking_middleware.journeys.reading.asked import ARTICLES_BY, Field, Figures, Filter
from tracking_middleware.journeys.reading.tables import keep_tables
from tracking_middleware.journeys.sources.columns import COLUMNS as EVENT_COLUMNS

COLUMNS = ", ".join(field.name for field in fields(Figures))
TITLES = "SELECT article_id, max_by(title, valid_from) FROM content GROUP BY article_id"


ODD = (
    [{"brand": ["Acme", "Bolt"]}, {"brand": "Acme", "size.x": 4}],
    [{"brand": {"name": "Acme"}}, {"brand": None}, {"brand": ""}],
    [{"brand": 7, "size.x": [1, [2], None]}, None, "Acme", ["Acme"]],
    [{"brand": 'A "quoted" \\ one'}, {"brand": True}],
    [],
)
"""The data of the entities of a page view, by turns; what the world's events carry is there too."""


def add_odd_entities(path):
    """Let page views carry entities such as nobody would declare."""
    place = list(EVENT_COLUMNS).index("contexts")
    lines = []
    for number, line in enumerate(path.read_text().splitlines()):
        values = line.split("\t")
        whole = json.loads(values[place] or '{"data": []}')
        for data in ODD[number % len(ODD)]:
            schema = f"iglu:com.acme/odd/jsonschema/1-0-{number % 2}"
            whole["data"].append({"schema": schema, **({} if data is None else {"data": data})})
        values[place] = json.dumps(whole)
        lines.append("\t".join(values))
    path.write_text("\n".join(lines) + "\n")


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    """A file of a run."""
    folder = tmp_path_factory.mktemp("reading")
    write_answers_world(folder / "events.tsv", seed=5, persons=25, days=40)
    add_odd_entities(folder / "events.tsv")
    config = Config(threads=1, answers=ANSWERS)
    run([folder / "events.tsv"], to=folder / "journeys.duckdb", config=config, progress=lambda *_: None)
    return folder / "journeys.duckdb"


@pytest.fixture(scope="module")
def made(file):
    """A connection to it whose tables are kept for questions."""
    with opened(file, config=Config(threads=1), read_only=True) as connection:
        keep_tables(connection, ANSWERS, is_file=True)
        yield connection


@pytest.fixture
def ask(made):
    """Asks a question on a connection of its own."""

    def ask(question, *given, **named):
        cursor = made.cursor()
        try:
            return question(cursor, *given, **named)
        finally:
            cursor.close()

    return ask


def table(made, where):
    query = f"SELECT {COLUMNS} FROM kept.main.content_performance WHERE {where}"
    return {
        Figures(**dict(zip(COLUMNS.split(", "), row, strict=True))) for row in made.execute(query).fetchall()
    }


@pytest.mark.parametrize("by", ARTICLES_BY)
def test_without_filters_the_figures_are_those_of_the_run(made, ask, by):
    found = ask(questions.articles, Filter(), by=by)
    assert set(found.rows) == table(made, f"dimension = '{by}' AND day IS NULL")
    assert set(found.days) == table(made, "dimension = 'all' AND day IS NOT NULL")
    assert {found.all} == table(made, "dimension = 'all' AND day IS NULL")


def test_the_parts_that_filters_leave_are_those_of_the_run(made, ask):
    for author in ask(questions.choices).authors:
        (row,) = table(made, f"dimension = 'author' AND value = '{author}' AND day IS NULL")
        found = ask(questions.articles, Filter(author=author), by="author")
        assert found.all.views == row.views
        assert found.all.persons == row.persons
        assert author in {each.value for each in found.rows}
    day = max(each.day for each in table(made, "dimension = 'all' AND day IS NOT NULL"))
    (row,) = table(made, f"dimension = 'all' AND day = '{day}'")
    found = ask(questions.articles, Filter(since=day, until=day), by="article")
    assert (found.all.views, found.all.persons) == (row.views, row.persons)


def test_a_field_of_an_entity_counts_as_the_article_does_of_which_it_is_the_id(ask):
    field = Field("org.tracking_middleware/article", "id")
    assert set(ask(questions.articles, Filter(), by="article", field=field).rows) == set(
        ask(questions.articles, Filter(), by="article").rows
    )


@pytest.mark.parametrize("name", ["brand", "size.x", "nothing"])
def test_any_field_counts_as_where_the_configuration_names_it(file, ask, tmp_path, name):
    """However it is attached: in lists, on one side alone, by several entities, by none."""
    whole = ask(questions.articles, Filter(), by="article")
    filters = (Filter(since=date(2000, 1, 1)), Filter(until=whole.days[len(whole.days) // 2].day))
    given = Field("com.acme/odd", name)
    found = [ask(questions.articles, asked, by="article", field=given) for asked in filters]
    article = Described("entity", (Schema("iglu:com.acme/odd/jsonschema/*"),), {"id": (name,)})
    shutil.copy(file, tmp_path / "named.duckdb")
    with opened(tmp_path / "named.duckdb", config=Config(threads=1), read_only=True) as connection:
        keep_tables(connection, replace(ANSWERS, article=article), is_file=True)
        for asked, each in zip(filters, found, strict=True):
            with connection.cursor() as cursor:
                expected = questions.articles(cursor, asked, by="article")
            assert (each.all, each.rows, each.days) == (expected.all, expected.rows, expected.days)
    assert bool(found[0].rows) == (name != "nothing")


def test_an_article_is_told_with_what_came_before_and_after(made, ask):
    titles = dict(made.execute(TITLES.replace("content", "kept.main.content")).fetchall())
    for name, title in titles.items():
        found = ask(questions.article, Filter(), name)
        assert {found.all, *found.days} == table(made, f"dimension = 'article' AND value = '{name}'")
        assert found.described[0].title == title
        moves = f"""
            SELECT to_article_id, persons, moves FROM kept.main.recirculation WHERE from_article_id = '{name}'
        """
        assert {(move.article_id, move.persons, move.moves) for move in found.after} == set(
            made.execute(moves).fetchall()
        )
        assert all(move.title == titles.get(move.article_id) for move in found.after)
        entries = sum(coming.sessions for coming in found.comings)
        assert entries == round(found.all.entry_share * found.all.views)


@pytest.mark.parametrize("model", ["first", "last", "markov"])
def test_what_campaigns_earned_is_what_the_run_says(made, ask, model):
    found = ask(questions.campaigns, Filter(), by="campaign", model=model)
    earned = {
        (each.value, each.currency): (each.conversions, each.revenue, each.margin) for each in found.earned
    }
    query = f"""
        SELECT campaign, currency, conversions, value, margin FROM kept.main.campaign_margin
        WHERE dimension = 'campaign' AND model = '{model}'
    """
    assert earned == {(name, code): tuple(rest) for name, code, *rest in made.execute(query).fetchall()}
    ((sessions,),) = made.execute("SELECT count(*) FROM kept.main.touches").fetchall()
    assert sum(each.sessions for each in found.rows) == sum(each.sessions for each in found.days) == sessions


def test_a_filter_that_all_passes_changes_nothing(made, ask):
    """Without one the figures are those that the run counted, with one they are counted anew."""
    first = Filter(since=date(2000, 1, 1))
    for by in ARTICLES_BY:
        assert ask(questions.articles, first, by=by) == ask(questions.articles, Filter(), by=by)
    for name in ask(questions.articles, Filter(), by="article").now:
        assert ask(questions.article, first, name) == ask(questions.article, Filter(), name)


def test_of_an_author_an_article_is_told_with_what_else_is_the_authors(made, ask):
    """Each article of one has all its readers, and what is read of another author is no step on the way."""
    for author in ask(questions.choices).authors:
        rows = ask(questions.articles, Filter(author=author), by="article").rows
        assert rows
        for row in rows:
            found = ask(questions.article, Filter(author=author), row.value)
            assert found.all == row
            ours = {each.value for each in rows}
            assert {move.article_id for move in (*found.before, *found.after)} <= {*ours, None}
