"""A store that lends its batches is drained only when a look that began late enough found nothing."""

from __future__ import annotations

import pytest

from tracking_middleware import Settings
from tracking_middleware.delivery.lending import LeasedStore
from tracking_middleware.delivery.memory.batch import Batch
from tracking_middleware.delivery.memory.buffer import Buffer
from tracking_middleware.delivery.outbox.file import OutboxError
from tracking_middleware.delivery.outbox.rows import Claim


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
    return store_of(lender)


def store_of(lender):
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


class Lending(Lender):
    """Lends what it is given, as one lease a batch, and remembers what was let go."""

    def __init__(self, *batches):
        super().__init__()
        self.batches = list(batches)
        self.released = []
        self.is_broken, self.beyond = False, None

    def claim(self, **_limits):
        claimed, self.batches = tuple(self.batches), []
        return Claim(batches=claimed, beyond=self.beyond)

    def use(self, work):
        if self.is_broken:
            raise OutboxError("broken")
        return work(self)

    def forgive(self):
        self.is_broken = False

    def hold(self, _batch):
        return True

    def deliver(self, _batch):
        pass

    def give_back(self, _batch, *, wait):
        pass

    def release(self, leases):
        self.released += leases


def batch(lease, events=1):
    numbers = tuple(range(lease, lease + events))
    return Batch(payloads=(b"{}",) * events, is_anonymous=False, numbers=numbers, lease=lease)


def leave_alone(_store, _lender, _batch):
    """As a bug that ends the sending of a batch."""


def fail_to_hold(store, lender, claimed):
    lender.is_broken = True
    assert not store.hold(claimed)


def put_off(store, _lender, claimed):
    store.give_back(claimed, wait=60)


def send_half(store, _lender, claimed):
    store.deliver(next(claimed.halves()))


@pytest.mark.parametrize("trouble", [leave_alone, fail_to_hold, put_off, send_half])
def test_an_end_lets_go_of_each_lease_that_is_not_settled(trouble):
    lender = Lending(batch(10, events=2), batch(20), batch(30))
    store = store_of(lender)
    store.arrived(4)
    trouble(store, lender, store.claim(is_hurried=True))
    store.deliver(store.claim(is_hurried=True))
    assert set(store.leases()) == {10, 30}
    store.close()
    assert sorted(lender.released) == [10, 30]


def test_a_lease_that_trouble_left_is_tried_again_in_a_hurry():
    lender = Lending(batch(10))
    store = store_of(lender)
    store.arrived(1)
    fail_to_hold(store, lender, store.claim(is_hurried=True))
    lender.forgive()
    assert store.claim(is_hurried=True) is None
    assert lender.released == [10]


@pytest.mark.parametrize(
    ("beyond", "seconds"),
    [(None, 0), (4, 0), (3, 0), (2, 0.4), (1, 0.4), (0, 1)],
    ids=["nobody knows", "many", "as many", "fewer", "one", "none"],
)
def test_after_a_post_what_is_left_waits_for_company_as_long_as_the_oldest_may(beyond, seconds):
    now = [100.0]
    lending = Lending(Batch(payloads=(b"{}",) * 3, is_anonymous=False, lease=1))
    lending.beyond = beyond
    buffer = Buffer(size=1, on_full="drop_newest", batch_size=1, batch_bytes=1000, linger=1)
    settings = Settings(collector_url="log:", app_id="test", linger=1, batch_size=8)
    store = LeasedStore(lending, buffer=buffer, settings=settings, clock=lambda: now[0])
    store.arrived(3)
    now[0] += 0.6
    store.arrived(beyond or 1)
    assert len(store.claim(is_hurried=False)) == 3
    assert store.next_due(is_hurried=False) == pytest.approx(now[0] + seconds)
    store.arrived(8)
    assert store.next_due(is_hurried=False) == 0  # enough for a post


def test_what_is_left_of_a_post_that_was_due_is_sent_at_once():
    now = [100.0]
    lending = Lending(Batch(payloads=(b"{}",) * 3, is_anonymous=False, lease=1))
    lending.beyond = 1
    buffer = Buffer(size=1, on_full="drop_newest", batch_size=1, batch_bytes=1000, linger=1)
    settings = Settings(collector_url="log:", app_id="test", linger=1)
    store = LeasedStore(lending, buffer=buffer, settings=settings, clock=lambda: now[0])
    store.arrived(4)
    now[0] += 1
    assert len(store.claim(is_hurried=False)) == 3
    assert store.next_due(is_hurried=False) <= now[0]
