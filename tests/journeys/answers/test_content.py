"""Which articles are read, by whom, to the end, and what was read next."""

import json
from datetime import date, timedelta

import pytest

from tracking_middleware.commands.cli import main
from tracking_middleware.commands.journeys_told import Told
from tracking_middleware.journeys.answers.schemas import Schema
from tracking_middleware.journeys.answers.settings import Described

from ..conftest import MORNING, entities
from .conftest import article

DAY = 60 * 24
PERFORMANCE = """
SELECT views, server_views, browser_views, persons, new_persons, engaged_seconds, finished_views,
    finished_share, entry_views
FROM content_performance WHERE dimension = ? AND value = ? AND day IS NOT DISTINCT FROM ?
"""


def test_a_view_counts_for_the_article_and_for_each_of_its_authors_and_tags(read, asked):
    both = article("sweaters", authors=["Ada", "Bob"], tags=["wool"], sections=["Shop", "Winter"])
    read(0, both, name="a", who="d", session="s", pinged=[0.2, 0.95])
    read(1, article("boots", authors=["Ada"]), name="b", who="d", session="s", sides=["server"])
    read(2, both, name="c", who="e", session="t", pinged=[0.5])
    for dimension, value in (
        ("article", "sweaters"),
        ("author", "Bob"),
        ("tag", "wool"),
        ("section", "Winter"),
    ):
        assert asked(PERFORMANCE, dimension, value, None) == [(2, 2, 2, 2, 2, 30, 1, 0.5, 2)]
    assert asked(PERFORMANCE, "author", "Ada", None) == [(3, 3, 2, 2, 2, 30, 1, 0.5, 2)]
    assert asked(PERFORMANCE, "all", "all", date(2026, 3, 14)) == [(3, 3, 2, 2, 2, 30, 1, 0.5, 2)]


def test_version_1_of_the_article_is_read_as_well(read, asked):
    old = article("sweaters", version="1-0-0", author="Ada", section="Shop", subject="wool", tags=["a"])
    read(0, old, name="a", who="d", session="s")
    said = asked("SELECT dimension, value FROM content_performance WHERE day IS NULL ORDER BY ALL")
    assert said == [
        ("all", "all"), ("article", "sweaters"), ("author", "Ada"), ("section", "Shop"), ("subject", "wool"),
        ("tag", "a"),
    ]  # fmt: skip


def test_a_headline_that_changes_later_changes_no_past_row(read, asked):
    read(0, article("a", headline="Old", authors=["Ada"]), name="a", who="d", session="s")
    read(1, article("a", headline="Old", authors=["Ada"]), name="b", who="d", session="s")
    read(DAY, article("a", headline="New", authors=["Bob"]), name="c", who="d", session="t")
    begun, changed = MORNING.replace(tzinfo=None), (MORNING + timedelta(days=1)).replace(tzinfo=None)
    rows = asked("SELECT valid_from, valid_to, title, authors FROM content ORDER BY valid_from")
    assert rows == [(begun, changed, "Old", "Ada"), (changed, None, "New", "Bob")]
    assert asked(PERFORMANCE, "author", "Ada", None)[0][0] == 2
    assert asked(PERFORMANCE, "author", "Bob", None)[0][0] == 1


def test_persons_of_two_days_are_not_those_of_both(read, asked):
    for day in (0, 1):
        read(day * DAY, article("a"), name=f"v{day}", who="d", session=f"s{day}")
    days = (
        "SELECT day, persons, new_persons FROM content_performance WHERE dimension = 'article' ORDER BY day"
    )
    assert asked(days) == [(date(2026, 3, 14), 1, 1), (date(2026, 3, 15), 1, 0), (None, 1, 1)]


def test_a_day_is_that_of_the_time_zone_which_stands_in_the_table(read, asked):
    read(60 * 14.5, article("a"), name="a", who="d", session="s")  # 23:30 in UTC
    question = "SELECT day, timezone FROM content_performance WHERE dimension = 'all' AND day IS NOT NULL"
    assert asked(question) == [(date(2026, 3, 14), "UTC")]
    assert asked(question, timezone="Europe/Berlin") == [(date(2026, 3, 15), "Europe/Berlin")]
    assert asked(question, timezone="America/New_York") == [(date(2026, 3, 14), "America/New_York")]


def test_who_comes_again_within_seven_days_is_counted_of_those_of_whom_it_can_be_known(read, asked):
    read(0, article("a"), name="a", who="came", session="s1")
    read(1, article("a"), name="b", who="late", session="s2")
    read(2, article("a"), name="c", who="never", session="s3")
    read(7 * DAY - 5, article("b"), name="d", who="came", session="s4")
    read(8 * DAY, article("b"), name="e", who="late", session="s5")
    question = """SELECT value, persons, observed_persons, returning_persons, returning_share
        FROM content_performance WHERE dimension = 'article' AND day IS NULL ORDER BY value"""
    assert asked(question) == [("a", 3, 3, 1, 1 / 3), ("b", 2, 0, 0, None)]


