"""Page views of both sides, sessions, journeys, and the share without the browser."""

import pytest

from .conftest import PAGE, entities, key, web_page

PAIRS = "SELECT server_event_id, browser_event_id FROM page_views WHERE seen_by = 'both' ORDER BY \"at\""


def pair(story, minutes, *, lag=0.02, page=PAGE, device="d", **columns):
    """A page view as both sides tell of it."""
    server = story.add(minutes, side="server", device=device, session="s", page_url=page, **columns)
    return server, story.add(minutes + lag, device=device, session="s", page_url=page, **columns)


def test_one_id_joins_the_two_sides_the_first_with_the_first(tables, story):
    contexts = entities(web_page("p"))
    pairs = [pair(story, minutes, contexts=contexts, page=f"{PAGE}?{minutes}") for minutes in (0, 1, 2)]
    assert tables(story).ask(PAIRS) == pairs


def test_a_view_of_the_server_that_names_nobody_is_whose_browser_gives_the_same_id(tables, story):
    contexts = entities(web_page("p"))
    server = story.add(0, side="server", contexts=contexts)
    browser = story.add(0.02, device="d", session="s", contexts=contexts)
    story.add(5, device="d", session="s", user_id="ada")
    made = tables(story)
    person, how = made.person_of(server)
    assert how == "web_page"
    assert person == made.person_of(browser)[0]
    assert made.ask('SELECT events, started_at = (SELECT min("at") FROM page_views) FROM sessions') == [
        (3, True)
    ]
    assert made.ask("SELECT events, user_id FROM persons") == [(3, "ada")]
    assert made.ask("SELECT count(*) FROM journeys") == [(3,)]


def test_an_id_that_browsers_of_two_persons_give_says_nothing_of_who_was_served(tables, story):
    contexts = entities(web_page("p"))
    server = story.add(0, side="server", contexts=contexts)
    for minutes, device in ((0.02, "d"), (0.5, "e")):
        story.add(minutes, device=device, session=device, contexts=contexts)
    assert tables(story).person_of(server) is None


def test_a_view_of_the_server_with_an_identifier_of_its_own_keeps_it(tables, story):
    contexts = entities(web_page("p"))
    server = story.add(0, side="server", contexts=contexts, user_id="bob")
    browser = story.add(0.02, device="d", session="s", contexts=contexts, user_id="ada")
    made = tables(story)
    assert made.person_of(server)[1] == "user_id"
    assert made.person_of(server) != made.person_of(browser)


def test_without_an_id_person_page_and_time_join_them_whatever_the_fragment_and_the_order_of_parameters(
    tables, story
):
    server = story.add(0, side="server", device="d", session="s", page_url=f"{PAGE}?b=2&a=1")
    browser = story.add(0.02, device="d", session="s", page_url=f"{PAGE}?a=1&b=2#top")
    story.add(0.02, device="d", session="s", page_url="https://shop.example/p/2")
    story.add(0.02, device="other", session="t", page_url=f"{PAGE}?a=1&b=2")
    made = tables(story)
    assert made.ask(PAIRS) == [(server, browser)]
    assert made.summary.seen_by == {"both": 1, "browser": 2}


def test_views_further_apart_than_the_window_are_two(tables, story):
    pair(story, 0, lag=3)
    assert tables(story).summary.seen_by == {"browser": 1, "server": 1}
    assert tables(story, page_view_window=600).summary.seen_by == {"both": 1}


def test_a_browser_whose_clock_is_half_a_minute_off_is_put_right(tables, story):
    pairs = [pair(story, 3 * n, lag=-0.5 + 0.01 * n) for n in range(5)]
    assert tables(story).ask(PAIRS) == pairs


def test_reloads_that_overtake_each_other_are_paired_in_their_order(tables, story):
    pairs = [pair(story, minutes, lag=0.03) for minutes in (0, 10, 20, 30, 30.02, 40)]
    assert tables(story).ask(PAIRS) == pairs


def test_a_thousand_loads_of_one_page_with_shrinking_pauses_take_one_look_each(tables, story):
    minutes, pairs = 0.0, []
    for n in range(1000):
        minutes += 2.0 - n * 0.0015
        pairs.append(pair(story, minutes))
    assert tables(story).ask(PAIRS) == pairs


def test_pings_say_how_long_and_how_far(tables, story):
    _, browser = pair(story, 0, contexts=entities(web_page("p")))
    scrolled = {"pp_yoffset_max": 700, "br_viewheight": 800, "doc_height": 2000}
    for number in range(1, 4):
        story.add(
            number / 6,
            event="page_ping",
            device="d",
            session="s",
            contexts=entities(web_page("p")),
            **scrolled,
        )
    made = tables(story)
    assert made.ask("SELECT browser_event_id, engaged_seconds, scroll_share FROM page_views") == [
        (browser, 30, 0.75)
    ]
    assert made.ask("SELECT engaged_seconds, page_views FROM sessions") == [(30, 1)]


def test_how_far_is_not_known_of_pings_without_a_height(tables, story):
    pair(story, 0, contexts=entities(web_page("p")))
    seen = {"pp_yoffset_max": 700, "br_viewheight": 800}
    story.add(0.2, event="page_ping", device="d", session="s", contexts=entities(web_page("p")), **seen)
    assert tables(story).ask("SELECT engaged_seconds, scroll_share FROM page_views") == [(10, None)]


