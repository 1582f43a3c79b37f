"""``--keep DAYS``: what came longer ago goes from every table and from the bytes of the file."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from dataclasses import replace

import pytest

from tracking_middleware.collector.store.committer import NotKeptError
from tracking_middleware.collector.store.retention import Retention, moment_before
from tracking_middleware.collector.store.store import Store

from ..conftest import PATIENCE, Collector
from .conftest import page_view
from .test_store_commits import rows, titles

OLD, NEW = "2001-02-03T04:05:06.000Z", "2999-01-01T00:00:00.000Z"
CANARY = "canary-of-long-ago"


def came(received, *events):
    return [replace(row, received=received) for row in rows(*events)]


def bytes_of(folder):
    return b"".join(path.read_bytes() for path in folder.iterdir())


def test_what_is_older_goes_from_every_table_and_the_younger_stays(tmp_path):
    store = Store(tmp_path / "events.sqlite3")
    store.add(came(NEW, page_view(aid="new", page="first, by a clock that was ahead")))
    store.add(came(OLD, *(page_view(aid="old", page=str(number)) for number in range(1201))))
    store.add(came(NEW, page_view(aid="new", page="last")))
    gone = [store.forget_before("2020-01-01T00:00:00.000Z") for _ in range(4)]
    assert (sum(gone), gone[-1]) == (1201, 0)
    assert all(number < 1201 for number in gone)  # in strides, so that no commit waits for all
    assert titles(store.latest()) == ["last", "first, by a clock that was ahead"]
    assert store.counts() == (2, 0)
    assert store.facets().app_ids == (("new", 2),)
    store.close()


def test_nothing_of_it_is_left_in_the_files(tmp_path):
    path = tmp_path / "events.sqlite3"
    store = Store(path)
    store.add(came(OLD, *(page_view(uid=f"{CANARY}-{number}") for number in range(300))))
    store.add(came(NEW, page_view(page="last")))
    store.close()
    assert CANARY.encode() in bytes_of(tmp_path)
    wait_until_gone(store := Store(path, keep_days=30))
    store.close()
    assert CANARY.encode() not in bytes_of(tmp_path)
    store = Store(path)
    assert titles(store.latest()) == ["last"]
    store.close()


def wait_until_gone(store):
    """Wait for the retention's thread: it has no rows left to take when one stride finds none."""
    done = threading.Event()
    stop = store.subscribe(lambda _last: done.set() if store.counts() == (1, 0) else None)
    if store.counts() != (1, 0):
        assert done.wait(PATIENCE)
    stop()


def test_the_collector_takes_them_out_at_its_start(tmp_path):
    path = tmp_path / "events.sqlite3"
    store = Store(path)
    store.add(came(OLD, page_view(page="old")))
    store.close()
    collector = Collector("--store", str(path), "--keep", "30")
    collector.post(page_view(page="today"))
    deadline = time.monotonic() + PATIENCE
    while collector.counts()["total"] != 1:
        assert time.monotonic() < deadline
    assert collector.stop() == 0
    store = Store(path)
    assert titles(store.latest()) == ["today"]
    store.close()


def test_a_disk_that_takes_nothing_is_told_and_asked_again_later(caplog):
    asked = threading.Event()

    def forget(_moment):
        asked.set()
        raise NotKeptError("the disk is full")

    retention = Retention(30, forget)
    assert asked.wait(PATIENCE)
    retention.close()
    assert "events older than 30 days could not be taken out: the disk is full" in caplog.text


def test_a_moment_is_written_as_the_rows_have_it():
    assert moment_before(1_700_000_000.25, 1) == "2023-11-13T22:13:20.250Z"
    assert moment_before(0, 999_999) == "1970-01-01T00:00:00.000Z"


@pytest.mark.parametrize("text", ["0", "-1", "13months", "1.5", ""])
def test_what_is_no_number_of_days_is_refused(text):
    done = subprocess.run(
        [sys.executable, "-m", "tracking_middleware", "collector", "--port", "0", f"--keep={text}"],
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )
    assert done.returncode == 2
    assert "is no number of days: give a whole one from 1 to 999999" in done.stderr
