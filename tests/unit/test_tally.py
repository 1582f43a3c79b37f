"""Counting from many threads, and through a fork."""

from __future__ import annotations

import os
import threading

import pytest

from tracking_middleware.tally import Tally


def test_counts_exactly_from_many_threads_while_somebody_looks():
    tally = Tally()
    begin = threading.Barrier(5)

    def count():
        begin.wait()
        for _ in range(5_000):
            tally.skip("method")
            tally.error("malformed_cookie")

    threads = [threading.Thread(target=count) for _ in range(4)]
    for thread in threads:
        thread.start()
    begin.wait()
    seen = [tally.snapshot()["skipped"].get("method", 0) for _ in range(200)]
    for thread in threads:
        thread.join()
    assert seen == sorted(seen)
    assert tally.snapshot() == {"skipped": {"method": 20_000}, "errors": {"malformed_cookie": 20_000}}


def test_looking_changes_nothing():
    tally = Tally()
    tally.skip("fetch")
    assert tally.snapshot() == tally.snapshot() == {"skipped": {"fetch": 1}, "errors": {}}


@pytest.mark.filterwarnings("ignore:.*multi-threaded, use of fork:DeprecationWarning")
def test_a_forked_child_counts_from_zero_though_a_thread_of_its_parent_has_the_lock():
    tally = Tally()
    tally.skip("method")
    tally.error("malformed_cookie")
    reading, writing = os.pipe()
    with tally._lock:
        child = os.fork()
        if child == 0:
            tally.skip("fetch")
            tally.error("text_invalid")
            os.write(writing, repr(tally.snapshot()).encode())
            os._exit(0)
    os.waitpid(child, 0)
    os.close(writing)
    with os.fdopen(reading) as pipe:
        assert pipe.read() == "{'skipped': {'fetch': 1}, 'errors': {'text_invalid': 1}}"
    assert tally.snapshot() == {"skipped": {"method": 1}, "errors": {"malformed_cookie": 1}}


def test_what_the_application_hands_in_is_told_once_for_each_cause(caplog):
    tally = Tally()
    for turn in range(60):
        tally.error("text_invalid", f"cause {turn % 30}")
    assert len(caplog.records) == 30
    assert tally.snapshot()["errors"] == {"text_invalid": 60}


def test_what_visitors_bring_is_told_once_whatever_they_bring(caplog):
    tally = Tally()
    for host in "abc":
        tally.error("host_invalid", f"no cookie for {host}")
    assert len(caplog.records) == 1
