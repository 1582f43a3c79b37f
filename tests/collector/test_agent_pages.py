"""The page of agents: who reads what by class, operator and product; impostors; what robots.txt forbids."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracking_middleware.collector.insights.robots import Robots, RobotsError, read_robots
from tracking_middleware.collector.pages.answers.tables import written

from ..conftest import Collector
from .conftest import write
from .test_answer_pages import ARTICLE, article, rows, text_of, view

AGENT = "iglu:org.tracking_middleware/agent/jsonschema/1-0-0"
GOOGLEBOT = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"
GPTBOT = "Mozilla/5.0 AppleWebKit/537.36; compatible; GPTBot/1.2; +https://openai.com/gptbot"
ROBOTS = """
User-agent: GPTBot
Disallow: /trains

User-agent: *
Disallow: /private/
"""
UNITS = {"B": 1, "kB": 1e3, "MB": 1e6, "GB": 1e9, "TB": 1e12}
BYTES = {
    0: "0 B",
    999: "999 B",
    1_000: "1.00 kB",
    9_994: "9.99 kB",
    9_996: "10.0 kB",
    99_960: "100 kB",
    999_499: "999 kB",
    999_500: "1.00 MB",
    12_345_678: "12.3 MB",
    7 * 10**9: "7.00 GB",
    2**53 - 1: "9,007 TB",
}
DURATIONS = {
    0.0: "0 ms",
    0.00005: "0.05 ms",
    0.25: "250 ms",
    0.9996: "1 s",
    1.234: "1.23 s",
    59.99: "1 min 00 s",
    61.5: "1 min 02 s",
    7_322.0: "2 h 02 min",
}
SECRET = {
    "type": "object",
    "self": {
        "vendor": "org.tracking_middleware",
        "name": "article",
        "format": "jsonschema",
        "version": "2-0-7",
    },
    "properties": {"id": {"type": "string", "confidential": True}},
}


def bot(number, name, *entities, useragent=GOOGLEBOT, **given):
    """A page view of an agent's, which has no cookie."""
    event = view(number, name, *entities, **given)
    for cookie in ("duid", "sid", "vid"):
        del event[cookie]
    return {**event, "ua": useragent}


def asked_for(number, action, **given):
    """What an agent asked for that is no page, and how many such requests it stands for."""
    told = agent(operator="OpenAI", product="GPTBot", agent_class="ai_training", proof="declared", **given)
    event = bot(number, f"{action}.txt", told, useragent=GPTBOT)
    return {**event, "e": "se", "se_ca": "agent", "se_ac": action}


def agent(**said):
    names = {"agent_class": "search", "operator": "Google", "product": "Googlebot", "proof": "impostor"}
    names |= {"status": 200, "seconds": 0.25}
    return {"schema": AGENT, "data": {**names, **said}}


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    folder = tmp_path_factory.mktemp("agents")
    (folder / "robots.txt").write_text(ROBOTS)
    collector = Collector("--robots", str(folder / "robots.txt"))
    trains = article("trains", authors=["Ada"])
    events = [view(reader, "trains", trains) for reader in range(2)]
    events += [bot(number, "trains", trains, useragent=GPTBOT) for number in range(3)]
    untitled = {"schema": ARTICLE, "data": {"id": "tides"}}
    events += [bot(4, "tides", untitled, day=15, page="Tides of the day")]
    events += [bot(5, "private/plan", agent(bytes=48_213), app="shop")]
    events += [asked_for(6, "robots"), asked_for(7, "robots")]
    events += [asked_for(8, "llms", rate=0.1, bytes=1_000, seconds=2)]
    assert collector.post(*events).status_code == 200
    yield collector
    collector.stop()


def counted(collector, query, *keys, number="reads"):
    found = rows(collector, f"/agents.csv{query}")
    return {tuple(row[key] for key in keys): int(row[number]) for row in found}


