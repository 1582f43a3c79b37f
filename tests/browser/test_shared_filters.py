"""The filters that pages share, in a real browser: in forms, kept by every tab, heeded by the stream."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from ..collector.test_answer_pages import article, view
from .page_helpers import opened, overflow, send_story
from .test_live_page_looks import keep, violations

AUTHOR = "Ada Byron"
FILTERED = {
    "live": f"/?author={AUTHOR}&from=2020-01-01&subject=transport",
    "journeys": f"/journeys?author={AUTHOR}&from=2020-01-01",
    "gaps": f"/gaps?author={AUTHOR}&from=2020-01-01&to=2099-12-31&wait=0",
    "bad": f"/bad?author={AUTHOR}&from=2020-01-01",
    "nothing": "/?author=Nobody&from=2026-11-20&to=2026-11-19",
}
SIZES = {"wide": ({"width": 1440, "height": 900}, "light"), "phone": ({"width": 390, "height": 844}, "dark")}


@pytest.fixture(scope="module")
def told(running_collector):
    running_collector.reset()
    send_story(running_collector, visitors=12)
    return running_collector


@pytest.mark.parametrize("size", SIZES)
def test_filtered_pages_are_accessible_and_fit(browser, told, packages, size):
    viewport, scheme = SIZES[size]
    for name, path in FILTERED.items():
        with opened(browser, told.url + path, viewport=viewport, color_scheme=scheme) as page:
            expect(page.locator("h1")).to_be_attached()
            assert overflow(page) <= 0
            assert violations(page, packages) == []
            keep(page, f"filtered-{name}", size, scheme, full_page=name in {"gaps", "bad"})


def test_an_author_is_chosen_and_the_stream_heeds_it(browser, told):
    with opened(browser, told.url) as page:
        page.get_by_label("Author").select_option(AUTHOR)
        expect(page).to_have_url(f"{told.url}/?author=Ada+Byron")
        expect(page.locator("#remarks")).to_contain_text("all other events are left out")
        expect(page.locator(".state")).to_have_attribute("data-state", "live")
        told.post(view(1, "by-max", article("m", authors=["Max"])))
        told.post(view(2, "by-ada", article("a", authors=[AUTHOR])))
        expect(page.locator("#rows tr").first).to_contain_text("/by-ada")
        expect(page.locator("#rows")).not_to_contain_text("/by-max")
        page.locator("#from").fill("2099-01-01")
        expect(page).to_have_url(f"{told.url}/?from=2099-01-01&author=Ada+Byron")
        expect(page.locator("#results")).to_contain_text("No event passes the filters")
        page.get_by_role("link", name="Journeys", exact=True).click()
        expect(page.get_by_label("Author")).to_have_value(AUTHOR)
        expect(page.locator("#from")).to_have_value("2099-01-01")


def test_filters_are_applied_without_a_script(browser, told):
    with opened(browser, f"{told.url}/gaps?wait=0&author=Ada+Byron", java_script_enabled=False) as page:
        page.locator("#from").fill("2020-01-01")
        page.get_by_role("button", name="Apply").click()
        expect(page.get_by_label("Author")).to_have_value(AUTHOR)
        page.locator(".trend details summary").click()
        day = page.locator(".trend details a").first
        when = day.inner_text()
        day.click()
        expect(page.locator("#from")).to_have_value(when)
        expect(page.locator("#to")).to_have_value(when)
        expect(page.get_by_label("Author")).to_have_value(AUTHOR)
        assert page.locator("#rows tr").count() > 0
        page.get_by_role("link", name="Bad", exact=False).first.click()
        expect(page.locator("main")).to_contain_text("has no author")
