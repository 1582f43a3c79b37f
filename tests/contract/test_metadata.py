"""What a page says of itself is on its view, in every framework, and nothing of the answer is another."""

from __future__ import annotations

import json
import threading
from types import SimpleNamespace

import pytest

from .calls import WSGI, called
from .conftest import ADAPTERS
from .sites import content, django

ARTICLE_2 = "iglu:org.tracking_middleware/article/jsonschema/2-0-0"
THING = {
    "@context": "https://schema.org",
    "@type": "NewsArticle",
    "headline": "Rivers rise",
    "author": {"@type": "Person", "name": "Ada"},
}
PAGE = (
    "<!doctype html><title>Flüsse &amp; Regen</title><link rel=canonical href='http://127.0.0.1/rivers'>"
    f"<script type='application/ld+json'>{json.dumps(THING)}</script><p>A page</p>"
)
STREAMED = (b"<!doctype html><ti", b"tle>In pieces</title>", b"<p>two</p>")


@pytest.fixture
def untold(monkeypatch):
    """The sites with views that say nothing, and pages that say all."""
    monkeypatch.setattr(content, "fill_page", lambda: None)
    monkeypatch.setattr(content, "HTML", PAGE)
    monkeypatch.setattr(content, "current_page", lambda: SimpleNamespace(attach=lambda _: None))
    monkeypatch.setattr(content, "CHUNKS", STREAMED)


def view_of(name, path, options, **settings):
    """The page view that one request brings, and the tracker's counts."""
    events = []
    given = {**options, **settings, "before_send": lambda event: events.append(event) or event}
    django.configure(given)
    with called(name, given) as (send, tracker):
        send([(path, {})])
        counts = tracker.stats()["errors"]
    (event,) = events
    return event, counts


@pytest.mark.usefixtures("untold")
@pytest.mark.parametrize("name", ADAPTERS)
def test_the_title_is_the_pages_where_the_view_said_none(name, options):
    event, _ = view_of(name, "/page", options)
    assert event.page_title == "Flüsse & Regen"
    assert event.entities == ()


@pytest.mark.parametrize("name", ADAPTERS)
def test_what_the_view_said_wins(name, options):
    event, _ = view_of(name, "/page", options)
    assert event.page_title == "A page"


@pytest.mark.usefixtures("untold")
@pytest.mark.parametrize("name", ADAPTERS)
def test_a_page_in_pieces_is_read_as_one(name, options):
    event, _ = view_of(name, "/streamed", options)
    assert event.page_title == "In pieces"


@pytest.mark.usefixtures("untold")
@pytest.mark.parametrize("name", ADAPTERS)
def test_a_page_that_breaks_midway_says_what_was_sent(name, options, monkeypatch):
    monkeypatch.setattr(content, "CHUNKS", (b"<title>First</title>", b"", b""))
    events = []
    given = {**options, "before_send": lambda event: events.append(event) or event}
    django.configure(given)
    with called(name, given) as (send, tracker):
        try:
            send([("/breaks", {})])
        except* content.SiteError:  # older Starlettes let it out in a group
            tracker.flush(10)
    assert [event.page_title for event in events] == ["First"]


@pytest.mark.usefixtures("untold")
@pytest.mark.parametrize("name", ADAPTERS)
def test_beyond_the_title_the_page_gives_its_url_and_its_article(name, options):
    event, counts = view_of(name, "/page", options, metadata=["title", "canonical", "json-ld"])
    (article,) = [json.loads(entity) for entity in event.entities]
    assert article["schema"] == ARTICLE_2
    assert article["data"]["id"] == "/rivers"
    assert article["data"]["authors"] == ["Ada"]
    assert event.page_url == "http://127.0.0.1/rivers"
    assert "metadata_conflict" not in counts


@pytest.mark.usefixtures("untold")
@pytest.mark.parametrize("name", ADAPTERS)
def test_switched_off_nothing_is_kept_and_nothing_read(name, options, monkeypatch):
    monkeypatch.setattr("tracking_middleware.exchange.exchange.KeptBody", None)
    event, counts = view_of(name, "/page", options, metadata=[])
    assert event.page_title == ""
    assert "internal" not in counts


@pytest.mark.usefixtures("untold")
@pytest.mark.parametrize("name", ADAPTERS)
def test_what_takes_too_much_memory_is_skipped_and_counted(name, options):
    event, counts = view_of(name, "/page", options, metadata_memory=1024, metadata_bytes=1024)
    assert event.page_title == "Flüsse & Regen"
    assert "metadata_skipped" not in counts
    content.HTML = PAGE + "x" * 2000
    event, counts = view_of(name, "/page", options, metadata_memory=1024, metadata_bytes=1024)
    assert event.page_title == ""
    assert counts["metadata_skipped"] == 1


@pytest.mark.usefixtures("untold")
@pytest.mark.parametrize("name", sorted(WSGI))
def test_all_memory_is_given_back_whatever_became_of_the_event(name, options):
    given = {**options, "before_send": lambda event: None if event.page_url.endswith("a=1") else event}
    django.configure(given)
    with called(name, given) as (send, tracker):
        threads = [threading.Thread(target=send, args=([("/page", {})] * 50,)) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        send([("/page", {})])
        assert tracker.flush(10) == 0
        # the background thread may have the last one in its hand
        assert tracker._shared.bodies.held in {0, len(PAGE.encode())}