def test_pings_without_an_id_belong_to_the_last_view_of_their_page(tables, story):
    views = [story.add(minutes, device="d", session="s") for minutes in (0, 5)]
    story.add(5.2, event="page_ping", device="d", session="s")
    made = tables(story)
    rows = made.ask('SELECT browser_event_id, engaged_seconds FROM page_views ORDER BY "at"')
    assert rows == [(views[0], 0), (views[1], 10)]


def test_a_page_view_has_what_the_browser_says_of_it_and_the_entities_of_both_sides(tables, story):
    server = entities(("iglu:com.acme/article/jsonschema/1-0-0", {"id": "a"}))
    browser = entities(("iglu:com.acme/ad/jsonschema/1-0-0", {"id": "b"}))
    story.add(0, side="server", device="d", session="s", page_title="Of the server", contexts=server)
    story.add(0.02, device="d", session="s", page_title="Shown", mkt_campaign="spring", contexts=browser)
    made = tables(story)
    assert made.ask("SELECT page_title, mkt_campaign FROM page_views") == [("Shown", "spring")]
    assert made.ask("SELECT server_contexts, browser_contexts FROM page_view_entities") == [(server, browser)]


def test_events_without_a_session_join_the_one_they_fall_into_and_else_make_their_own(tables, story):
    first = story.add(0, side="server", device="d")
    story.add(0.1, device="d", session="s")
    after = story.add(20, side="server", device="d")
    alone = [story.add(minutes, side="server", device="d") for minutes in (100, 120)]
    later = story.add(300, side="server", device="d")
    made = tables(story)
    sessions = dict(made.ask("SELECT event_id, session_id FROM event_persons"))
    assert sessions[first] == sessions[after] == key("s")
    assert sessions[alone[0]] == sessions[alone[1]] not in {key("s"), sessions[later]}
    assert made.ask("SELECT count(*) FROM sessions") == [(3,)]


def test_a_session_has_entry_exit_campaign_and_views_by_side(tables, story):
    pair(story, 0, page=f"{PAGE}?x", mkt_campaign="spring", refr_medium="search", refr_source="Google")
    story.add(5, side="server", device="d", session="s", page_url="https://shop.example/basket")
    made = tables(story)
    columns = "entry_url, exit_url, mkt_campaign, refr_medium, refr_source, page_views, page_views_both"
    rows = made.ask(f"SELECT {columns}, page_views_server, duration_seconds FROM sessions")
    assert rows == [(f"{PAGE}?x", "https://shop.example/basket", "spring", "search", "Google", 2, 1, 1, 300)]


def test_a_journey_is_in_order_over_all_sides(tables, story):
    story.add(60 * 24, side="off", event="unstruct", event_name="returned", user_id="ada")
    story.add(1, device="d", session="s", user_id="ada")
    story.add(0, side="server", device="d", session="s")
    made = tables(story)
    rows = made.ask("SELECT position, side, event_name FROM journeys ORDER BY position")
    assert rows == [(1, "server", "page_view"), (2, "browser", "page_view"), (3, "off_browser", "returned")]


@pytest.fixture
def measured(tables, story):
    """Ten page views of which the browser told of seven, and four that say nothing."""
    for n in range(10):
        story.add(n * 10, side="server", device=f"d{n % 3}", session=f"s{n % 3}", br_family="Firefox")
        if n >= 3:
            story.add(n * 10 + 0.02, device=f"d{n % 3}", session=f"s{n % 3}", br_family="Firefox")
    bot = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"
    for n in range(2):
        story.add(n, side="server", device="bot", session="bot", useragent=bot)
    story.add(3, side="server", device="once", session="once")
    story.add(4, side="server")
    story.add(200, side="server", device="d0", session="s9")
    return tables(story)


def test_a_view_that_came_last_is_too_young_whatever_a_clock_that_is_ahead_says(tables, story):
    for n in (0, 200):
        story.add(n, side="server", device="d", session="s")
    story.add(199, device="e", session="t", derived_tstamp="2030-01-01 00:00:00.000")
    made = tables(story)
    assert made.summary.left_out == {"too young": 1}
    assert made.ask("SELECT server_page_views FROM adblock_gap WHERE dimension = 'all'") == [(1,)]


def test_the_share_without_the_browser_has_wilson_s_interval(measured):
    rows = measured.ask("SELECT server_page_views, missing, share, low, high FROM adblock_gap LIMIT 1")
    (views, missing, share, low, high) = rows[0]
    assert (views, missing, share) == (10, 3, 0.3)
    assert low == pytest.approx(0.1078, abs=1e-4)
    assert high == pytest.approx(0.6032, abs=1e-4)


def test_what_says_nothing_of_blocking_is_left_out_and_said(measured):
    left_out = {"agent": 2, "nobody": 1, "seen once": 1, "too young": 1}
    assert measured.summary.left_out == left_out
    rows = measured.ask("SELECT dimension, value, server_page_views FROM adblock_gap ORDER BY ALL")
    assert rows == [
        ("all", "all", 10),
        ("browser", "Firefox", 10),
        ("day", "2026-03-14", 10),
        ("page", PAGE, 10),
    ]
