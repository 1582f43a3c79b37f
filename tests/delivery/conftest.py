"""What the tests of delivery share: recorded events, trackers that are closed, and a faulty collector."""

from __future__ import annotations

import json

import pytest

from tracking_middleware import Settings, Tracker
from tracking_middleware.events.events import PageView

from .faulty import FaultyCollector


class Event:
    """A recorded event, named by its title."""

    def __init__(self, title, *, raises=None, is_filtered=False, is_anonymous=False, size=0):
        self.title = title
        self.raises = raises
        self.is_filtered = is_filtered
        self.is_anonymous = is_anonymous
        self.size = size

    def to_event(self, new_id):
        if self.raises is not None:
            raise self.raises
        if self.is_filtered:
            return None
        entity = json.dumps({"schema": "iglu:a/b/jsonschema/1-0-0", "data": "x" * self.size}).encode()
        return PageView(
            event_id=new_id(),
            web_page_id="22222222-2222-4222-8222-222222222222",
            dvce_created_tstamp=1,
            page_url="https://a.example/",
            page_title=self.title,
            entities=(entity,) if self.size else (),
            is_anonymous=self.is_anonymous,
        )


def record(tracker, *titles, **options):
    for title in titles:
        tracker._delivery.record(Event(title, **options))


def assert_balanced(stats):
    places = ("buffered", "in_flight", "stored", "delivered", "dead")
    assert stats["recorded"] == sum(stats[place] for place in places) + sum(stats["dropped"].values()), stats
    if "outbox" in stats:
        file = stats["outbox"]
        assert file["stored"] == sum(
            file[place] for place in ("pending", "leased", "delivered", "dead", "evicted")
        )


@pytest.fixture
def make_tracker():
    """Makes trackers with short times, and sees at the end that their ledgers balance."""
    made = []

    def make(url, **options):
        defaults = {"linger": 0.02, "max_backoff": 0.05, "timeout": 2, "shutdown_timeout": 10}
        tracker = Tracker(
            Settings.from_mapping({"collector_url": url, "app_id": "test", **defaults, **options})
        )
        made.append(tracker)
        return tracker

    yield make
    for tracker in made:
        tracker.close(0.01)
        assert_balanced(tracker.stats())


@pytest.fixture
def collector():
    collector = FaultyCollector()
    yield collector
    collector.close()
