"""What the tests of the core share: trackers that deliver nowhere."""

from __future__ import annotations

import pytest

from tracking_middleware import Settings, Tracker
from tracking_middleware.request import outside

from .exchanges import Records


@pytest.fixture(autouse=True)
def _nothing_outside_requests(monkeypatch):
    """The count of writes outside requests is the process's, so that each test begins with its own."""
    monkeypatch.setattr(outside.count_outside, "writes", 0)
    monkeypatch.setattr(outside.count_outside, "_told", set())


@pytest.fixture
def records():
    return Records()


@pytest.fixture
def make_tracker(records):
    def make(**options):
        settings = Settings.from_mapping({"collector_url": "log:", "app_id": "test", **options})
        return Tracker(settings, delivery=records, clock=lambda: 1_700_000_000.123)

    return make
