"""The page in light and dark, wide and on a phone: no axe violation, nothing cut off, and a picture of each.

Pictures go to the folder of ``SCREENSHOTS``, else to ``screenshots`` beside this file.
"""

from __future__ import annotations

import itertools
import os
from pathlib import Path

import pytest
from playwright.sync_api import expect

from .page_helpers import PAGES, opened, overflow, send_story, words_of_time

FOLDER = Path(os.environ.get("SCREENSHOTS") or Path(__file__).parent / "screenshots")
SIZES = {"wide": {"width": 1440, "height": 900}, "phone": {"width": 375, "height": 812}}


@pytest.fixture(scope="module")
def told(running_collector):
    """A collector with a week of events."""
    running_collector.reset()
    send_story(running_collector)
    return running_collector


@pytest.fixture(params=["light", "dark"])
def scheme(request):
    return request.param


@pytest.fixture(params=SIZES)
def size(request):
    return request.param


@pytest.fixture
def look(browser, told, scheme, size):
    """Opens a path of the collector."""

    def look_at(path):
        return opened(browser, told.url + path, viewport=SIZES[size], color_scheme=scheme)

    return look_at


def keep(page, name, size, scheme, **options):
    FOLDER.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=FOLDER / f"{name}-{size}-{scheme}.png", animations="disabled", **options)


def violations(page, packages):
    """What axe finds, of whatever weight, as short lines."""
    page.evaluate((packages / "axe-core" / "axe.min.js").read_text())
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")["violations"]
    return [
        f"{violation['id']} ({violation['impact']}): {node['html'][:200]} {node['failureSummary']}"
        for violation in found
        for node in violation["nodes"][:3]
    ]


@pytest.mark.parametrize("name", PAGES)
def test_every_page_is_accessible_and_fits(look, packages, scheme, size, name):
    with look(PAGES[name]) as page:
        expect(page.locator("h1")).to_be_attached()
        assert overflow(page) <= 0
        assert all(one[1] + 2 < later[0] for one, later in itertools.pairwise(words_of_time(page)))
        assert violations(page, packages) == []
        keep(page, name, size, scheme, full_page=name in {"gaps", "bad"})


def test_the_panel_is_accessible_and_fits(look, packages, scheme, size):
    with look("/") as page:
        page.locator("#rows tr").filter(has_text="cross_navigation").first.click()
        expect(page.locator("#panel h2")).to_have_text("refund_paid")
        assert overflow(page) <= 0
        assert violations(page, packages) == []
        keep(page, "panel", size, scheme)


def test_an_event_alone_is_accessible_and_fits(look, packages, scheme, size):
    with look("/?q=/articles/") as page:
        path = page.locator("#rows tr .event a").first.get_attribute("href")
    with look(path) as page:
        expect(page.locator("h2")).to_be_visible()
        assert overflow(page) <= 0
        assert violations(page, packages) == []
        keep(page, "event", size, scheme)


def test_a_journey_is_accessible_and_fits(look, packages, scheme, size):
    with look("/?q=order_placed") as page:
        page.locator("#rows tr .event").first.click()
        page.locator("#panel").get_by_role("link", name="journey").click()
        expect(page.locator(".journey")).to_have_count(1)
        page.get_by_text("As a list").click()
        assert overflow(page) <= 0
        assert violations(page, packages) == []
        keep(page, "journey", size, scheme)
