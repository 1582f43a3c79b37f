"""Events in an outbox outlive the process, the collector's troubles, and the disk's."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import time

import pytest

from tracking_middleware.delivery.outbox.file import Outbox, OutboxError

from .conftest import record

DOWN = "http://127.0.0.1:9"


@pytest.fixture
def path(tmp_path):
    return tmp_path / "outbox.sqlite3"


def ledger(path):
    outbox = Outbox(path)
    try:
        return outbox.ledger()
    finally:
        outbox.close()


def wait_until(condition):
    deadline = time.monotonic() + 15
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.002)


def test_events_are_in_the_file_before_they_are_sent(make_tracker, collector, path):
    tracker = make_tracker(collector.url, outbox=path, linger=60)
    record(tracker, "a", "b")
    wait_until(lambda: tracker.stats()["stored"] == 2)
    assert collector.posts == []
    assert ledger(path).pending == 2
    assert tracker.flush() == 0
    assert sorted(collector.titles()) == ["a", "b"]
    assert tracker.stats()["outbox"] == {
        "stored": 2,
        "pending": 0,
        "leased": 0,
        "delivered": 2,
        "dead": 0,
        "evicted": 0,
    }


def test_they_are_sent_after_the_linger(make_tracker, collector, path):
    tracker = make_tracker(collector.url, outbox=path, linger=0.05)
    record(tracker, "a")
    assert collector.wait(lambda: collector.titles() == ["a"])
    record(tracker, "b")
    assert collector.wait(lambda: collector.titles() == ["a", "b"])


def test_a_hung_collector_does_not_keep_events_from_the_file(make_tracker, collector, path):
    collector.rule = lambda events: "hang"
    tracker = make_tracker(collector.url, outbox=path, linger=0.001, timeout=60)
    record(tracker, "a")
    assert collector.wait(lambda: collector.posts)
    record(tracker, "b")
    wait_until(lambda: tracker.stats()["stored"] == 2)
    stats = tracker.stats()["outbox"]
    assert (stats["leased"], stats["pending"]) == (1, 1)


def test_an_end_waits_for_a_lock_that_others_have_on_the_file(make_tracker, collector, path, monkeypatch):
    claim, refusals = Outbox.claim, iter([OutboxError("locked")] * 2)

    def claim_or_fail(outbox, **limits):
        for error in refusals:
            raise error
        return claim(outbox, **limits)

    tracker = make_tracker(collector.url, outbox=path, linger=60)
    monkeypatch.setattr(Outbox, "claim", claim_or_fail)
    record(tracker, "a")
    assert tracker.close(10) == 0
    assert collector.titles() == ["a"]


def test_the_next_start_sends_what_was_left_without_being_asked(make_tracker, collector, path):
    with_nobody = make_tracker(DOWN, outbox=path, shutdown_timeout=5)
    record(with_nobody, "a", "b")
    begun = time.monotonic()
    assert with_nobody.close() == 0
    assert time.monotonic() - begun < 2  # they are safe: the end does not wait for a collector that is down
    make_tracker(collector.url, outbox=path)
    assert collector.wait(lambda: sorted(collector.titles()) == ["a", "b"])


def test_flush_says_how_many_are_left_in_the_file(make_tracker, path):
    tracker = make_tracker(DOWN, outbox=path)
    record(tracker, "a", "b")
    assert tracker.flush(0.3) == 2


def test_a_refused_event_becomes_a_dead_letter_and_can_be_retried(make_tracker, collector, path):
    collector.rule = lambda events: 400 if any(event["page"] == "bad" for event in events) else 200
    tracker = make_tracker(collector.url, outbox=path, linger=5)
    record(tracker, "a", "bad", "b")
    assert tracker.flush(10) == 0
    assert sorted(collector.titles()) == ["a", "b"]
    stats = tracker.stats()
    assert (stats["stored"], stats["outbox"]["dead"], stats["outbox"]["delivered"]) == (3, 1, 2)
    collector.rule = None
    outbox = Outbox(path)
    assert [letter.reason for letter in outbox.dead_letters()] == ["HTTP status 400"]
    outbox.retry_dead_letters()
    outbox.close()
    assert tracker.flush(10) == 0
    assert sorted(collector.titles()) == ["a", "b", "bad"]
    assert collector.posts[-1][1] == collector.posts[0][1][1:2]  # with its own event_id


def test_an_event_that_waited_in_memory_and_is_refused_is_a_dead_letter_too(
    make_tracker, collector, path, monkeypatch
):
    def fail(*_arguments, **_options):
        raise ZeroDivisionError("a bug of ours")

    monkeypatch.setattr(Outbox, "store", fail)
    collector.rule = lambda events: 400
    tracker = make_tracker(collector.url, outbox=path)
    record(tracker, "bad")
    assert tracker.flush(10) == 0
    stats = tracker.stats()
    assert (stats["dead"], stats["dropped"], stats["outbox"]["dead"]) == (1, {}, 1)


def test_an_oversize_event_is_dead_before_it_is_sent(make_tracker, collector, path):
    tracker = make_tracker(collector.url, outbox=path)
    record(tracker, "large", size=1_100_000)
    record(tracker, "a")
    assert tracker.flush(10) == 0
    stats = tracker.stats()
    assert (stats["dead"], stats["stored"], stats["outbox"]["dead"]) == (1, 1, 1)
    assert collector.titles() == ["a"]


def test_a_full_outbox_drops_by_its_policy_and_counts(make_tracker, path):
    tracker = make_tracker(DOWN, outbox=path, outbox_max_bytes=1_000_000, outbox_full="drop_newest")
    for _ in range(30):
        record(tracker, *("x" for _ in range(20)), size=3_000)
        wait_until(lambda: not tracker.stats()["buffered"])
    stats = tracker.stats()
    assert stats["dropped"]["outbox_full"] + stats["stored"] == 600
    assert stats["dropped"]["outbox_full"] > 200
    assert "outbox_max_bytes" in " ".join(tracker.health()["reasons"])


def assert_events_go_on_in_memory(tracker, collector, caplog):
    record(tracker, "a", "b")
    assert tracker.flush(10) == 0
    assert sorted(collector.titles()) == ["a", "b"]
    stats = tracker.stats()
    assert (stats["stored"], stats["delivered"]) == (0, 2)
    assert stats["errors"]["outbox_failed"] >= 1
    assert caplog.text.count("the outbox does not work") == 1
    assert any("the outbox does not work" in reason for reason in tracker.health()["reasons"])


def test_without_a_folder_to_write_to_events_go_on_in_memory(make_tracker, collector, path, caplog):
    tracker = make_tracker(collector.url, outbox=path)
    os.rename(path.parent, path.parent.with_name("moved"))
    assert_events_go_on_in_memory(tracker, collector, caplog)


def test_two_collectors_at_one_file_are_told(make_tracker, collector, tmp_path, caplog):
    path = tmp_path / "outbox.sqlite3"
    link = tmp_path / "link"
    link.symlink_to(path)
    first = make_tracker(collector.url, outbox=path)
    assert make_tracker(collector.url, outbox=path).health()["status"] == "healthy"
    second = make_tracker(DOWN, outbox=link)
    assert first.health()["status"] == "healthy"
    assert "shared by trackers with other collectors" in second.health()["reasons"][0]
    assert "give each tracker a file" in caplog.text
    second.close(0.01)
    assert make_tracker(collector.url, outbox=path).health()["status"] == "healthy"


def test_with_a_full_disk_events_go_on_in_memory(make_tracker, collector, caplog):
    # a device on which every write fails for want of space
    tracker = make_tracker(collector.url, outbox="/dev/full")
    assert_events_go_on_in_memory(tracker, collector, caplog)


def test_a_bug_in_writing_the_file_costs_no_event(make_tracker, collector, path, monkeypatch):
    def fail(*_arguments, **_options):
        raise ZeroDivisionError("a bug of ours")

    monkeypatch.setattr(Outbox, "store", fail)
    tracker = make_tracker(collector.url, outbox=path)
    record(tracker, "a", "b")
    assert tracker.flush(10) == 0
    assert sorted(collector.titles()) == ["a", "b"]
    assert (tracker.stats()["delivered"], tracker.stats()["errors"]["internal"]) == (2, 1)


def test_a_locked_file_holds_nothing_up_and_is_used_again(make_tracker, collector, path, caplog):
    tracker = make_tracker(collector.url, outbox=path)
    record(tracker, "first")
    assert tracker.flush() == 0
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    record(tracker, "a")
    assert collector.wait(lambda: "a" in collector.titles())
    other.execute("COMMIT")
    other.close()
    wait_until(lambda: (record(tracker, "b"), tracker.stats()["stored"] > 1)[1])
    tracker.flush()
    assert tracker.health()["status"] == "healthy"


def test_a_corrupt_file_is_set_aside_and_named(make_tracker, collector, path, caplog):
    path.write_bytes(b"no database at all" * 100)
    tracker = make_tracker(collector.url, outbox=path)
    record(tracker, "a")
    assert tracker.flush(10) == 0
    assert collector.titles() == ["a"]
    (aside,) = path.parent.glob("*.corrupt-*")
    assert aside.read_bytes().startswith(b"no database")
    assert str(aside) in caplog.text
    assert tracker.stats()["stored"] == 1


SCRIPT = """
import os, sys
from tests.delivery.conftest import Event
from tracking_middleware import Tracker

