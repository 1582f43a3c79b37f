"""Who it is where cookies are withheld, where tabs ask together, and where the host ends in a dot."""

from __future__ import annotations

import asyncio
import time

import pytest
from starlette.applications import Starlette
from starlette.responses import HTMLResponse
from starlette.routing import Route

from ..conftest import PATIENCE
from .conftest import first_of_both_sides, served, tracker_cookies, wait_for_events
from .test_identity import HOST, assert_browser_carries_on, visit

NOBODY = (None, None, None)
ROUNDS = 6


@pytest.fixture
def elsewhere():
    """Another site, whose page links to any URL that it is given."""
    page = '<a href="{to}" rel="{rel}">A link</a>'
    site = Starlette(routes=[Route("/", lambda asked: HTMLResponse(page.format(**asked.query_params)))])
    with served(site, None) as port:
        yield f"http://127.0.0.1:{port}/"


def follow_link(page, elsewhere, to, *, rel=""):
    page.goto(f"{elsewhere}?to={to}&rel={rel}")
    page.click("a")
    page.wait_for_url(to)


@pytest.mark.parametrize("js", ["4", "3"])
@pytest.mark.parametrize(
    ("scheme", "rel"), [("https", ""), ("https", "noreferrer"), ("http", ""), ("http", "noreferrer")]
)
def test_a_strict_trackers_visitor_who_comes_over_a_link_stays_who_they_are(
    make_site, context, collector, elsewhere, js, scheme, rel
):
    site = make_site(
        js=js,
        scheme=scheme,
        cookie_domain="example.test",
        js_options={"cookieDomain": "example.test", "cookieSameSite": "Strict"},
    )
    page = visit(context, site.url(HOST))
    _, first = first_of_both_sides(collector)
    follow_link(page, elsewhere, site.url(HOST, "/second"), rel=rel)
    wait_for_events(collector, "web", 2)
    assert tracker_cookies(context)["_sp_id.8e5d"]["sameSite"] == "Strict"
    page.evaluate("location.assign('/third')")
    page.wait_for_url("**/third")
    servers, clients = (wait_for_events(collector, platform, 3) for platform in ("srv", "web"))
    assert [event.ids for event in clients] == [first.ids] * 3
    assert [event.ids for event in servers] == [first.ids, NOBODY, first.ids]
    assert site.tracker.stats()["errors"] == {"id_withheld": 1}


@pytest.mark.parametrize("js", ["4", "3"])
def test_a_strict_trackers_visitor_goes_on_in_the_session_that_the_tracker_begins(
    make_site, context, collector, elsewhere, js
):
    site = make_site(
        js=js,
        cookie_domain="example.test",
        js_options={"cookieDomain": "example.test", "cookieSameSite": "Strict"},
    )
    page = visit(context, site.url(HOST))
    _, first = first_of_both_sides(collector)
    page.goto("about:blank")  # the tracker writes its cookie a little late
    context.clear_cookies(name="_sp_ses.8e5d")
    follow_link(page, elsewhere, site.url(HOST, "/second"))
    wait_for_events(collector, "web", 2)
    page.evaluate("location.assign('/third')")
    page.wait_for_url("**/third")
    servers, clients = (wait_for_events(collector, platform, 3) for platform in ("srv", "web"))
    assert (clients[1].ids[0], clients[1].ids[2]) == (first.ids[0], 2)
    assert servers[2].ids == clients[1].ids == clients[2].ids


@pytest.mark.parametrize("js", ["4", "3"])
def test_a_lax_trackers_visitor_who_comes_over_a_link_is_known(make_site, context, collector, elsewhere, js):
    site = make_site(js=js, cookie_domain="example.test", js_options={"cookieDomain": "example.test"})
    page = visit(context, site.url(HOST))
    _, first = first_of_both_sides(collector)
    follow_link(page, elsewhere, site.url(HOST, "/second"))
    servers, clients = (wait_for_events(collector, platform, 2) for platform in ("srv", "web"))
    assert {event.ids for event in (*servers, *clients)} == {first.ids}


class Together:
    """A ``consent`` that answers under ``/together`` when so many tabs have asked."""

    def __init__(self, tabs):
        self._barrier = asyncio.Barrier(tabs)

    async def __call__(self, view):
        if view.path.startswith("/together"):
            await asyncio.wait_for(self._barrier.wait(), PATIENCE)
        return "full"


