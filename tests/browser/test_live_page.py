"""The live page in a real browser: what comes is seen, found, opened, copied and shared."""

from __future__ import annotations

import itertools
import json
import re
import subprocess
import time
import uuid

import pytest
from playwright.sync_api import expect

from ..collector.conftest import page_view
from ..conftest import PATIENCE, Collector
from .conftest import events_of, wait_for_events
from .page_helpers import opened, overflow, words_of_time
from .test_stored_xss import LOOK, WATCH, in_every_parameter, in_self_describing_json, post_events

CLIPBOARD = {"permissions": ["clipboard-read", "clipboard-write"]}
ARTICLE = {
    "schema": "iglu:org.tracking_middleware/article/jsonschema/1-0-0",
    "data": {"id": "night-trains", "tags": ["railways", "night"], "author": "Ada <b>Byron</b>"},
}
ENTITIES = json.dumps(
    {"schema": "iglu:com.snowplowanalytics.snowplow/contexts/jsonschema/1-0-0", "data": [ARTICLE]}
)


@pytest.fixture
def live(browser, collector):
    """The live page, which listens."""
    with opened(browser, collector.url, **CLIPBOARD) as page:
        expect(page.locator(".state")).to_have_attribute("data-state", "live")
        yield page


def rows(page):
    return page.locator("#rows tr")


def send(collector, **parameters):
    assert collector.post(page_view(**parameters)).status_code == 200


def send_three(collector):
    """One of the browser, one of the server, and a bad one."""
    send(collector, url="https://www.example.com/one", aid="news")
    send(collector, url="https://www.example.com/two", aid="shop", p="srv", co=ENTITIES)
    send(collector, vid="first", aid="shop")


def copied(page):
    expect(page.locator("#toast")).to_contain_text("copied")
    return page.evaluate("navigator.clipboard.readText()")


def test_the_empty_page_says_what_to_do_and_fills_by_itself(live, collector):
    expect(live.get_by_role("heading", name="Waiting for the first event")).to_be_visible()
    expect(live.locator(".snippet").first).to_contain_text(collector.url)
    send(collector)
    expect(rows(live)).to_have_count(1)


def test_events_appear_as_they_come_newest_first(live, collector):
    send_three(collector)
    expect(rows(live)).to_have_count(3)
    send(collector, url="https://www.example.com/three")
    expect(rows(live)).to_have_count(4)
    expect(rows(live).first.locator(".path")).to_have_text("/three")
    expect(live.locator("#count-good")).to_have_text("3")
    expect(live.locator("#count-bad")).to_have_text("1")
    expect(live.locator("#news")).to_contain_text("new since you opened this")


def test_a_line_that_came_is_the_same_as_one_that_was_there(live, collector):
    send(collector)  # what an empty page gets first is the server's
    expect(rows(live)).to_have_count(1)
    send_three(collector)
    send(collector, duid=str(uuid.uuid4()), uid="ada", e="se", se_ca="a", se_ac="b")
    expect(live.locator("tr.fresh")).to_have_count(4)
    came = [re.sub(r' class="fresh"', "", row.evaluate("row => row.outerHTML")) for row in rows(live).all()]
    live.reload()
    assert [row.evaluate("row => row.outerHTML") for row in rows(live).all()] == came


def test_client_and_server_are_marked_in_words_too(live, collector):
    send_three(collector)
    expect(rows(live)).to_have_count(3)
    expect(rows(live).nth(1).locator(".badge")).to_have_text("srv server")
    expect(rows(live).nth(2).locator(".badge")).to_have_text("web browser or app")
    expect(rows(live).nth(0).locator(".reason")).to_contain_text("'first' is no 32-bit integer")


@pytest.mark.parametrize(
    ("field", "value", "expected"),
    [
        ("#app", "news", ["/one"]),
        ("#platform", "srv", ["/two"]),
        ("#kind", "bad", ["/a/b?x=1"]),
        ("#event", "page_view", ["/a/b?x=1", "/two", "/one"]),
    ],
)
def test_a_filter_is_in_the_url_which_shows_others_the_same(browser, collector, field, value, expected):
    send_three(collector)
    with opened(browser, collector.url) as page:
        page.select_option(field, value)
        expect(page.locator("#rows .path")).to_have_text(expected)
        expect(page).to_have_url(re.compile(f"={value}"))
        url = page.url
    for options in ({}, {"java_script_enabled": False}):
        with opened(browser, url, **options) as page:
            expect(page.locator("#rows .path")).to_have_text(expected)
            expect(page.locator(field)).to_have_value(value)


def test_only_events_that_pass_the_filter_appear(live, collector):
    live.select_option("#kind", "good")
    live.fill("#q", "/two")
    expect(live).to_have_url(re.compile("q=%2Ftwo"))
    expect(live.get_by_text("No event passes the filters")).to_be_visible()
    send_three(collector)
    expect(live.locator("#rows .path")).to_have_text(["/two"])
    expect(live.locator("#count-good")).to_have_text("2")