def test_agents_are_counted_by_product_operator_and_class(told):
    assert counted(told, "", "product", "operator", "agent_class", "proof") == {
        ("GPTBot", "OpenAI", "ai_training", "declared"): 3,
        ("Googlebot", "Google", "search", "declared"): 1,
        ("Googlebot", "Google", "search", "impostor"): 1,
    }
    assert counted(told, "?by=operator", "operator", "impostors") == {("OpenAI", "0"): 3, ("Google", "1"): 2}
    assert counted(told, "?by=class", "agent_class") == {("ai_training",): 3, ("search",): 2}
    page = text_of(told.get("/agents").raise_for_status())
    assert "Page views 5 AI 3 Search 2 Others 0 Impostors 1" in page
    assert "Page views of agents by day" in told.get("/agents").text


TOOK = ("tracked", "bytes", "bytes_measured", "seconds", "seconds_measured")
NOT_SAID, SAID = ("1", "", "0", "", "0"), ("1", "48213", "1", "0.25", "1")
ONE_SAYS = ("2", *SAID[1:])


@pytest.mark.parametrize(
    ("query", "key", "found"),
    [
        ("", "proof", {"impostor": SAID}),
        ("?by=operator", "operator", {"OpenAI": ("3", *NOT_SAID[1:]), "Google": ONE_SAYS}),
        ("?by=class", "agent_class", {"search": ONE_SAYS}),
        ("?by=day", "day", {"2023-11-14": SAID, "2023-11-15": NOT_SAID}),
        (
            "?by=file",
            "kind",
            {"llms": ("1", "10000", "1", "20.0", "1"), "robots": ("2", "", "0", "0.5", "2")},
        ),
        ("?by=page", "page_url", {"https://www.example.com/tides": NOT_SAID}),
        ("?by=forbidden", "product", {"Googlebot": SAID}),
        ("?by=article", "article_id", {"trains": ("3", *NOT_SAID[1:])}),
    ],
)
def test_what_their_answers_took_is_told_by_those_that_say_so(told, query, key, found):
    given = {row[key]: tuple(row[name] for name in TOOK) for row in rows(told, f"/agents.csv{query}")}
    assert {**given, **found} == given


def test_the_page_says_how_many_are_measured_in_units_and_leaves_out_what_none_says(told):
    page = text_of(told.get("/agents"))
    assert "Bytes 48.2 kB Server time 250 ms" in page
    assert "Of 5 that were tracked 1 say their bytes, 1 their time." in page
    assert "Page views Bytes Server time Impostors" in text_of(told.get("/agents?by=day"))
    none_says = text_of(told.get("/agents?app=news&by=day"))
    assert "Page views Impostors" in none_says
    assert "say their bytes" not in none_says


def test_days_come_newest_first_with_what_reads_most(told):
    found = [(row["day"], row["operator"], row["reads"]) for row in rows(told, "/agents.csv?by=day")]
    assert found == [
        ("2023-11-15", "Google", "1"),
        ("2023-11-14", "OpenAI", "3"),
        ("2023-11-14", "Google", "1"),
    ]


@pytest.mark.parametrize(
    ("kind", "value", "said"),
    [
        *[("bytes", count, text) for count, text in BYTES.items()],
        *[("duration", seconds, text) for seconds, text in DURATIONS.items()],
    ],
)
def test_bytes_are_said_in_decimal_units_and_times_by_their_size(kind, value, said):
    assert written(kind, value) == said


@given(st.integers(0, 2**53))
def test_bytes_are_said_within_half_a_percent(count):
    number, unit = written("bytes", count).replace(",", "").split()
    assert abs(float(number) * UNITS[unit] - count) <= count / 200


def test_articles_that_agents_read_stand_beside_people(told):
    assert counted(told, "?by=article", "article_id", "title", "people") == {
        ("trains", "About trains", "2"): 3,
        ("tides", "Tides of the day", "0"): 1,
    }
    assert "About trains trains 3 3 0 0 2" in text_of(told.get("/agents"))
    assert counted(told, "?by=page", "page_url")[("https://www.example.com/tides",)] == 1


def test_impostors_and_what_robots_txt_forbids_are_told(told):
    page = text_of(told.get("/agents"))
    assert "Impostors Agent Operator Class Page views Pages Last Googlebot Google search 1 1" in page
    assert counted(told, "?by=forbidden", "page_url", "product") == {
        ("https://www.example.com/trains", "GPTBot"): 3,
        ("https://www.example.com/private/plan", "Googlebot"): 1,
    }
    assert "Forbidden by robots.txt, and read" in page


