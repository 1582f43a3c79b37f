"""Journeys in a real browser: a click and the keys show events, beside the journey they belong to."""

from __future__ import annotations

import re
import time

import pytest
from playwright.sync_api import expect

from ..collector.story import Story, reader
from .page_helpers import opened


@pytest.fixture
def journeys(browser, collector):
    story = Story(time.time())
    reader(story)
    assert collector.post(*story.events).status_code == 200
    with opened(browser, f"{collector.url}/journeys") as page:
        yield page


def test_what_happened_off_the_browser_is_in_view_at_the_end(journeys):
    expect(journeys.locator(".band")).to_have_count(4)
    end = journeys.locator(".band").last
    expect(end.locator(".band-title")).to_have_text("Off-browser")
    expect(end.locator("a.mark")).to_have_count(2)
    expect(end).to_be_in_viewport()
    expect(journeys.locator(".later").last).to_contain_text("hand-off")


TITLES = (
    "Night trains return to the northern line",
    "夜行列車が北の路線に戻ってくるという話です",
    "WWWWWWWWWWWWWWWWWWWWWWWW",
)
BOXES = """track => [...track.querySelectorAll(".band")].flatMap((band) => {
  const box = (element) => element.getBoundingClientRect();
  const frame = box(band.querySelector(".frame"));
  const words = [...band.querySelectorAll("text")].map(box);
  return words.map((word, place) => ({
    inside: Math.min(word.left - frame.left, frame.right - word.right),
    apart: Math.min(...words.slice(0, place).map((other) => Math.max(
      other.left - word.right, word.left - other.right, other.top - word.bottom, word.top - other.bottom,
    ))),
  }));
})"""


@pytest.mark.parametrize("width", [390, 1440])
def test_labels_stand_apart_from_each_other_and_from_their_boxes(browser, collector, width):
    story = Story(time.time())
    who = {**story.visitor(), **story.session(1)}
    for number, title in enumerate(TITLES * 2):
        story.view(story.now - 900 + number, f"/{number}", title, **who)
    assert collector.post(*story.events).status_code == 200
    with opened(browser, f"{collector.url}/journeys", viewport={"width": width, "height": 844}) as page:
        found = page.locator(".track").evaluate(BOXES)
        assert len(found) == 1 + len(TITLES) * 2
        assert min(word["inside"] for word in found) >= 4
        assert min(word["apart"] for word in found if word["apart"] is not None) >= 4
        for side in ("browser", "server"):
            lane = page.locator(".lanes span", has_text=side)
            expect(lane).to_be_in_viewport(ratio=1)
            box, track = lane.bounding_box(), page.locator(".journey .scroll").bounding_box()
            assert box["x"] + box["width"] <= track["x"]


def test_a_click_shows_the_event_in_the_panel(journeys):
    journeys.get_by_role("link", name="order_returned").first.click()
    expect(journeys.locator("#panel h2")).to_have_text("order_returned")
    expect(journeys.locator("#panel")).to_contain_text("too small")
    journeys.get_by_role("link", name="Close the event").click()
    expect(journeys.locator("#panel")).to_be_hidden()


def test_arrows_go_through_the_events_of_a_journey(journeys):
    last = journeys.locator(".track a").last
    last.focus()
    journeys.keyboard.press("ArrowLeft")
    expect(journeys.locator(".track a").nth(-2)).to_be_focused()
    journeys.keyboard.press("Enter")
    expect(journeys.locator("#panel h2")).to_have_text("order_returned")
    expect(journeys.locator("#panel h2")).to_be_focused()
    journeys.keyboard.press("Escape")
    expect(journeys.locator(".track a").nth(-2)).to_be_focused()
    assert journeys.locator(".track a[tabindex='0']").count() == 1


def test_a_person_is_found_by_the_name(journeys):
    journeys.keyboard.press("/")
    journeys.keyboard.type("ada")
    journeys.keyboard.press("Enter")
    expect(journeys).to_have_url(re.compile(r"/journeys\?q=ada(&|$)"))
    expect(journeys.locator(".journey h2")).to_have_text(["ada"])


def test_without_javascript_every_event_is_a_link(browser, journeys):
    with opened(browser, journeys.url, java_script_enabled=False) as page:
        page.get_by_text("As a list").click()
        page.locator(".steps").get_by_role("link", name="refund_paid").click()
        expect(page.get_by_role("heading", name="refund_paid", level=2)).to_be_visible()