def test_filters_work_without_javascript(browser, collector):
    send_three(collector)
    with opened(browser, collector.url, java_script_enabled=False) as page:
        page.fill("#q", "two")
        page.get_by_role("button", name="Apply").click()
        expect(page.locator("#rows .path")).to_have_text(["/two"])
        page.get_by_role("link", name="page_view").click()
        expect(page.get_by_role("heading", name="page_view")).to_be_visible()
        expect(page.get_by_role("button", name="Copy as JSON")).to_be_hidden()


def test_a_pause_holds_what_comes_until_it_ends(live, collector):
    send(collector)
    expect(rows(live)).to_have_count(1)
    live.get_by_role("button", name="Pause").click()
    expect(live.locator("#state")).to_have_text("Paused")
    send_three(collector)
    expect(live.locator("#news")).to_have_text("3 new since the pause")
    expect(rows(live)).to_have_count(1)
    live.get_by_role("button", name="Resume").click()
    expect(rows(live)).to_have_count(4)


def test_the_chart_counts_by_platform_and_a_click_narrows_to_a_time(live, collector):
    send_three(collector)
    legend = live.locator(".chart .legend li")
    expect(legend).to_have_text(["web 1", "srv 1", "bad 1"])
    live.locator(".bucket .hit").last.click()
    expect(live.locator(".narrowing")).to_have_count(2)
    expect(live.locator("#state")).to_have_text("Older events")
    assert "since=" in live.url
    live.get_by_role("link", name="Back to now").click()
    expect(live.locator(".narrowing")).to_have_count(0)


def test_the_values_of_a_part_of_time_are_seen_on_hover_and_by_keyboard(live, collector):
    send_three(collector)
    expect(live.locator(".chart .legend li")).to_have_text(["web 1", "srv 1", "bad 1"])
    parts = live.locator(".bucket")
    values = parts.last.locator(".readout")
    expect(values).to_be_hidden()
    parts.last.locator(".hit").hover()
    expect(values).to_be_visible()
    expect(values).to_contain_text("1 web · 1 srv · 1 bad")
    live.mouse.move(0, 0)
    expect(values).to_be_hidden()
    parts.last.focus()
    live.keyboard.press("Home")
    expect(parts.first).to_be_focused()
    expect(parts.first.locator(".readout")).to_be_visible()
    live.keyboard.press("ArrowRight")
    expect(parts.nth(1)).to_be_focused()
    live.keyboard.press("End")
    expect(parts.last).to_be_focused()
    expect(values).to_be_visible()
    expect(live.locator(".bucket[tabindex='0']")).to_have_count(1)
    live.keyboard.press("Enter")
    expect(live.locator(".narrowing")).to_have_count(2)


def test_the_chart_leads_to_a_time_without_javascript(browser, collector):
    send_three(collector)
    with opened(browser, f"{collector.url}/?app=shop", java_script_enabled=False) as page:
        page.get_by_text("As a table").click()
        page.locator(".chart td, .chart th").get_by_role("link").click()
        expect(page.locator(".narrowing")).to_have_count(2)
        expect(page.locator("#app")).to_have_value("shop")
        page.locator(".bucket .hit").last.click()
        expect(page).to_have_url(re.compile("since="))


def test_the_axes_of_the_chart_fit_a_phone(browser, collector):
    send_three(collector)
    for width in (390, 1440):
        with opened(browser, f"{collector.url}/?span=24h", viewport={"width": width, "height": 800}) as page:
            words = words_of_time(page)
            assert len(words) >= 4
            assert all(left[1] + 2 < right[0] for left, right in itertools.pairwise(words))
            assert page.locator(".scale text").all_text_contents() == ["1", "0", "1", "2", "UTC"]


def test_the_panel_shows_columns_entities_request_and_what_was_sent(live, collector):
    send_three(collector)
    rows(live).filter(has_text="/two").click()
    panel = live.get_by_role("complementary", name="Event")
    expect(panel.get_by_role("heading", name="page_view")).to_be_focused()
    expect(panel.locator(".entity > summary").first).to_contain_text("article")
    expect(panel.locator(".entity > .tree").first).to_contain_text("Ada <b>Byron</b>")
    expect(panel.locator(".pairs").filter(has_text="page_urlpath")).to_contain_text("/two")
    expect(panel.get_by_text("/com.snowplowanalytics.snowplow/tp2", exact=True)).to_be_visible()
    panel.get_by_text("Parameters", exact=False).first.click()
    expect(panel.locator(".raw .pairs")).to_contain_text(ENTITIES)
    live.keyboard.press("Escape")
    expect(panel).to_be_hidden()
    expect(rows(live).filter(has_text="/two").get_by_role("link")).to_be_focused()


