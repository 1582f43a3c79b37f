"""Under kill -9 in the middle of a load nothing is lost that was answered 200, and the file is sound."""

from __future__ import annotations

import sqlite3
import threading
import uuid

import httpx

from tracking_middleware.collector.store.store import Store

from ..conftest import PATIENCE, POST_PATH, SCHEMA, Collector
from .conftest import page_view

CLIENTS, BATCH, ENOUGH, KILLS = 6, 20, 20, 3


def killed_in_the_middle(collector):
    """Clients that POST until the collector is killed; the ids of the events that were answered 200."""
    answered, enough = [], threading.Semaphore(0)

    def send():
        with httpx.Client(base_url=collector.url, timeout=PATIENCE) as client:
            for _ in range(10_000):
                ids = [str(uuid.uuid4()) for _ in range(BATCH)]
                body = {"schema": SCHEMA, "data": [page_view(eid=eid) for eid in ids]}
                try:
                    answer = client.post(POST_PATH, json=body)
                except httpx.TransportError:
                    return
                if answer.status_code == 200:
                    answered.extend(ids)
                    enough.release()

    threads = [threading.Thread(target=send) for _ in range(CLIENTS)]
    for thread in threads:
        thread.start()
    for _ in range(ENOUGH):
        assert enough.acquire(timeout=PATIENCE)
    collector.kill()
    for thread in threads:
        thread.join(PATIENCE)
        assert not thread.is_alive()
    return answered


def test_what_was_answered_is_there_after_kills_in_the_middle_of_a_load(tmp_path):
    path = tmp_path / "events.sqlite3"
    answered = [eid for _ in range(KILLS) for eid in killed_in_the_middle(Collector("--store", str(path)))]
    assert len(answered) >= KILLS * ENOUGH * BATCH

    store = Store(path)
    ids = store.all_ids()
    assert set(answered) <= {row.summary.event_id for row in store.rows(ids)}
    assert store.counts() == (len(ids), 0)
    store.close()
    connection = sqlite3.connect(path)
    assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert connection.execute("SELECT count(*) FROM events").fetchone() == (len(ids),)
    connection.close()
