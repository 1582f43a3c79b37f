"""A disk that takes no more: what is in the outbox is sent all the same, and is not said to be gone."""

from __future__ import annotations

import contextlib
import os
import resource
import sqlite3

import pytest

from tracking_middleware.delivery.outbox.failures import NoRoomError
from tracking_middleware.delivery.outbox.file import Outbox

from .conftest import record
from .test_outbox import Clock, store


@contextlib.contextmanager
def full_disk():
    """No file grows: the system refuses it to this process, as it does on a full disk."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def make(tmp_path, clock):
    with contextlib.ExitStack() as made:
        yield lambda: made.enter_context(
            contextlib.closing(Outbox(tmp_path / "o.sqlite3", lease_seconds=10, clock=clock))
        )


def claim(outbox, most=100):
    return outbox.claim(most=most, most_bytes=10**6).batches


def payloads(batches):
    return [payload.decode() for batch in batches for payload in batch.payloads]


def left(outbox):
    with sqlite3.connect(outbox.path) as connection:
        found = [payload.decode() for (payload,) in connection.execute("SELECT payload FROM events")]
    connection.close()
    return found


def test_a_process_gets_its_own_events_and_leaves_those_of_others(make):
    mine, other = make(), make()
    store(other, "x")
    store(mine, "a", "b")
    store(mine, "c", is_anonymous=True)
    store(other, "y")
    store(mine, "d")
    with full_disk():
        assert payloads(claim(mine)) == ["a", "b", "c"]
        assert payloads(claim(mine)) == ["d"]
        assert claim(mine) == ()
        assert payloads(claim(other)) == ["x"]


def test_what_is_leased_to_somebody_is_left_to_them_until_the_lease_runs_out(make, clock):
    mine, other = make(), make()
    store(mine, "a", "b", "c")
    assert payloads(claim(other, most=1)) == ["a"]
    with full_disk():
        assert payloads(claim(mine)) == ["b", "c"]
        assert mine.claim(most=1, most_bytes=1).next_lapse == clock.now + 10
        clock.now += 10
        assert payloads(claim(mine)) == ["a"]
        assert mine.claim(most=1, most_bytes=1).next_lapse is None
    clock.now -= 10
    again = make()
    store(again, "d")
    assert payloads(claim(other, most=2)) == ["b", "c"]
    clock.now += 11
    with full_disk():
        assert payloads(claim(again)) == ["d"]


def test_what_was_sent_leaves_the_file_as_soon_as_there_is_room(make):
    outbox = make()
    store(outbox, "a", "b", "bad", "c")
    with full_disk():
        (batch,) = claim(outbox)
        first, second = batch.halves()
        outbox.deliver(first)
        (bad, last) = second.halves()
        outbox.refuse(bad, "refused")
        assert outbox.ledger().as_dict() == {
            "stored": 4,
            "pending": 1,
            "leased": 0,
            "delivered": 2,
            "dead": 1,
            "evicted": 0,
        }
        outbox.deliver(last)
        assert not outbox.has_until(4)
        assert left(outbox) == ["a", "b", "bad", "c"]
    store(outbox, "d")
    assert left(outbox) == ["d"]
    assert [letter.reason for letter in outbox.dead_letters()] == ["refused"]
    assert outbox.ledger().as_dict()["delivered"] == 3


def test_a_lease_from_before_ends_too_when_there_is_room(make, clock):
    outbox = make()
    store(outbox, "a", "b")
    (batch,) = claim(outbox)
    first, second = batch.halves()
    with full_disk():
        outbox.deliver(first)
        outbox.give_back(second, wait=3)
        assert outbox.ledger().as_dict()["pending"] + outbox.ledger().as_dict()["leased"] == 1
    assert claim(outbox) == ()
    clock.now += 3
    assert payloads(claim(outbox)) == ["b"]


def test_its_own_lease_from_before_keeps_nothing_from_it_that_it_gave_back(make, clock):
    outbox, other = make(), make()
    store(outbox, "a", "b", "c")
    (batch,) = claim(outbox)
    first, second = batch.halves()
    with full_disk():
        outbox.deliver(first)
        outbox.give_back(second, wait=3)
        assert outbox.claim(most=9, most_bytes=999).next_lapse == clock.now + 3
        clock.now += 3
        assert claim(other) == ()
        (again,) = claim(outbox)
        assert payloads([again]) == payloads([second])
        outbox.deliver(again)
        assert claim(outbox) == ()
    store(outbox, "d")
    assert left(outbox) == ["d"]


def test_what_it_put_off_before_is_released_without_room(make):
    outbox = make()
    store(outbox, "a", "b")
    (batch,) = claim(outbox)
    outbox.give_back(batch, wait=60)
    with full_disk():
        assert claim(outbox) == ()
        outbox.release([batch.lease])
        assert payloads(claim(outbox)) == ["a", "b"]


def test_an_anonymous_event_that_left_does_not_come_with_those_around_it(make):
    outbox = make()
    store(outbox, "a")
    store(outbox, "left", is_anonymous=True)
    store(outbox, "b")
    with full_disk():
        identified, anonymous = claim(outbox)
        outbox.deliver(anonymous)
        outbox.give_back(identified, wait=0)
        assert [payloads(claim(outbox)) for _ in range(3)] == [["a"], ["b"], []]


def test_what_was_not_taken_rests_and_comes_again(make, clock):
    outbox = make()
    store(outbox, "a")
    with full_disk():
        (batch,) = claim(outbox)
        outbox.give_back(batch, wait=5)
        assert outbox.claim(most=1, most_bytes=1).next_lapse == clock.now + 5
        clock.now += 5
        assert payloads(claim(outbox)) == ["a"]


def test_numbers_of_a_file_that_is_gone_are_not_owed_to_the_next(make):
    outbox = make()
    store(outbox, "a")
    with full_disk():
        outbox.deliver(*claim(outbox))
    for suffix in ("", "-wal", "-shm"):
        with contextlib.suppress(FileNotFoundError):
            os.remove(f"{outbox.path}{suffix}")
    outbox.close()
    keep = os.open(outbox.path.with_name("other"), os.O_CREAT)  # so that no inode is used again
    os.close(keep)
    store(outbox, "b")
    assert left(outbox) == ["b"]


def test_a_lease_that_cannot_be_made_longer_holds_until_it_ends(make, clock):
    outbox = make()
    store(outbox, "a")
    (batch,) = claim(outbox)
    with full_disk():
        clock.now += 9
        assert outbox.hold(batch)
        clock.now += 2
        assert not outbox.hold(batch)
    assert outbox.hold(batch)
    clock.now += 9
    assert not claim(outbox)


def test_nothing_to_write_needs_no_room_and_proves_none(make):
    outbox = make()
    store(outbox, "a")
    with full_disk():
        with pytest.raises(NoRoomError):
            store(outbox, "b")
        outbox.release(())
        assert not outbox.has_room
    store(outbox, "c")
    assert outbox.has_room


def test_a_tracker_sends_what_it_wrote_while_the_disk_is_full(collector, make_tracker, tmp_path):
    collector.rule = lambda events: 503
    tracker = make_tracker(collector.url, outbox=tmp_path / "o.sqlite3")
    record(tracker, *map(str, range(250)))
    assert tracker.flush(0.5) == 250
    with full_disk():
        record(tracker, "in memory")
        assert tracker.flush(0.5) == 251
        collector.rule = None
        assert tracker.flush(15) == 0
        assert sorted(collector.titles()) == sorted([*map(str, range(250)), "in memory"])
        assert "nothing can be written to" in tracker.health()["reasons"][0]
    record(tracker, "later")
    assert tracker.flush(15) == 0
    assert len(collector.taken) == 252
    assert tracker.health()["status"] == "healthy"


def test_a_file_that_cannot_be_asked_is_not_taken_for_an_empty_one(collector, make_tracker, tmp_path):
    collector.rule = lambda events: 503
    path = tmp_path / "o.sqlite3"
    tracker = make_tracker(collector.url, outbox=path)
    record(tracker, *map(str, range(5)))
    assert tracker.flush(0.3) == 5
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA user_version = 77")
        assert tracker.flush(0.3) == 5
        connection.execute("PRAGMA user_version = 1")


def test_a_file_that_had_no_room_for_its_tables_is_none_at_the_next_call_either():
    with contextlib.closing(Outbox("/dev/full")) as outbox:
        for _ in range(2):
            with pytest.raises(NoRoomError):
                outbox.store([(b"{}", False)])
            with pytest.raises(NoRoomError):
                claim(outbox)