def tracker(timeout=1):
    options = {"collector_url": os.environ["URL"], "outbox": os.environ["OUTBOX"]}
    return Tracker(app_id="test", linger=0.02, timeout=timeout, **options)

def record(tracker, *titles):
    for title in titles:
        tracker._delivery.record(Event(title))

def wait_stored(tracker, events):
    import time
    while tracker.stats()["stored"] < events:
        time.sleep(0.001)
"""


def start(code, *, url, path):
    return subprocess.Popen(
        [sys.executable, "-W", "ignore", "-c", SCRIPT + code],
        env={**os.environ, "URL": url, "OUTBOX": str(path)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


@pytest.mark.parametrize("fault", ["hang", 503, "reset"])
def test_a_killed_process_loses_nothing_that_was_in_the_file(make_tracker, collector, path, fault):
    collector.rule = lambda events: fault
    code = """
t = tracker()
record(t, *map(str, range(500)))
wait_stored(t, 500)
print("ready", flush=True)
input()
"""
    process = start(code, url=collector.url, path=path)
    with process:
        assert process.stdout.readline() == "ready\n"
        assert collector.wait(lambda: collector.posts)
        process.send_signal(signal.SIGKILL)
    collector.rule = None
    make_tracker(collector.url, outbox=path, timeout=1)
    assert collector.wait(lambda: len(collector.taken) == 500)
    assert sorted(collector.titles(), key=int) == [str(n) for n in range(500)]
    wait_until(lambda: ledger(path).delivered == 500)


def test_processes_share_a_file_and_send_each_event_once(collector, path):
    code = "t = tracker(20); input(); record(t, *(f'{os.getpid()}-{n}' for n in range(200))); t.close()"
    processes = [start(code, url=collector.url, path=path) for _ in range(3)]
    for process in processes:
        process.stdin.write("\n")
        process.stdin.flush()
    for process in processes:
        process.communicate(timeout=60)
        assert process.returncode == 0
    assert collector.wait(lambda: len(collector.taken) == 600)
    assert len(set(collector.titles())) == len(collector.titles()) == 600
    assert ledger(path).as_dict()["delivered"] == 600


def test_another_process_sends_what_a_dead_one_had_claimed(make_tracker, collector, path):
    collector.rule = lambda events: "hang"
    living = make_tracker(collector.url, outbox=path, timeout=1)
    code = "t = tracker(); record(t, 'a'); print('ready', flush=True); input()"
    with start(code, url=collector.url, path=path) as process:
        assert process.stdout.readline() == "ready\n"
        assert collector.wait(lambda: collector.posts)
        process.send_signal(signal.SIGKILL)
    collector.rule = None
    record(living, "b")  # it has a thread from here on, which looks around
    assert collector.wait(lambda: sorted(set(collector.titles())) == ["a", "b"])


def test_a_forked_child_uses_the_file_by_a_handle_of_its_own(collector, path):
    code = """
