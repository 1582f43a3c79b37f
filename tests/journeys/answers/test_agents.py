"""What agents read, by who they are and how sure that is; no person's figure has it in it."""

from datetime import date

import pytest

from ..conftest import PAGE, entities, key, web_page
from .conftest import article

AGENT = "iglu:org.tracking_middleware/agent/jsonschema/1-0-0"
GOOGLEBOT = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:132.0) Gecko/20100101 Firefox/132.0"
DAY = date(2026, 3, 14)
AGENTS = "SELECT agent_class, operator, product, proof, reads FROM agents ORDER BY ALL"
READS = "SELECT article_id, page_url, operator, reads FROM agent_reads ORDER BY ALL"
EVENTS = "SELECT DISTINCT agent_class, agent_operator, agent_product, agent_proof FROM events"


def agent(agent_class="ai_training", *, schema=AGENT, **said):
    told = {"operator": "OpenAI", "product": "GPTBot", "proof": "address", **said}
    return (schema, {"agent_class": agent_class, **told})


def test_an_agent_s_page_views_are_counted_by_day_article_and_page(story, asked):
    for number, page in enumerate((f"{PAGE}?a=1#top", f"{PAGE}?a=2", "https://shop.example/about")):
        told = entities(article("wool")) if number < 2 else None
        story.add(number, side="server", page_url=page, contexts=told, useragent=GOOGLEBOT)
    story.add(60 * 14.5, side="server", page_url=PAGE, useragent=GOOGLEBOT)  # 23:30 in UTC
    assert asked(AGENTS) == [("search", "Google", "Googlebot", "declared", 4)]
    assert asked(READS) == [
        ("wool", PAGE, "Google", 2),
        (None, "https://shop.example/about", "Google", 1),
        (None, PAGE, "Google", 1),
    ]
    by_day = "SELECT day, timezone, reads FROM agents ORDER BY day"
    assert asked(by_day) == [(DAY, "UTC", 4)]
    next_day = date(2026, 3, 15)
    zone = "Europe/Berlin"
    assert asked(by_day, timezone=zone) == [(DAY, zone, 3), (next_day, zone, 1)]


def test_what_the_server_says_of_an_agent_comes_before_the_user_agent(story, asked):
    impostor = agent("search", operator="Google", product="Googlebot", proof="impostor")
    story.add(0, side="server", useragent=GOOGLEBOT, contexts=entities(impostor))
    story.add(1, side="server", useragent=FIREFOX, contexts=entities(web_page("w"), agent()))
    story.add(2, side="server", useragent=GOOGLEBOT, contexts=entities(agent("person", operator="")))
    assert asked(AGENTS) == [
        ("ai_training", "OpenAI", "GPTBot", "address", 1),
        ("search", "Google", "Googlebot", "impostor", 1),
    ]


@pytest.mark.parametrize(
    "said",
    [
        agent("somebody"),
        agent(proof="sure"),
        agent(schema="iglu:org.tracking_middleware/agent/jsonschema/2-0-0"),
        agent(schema="iglu:com.acme/agent/jsonschema/1-0-0"),
    ],
)
def test_what_is_no_agent_as_we_tell_of_it_counts_as_not_said(story, asked, said):
    story.add(0, side="server", useragent=GOOGLEBOT, contexts=entities(said))
    assert asked(EVENTS) == [("search", "Google", "Googlebot", "declared")]


def test_a_browser_does_not_say_what_agent_it_is(story, asked):
    story.add(0, useragent=FIREFOX, contexts=entities(agent()))
    assert asked(EVENTS) == [("person", None, None, "guessed")]


def test_an_agent_with_a_browser_is_one_page_view_and_missing_in_the_figures_of_people(story, asked):
    both = {"device": "d", "session": "s", "useragent": FIREFOX}
    story.add(0, side="server", contexts=entities(web_page("w"), article("a"), agent("ai_assistant")), **both)
    story.add(0.01, contexts=entities(web_page("w")), **both)
    story.add(5, contexts=entities(web_page("v")), name="a person's", device="e", session="t")
    assert asked(AGENTS) == [("ai_assistant", "OpenAI", "GPTBot", "address", 1)]
    assert asked("SELECT agent_class FROM page_views WHERE seen_by = 'both'") == [("ai_assistant",)]
    assert (
        asked("SELECT count(*) FROM content_performance")
        == asked("SELECT count(*) FROM adblock_gap")
        == [(0,)]
    )
    assert asked("SELECT session_id FROM touches") == [(key("t"),)]
    assert asked("SELECT * FROM adblock_left_out") == [("agent", 1)]


@pytest.mark.parametrize("useragent", [None, "Something/1.0 (Linux)"])
def test_who_says_nothing_of_itself_counts_as_a_person(story, asked, useragent):
    told = entities(article("a"))
    story.add(0, side="server", device="d", session="s", useragent=useragent, contexts=told)
    assert asked("SELECT views FROM content_performance WHERE dimension = 'all' AND day IS NULL") == [(1,)]
    assert asked("SELECT count(*) FROM touches") == [(1,)]
    assert asked(AGENTS) == asked(READS) == []


@pytest.mark.parametrize(
    ("rate", "reads"),
    [
        (0.1, 30),
        (0.3, 10),
        (2e-05, 150_000),
        (1, 3),
        (1.5, 3),
        (None, 3),
        (0, 3),
        ("all", 3),
        (-0.5, 3),
        (1e-9, 3),
    ],
)
def test_what_is_tracked_stands_for_what_is_not_by_the_rate_that_the_events_say(story, asked, rate, reads):
    for number in range(3):
        story.add(number, side="server", contexts=entities(agent(rate=rate), article("a")))
    for table in ("agents", "agent_reads"):
        assert asked(f"SELECT reads, tracked FROM {table}") == [(reads, 3)]


