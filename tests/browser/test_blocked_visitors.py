"""Visitors whose browser blocks the tracker: a real engine with the real lists decides on every request."""

from __future__ import annotations

from pathlib import Path

import adblock
import pytest

from ..conftest import missing
from .conftest import events_of, wait_for_events

LISTS = Path("/usr/share/chromium/extensions/ublock-origin/assets")
"""Where Debian's webext-ublock-origin-chromium keeps EasyList, EasyPrivacy and uBlock's own lists."""
HOST = "www.example.test"


@pytest.fixture(scope="session")
def engine():
    paths = sorted(LISTS.rglob("*.txt"))
    if not paths:
        missing("the blocking lists (Debian's webext-ublock-origin-chromium)")
    filters = adblock.FilterSet()
    for path in paths:
        filters.add_filter_list(path.read_text(errors="replace"))
    return adblock.Engine(filters)


@pytest.fixture
def blocked(context, engine):
    """Turns the engine on for the context; the paths that it blocked."""
    paths = []

    def decide(route):
        request = route.request
        kind = {"fetch": "xmlhttprequest", "xhr": "xmlhttprequest"}.get(
            request.resource_type, request.resource_type
        )
        if engine.check_network_urls(request.url, request.frame.url, kind).matched:
            paths.append(request.url.partition("?")[0].partition("//")[2].partition("/")[2])
            route.abort("blockedbyclient")
        else:
            route.continue_()

    context.route("**/*", decide)
    return paths


def visit_three_blocked_pages(context, site):
    """Stay until something of the page was blocked: what is undecided when one leaves, Chromium lets pass."""
    page = context.new_page()
    for path in ("/", "/second", "/third"):
        with page.expect_event("requestfailed"):
            page.goto(site.url(HOST, path), wait_until="networkidle")


def visit_three_pages(context, site):
    page = context.new_page()
    for path in ("/", "/second", "/third"):
        page.goto(site.url(HOST, path), wait_until="networkidle")


def test_a_visit_with_the_script_blocked_is_whole(make_site, context, collector, blocked):
    site = make_site(cookie_domain="example.test", script="/snowplow.js")
    visit_three_blocked_pages(context, site)
    servers = wait_for_events(collector, "srv", 3)
    assert blocked == ["snowplow.js"] * 3
    assert len({event.ids for event in servers}) == 1
    assert None not in servers[0].ids
    assert events_of(collector, "web") == []


def test_a_visit_with_the_collector_blocked_is_whole(make_site, context, collector, blocked):
    site = make_site(cookie_domain="example.test")
    visit_three_blocked_pages(context, site)
    servers = wait_for_events(collector, "srv", 3)
    assert set(blocked) == {"com.snowplowanalytics.snowplow/tp2"}
    assert len({event.ids for event in servers}) == 1
    assert events_of(collector, "web") == []


def test_the_same_visit_unblocked_gives_the_same_count_on_both_sides(make_site, context, collector):
    site = make_site(cookie_domain="example.test", script="/snowplow.js")
    visit_three_pages(context, site)
    servers, clients = (wait_for_events(collector, platform, 3) for platform in ("srv", "web"))
    assert (len(servers), len(clients)) == (3, 3)
    assert len({event.ids for event in (*servers, *clients)}) == 1
