"""What the tests of the core share: trackers that deliver nowhere."""

from __future__ import annotations

import pytest

from tracking_middleware import Settings, Tracker

from .exchanges import Records


@pytest.fixture
def records():
    return Records()


@pytest.fixture
def make_tracker(records):
    def make(**options):
        settings = Settings.from_mapping({"collector_url": "log:", "app_id": "test", **options})
        return Tracker(settings, delivery=records, clock=lambda: 1_700_000_000.123)

    return make
