"""The background thread against a real collector that fails in real ways."""

from __future__ import annotations

import logging
import socket
import threading

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from tracking_middleware import Tracker
from tracking_middleware.delivery.memory.buffer import Buffer
from tracking_middleware.errors import FilterFailedError
from tracking_middleware.protocol import COLLECTOR_PATH

from .conftest import Event, assert_balanced, record


def titles(sink):
    return [event["page"] for event in sink.events]


def test_sends_what_is_recorded(sink, make_tracker):
    tracker = make_tracker(sink.url, collector_headers={"X-Key": "k"})
    record(tracker, "a", "b")
    assert tracker.flush() == 0
    assert titles(sink) == ["a", "b"]
    (request,) = sink.requests
    assert request["path"] == COLLECTOR_PATH
    assert request["headers"]["Content-Type"] == "application/json; charset=utf-8"
    assert request["headers"]["X-Key"] == "k"
    assert tracker.stats()["delivered"] == 2


def test_sends_by_itself_after_the_linger(sink, make_tracker):
    tracker = make_tracker(sink.url)
    record(tracker, "a")
    sink.wait(lambda events: events)


def test_keeps_a_path_that_the_settings_name(sink, make_tracker):
    tracker = make_tracker(f"{sink.url}/custom/path")
    record(tracker, "a")
    tracker.flush()
    assert sink.requests[0]["path"] == "/custom/path"


def test_never_sends_a_cookie_back(sink, make_tracker):
    tracker = make_tracker(sink.url)
    for title in "abc":
        record(tracker, title)
        tracker.flush()
    assert len(sink.requests) == 3
    assert all("Cookie" not in request["headers"] for request in sink.requests)


def test_cuts_batches_by_count(sink, make_tracker):
    tracker = make_tracker(sink.url, batch_size=4, linger=5)
    record(tracker, *map(str, range(10)))
    tracker.flush()
    assert [len(request["body"]["data"]) for request in sink.requests] == [4, 4, 2]
    assert titles(sink) == [str(n) for n in range(10)]


def test_cuts_batches_by_bytes(sink, make_tracker):
    tracker = make_tracker(sink.url, batch_bytes=10_000, linger=5)
    record(tracker, "a", "b", "c", "d", size=4000)
    record(tracker, "large", size=30_000)
    tracker.flush()
    assert [len(request["body"]["data"]) for request in sink.requests] == [2, 2, 1]


@pytest.mark.parametrize("status", [408, 429, 500, 503, 404, 302])
def test_tries_again_until_it_is_delivered_with_the_same_ids(sink, make_tracker, status):
    sink.statuses[:] = [status, status]
    tracker = make_tracker(sink.url)
    record(tracker, "a", "b")
    sink.wait(lambda events: len(events) == 2)
    assert tracker.flush() == 0
    assert len(sink.requests) == 3
    ids = [[event["eid"] for event in request["body"]["data"]] for request in sink.requests]
    assert ids[0] == ids[1] == ids[2]
    assert tracker.stats()["delivered"] == 2


def test_finds_the_one_event_whose_content_is_refused(sink, make_tracker):
    sink.judge = lambda events: 413 if any(event["page"] == "culprit" for event in events) else 200
    tracker = make_tracker(sink.url, linger=5)
    record(tracker, *map(str, range(20)), "culprit", *map(str, range(20, 40)))
    assert tracker.flush(10) == 0
    assert titles(sink) == [str(n) for n in range(40)]
    stats = tracker.stats()
    assert (stats["delivered"], stats["dropped"]) == (40, {"rejected": 1})
    assert len(sink.requests) <= 2 * 6 + 2


def test_waits_out_a_collector_that_is_down(make_tracker, sink):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    tracker = make_tracker(f"http://127.0.0.1:{port}")
    record(tracker, "a")
    assert tracker.flush(0.2) == 1
    assert tracker.stats()["delivered"] == 0
    assert tracker.close(0.05) == 1
    assert tracker.stats()["dropped"] == {"closed": 1}


