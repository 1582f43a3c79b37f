"""A long backlog in memory is packed, and comes out as it went in."""

from __future__ import annotations

import pytest

from tracking_middleware.delivery.memory.buffer import Buffer

from .conftest import Event, assert_balanced, record

EVENTS = 12_000


def make_buffer(**options):
    return Buffer(
        batch_size=100, batch_bytes=500_000, linger=1, **{"size": EVENTS, "on_full": "drop_oldest", **options}
    )


def fill(buffer, events):
    for n in range(events):
        buffer.append(Event(str(n)))
    while taken := buffer.take(64):
        buffer.keep([(b'{"n":%s}' % event.title.encode() + b" " * 200, False) for event in taken])


def numbers(buffer):
    while batch := buffer.claim(is_hurried=True):
        yield from (int(payload[5 : payload.index(b"}")]) for payload in batch.payloads)
        buffer.deliver(batch)


def test_comes_out_in_its_order_and_unaltered():
    buffer = make_buffer()
    fill(buffer, EVENTS)
    assert list(numbers(buffer)) == list(range(EVENTS))
    assert buffer.stats()["delivered"] == EVENTS
    assert_balanced(buffer.stats())


def test_takes_less_memory_than_its_events():
    import tracemalloc

    tracemalloc.start()
    try:
        buffer = make_buffer()
        fill(buffer, EVENTS)
        held, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert held < 0.7 * EVENTS * 200


@pytest.mark.parametrize("more", [1, 99, 5_000])
def test_drops_the_oldest_of_it_and_counts_them(more):
    buffer = make_buffer()
    fill(buffer, EVENTS)
    for n in range(more):
        buffer.append(Event(str(EVENTS + n)))
    while taken := buffer.take(64):
        buffer.keep([(b'{"n":%s}' % event.title.encode(), False) for event in taken])
    stats = buffer.stats()
    assert_balanced(stats)
    left = list(numbers(buffer))
    assert left == list(range(EVENTS + more - len(left), EVENTS + more))
    assert stats["dropped"]["buffer_full"] == EVENTS + more - len(left) >= more


def test_is_delivered_when_the_collector_is_back(collector, make_tracker):
    collector.rule = lambda events: 503
    tracker = make_tracker(collector.url, buffer_size=EVENTS)
    record(tracker, *map(str, range(EVENTS)))
    assert collector.wait(lambda: len(collector.posts) > 2)
    collector.rule = None
    assert tracker.flush(60) == 0
    assert sorted(map(int, collector.titles())) == list(range(EVENTS))
