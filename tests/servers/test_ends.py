"""A server that is told to end, under load, sends an event for each request it answered, and in time."""

from __future__ import annotations

import socket

import pytest

from .arrivals import assert_once_each
from .serving import SERVERS, Load


@pytest.mark.parametrize("server", SERVERS, ids=str)
def test_sigterm_under_load_loses_no_event(server, start, sink):
    running = start(server, collector_url=sink.url, linger=60)
    with Load(running) as load:
        load.wait_until_under_way()
        running.terminate()
    assert_once_each(sink.events, load.answered)


@pytest.mark.parametrize("server", SERVERS, ids=str)
def test_the_end_waits_for_a_hung_collector_no_longer_than_it_may(server, start):
    with socket.create_server(("127.0.0.1", 0)) as hung:  # takes connections, and never answers
        url = f"http://127.0.0.1:{hung.getsockname()[1]}"
        running = start(server, collector_url=url, timeout=60, shutdown_timeout=1)
        with Load(running) as load:
            load.wait_until_under_way()
        assert running.terminate() < 1 + server.own_time
