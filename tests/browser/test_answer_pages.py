"""The pages of answers in a real browser: filters, sorting and an article, with JavaScript and without."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from .page_helpers import opened, send_story


@pytest.fixture(scope="module")
def told(running_collector):
    running_collector.reset()
    send_story(running_collector, visitors=12)
    return running_collector


@pytest.mark.parametrize("scripted", [True, False], ids=["scripted", "plain"])
def test_a_click_sorts_and_another_shows_the_article(browser, told, scripted):
    with opened(browser, f"{told.url}/articles", java_script_enabled=scripted) as page:
        table = page.locator("table.answers")
        table.get_by_role("link", name="Article").click()
        expect(table.locator("th[aria-sort]")).to_have_text("Article\N{UPWARDS ARROW}")
        titles = table.locator("tbody th").all_text_contents()
        assert titles == sorted(titles, key=str.casefold)
        table.get_by_role("link", name="Night trains").click()
        expect(page.locator("h1")).to_contain_text("Night trains")
        expect(page.get_by_role("heading", name="Read next")).to_be_visible()
        page.get_by_role("link", name="Campaigns", exact=True).click()
        expect(page.locator("h1")).to_have_text("Campaigns")


def test_a_filter_goes_with_every_page(browser, told):
    with opened(browser, f"{told.url}/articles") as page:
        page.locator("#to").focus()
        page.keyboard.type("12312030")  # a year that is being typed is none yet
        expect(page).to_have_url(f"{told.url}/articles?by=&app=&from=&to=2030-12-31&author=&subject=")
        page.get_by_role("link", name="Campaigns", exact=True).click()
        expect(page.locator("#to")).to_have_value("2030-12-31")
        page.get_by_role("link", name="Clear").click()
        expect(page.locator("#to")).to_have_value("")