TOOK = "bytes, bytes_measured, round(seconds, 6), seconds_measured"


@pytest.mark.parametrize(
    ("told", "took"),
    [
        ([{"bytes": 1000, "seconds": 0.25}, {"bytes": 0, "seconds": 1}], (1000, 2, 1.25, 2)),
        ([{"bytes": 1000, "seconds": 0.25}, {"seconds": 1.5e-05}, {}], (1000, 1, 0.250015, 2)),
        ([{}, {"bytes": None, "seconds": None}], (None, 0, None, 0)),
        (
            [{"bytes": "many", "seconds": "0,5"}, {"bytes": -1, "seconds": -1}, {"bytes": 0.5}],
            (None, 0, None, 0),
        ),
        ([{"bytes": 10**12, "seconds": 10**6}, {"bytes": 7, "seconds": 7}], (7, 1, 7.0, 1)),
        ([{"rate": 0.1, "bytes": 30, "seconds": 0.5}, {"bytes": 7, "seconds": 1}], (307, 2, 6.0, 2)),
        ([{"rate": 0.3, "bytes": 1000}, {"rate": 0.3}], (3333, 1, None, 0)),
        ([{"rate": 1e-6, "bytes": 10**12 - 1, "seconds": 1}] * 9, (2**53 - 1, 9, 9e6, 9)),
    ],
)
def test_what_answers_took_is_summed_by_those_that_say_so_and_what_they_stand_for(story, asked, told, took):
    for number, each in enumerate(told):
        story.add(number, side="server", contexts=entities(agent(**each), article("a")))
    story.add(9, side="server", contexts=entities(agent("search", bytes=5, seconds=5)))
    for table in ("agents", "agent_reads"):
        query = f"SELECT {TOOK} FROM {table} WHERE agent_class = 'ai_training'"
        assert asked(query) == [took]
        assert asked(f"SELECT tracked FROM {table} WHERE agent_class = 'ai_training'") == [(len(told),)]


def test_what_a_file_made_for_agents_took_is_no_page_s(story, asked):
    asked_for(story, 0, "sitemap", agent(bytes=5_000_000, seconds=2))
    story.add(1, side="server", contexts=entities(agent(bytes=10, seconds=1)))
    assert asked("SELECT kind, bytes, seconds FROM agent_reads ORDER BY kind") == [
        ("page", 10, 1.0),
        ("sitemap", 5_000_000, 2.0),
    ]
    assert asked("SELECT bytes, seconds FROM agents") == [(10, 1.0)]


def test_a_page_view_that_a_browser_tells_of_too_took_what_the_server_says(story, asked):
    both = {"device": "d", "session": "s", "useragent": GOOGLEBOT}
    story.add(0, side="server", contexts=entities(web_page("w"), agent(bytes=10, seconds=1)), **both)
    story.add(0.01, contexts=entities(web_page("w"), agent(bytes=99, seconds=9)), **both)
    story.add(1, useragent=GOOGLEBOT, contexts=entities(agent(bytes=99, seconds=9)))
    assert asked("SELECT bytes, bytes_measured, seconds, tracked FROM agents WHERE bytes > 0") == [
        (10, 1, 1.0, 1)
    ]
    assert asked("SELECT sum(tracked), sum(bytes) FROM agents") == [(2, 10)]


def test_a_page_with_two_articles_is_read_once_each(story, asked):
    told = entities(article("a"), article("b"), article("a"))
    story.add(0, side="server", useragent=GOOGLEBOT, contexts=told)
    assert [row[::3] for row in asked(READS)] == [("a", 1), ("b", 1)]
    assert [row[-1] for row in asked(AGENTS)] == [1]


FILES = "SELECT kind, page_url, product, reads, tracked FROM agent_reads ORDER BY ALL"
ROBOTS = "https://shop.example/robots.txt"


def asked_for(story, at, action, *told, category="agent", page=ROBOTS, **given):
    given = {"side": "server", "useragent": GOOGLEBOT, "contexts": entities(*told) if told else None, **given}
    story.add(at, event="struct", se_category=category, se_action=action, page_url=page, **given)


def test_what_agents_ask_for_that_is_no_page_is_counted_by_its_kind(story, asked):
    feed = "https://shop.example/feed?page=2"
    for number in range(3):
        asked_for(story, number, "robots", agent())
    asked_for(story, 4, "feed", agent(rate=0.25), page=feed)
    story.add(5, side="server", contexts=entities(agent()), page_url=PAGE)
    assert asked(FILES) == [
        ("feed", "https://shop.example/feed", "GPTBot", 4, 1),
        ("page", PAGE, "GPTBot", 1, 1),
        ("robots", ROBOTS, "GPTBot", 3, 3),
    ]
    assert asked("SELECT reads FROM agents") == [(1,)]


def test_an_event_of_the_site_s_own_about_agents_is_no_file_that_an_agent_asked_for(story, asked):
    asked_for(story, 0, "robots")  # no entity says so
    asked_for(story, 1, "call", agent())
    asked_for(story, 2, "robots", agent(), category="estate")
    asked_for(story, 3, "robots", agent(), side="browser")
    asked_for(story, 4, "robots", agent("person"))
    assert asked(FILES) == []