t = tracker()
record(t, "parent")
wait_stored(t, 1)
child = os.fork()
if child == 0:
    record(t, "child")
    assert t.stats()["recorded"] == 1
    assert t.close(10) == 0
    os._exit(0)
_, status = os.waitpid(child, 0)
record(t, "after")
assert t.close(10) == 0
sys.exit(status)
"""
    with start(code, url=collector.url, path=path) as process:
        assert process.wait(30) == 0
    assert sorted(collector.titles()) == ["after", "child", "parent"]
    assert ledger(path).as_dict()["delivered"] == 3


def test_a_fork_amid_traffic_leaves_both_sides_whole(make_tracker, collector, path):
    code = """
import threading
t = tracker(20)
stop = threading.Event()
counts = []
def work():
    n = 0
    while not stop.is_set() and n < 5000:
        record(t, f"parent-{n}")
        n += 1
    counts.append(n)
thread = threading.Thread(target=work)
thread.start()
children = []
for c in range(10):
    child = os.fork()
    if child == 0:
        record(t, *(f"child-{c}-{n}" for n in range(20)))
        os._exit(t.close(30))
    children.append(child)
assert all(os.waitpid(child, 0)[1] == 0 for child in children)
stop.set()
thread.join()
assert t.close(30) == 0
print(counts[0] + 200 - sum(t.stats()["dropped"].values()))
"""
    with start(code, url=collector.url, path=path) as process:
        expected = int(process.stdout.readline())
        assert process.wait(60) == 0
    assert ledger(path).leased == 0
    make_tracker(collector.url, outbox=path)  # sends what an end left
    assert collector.wait(lambda: len(set(collector.titles())) == expected)
    assert len(collector.titles()) == expected
