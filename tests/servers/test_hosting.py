"""What servers do to forks, threads and greenlets."""

from __future__ import annotations

import sqlite3
import time

import pytest

from ..conftest import PATIENCE
from .arrivals import assert_once_each, paths
from .serving import SERVERS, Load, Server, wait_until

BY_NAME = {server.name: server for server in SERVERS}


@pytest.mark.parametrize(
    "name",
    [
        "gunicorn-sync-preload",
        "gunicorn-gthread-preload",
        "gunicorn-gevent-preload",
        "celery",
    ],
)
def test_an_event_recorded_before_the_fork_is_sent_once(name, start, sink):
    at_import = "/at-import"
    running = start(
        BY_NAME[name], collector_url=sink.url, linger=60, environ={"SITE_VISITED_AT_IMPORT": at_import}
    )
    with Load(running) as load:
        load.wait_until_under_way()
        running.terminate()
    assert paths(sink.events)[at_import] == 1
    assert_once_each(sink.events, load.answered)


def test_an_event_of_uwsgis_master_is_in_the_outbox_before_it_forks(start, sink, tmp_path):
    at_import = "/at-import"
    running = start(
        BY_NAME["uwsgi-prefork"],
        collector_url=sink.url,
        outbox=tmp_path / "outbox.sqlite3",
        environ={"SITE_VISITED_AT_IMPORT": at_import},
    )
    with Load(running) as load:
        load.wait_until_under_way()
        running.terminate()
    assert paths(sink.events)[at_import] == 1
    assert_once_each(sink.events, load.answered)


def test_uwsgis_master_says_which_events_are_lost_with_it(start, sink):
    running = start(
        BY_NAME["uwsgi-prefork"], collector_url=sink.url, environ={"SITE_VISITED_AT_IMPORT": "/at-import"}
    )
    with Load(running) as load:
        load.wait_until_under_way()
        running.terminate()
    assert "/at-import" not in paths(sink.events)
    assert "1 events of uWSGI's master are lost" in running.log.read_text()
    assert_once_each(sink.events, load.answered)


def test_uwsgi_that_ends_busy_workers_is_warned_of(start, sink):
    command = BY_NAME["uwsgi-prefork"].command.replace("--enable-threads ", "--enable-threads --die-on-term ")
    running = start(Server("uwsgi-die-on-term", command), collector_url=sink.url)
    running.terminate()
    assert "with die-on-term uWSGI ends busy workers at once" in running.log.read_text()


def test_uwsgi_without_threads_refuses_to_start_and_names_the_option(start, sink):
    command = BY_NAME["uwsgi-prefork"].command.replace("--enable-threads ", "")
    running = start(Server("uwsgi-without-threads", command), wait=False, collector_url=sink.url)
    assert running.process.wait(PATIENCE) != 0
    log = running.log.read_text()
    assert "SettingsError" in log
    assert "enable-threads" in log
    assert "WSGI app 0" not in log


@pytest.mark.parametrize("name", ["gunicorn-gevent", "gunicorn-gevent-preload"])
def test_a_locked_outbox_does_not_hold_up_other_greenlets(name, start, sink, tmp_path):
    outbox = tmp_path / "outbox.sqlite3"
    running = start(BY_NAME[name], collector_url=sink.url, outbox=outbox, linger=0.1)
    with Load(running) as before:
        before.wait_until_under_way()
    other = sqlite3.connect(outbox, isolation_level=None, timeout=PATIENCE)
    other.execute("BEGIN EXCLUSIVE")
    until = time.monotonic() + 2
    with Load(running) as load:
        wait_until(lambda: time.monotonic() > until, "two seconds are over")
    other.execute("COMMIT")
    other.close()
    assert load.answered
    assert load.slowest < 0.5
    running.terminate()
    answered = [*before.answered, *load.answered]
    if len(sink.events) < len(answered):  # a machine under load: the end has no time for so many
        again = start(BY_NAME[name], collector_url=sink.url, outbox=outbox, linger=0.1)
        sink.wait(lambda events: len(events) >= len(answered))
        again.terminate()
    assert_once_each(sink.events, answered)