def test_gives_a_silent_collector_only_its_time(make_tracker):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        tracker = make_tracker(f"http://127.0.0.1:{listener.getsockname()[1]}", timeout=0.1)
        record(tracker, "a")
        first, _ = listener.accept()
        second, _ = listener.accept()  # a second try came although nobody answered the first
        first.close()
        second.close()
        assert tracker.close(0.05) == 1


@pytest.mark.parametrize(
    ("on_full", "kept"), [("drop_newest", ["0", "1", "2"]), ("drop_oldest", ["7", "8", "9"])]
)
def test_a_full_buffer_drops_by_the_policy_and_counts(sink, make_tracker, on_full, kept):
    tracker = make_tracker(sink.url, buffer_size=3, linger=5, on_full=on_full)
    with tracker._delivery._current().buffer.queued:  # no thread takes any before the last has come
        record(tracker, *map(str, range(10)))
    tracker.flush()
    assert titles(sink) == kept
    assert tracker.stats()["dropped"] == {"buffer_full": 7}


def test_counts_each_event_that_does_not_become_one(sink, make_tracker):
    tracker = make_tracker(sink.url)
    record(tracker, "filtered", is_filtered=True)
    record(tracker, "failing filter", raises=FilterFailedError("no"))
    record(tracker, "a bug", raises=ZeroDivisionError())
    record(tracker, "too large", size=1_100_000)
    record(tracker, "good")
    assert tracker.flush() == 0
    assert titles(sink) == ["good"]
    stats = tracker.stats()
    assert stats["dropped"] == {"filtered": 1, "filter_failed": 1, "internal": 1, "too_large": 1}
    assert stats["errors"]["internal"] == 1


def test_starts_each_thread_once_where_the_system_has_none_for_a_while(sink, make_tracker, monkeypatch):
    start, started = threading.Thread.start, []

    def start_or_fail(thread):
        if thread.name == "tracking_middleware writer" and len(started) < 4:
            started.append("none")
            raise RuntimeError("can't start new thread")
        started.append(thread.name)
        start(thread)

    monkeypatch.setattr(threading.Thread, "start", start_or_fail)
    tracker = make_tracker(sink.url)
    record(tracker, *"abcdef")
    assert tracker.flush() == 0
    assert titles(sink) == list("abcdef")
    ours = [name for name in started if name.startswith("tracking_middleware")]
    assert ours == ["tracking_middleware sender", "tracking_middleware writer"]


def test_close_is_final_and_idempotent(sink, make_tracker):
    tracker = make_tracker(sink.url, linger=60)
    record(tracker, "a")
    assert tracker.close() == 0
    assert tracker.close() == 0
    record(tracker, "late")
    assert titles(sink) == ["a"]
    assert tracker.stats()["dropped"] == {"closed": 1}


def test_a_tracker_in_a_with_block_drains_at_its_end(sink):
    with Tracker(collector_url=sink.url, app_id="test", linger=60) as tracker:
        record(tracker, "a")
    assert titles(sink) == ["a"]


def test_recording_never_waits_for_the_collector(make_tracker):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        tracker = make_tracker(f"http://127.0.0.1:{listener.getsockname()[1]}", timeout=60, batch_size=1)
        record(tracker, "a")
        connection, _ = listener.accept()  # the thread is now in a POST that nobody answers
        done = threading.Event()

        def record_many():
            record(tracker, *map(str, range(1000)))
            done.set()

        threading.Thread(target=record_many, daemon=True).start()
        assert done.wait(10)
        assert tracker.stats()["in_flight"] == 1
        assert tracker.stats()["buffered"] == 1000
        tracker.close(0.01)
        connection.close()


def test_events_go_to_the_log_for_development(make_tracker, caplog):
    tracker = make_tracker("log:")
    with caplog.at_level(logging.INFO, "tracking_middleware.events"):
        record(tracker, "a title")
        tracker.flush()
    assert '"page":"a title"' in caplog.text
    assert tracker.stats()["delivered"] == 1