def test_the_open_event_is_in_the_link_that_is_copied(live, browser, collector):
    send_three(collector)
    live.select_option("#app", "shop")
    rows(live).filter(has_text="/two").click()
    expect(live.locator("#panel h2")).to_have_text("page_view")
    live.get_by_role("button", name="Copy link").click()
    link = copied(live)
    assert link == live.url
    for options in ({}, {"java_script_enabled": False}):
        with opened(browser, link, **options) as page:
            expect(rows(page)).to_have_count(2)
            expect(page.locator("#panel .page")).to_contain_text("/two")


def test_an_event_is_copied_as_json(live, collector):
    send_three(collector)
    rows(live).filter(has_text="/two").click()
    live.get_by_role("button", name="Copy as JSON").click()
    (expected,) = (shape for shape in collector.good() if shape["event"]["app_id"] == "shop")
    assert json.loads(copied(live)) == expected


def test_an_event_that_is_copied_as_curl_can_be_sent_again(live, collector):
    send(collector, ua="Agent/1", page='It\'s "a" page; $(echo ran) `x` \\ 日本', co=ENTITIES)
    rows(live).first.click()
    live.get_by_role("button", name="Copy as curl").click()
    command = copied(live)
    subprocess.run(["bash", "-c", command], check=True, capture_output=True, timeout=PATIENCE)
    second, first = (shape["event"] for shape in collector.good())
    changing = ("collector_tstamp", "etl_tstamp", "derived_tstamp", "network_userid")
    assert {**second, **{name: first[name] for name in changing}} == first


def test_all_of_it_works_by_keyboard(live, collector):
    send_three(collector)
    expect(rows(live)).to_have_count(3)
    live.keyboard.press("/")
    expect(live.locator("#q")).to_be_focused()
    live.keyboard.type("www.example.com")
    expect(live).to_have_url(re.compile("q=www"))
    expect(rows(live)).to_have_count(3)
    live.keyboard.press("Escape")
    for _ in range(3):
        live.keyboard.press("j")
    live.keyboard.press("k")
    expect(rows(live).nth(1).get_by_role("link")).to_be_focused()
    live.keyboard.press("Enter")
    expect(live.locator("#panel .page")).to_contain_text("/two")
    expect(live.locator("#panel h2")).to_be_focused()
    live.keyboard.press("j")
    expect(live.locator("#panel .page")).to_contain_text("/one")
    live.keyboard.press("Escape")
    expect(rows(live).nth(2).get_by_role("link")).to_be_focused()
    live.keyboard.press("p")
    expect(live.get_by_role("button", name="Resume")).to_have_attribute("aria-pressed", "true")


def test_the_skip_link_is_the_first_stop(live):
    live.keyboard.press("Tab")
    expect(live.get_by_role("link", name="Skip to content")).to_be_focused()
    live.keyboard.press("Enter")
    expect(live.locator("main")).to_be_focused()


def test_no_more_than_500_lines_are_kept(live, collector):
    send(collector)
    expect(rows(live)).to_have_count(1)
    for _ in range(12):
        assert collector.post(*(page_view() for _ in range(50))).status_code == 200
    expect(live.locator("#count-good")).to_have_text("601")
    expect(rows(live)).to_have_count(500)


@pytest.mark.parametrize("width", [390, 800, 1440])
def test_campaign_parameters_leave_the_title_its_room(browser, collector, width):
    campaign = "?utm_source=newsletter&utm_medium=email&utm_campaign=night-trains-2026-autumn&utm_content=top"
    send(
        collector, url=f"https://www.example.com/articles/night-trains{campaign}", page="Night trains return"
    )
    with opened(browser, collector.url, viewport={"width": width, "height": 800}) as page:
        for slot in ("page", "title"):
            part = rows(page).locator(f"[data-slot='{slot}']")
            expect(part).to_be_visible()
            assert part.evaluate("part => part.scrollWidth <= part.clientWidth"), slot
        expect(rows(page).locator(".path")).to_have_attribute("title", re.compile("utm_content=top$"))


def test_the_exports_follow_the_filters(live, collector):
    send_three(collector)
    link = live.locator("#exports").get_by_role("link", name="/export.jsonl")
    expect(link).to_have_attribute("href", "/export.jsonl")
    live.select_option("#platform", "srv")
    expect(link).to_have_attribute("href", "/export.jsonl?platform=srv")
    live.select_option("#kind", "bad")
    expect(link).to_have_count(0)


def test_older_events_are_a_page_further(browser, collector):
    assert collector.post(*(page_view(url=f"https://e.com/{n}") for n in range(120))).status_code == 200
    with opened(browser, collector.url) as page:
        expect(rows(page)).to_have_count(100)
        page.get_by_role("link", name="Older events").click()
        expect(rows(page)).to_have_count(20)
        expect(rows(page).last.locator(".path")).to_have_text("/0")
        expect(page.locator("#state")).to_have_text("Older events")


