"""A collector that fails: what is kept, what is tried again and when, and what the user is told."""

from __future__ import annotations

import gzip
import json
import socket
import threading
import time

import pytest

from .conftest import record
from .faulty import FAULTS


def ids(collector):
    return [event["eid"] for event in collector.taken]


@pytest.mark.parametrize("fault", [*FAULTS, 408, 429, 500, 503, 301, 401, 404, 410])
def test_survives(collector, make_tracker, fault):
    collector.plan[:] = [fault]
    tracker = make_tracker(collector.url, timeout=0.4)
    record(tracker, "a", "b")
    assert collector.wait(lambda: len(collector.posts) == 2)
    assert tracker.flush(10) == 0
    assert set(collector.titles()) == {"a", "b"}
    # what was taken before the answer was lost comes again, as the same events
    assert len(set(ids(collector))) == 2
    assert len(ids(collector)) == (4 if fault in {"lost", "half", "slow"} else 2)
    assert tracker.stats()["delivered"] == 2
    assert tracker.health() == {"status": "healthy", "reasons": []}


def test_gives_a_post_its_time_and_not_more_however_slowly_bytes_come(collector, make_tracker):
    collector.rule = lambda events: "slow"
    tracker = make_tracker(collector.url, timeout=0.3)
    record(tracker, "a")
    begun = time.monotonic()
    assert collector.wait(lambda: len(collector.posts) == 2)
    # the answer drips for 4 s, a byte well within each read's time-out
    assert time.monotonic() - begun < 3


def test_an_answer_whose_body_breaks_off_is_an_answer(make_tracker):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        tracker = make_tracker(f"http://127.0.0.1:{listener.getsockname()[1]}")
        record(tracker, "a")
        connection, _ = listener.accept()
        with connection:
            connection.recv(65536)
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")
        assert tracker.flush(5) == 0
        assert tracker.stats()["delivered"] == 1


def test_waits_as_long_as_the_collector_asks_for(collector, make_tracker):
    collector.plan[:] = ["429 1"]
    tracker = make_tracker(collector.url)
    record(tracker, "a")
    assert collector.wait(lambda: len(collector.posts) == 1)
    begun = time.monotonic()
    assert collector.wait(lambda: len(collector.posts) == 2)
    assert time.monotonic() - begun > 0.9


def test_a_batch_that_always_fails_does_not_block_newer_ones(collector, make_tracker):
    collector.rule = lambda events: 500 if any(event["page"] == "poison" for event in events) else 200
    tracker = make_tracker(collector.url, batch_size=1, max_backoff=0.2)
    record(tracker, "poison", *map(str, range(10)))
    assert collector.wait(lambda: len(collector.taken) == 10)
    tracker.flush(0.3)
    stats = tracker.stats()
    assert (stats["delivered"], stats["buffered"] + stats["in_flight"]) == (10, 1)


@pytest.mark.parametrize("status", [401, 404, 302])
def test_a_wrong_address_loses_nothing_and_is_told(collector, make_tracker, caplog, status):
    collector.rule = lambda events: status
    tracker = make_tracker(collector.url, max_backoff=0.05)
    record(tracker, *map(str, range(5)))
    assert collector.wait(lambda: len(collector.posts) > 4)
    health = tracker.health()
    assert health["status"] == "degraded"
    assert f"HTTP status {status}" in health["reasons"][0]
    assert "check collector_url" in health["reasons"][0]
    assert caplog.text.count("check collector_url") == 1
    collector.rule = None
    assert tracker.flush(10) == 0
    assert tracker.health()["status"] == "healthy"


def test_an_untrusted_certificate_is_a_wrong_address(make_tracker):
    import ssl

    import trustme

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("127.0.0.1").configure_cert(context)
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def refuse():
            connection, _ = listener.accept()
            with connection:
                try:
                    context.wrap_socket(connection, server_side=True).close()
                except OSError:  # the client says that it does not know us
                    return

        thread = threading.Thread(target=refuse)
        thread.start()
        tracker = make_tracker(f"https://127.0.0.1:{listener.getsockname()[1]}", max_backoff=60)
        record(tracker, "a")
        thread.join(15)
        assert tracker.flush(0.3) == 1
        assert "certificate" in tracker.health()["reasons"][0].lower()
        assert "check collector_url" in tracker.health()["reasons"][0]