def test_logs_a_lasting_trouble_once_a_minute(sink, make_tracker, caplog):
    sink.statuses[:] = [404] * 5
    tracker = make_tracker(sink.url, max_backoff=0.01)
    record(tracker, "a")
    sink.wait(lambda events: events)
    tracker.flush()
    assert caplog.text.count("does not take events (HTTP status 404)") == 1


def test_collects_from_many_threads(sink, make_tracker):
    tracker = make_tracker(sink.url)
    threads = [
        threading.Thread(target=record, args=(tracker, *(f"{t}-{n}" for n in range(200)))) for t in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert tracker.flush(10) == 0
    assert len(set(titles(sink))) == len(titles(sink)) == 1600


class Ledger(RuleBasedStateMachine):
    """However events move, each is in one place."""

    def __init__(self):
        super().__init__()
        self.now = 100.0
        self.buffer = Buffer(
            size=5, on_full="drop_oldest", batch_size=2, batch_bytes=100, linger=1, clock=lambda: self.now
        )
        self.taken = 0
        self.flying = []

    @rule(events=st.integers(1, 4))
    def append(self, events):
        for n in range(events):
            self.buffer.append(Event(str(n)))

    @rule(most=st.integers(1, 4))
    def take(self, most):
        self.taken += len(self.buffer.take(most))

    @rule(is_anonymous=st.booleans())
    def keep(self, is_anonymous):
        self.buffer.keep([(b"x" * 30, is_anonymous)] * self.taken)
        self.taken = 0

    @rule(leave=st.sampled_from(["store", "bury"]))
    def leave(self, leave):
        getattr(self.buffer, leave)(self.taken)
        self.taken = 0

    @rule()
    def drop(self):
        self.buffer.drop("internal", self.taken)
        self.taken = 0

    @rule(is_hurried=st.booleans(), seconds=st.floats(0, 2))
    def claim(self, is_hurried, seconds):
        self.now += seconds
        batch = self.buffer.claim(is_hurried=is_hurried)
        if batch is not None:
            assert 1 <= len(batch) <= 2
            self.flying.append(batch)

    @rule(how=st.sampled_from(["deliver", "refuse", "give_back"]))
    def land(self, how):
        for batch in self.flying:
            if how == "deliver":
                self.buffer.deliver(batch)
            elif how == "refuse":
                self.buffer.refuse(batch, "rejected")
            else:
                self.buffer.give_back(batch, wait=1)
        self.flying.clear()

    @rule()
    def fail(self):
        self.buffer.drop_in_flight("internal")
        self.flying.clear()

    @rule()
    def close(self):
        self.buffer.close()
        self.taken = 0
        self.flying.clear()

    @invariant()
    def is_balanced(self):
        stats = self.buffer.stats()
        assert_balanced(stats)
        assert stats["buffered"] + stats["in_flight"] == self.buffer.left() <= 5
        assert stats["in_flight"] == sum(map(len, self.flying))
        assert min(stats["buffered"], stats["in_flight"]) >= 0


TestLedger = Ledger.TestCase


@given(st.lists(st.sampled_from([200, 200, 500, 429, 413, 400, 404]), max_size=12), st.integers(1, 12))
@hypothesis_settings(max_examples=15, deadline=None)
def test_whatever_the_collector_answers_each_event_is_accounted_for(shared_sink, statuses, events):
    shared_sink.statuses[:] = statuses
    before = len(shared_sink.events)
    options = {"linger": 0.01, "max_backoff": 0.01, "batch_size": 5}
    with Tracker(collector_url=shared_sink.url, app_id="test", **options) as tracker:
        record(tracker, *(f"event {n}" for n in range(events)))
        assert tracker.flush(15) == 0
        stats = tracker.stats()
    assert_balanced(stats)
    assert stats["delivered"] == len(shared_sink.events) - before
    assert stats["recorded"] == events
    shared_sink.statuses.clear()
