"""The writer is woken rarely and writes much at once; a POST has what waits, after the linger at most."""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager

import pytest

from tracking_middleware import Settings
from tracking_middleware.delivery import process as process_module
from tracking_middleware.delivery import writer as writer_module
from tracking_middleware.delivery.conditions.troubles import Troubles
from tracking_middleware.delivery.lending import LeasedStore
from tracking_middleware.delivery.memory.buffer import Buffer
from tracking_middleware.delivery.writer import Writer
from tracking_middleware.protocol import Encoder

from .conftest import Event

LONG, PATIENCE = 600, 30


class Clock:
    now = 100.0

    def __call__(self):
        return self.now


def make_buffer(**options):
    given = {"size": 10_000, "batch_size": 500, "batch_bytes": 500_000, "linger": 1, **options}
    return Buffer(on_full="drop_newest", **given)


def count_calls(condition, monkeypatch):
    """How often somebody who waits for a condition is told of something."""
    told = []
    notify_all = condition.notify_all
    monkeypatch.setattr(condition, "notify_all", lambda: (told.append(1), notify_all()))
    return told


def append(buffer, events):
    for n in range(events):
        buffer.append(Event(str(n)))


def make_writer(buffer):
    return Writer(
        buffer=buffer,
        encoder=Encoder(app_id="a", namespace="n", platform="srv"),
        outbox=None,
        troubles=Troubles(),
        arrived=lambda _events: None,
        failure=lambda _where: None,
        watch=lambda: None,
    )


@contextmanager
def writing(buffer):
    writer = make_writer(buffer)
    thread = threading.Thread(target=writer.run)
    thread.start()
    try:
        yield writer
    finally:
        buffer.close()
        thread.join(PATIENCE)
        assert not thread.is_alive()


def comes_true(condition):
    """Whether it does, looking often, since nobody is told of what is asked here."""
    for _ in range(PATIENCE * 200):
        if condition():
            return True
        time.sleep(0.005)
    return False


def kept(buffer):
    return len(buffer._backlog)


class Guard:
    """Of an outbox that nobody looks into."""

    def use(self, work):
        raise AssertionError


def test_the_times_are_small_against_the_linger_and_the_promise_of_the_outbox():
    assert writer_module.AT_FIRST < writer_module.GATHER <= 0.05


def test_on_an_idle_site_an_event_is_written_at_once(monkeypatch):
    monkeypatch.setattr(writer_module, "GATHER", LONG)
    buffer = make_buffer()
    with writing(buffer):
        append(buffer, 1)
        assert comes_true(lambda: kept(buffer) == 1)


def test_on_a_busy_site_the_writer_rests_until_there_are_many_or_somebody_is_in_a_hurry(monkeypatch):
    monkeypatch.setattr(writer_module, "GATHER", LONG)
    buffer = make_buffer(size=20)
    with writing(buffer) as writer:
        append(buffer, 1)
        assert comes_true(lambda: kept(buffer) == 1)
        woken = count_calls(buffer.queued, monkeypatch)
        append(buffer, 9)
        assert woken == []
        assert buffer.queued_events() == 9
        append(buffer, 1)
        assert len(woken) == 1
        assert comes_true(lambda: kept(buffer) == 11)
        append(buffer, 1)
        writer.hurry()
        assert comes_true(lambda: kept(buffer) == 12)


def test_what_comes_while_the_writer_writes_waits_for_the_next_stride(monkeypatch):
    buffer, put = make_buffer(), []
    writer = make_writer(buffer)
    monkeypatch.setattr(writer, "_put", lambda encoded: (put.append(len(encoded)), append(buffer, 3)))
    append(buffer, 9)
    writer.write()
    assert put == [9, 0]
    assert buffer.queued_events() == 6


def test_the_sender_is_told_of_the_first_event_of_a_post_and_of_the_one_that_fills_it(monkeypatch):
    buffer = make_buffer(batch_size=500, clock=Clock())
    told = count_calls(buffer.changed, monkeypatch)
    for _ in range(50):
        append(buffer, 9)
        buffer.keep([(b"{}", False) for _ in buffer.take(9)])
    assert len(told) == 1
    append(buffer, 100)
    buffer.keep([(b"{}", False) for _ in buffer.take(100)])
    assert len(told) == 2
    assert len(buffer.claim(is_hurried=False)) == 500


def test_the_sender_of_an_outbox_is_told_of_the_first_event_and_of_enough_for_a_post(monkeypatch):
    buffer = make_buffer()
    store = LeasedStore(guard=Guard(), buffer=buffer, settings=Settings(collector_url="log:", app_id="a"))
    told = count_calls(buffer.changed, monkeypatch)
    for _ in range(49):
        store.arrived(10)
    assert len(told) == 1
    store.arrived(10)
    assert len(told) == 2
    store.arrived(10)
    assert len(told) == 2
    store.arrived(0)
    assert len(told) == 3


@pytest.mark.parametrize("size", [10, 1200])
def test_a_post_carries_what_waits_up_to_its_bytes(size):
    clock = Clock()
    buffer = make_buffer(clock=clock)
    events = 700
    append(buffer, events)
    buffer.keep([(b"x" * size, False) for _ in buffer.take(events)])
    batch = buffer.claim(is_hurried=False)
    assert len(batch) == min(500, 500_000 // size)
    assert buffer.claim(is_hurried=False) is None
    clock.now += 1
    assert len(batch) + len(buffer.claim(is_hurried=False)) == events


def test_an_event_may_be_sent_when_its_linger_is_over_and_not_before():
    clock = Clock()
    buffer = make_buffer(clock=clock)
    append(buffer, 1)
    buffer.keep([(b"{}", False) for _ in buffer.take(1)])
    clock.now += 0.999
    append(buffer, 1)
    buffer.keep([(b"{}", False) for _ in buffer.take(1)])
    assert buffer.claim(is_hurried=False) is None
    assert buffer.next_due(is_hurried=False) == 101.0
    clock.now = 101.0
    assert len(buffer.claim(is_hurried=False)) == 2


@pytest.mark.parametrize(
    ("buffer_size", "batch_size", "events"),
    [(10_000, 500, 500), (3000, 500, 150), (300, 500, 100), (300, 7, 7), (150, 500, 50), (2, 500, 1)],
)
def test_what_fills_a_post_leaves_room_in_a_small_buffer(buffer_size, batch_size, events):
    settings = Settings(
        collector_url="log:", app_id="a", buffer_size=buffer_size, batch_size=batch_size, linger=LONG
    )
    buffer = process_module._buffer_of(settings)
    for waiting in (events - 1, events):
        append(buffer, 1 if waiting == events else waiting)
        buffer.keep([(b"{}", False) for _ in buffer.take(events)])
        is_due = buffer.claim(is_hurried=False)
        assert is_due is None if waiting < events else len(is_due) == events