@pytest.mark.parametrize("js", ["4", "3"])
def test_tabs_opened_together_after_a_session_has_ended_begin_one(make_site, context, collector, js):
    begun = time.time()  # stands still, so that no window ends between the tabs
    site = make_site(
        js=js,
        cookie_domain="example.test",
        js_options={"cookieDomain": "example.test"},
        consent=Together(2),
        clock=lambda: begun,
    )
    tabs = [visit(context, site.url(HOST)), context.new_page()]
    (first,) = wait_for_events(collector, "web", 1)
    for number in range(1, ROUNDS + 1):
        for tab in tabs:
            tab.goto("about:blank")  # the tracker writes its cookie a little late
        context.clear_cookies(name="_sp_ses.8e5d")
        for position, tab in enumerate(tabs):
            url = site.url(HOST, f"/together/{number}/{position}")
            tab.evaluate("url => { setTimeout(() => location.assign(url)) }", url)
        for position, tab in enumerate(tabs):
            tab.wait_for_url(site.url(HOST, f"/together/{number}/{position}"))
        seen = [
            event
            for platform in ("srv", "web")
            for event in wait_for_events(collector, platform, 1 + 2 * number)[-2:]
        ]
        assert len({event.ids for event in seen}) == 1, number
        assert (seen[0].ids[0], seen[0].ids[2]) == (first.ids[0], 1 + number)
    sessions = {event.ids[1] for event in wait_for_events(collector, "srv", 1 + 2 * ROUNDS)}
    assert len(sessions) == 1 + ROUNDS


DOTTED = {
    "4, discovered root": ("www.example.test.", {"js": "4", "cookie_domain": "auto"}, "e340"),
    "4, discovered root of a public suffix": (
        "www.abc.co.uk.",
        {"js": "4", "cookie_domain": "auto"},
        "cfca",
    ),
    "4, host only": (
        "www.example.test.",
        {"js": "4", "tracker_compat": "3", "js_options": {"discoverRootDomain": False}},
        "0056",
    ),
    "4, a single label": ("localhost.", {"js": "4"}, "5d9a"),
    "3, host only": ("www.example.test.", {"js": "3"}, "0056"),
    "3, a single label": ("localhost.", {"js": "3"}, "1fff"),
}


@pytest.mark.parametrize(("host", "options", "suffix"), DOTTED.values(), ids=DOTTED)
def test_the_browser_carries_on_where_the_host_ends_in_a_dot(
    make_site, context, collector, host, options, suffix
):
    site = make_site(**options)
    page = visit(context, site.url(host))
    server, client = first_of_both_sides(collector)
    assert page.evaluate("location.hostname") == host
    assert_browser_carries_on(server, client)
    assert set(tracker_cookies(context)) == {f"_sp_{kind}.{suffix}" for kind in ("id", "ses", "twin")}
    page.goto(site.url(host, "/second"))
    servers, clients = (wait_for_events(collector, platform, 2) for platform in ("srv", "web"))
    assert {event.ids for event in (*servers, *clients)} == {server.ids}


def test_nobody_is_begun_with_a_domain_that_a_host_with_a_dot_at_its_end_refuses(
    make_site, context, collector
):
    site = make_site(js="4", cookie_domain="example.test")
    page = visit(context, site.url("www.example.test."))
    first_of_both_sides(collector)
    page.goto(site.url("www.example.test.", "/second"))
    servers, clients = (wait_for_events(collector, platform, 2) for platform in ("srv", "web"))
    assert [event.ids for event in servers] == [NOBODY, clients[0].ids]
    assert clients[0].ids == clients[1].ids
    assert site.tracker.stats()["errors"] == {"host_trailing_dot": 2}
    assert set(tracker_cookies(context)) == {"_sp_id.e340", "_sp_ses.e340"}


def test_a_host_with_two_dots_at_its_end_stores_nothing_and_gets_nothing(make_site, context, collector):
    site = make_site(js="4", cookie_domain="auto")
    visit(context, site.url("www.example.test.."))
    server, _ = first_of_both_sides(collector)
    assert server.ids == NOBODY
    assert tracker_cookies(context) == {}
    assert site.tracker.stats()["errors"] == {"host_invalid": 1}
