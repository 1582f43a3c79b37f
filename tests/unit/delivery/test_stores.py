"""A store that lends its batches is drained only when a look that began late enough found nothing."""

from __future__ import annotations

import pytest

from tracking_middleware import Settings
from tracking_middleware.delivery.memory.buffer import Buffer
from tracking_middleware.delivery.outbox.rows import Claim
from tracking_middleware.delivery.stores import LeasedStore


class Lender:
    """Has nothing, and lets something happen during the look."""

    def __init__(self):
        self.meanwhile = lambda: None

    def claim(self, **_limits):
        self.meanwhile()
        return Claim()

    def use(self, work):
        return work(self)


@pytest.fixture
def lender():
    return Lender()


@pytest.fixture
def store(lender):
    buffer = Buffer(size=1, on_full="drop_newest", batch_size=1, batch_bytes=1000, linger=1)
    return LeasedStore(lender, buffer=buffer, settings=Settings(collector_url="log:", app_id="test"))


def test_a_look_that_finds_nothing_drains_it(store):
    assert store.claim(is_hurried=True) is None
    assert store.is_drained


@pytest.mark.parametrize("events", [0, 1])
def test_what_comes_during_a_look_asks_for_another(store, lender, events):
    lender.meanwhile = lambda: store.arrived(events)
    assert store.claim(is_hurried=True) is None
    assert not store.is_drained
    lender.meanwhile = lambda: None
    assert store.claim(is_hurried=True) is None
    assert store.is_drained