def test_what_agents_asked_for_that_is_no_page_stands_on_its_own(told):
    assert counted(told, "?by=file", "kind", "page_url", "product", "proof") == {
        ("robots", "https://www.example.com/robots.txt", "GPTBot", "declared"): 2,
        ("llms", "https://www.example.com/llms.txt", "GPTBot", "declared"): 10,
    }
    assert counted(told, "?by=file&app=shop", "kind") == {}
    page = text_of(told.get("/agents"))
    llms = "llms https://www.example.com/llms.txt GPTBot OpenAI ai_training declared 10 10.0 kB 20 s"
    assert f"Times Bytes Server time Last {llms}" in page
    assert "None was asked for" in text_of(told.get("/agents?by=file&app=shop"))


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", {"GPTBot": "2023-11-14", "Googlebot": ""}),
        ("&author=Ada", {"GPTBot": "2023-11-14"}),  # who asked for robots.txt read no author there
    ],
)
def test_beside_what_is_forbidden_and_was_read_stands_when_the_agent_asked_what_is(told, query, found):
    told_of = {row["product"]: row["robots_read"] for row in rows(told, f"/agents.csv?by=forbidden{query}")}
    assert told_of == found


def test_an_agent_that_asks_for_robots_txt_alone_is_told_of():
    collector = Collector()
    try:
        collector.post(asked_for(1, "robots"))
        assert "robots https://www.example.com/robots.txt GPTBot" in text_of(collector.get("/agents"))
    finally:
        collector.stop()


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("?app=shop", {("Google",): 1}),
        ("?from=2023-11-15", {("Google",): 1}),
        ("?author=Ada", {("OpenAI",): 3}),
        ("?to=2023-11-14&app=news", {("OpenAI",): 3}),
        ("?app=nobody", {}),
        ("?sort=%00&by=nothing&from=x", {("OpenAI",): 3, ("Google",): 1}),
    ],
)
def test_the_filters_that_pages_share_say_what_counts(told, query, found):
    assert counted(told, query, "operator") == found


def test_people_are_on_no_line(told):
    assert "Firefox" not in told.get("/agents").text
    assert counted(told, "?app=nobody", "operator") == {}
    assert "Nothing passes these filters" in text_of(told.get("/agents?app=nobody"))


def test_a_confidential_id_of_articles_is_not_told_of_what_agents_read(tmp_path):
    write(tmp_path, SECRET, vendor="org.tracking_middleware", name="article", version="2-0-7")
    told = {"schema": ARTICLE.replace("2-0-0", "2-0-7"), "data": {"id": "the secret"}}
    collector = Collector("--schemas", str(tmp_path))
    try:
        collector.post(bot(1, "a", told))
        for query in ("", "?by=article", "?by=org.tracking_middleware/article:id"):
            assert "the secret" not in collector.get(f"/agents{query}").raise_for_status().text
            assert "the secret" not in collector.get(f"/agents.csv{query}").raise_for_status().text
        page = text_of(collector.get("/agents?by=article"))
        assert "calls their id confidential" in page
        assert "With --robots FILE" in page
        assert "None of those" in page
    finally:
        collector.stop()


def test_where_nothing_was_read_by_agents_the_page_says_so():
    collector = Collector()
    try:
        collector.post(view(1, "trains"))
        assert "No agents yet" in text_of(collector.get("/agents"))
    finally:
        collector.stop()


def test_a_robots_txt_speaks_of_an_agent_by_its_product():
    robots = Robots(ROBOTS)
    assert robots.forbids("GPTBot", "https://www.example.com/trains?a=1")
    assert not robots.forbids("Googlebot", "https://www.example.com/trains")
    assert robots.forbids(None, "https://www.example.com/private/a")
    assert not Robots("").forbids("GPTBot", "https://www.example.com/")
    assert not Robots("\0\ud800 nonsense: x\nDisallow").forbids("a", "no url \0")


def test_a_robots_txt_that_is_not_there_is_told_of(tmp_path):
    with pytest.raises(RobotsError, match=r"robots\.txt cannot be read as a robots\.txt: No such file"):
        read_robots(tmp_path / "robots.txt")