def test_what_was_read_next_in_the_session(read, asked):
    read(0, article("a"), name="1", who="d", session="s")
    read(1, article("a"), name="2", who="d", session="s")
    read(2, name="3", who="d", session="s")
    read(3, article("b"), name="4", who="d", session="s")
    read(0, article("a"), name="5", who="e", session="t")
    rows = asked("SELECT * FROM recirculation ORDER BY ALL")
    assert rows == [("a", "b", 1, 1), ("a", None, 1, 1), ("b", None, 1, 1)]


def test_agents_are_left_out(read, asked):
    bot = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"
    read(0, article("a"), name="1", who="d", session="s", sides=["server"], useragent=bot)
    read(1, article("a"), name="2", who="e", session="t", sides=["server"])
    assert asked(PERFORMANCE, "article", "a", None)[0][:2] == (1, 1)


def test_the_browser_s_entity_counts_where_the_server_attached_none(read, asked, story):
    read(0, name="1", who="d", session="s", sides=["server"])
    story.rows[-1]["event_id"], other = story.rows[-1]["event_id"], story.rows[-1]
    story.add(0.01, device="d", session="s", contexts=json_of(other, article("a")))
    assert asked(PERFORMANCE, "article", "a", None)[0][:3] == (1, 1, 1)


def json_of(row, *described):
    """The entities of a row, and more."""
    data = json.loads(row["contexts"])["data"]
    return entities(*[(one["schema"], one["data"]) for one in data], *described)


def test_any_entity_may_be_the_article(read, asked):
    story = Described(
        "entity",
        (Schema("iglu:com.acme/story/jsonschema/3-*-*"),),
        {"id": ("number",), "author": ("by", "with"), "title": ("name",)},
    )
    data = {"number": 7, "by": "Ada", "with": ["Bob", None, ""], "name": 'It\'s \\ "said"'}
    read(0, ("iglu:com.acme/story/jsonschema/3-1-4", data), name="1", who="d", session="s")
    read(1, ("iglu:com.acme/story/jsonschema/4-0-0", data), name="2", who="d", session="s")
    assert asked("SELECT article_id, title, authors FROM content", article=story) == [
        ("7", 'It\'s \\ "said"', "Ada; Bob")
    ]
    assert asked(PERFORMANCE, "author", "Bob", None, article=story)[0][0] == 1


def test_two_articles_of_one_author_on_a_page_are_one_view_of_the_author_s(read, asked):
    read(0, article("a", authors=["Ada"]), article("b", authors=["Ada"]), name="1", who="d", session="s")
    assert asked(PERFORMANCE, "author", "Ada", None)[0][0] == 1
    assert asked(PERFORMANCE, "all", "all", None)[0][0] == 1
    assert asked("SELECT count(*) FROM content") == [(2,)]


def test_a_run_with_a_time_zone_that_there_is_none_of_is_misuse(tmp_path, monkeypatch, capsys, story):
    monkeypatch.chdir(tmp_path)
    story.add(0, device="d", session="s")
    (tmp_path / "events.tsv").write_text(story.tsv())
    with pytest.raises(SystemExit, match="2"):
        main(["journeys", "run", "events.tsv", "--timezone", "Europe/Berln"])
    assert "--timezone must be the name of a time zone, such as 'Europe/Berlin'" in capsys.readouterr().err
    assert main(["journeys", "run", "events.tsv", "--timezone", "Europe/Berlin"]) == 0
    assert (tmp_path / "journeys.duckdb").stat().st_mode & 0o777 == 0o600


def test_what_a_run_writes_meanwhile_is_its_owner_s_alone(tmp_path, monkeypatch, story):
    monkeypatch.chdir(tmp_path)
    story.add(0, device="d", session="s")
    (tmp_path / "events.tsv").write_text(story.tsv())
    seen = {}

    def step(*_):
        for path in tmp_path.glob("journeys.duckdb*"):
            seen.setdefault(path.name, set()).add(path.stat().st_mode & 0o077)

    monkeypatch.setattr(Told, "step", step)
    assert main(["journeys", "run", "events.tsv"]) == 0
    assert {"journeys.duckdb", "journeys.duckdb.wal"} <= set(seen)
    assert set.union(*seen.values()) == {0}
    assert (tmp_path / "later").write_text("") == 0
    assert (tmp_path / "later").stat().st_mode & 0o077
