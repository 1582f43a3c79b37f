"""The server's page view and the browser's first event carry the same person and session."""

from __future__ import annotations

import time

import pytest

from ..unit.identity.test_cookie_scope import ROOTS
from .conftest import first_of_both_sides, tracker_cookies, wait_for_events

HOST = "www.example.test"
SCOPES = {
    "4, root domain": ({"js": "4", "cookie_domain": "example.test"}, "8e5d"),
    "4, discovered root": ({"js": "4", "cookie_domain": "auto"}, "8e5d"),
    "4, host only": (
        {"js": "4", "tracker_compat": "3", "js_options": {"discoverRootDomain": False}},
        "0056",
    ),
    "4, configured with a dot": (
        {"js": "4", "cookie_domain": ".example.test", "js_options": {"cookieDomain": ".example.test"}},
        "fd58",
    ),
    "3, host only": ({"js": "3"}, "0056"),
    "3, root domain": (
        {"js": "3", "cookie_domain": "example.test", "js_options": {"discoverRootDomain": True}},
        "8e5d",
    ),
}


def visit(context, url):
    page = context.new_page()
    page.goto(url)
    return page


def assert_browser_carries_on(server, client):
    """What the first event of the browser must have in common with the server's page view."""
    assert client.ids == server.ids
    session = client.entities["client_session"]
    assert server.entities["client_session"]["eventIndex"] == 0
    assert session["eventIndex"] == 1
    assert session["sessionId"] == server.entities["client_session"]["sessionId"]


@pytest.mark.parametrize("scheme", ["https", "http"])
@pytest.mark.parametrize(("options", "suffix"), SCOPES.values(), ids=SCOPES)
def test_the_browser_carries_on_what_the_server_began(make_site, context, collector, scheme, options, suffix):
    site = make_site(scheme=scheme, **options)
    visit(context, site.url(HOST))
    server, client = first_of_both_sides(collector)
    assert_browser_carries_on(server, client)
    assert client.ids[2] == 1
    cookies = tracker_cookies(context)
    assert set(cookies) == {f"_sp_{kind}.{suffix}" for kind in ("id", "ses", "twin")}
    assert cookies[f"_sp_id.{suffix}"]["value"].split(".")[0] == server.ids[0]
    assert cookies[f"_sp_twin.{suffix}"]["httpOnly"]
    assert all(cookie["secure"] == (scheme == "https") for cookie in cookies.values())


@pytest.mark.parametrize("js", ["4", "3"])
@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
def test_hosts_without_a_domain_need_no_setting(make_site, context, collector, js, host):
    site = make_site(scheme="http", js=js)
    visit(context, site.url(host))
    server, client = first_of_both_sides(collector)
    assert_browser_carries_on(server, client)


@pytest.mark.parametrize("js", ["4", "3"])
def test_a_cookie_name_of_ones_own(make_site, context, collector, js):
    site = make_site(
        js=js,
        cookie_domain="example.test",
        cookie_prefix="_acme_",
        js_options={"cookieName": "_acme_", "cookieDomain": "example.test"},
    )
    visit(context, site.url(HOST, "/deep/page"))
    server, client = first_of_both_sides(collector)
    assert_browser_carries_on(server, client)
    assert set(tracker_cookies(context, "_acme_")) == {f"_acme_{kind}.8e5d" for kind in ("id", "ses", "twin")}
    assert tracker_cookies(context) == {}


@pytest.mark.parametrize("js", ["4", "3"])
def test_a_cookie_path_of_ones_own(make_site, context, collector, js):
    site = make_site(
        js=js,
        cookie_domain="example.test",
        cookie_path="/shop/",
        js_options={"cookieDomain": "example.test"},
        js_setup="tracker.setCookiePath('/shop/');",
    )
    visit(context, site.url(HOST, "/shop/page"))
    server, client = first_of_both_sides(collector)
    assert_browser_carries_on(server, client)
    assert tracker_cookies(context)["_sp_id.2b5a"]["path"] == "/shop/"


