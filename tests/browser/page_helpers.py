"""What the tests of the collector's page share: a page whose errors fail the test, and a week to show."""

from __future__ import annotations

import contextlib
import time

from ..collector.story import tell
from ..conftest import PATIENCE

PAGES = {
    "live": "/",
    "journeys": "/journeys",
    "articles": "/articles",
    "agents": "/agents",
    "article": "/article?id=night-trains-return",
    "campaigns": "/campaigns",
    "gaps": "/gaps?wait=0",
    "bad": "/bad",
}


@contextlib.contextmanager
def opened(browser, url, **options):
    """A page in a profile of its own; what goes wrong in it fails the test."""
    context = browser.new_context(**options)
    context.set_default_timeout(PATIENCE * 1000)
    page = context.new_page()
    errors = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    try:
        page.goto(url)
        yield page
    finally:
        context.close()
    assert errors == []


def send_story(collector, visitors=40):
    """A week of events; the time at which it was sent."""
    now = time.time()
    events = tell(now, visitors)
    for first in range(0, len(events), 50):
        assert collector.post(*events[first : first + 50]).status_code == 200
    return now


def words_of_time(page):
    """How far from left to right each word below a chart goes, in pixels, in their order."""
    boxes = [word.bounding_box() for word in page.locator(".drawing > text:visible").all()]
    return sorted((box["x"], box["x"] + box["width"]) for box in boxes)


def overflow(page):
    """Pixels that the page is too wide."""
    return page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
