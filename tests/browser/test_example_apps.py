"""The example sites in a real browser: anonymous until the banner is answered, stitched after a yes."""

from __future__ import annotations

import pytest
from starlette.applications import Starlette
from starlette.responses import FileResponse
from starlette.routing import Route

from example_apps.demo.__main__ import start_sites
from example_apps.demo.processes import Processes

from .conftest import events_of, served, tracker_cookies, umd, wait_for_events

SITES = ("newsroom", "shop", "magazine")


@pytest.fixture(scope="module")
def sites(packages, running_collector):
    script = Starlette(
        routes=[Route("/tracker.js", lambda request: FileResponse(umd(packages, "browser-tracker-4")))]
    )
    with served(script, None) as port, Processes() as processes, pytest.MonkeyPatch.context() as patch:
        patch.setenv("SNOWPLOW_JS_URL", f"http://127.0.0.1:{port}/tracker.js")
        yield start_sites(processes, running_collector.url)


@pytest.mark.parametrize("name", SITES)
def test_a_yes_begins_an_identity_on_both_sides(sites, context, collector, name):
    page = context.new_page()
    page.goto(sites[name])
    (anonymous,) = wait_for_events(collector, "srv", 1)
    assert anonymous.ids == (None, None, None)
    assert tracker_cookies(context) == {}
    page.get_by_role("button", name="Yes").click()
    (client,) = wait_for_events(collector, "web", 1)
    server = wait_for_events(collector, "srv", 2)[1]
    assert server.ids == client.ids
    assert None not in client.ids
    assert page.get_by_role("button", name="Yes").count() == 0


@pytest.mark.parametrize("name", SITES)
def test_after_a_no_nothing_leaves(sites, context, collector, name):
    page = context.new_page()
    page.goto(sites[name])
    wait_for_events(collector, "srv", 1)
    page.get_by_role("button", name="No", exact=True).click()
    page.wait_for_function("document.cookie.includes('consent=none')")
    page.wait_for_load_state("networkidle")
    page.goto(sites[name])
    context.add_cookies([{"name": "consent", "value": "full", "url": sites[name]}])
    page.goto(f"{sites[name]}/?after")
    wait_for_events(collector, "web", 1)
    assert len(wait_for_events(collector, "srv", 2)) == 2
    assert len(events_of(collector, "web")) == 1
