"""In a world in which all is known, each figure is what is true."""

from collections import Counter
from decimal import Decimal

import pytest

from tracking_middleware.journeys.config import Config
from tracking_middleware.journeys.driver import run

from ...truth.answers import ANSWERS, write_answers_world
from ..conftest import Tables

CENT = Decimal("0.01")
READS = """
SELECT dimension, value, day, views, server_views, browser_views, engaged_seconds, finished_views,
    entry_views, persons, new_persons
FROM content_performance WHERE dimension IN ('article', 'author', 'all')
"""


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    folder = tmp_path_factory.mktemp("world")
    known = write_answers_world(folder / "events.tsv", seed=7)
    config = Config(threads=1, answers=ANSWERS)
    path = folder / "journeys.duckdb"
    return known, Tables(path, run([folder / "events.tsv"], to=path, config=config, progress=lambda *_: None))


def test_content_figures_are_the_generator_s_counts(world):
    known, tables = world
    said = {row[:3]: row[3:] for row in tables.ask(READS)}
    assert said == {key: reads.row() for key, reads in known.reads.items()}
    assert len(said) > 500


def test_articles_are_as_they_were(world):
    known, tables = world
    said = {}
    for article, title in tables.ask("SELECT article_id, title FROM content ORDER BY valid_from"):
        said.setdefault(article, []).append(title)
    assert said == known.headlines
    assert any(len(titles) == 2 for titles in said.values())


def test_what_was_read_next_is_what_was(world):
    known, tables = world
    rows = tables.ask("SELECT from_article_id, to_article_id, moves FROM recirculation")
    assert Counter({(before, after): moves for before, after, moves in rows}) == known.moves


def test_what_agents_read_is_what_they_read(world):
    known, tables = world
    agent = "agent_class, operator, product, proof"
    rows = tables.ask(f"SELECT {agent}, article_id, day, sum(reads) FROM agent_reads GROUP BY ALL")
    assert {(row[:4], *row[4:6]): row[6] for row in rows} == known.agents
    by_day = Counter()
    for (name, _, day), reads in known.agents.items():
        by_day[(*name, day)] += reads
    rows = tables.ask(f"SELECT {agent}, day, reads FROM agents")
    assert {row[:5]: row[5] for row in rows} == by_day
    assert len(by_day) > 200


def test_what_agents_took_is_what_the_server_says_of_their_answers(world):
    known, tables = world
    agent = "agent_class, operator, product, proof"
    took = "coalesce(bytes, 0), bytes_measured, coalesce(seconds, 0), seconds_measured"
    told = {
        (row[:4], *row[4:6]): list(row[6:])
        for row in tables.ask(f"SELECT {agent}, article_id, day, {took} FROM agent_reads")
    }
    assert {key: row for key, row in told.items() if row != [0, 0, 0, 0]} == {
        key: row for key, row in known.took.items() if row != [0, 0, 0, 0]
    }
    whole = tables.ask(
        "SELECT sum(bytes), sum(bytes_measured), sum(seconds), sum(seconds_measured) FROM agents"
    )
    assert list(whole[0]) == [sum(row[place] for row in known.took.values()) for place in range(4)]
    assert tables.ask("SELECT count(*) > 20 FROM agents WHERE bytes IS NULL") == [(True,)]


@pytest.mark.parametrize("column", [0, 1])
def test_net_value_and_margin_by_campaign_are_the_sums(world, column):
    known, tables = world
    rows = tables.ask("""SELECT campaign, currency, value, margin FROM campaign_margin
        WHERE dimension = 'campaign' AND model = 'last'""")
    said = {row[:2]: row[2 + column] for row in rows}
    assert set(said) == set(known.earned)
    for key, earned in known.earned.items():
        assert abs(said[key] - earned[column]) < CENT, key
    assert len(said) > 6


def test_each_model_divides_the_same_sums_exactly(world):
    known, tables = world
    wanted = {}
    for (_, currency), (_, margin) in known.earned.items():
        wanted[currency] = wanted.get(currency, 0) + margin
    rows = tables.ask("SELECT model, currency, margin FROM campaign_margin WHERE dimension = 'all'")
    assert {(model, currency): margin for model, currency, margin in rows} == {
        (model, currency): margin
        for model in ("first", "last", "position", "time_decay", "markov")
        for currency, margin in wanted.items()
    }
    assert tables.ask("SELECT DISTINCT sum(weight) FROM attribution GROUP BY model, conversion_id") == [(1,)]