def test_the_page_goes_on_where_it_was_when_the_collector_comes_back(browser, tmp_path):
    store = ("--store", str(tmp_path / "events.sqlite3"))
    collector = Collector(*store)
    port = collector.url.rpartition(":")[2]
    context = browser.new_context()
    page = context.new_page()
    page.goto(collector.url)
    send(collector, url="https://e.com/before")
    expect(rows(page)).to_have_count(1)
    started = time.monotonic()
    assert collector.stop() == 0
    assert time.monotonic() - started < 3
    expect(page.locator(".state")).to_have_attribute("data-state", "lost")
    collector = Collector(*store, "--port", port)
    send(collector, url="https://e.com/after")
    expect(page.locator("#rows .path")).to_have_text(["/after", "/before"], timeout=PATIENCE * 1000)
    context.close()
    assert collector.stop() == 0


def test_the_page_asks_nothing_of_other_hosts_and_has_nothing_inline(browser, collector):
    send_three(collector)
    context = browser.new_context()
    page = context.new_page()
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    for path in ("/", "/journeys", "/gaps", "/bad"):
        page.goto(collector.url + path)
        page.locator("h1").wait_for(state="attached")
        assert page.locator("script:not([src]), style, [style], [onclick]").count() == 0
    assert all(url.startswith(collector.url) for url in asked)
    context.close()


def test_a_visit_of_the_real_tracker_is_seen_from_both_sides(make_site, context, browser, collector):
    site = make_site(cookie_domain="example.test", js_options={"cookieDomain": "example.test"})
    with opened(browser, collector.url) as live:
        context.new_page().goto(site.url("www.example.test", "/story"))
        expect(live.locator("#rows tr[data-side='server'] .path")).to_have_text("/story")
        expect(live.locator("#rows tr[data-side='client'] .path")).to_have_text("/story")
    wait_for_events(collector, "web", 1)
    with opened(browser, f"{collector.url}/journeys") as journeys:
        expect(journeys.locator(".journey")).to_have_count(1)
        expect(journeys.locator(".track .joint")).to_have_count(1)


def test_the_gap_of_real_visitors_is_measured(make_site, browser, collector):
    site = make_site(cookie_domain="example.test", js_options={"cookieDomain": "example.test"})
    for is_blocking in (False, True):
        # the list of crawlers knows headless browsers by their name
        agent = browser.new_page().evaluate("navigator.userAgent").replace("Headless", "")
        context = browser.new_context(ignore_https_errors=True, user_agent=agent)
        if is_blocking:
            context.route(re.compile("snowplow/tp2"), lambda route: route.abort("blockedbyclient"))
        page = context.new_page()
        for number in range(1, 4):
            page.goto(site.url("www.example.test", f"/{number}"), wait_until="networkidle")
        context.close()
    wait_for_events(collector, "srv", 6)
    assert len(events_of(collector, "web")) == 3
    with opened(browser, f"{collector.url}/gaps?wait=0") as gaps:
        expect(gaps.locator("#gap")).to_have_text("50 %")
        expect(gaps.get_by_text("3 of 6").first).to_be_visible()


@pytest.mark.parametrize("path", ["/", "/journeys", "/gaps", "/bad"])
def test_a_narrow_phone_needs_no_sideways_scrolling(browser, collector, path):
    send_three(collector)
    send(collector, duid=str(uuid.uuid4()), url="https://www.example.com/" + "long" * 200, page="x" * 900)
    with opened(browser, collector.url + path, viewport={"width": 320, "height": 700}) as page:
        assert overflow(page) <= 0
        if path == "/":
            rows(page).first.click()
            expect(page.locator("#panel h2")).to_be_visible()
            assert overflow(page) <= 0


def assert_harmless(page):
    seen = page.evaluate(LOOK)
    assert "ran(" in seen["text"]
    assert seen["ran"] == seen["refused"] == seen["strange"] == seen["links"] == []


def test_markup_of_visitors_is_text_as_it_comes_and_in_every_panel(context, collector):
    context.add_init_script(WATCH)
    page = context.new_page()
    page.goto(collector.url)
    expect(page.locator(".state")).to_have_attribute("data-state", "live")
    send(collector)
    expect(rows(page)).to_have_count(1)
    events = [*in_every_parameter(), *in_self_describing_json()][::3]
    post_events(collector, events)
    expect(rows(page)).to_have_count(len(events) + 1)
    assert_harmless(page)
    for row in rows(page).all()[:-1]:
        row.click()
        expect(page.locator("#panel article")).to_have_attribute("data-id", row.get_attribute("data-id"))
        assert page.evaluate("[window.ranScripts, window.refused]") == [[], []]
    assert_harmless(page)