@pytest.mark.parametrize("js", ["4", "3"])
def test_the_browser_carries_on_a_session_that_the_server_rolled(make_site, context, collector, js):
    site = make_site(js=js, cookie_domain="example.test", js_options={"cookieDomain": "example.test"})
    page = visit(context, site.url(HOST))
    (first,) = wait_for_events(collector, "web", 1)
    context.clear_cookies(name="_sp_ses.8e5d")
    page.goto(site.url(HOST, "/second"))
    servers, clients = (wait_for_events(collector, platform, 2) for platform in ("srv", "web"))
    assert_browser_carries_on(servers[1], clients[1])
    assert clients[1].ids[0] == first.ids[0]
    assert clients[1].ids[2] == 2
    assert clients[1].entities["client_session"]["previousSessionId"] == first.ids[1]
    assert len(tracker_cookies(context)) == 3


@pytest.mark.parametrize("js", ["4", "3"])
def test_both_sides_stay_together_over_many_pages(make_site, context, collector, js):
    site = make_site(js=js, cookie_domain="example.test", js_options={"cookieDomain": "example.test"})
    page = context.new_page()
    for number in range(1, 5):
        page.goto(site.url(HOST, f"/{number}"))
        wait_for_events(collector, "web", number)
    servers, clients = (wait_for_events(collector, platform, 4) for platform in ("srv", "web"))
    assert len({event.ids for event in (*servers, *clients)}) == 1
    # version 4 writes its cookie late and repeats an index by itself: only the first is certain
    assert clients[0].entities["client_session"]["eventIndex"] == 1
    assert sum("client_session" in event.entities for event in servers) == 1


@pytest.mark.parametrize("js", ["4", "3"])
def test_reading_alone_stitches_from_the_second_page(make_site, context, collector, js):
    site = make_site(
        js=js, identity="read", cookie_domain="example.test", js_options={"cookieDomain": "example.test"}
    )
    page = visit(context, site.url(HOST))
    wait_for_events(collector, "web", 1)
    page.goto(site.url(HOST, "/second"))
    servers, clients = (wait_for_events(collector, platform, 2) for platform in ("srv", "web"))
    assert servers[0].ids == (None, None, None)
    assert servers[1].ids == clients[0].ids == clients[1].ids
    assert "_sp_twin.8e5d" not in tracker_cookies(context)


@pytest.mark.parametrize("js", ["4", "3"])
def test_a_person_whose_cookie_the_browser_took_away_comes_back(make_site, context, collector, js):
    days_ago = [8]
    site = make_site(
        js=js,
        cookie_domain="example.test",
        js_options={"cookieDomain": "example.test"},
        clock=lambda: time.time() - days_ago[0] * 86_400,
    )
    page = visit(context, site.url(HOST))
    (first,) = wait_for_events(collector, "web", 1)
    page.goto("about:blank")  # the tracker writes its cookie a little late
    context.clear_cookies(name="_sp_id.8e5d")
    context.clear_cookies(name="_sp_ses.8e5d")
    days_ago[0] = 0
    page.goto(site.url(HOST, "/second"))
    servers, clients = (wait_for_events(collector, platform, 2) for platform in ("srv", "web"))
    assert_browser_carries_on(servers[1], clients[1])
    assert (clients[1].ids[0], clients[1].ids[2]) == (first.ids[0], 2)


def test_a_cleared_user_does_not_come_back(make_site, context, collector):
    site = make_site(cookie_domain="example.test")
    page = visit(context, site.url(HOST))
    (first,) = wait_for_events(collector, "web", 1)
    page.evaluate("snowplowBrowserTracking.clearUserData()")
    page.goto(site.url(HOST, "/second"))
    servers, clients = (wait_for_events(collector, platform, 2) for platform in ("srv", "web"))
    assert servers[1].ids[0] != first.ids[0]
    assert_browser_carries_on(servers[1], clients[1])
    assert "_sp_twin.8e5d" not in tracker_cookies(context)


@pytest.mark.parametrize(("host", "root"), ROOTS.items())
def test_auto_chooses_what_the_trackers_discovery_chooses(make_site, context, collector, host, root):
    site = make_site(cookie_domain="auto")
    visit(context, site.url(host))
    server, client = first_of_both_sides(collector)
    assert_browser_carries_on(server, client)
    assert {cookie["domain"].lstrip(".") for cookie in tracker_cookies(context).values()} == {root}


def test_the_browsers_page_view_carries_the_servers_web_page_home(make_site, context, collector):
    site = make_site(cookie_domain="example.test", server_timing=True, plugin=True)
    visit(context, site.url(HOST))
    server, client = first_of_both_sides(collector)
    timings = client.entities["PerformanceNavigationTiming"]["serverTiming"]
    assert {"name": "sp_pv", "description": server.entities["web_page"]["id"], "duration": 0} in timings