@pytest.mark.parametrize(
    ("reason", "is_address"), [(socket.EAI_NONAME, True), (socket.EAI_AGAIN, False)], ids=["none", "again"]
)
def test_a_host_that_is_not_there_is_a_wrong_address(make_tracker, monkeypatch, reason, is_address):
    def fail(*_arguments, **_options):
        raise socket.gaierror(reason, "no such name")

    monkeypatch.setattr(socket, "getaddrinfo", fail)
    tracker = make_tracker("http://collector.example")
    record(tracker, "a")
    assert tracker.flush(0.3) == 1
    assert ("check collector_url" in tracker.health()["reasons"][0]) is is_address


@pytest.mark.parametrize("culprits", [1, 3])
@pytest.mark.parametrize("events", [1, 2, 7, 100])
def test_halves_until_the_culprits_are_alone(collector, make_tracker, events, culprits):
    culprits = min(culprits, events)
    refused = {str(n * events // culprits) for n in range(culprits)}
    collector.rule = lambda batch: 413 if any(event["page"] in refused for event in batch) else 200
    tracker = make_tracker(collector.url, linger=5)
    record(tracker, *map(str, range(events)))
    assert tracker.flush(10) == 0
    assert len(collector.taken) == events - culprits
    assert tracker.stats()["dropped"] == {"rejected": culprits}
    if culprits == 1:
        assert len(collector.posts) <= 2 * max(1, events - 1).bit_length() + 2


def test_identified_and_anonymous_events_never_share_a_post(collector, make_tracker):
    tracker = make_tracker(collector.url, linger=5)
    for n in range(20):
        record(tracker, f"{n % 2}", is_anonymous=n % 2 == 1)
    tracker.flush()
    assert len(collector.posts) == 2
    assert sorted({event["page"] for event in collector.taken}) == ["0", "1"]


def test_compresses_where_it_is_told_to(make_tracker):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        tracker = make_tracker(f"http://127.0.0.1:{listener.getsockname()[1]}", compress=True)
        record(tracker, "a title")
        connection, _ = listener.accept()
        with connection:
            head, _, body = connection.recv(65536).partition(b"\r\n\r\n")
            while len(body) < int(head.lower().partition(b"content-length: ")[2].split(b"\r\n")[0]):
                body += connection.recv(65536)
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        assert b"content-encoding: gzip" in head.lower()
        assert json.loads(gzip.decompress(body))["data"][0]["page"] == "a title"


def test_logs_drops_once_a_minute_and_not_for_each_event(collector, make_tracker, caplog):
    collector.rule = lambda events: "hang"
    tracker = make_tracker(collector.url, buffer_size=5, timeout=60)
    record(tracker, *map(str, range(100)))
    assert collector.wait(lambda: collector.posts)
    record(tracker, *map(str, range(100)))
    tracker.flush(0.2)
    assert sum(tracker.stats()["dropped"].values()) >= 190
    assert caplog.text.count("buffer is full") == 1
    assert any("buffer is full" in reason for reason in tracker.health()["reasons"])


@pytest.mark.parametrize("no_proxy", ["", "collector.invalid"])
def test_goes_through_the_proxy_that_the_environment_names(make_tracker, monkeypatch, no_proxy):
    with socket.create_server(("127.0.0.1", 0)) as proxy:
        monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{proxy.getsockname()[1]}")
        monkeypatch.setenv("NO_PROXY", no_proxy)
        tracker = make_tracker("http://collector.invalid")
        record(tracker, "a")
        if no_proxy:
            assert tracker.flush(0.5) == 1
            proxy.setblocking(False)
            with pytest.raises(BlockingIOError):
                proxy.accept()
            return
        connection, _ = proxy.accept()
        with connection:
            target = b"POST http://collector.invalid/com.snowplowanalytics.snowplow/tp2 HTTP/1.1"
            assert connection.recv(65536).startswith(target)
