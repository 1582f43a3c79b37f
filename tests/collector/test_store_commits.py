"""Commits: what is answered is on disk, what fails fails by itself, and the oldest give way."""

from __future__ import annotations

import sqlite3
import threading
from concurrent.futures import CancelledError

import pytest

from tracking_middleware.collector.store.committer import Committer, NotKeptError
from tracking_middleware.collector.store.rows import Query, Row
from tracking_middleware.collector.store.store import Store

from .conftest import page_view
from .test_store_queries import rows, titles

PATIENCE = 20


class Gate:
    """A job that holds the committer up until it is opened."""

    def __init__(self):
        self.entered, self._open = threading.Event(), threading.Event()

    def __call__(self, _connection):
        self.entered.set()
        assert self._open.wait(PATIENCE)

    def open(self):
        self._open.set()


@pytest.fixture
def commits():
    return []


@pytest.fixture
def connection(tmp_path):
    connection = sqlite3.connect(tmp_path / "jobs.sqlite3", check_same_thread=False, isolation_level=None)
    connection.execute("CREATE TABLE done (name TEXT UNIQUE)")
    return connection


@pytest.fixture
def committer(connection, commits):
    committer = Committer(connection, committed=lambda: commits.append(1), most_waiting=100)
    yield committer
    committer.close()


def adding(name):
    return lambda connection: connection.execute("INSERT INTO done VALUES (?)", (name,))


def done(tmp_path):
    reader = sqlite3.connect(tmp_path / "jobs.sqlite3")
    try:
        return sorted(name for (name,) in reader.execute("SELECT name FROM done"))
    finally:
        reader.close()


def held_up(committer):
    """A committer that does something else meanwhile, so that jobs gather."""
    gate = Gate()
    first = committer.submit(gate)
    assert gate.entered.wait(PATIENCE)
    return gate, first


def test_what_gathers_during_a_commit_goes_into_the_next_one(committer, commits, tmp_path):
    gate, first = held_up(committer)
    futures = [committer.submit(adding(str(n))) for n in range(50)]
    assert not any(future.done() for future in futures)
    gate.open()
    for future in [first, *futures]:
        future.result(PATIENCE)
    assert len(commits) == 2
    assert len(done(tmp_path)) == 50


def test_a_job_that_fails_costs_no_other(committer, tmp_path):
    gate, _ = held_up(committer)

    def half(connection):
        connection.execute("INSERT INTO done VALUES ('half')")
        raise RuntimeError("a bug")

    before, broken, twice, after = map(committer.submit, (adding("a"), half, adding("a"), adding("b")))
    gate.open()
    before.result(PATIENCE)
    after.result(PATIENCE)
    for future in (broken, twice):
        with pytest.raises(NotKeptError):
            future.result(PATIENCE)
    assert done(tmp_path) == ["a", "b"]


def test_a_commit_that_fails_fails_all_its_jobs_and_none_after(committer, tmp_path):
    gate, _ = held_up(committer)

    def lose(connection):
        connection.execute("ROLLBACK")
        raise sqlite3.OperationalError("database or disk is full")

    futures = [committer.submit(work) for work in (adding("a"), lose, adding("b"))]
    gate.open()
    for future in futures:
        with pytest.raises(NotKeptError, match="disk is full"):
            future.result(PATIENCE)
    committer.submit(adding("c")).result(PATIENCE)
    assert done(tmp_path) == ["c"]


def test_more_than_may_wait_is_refused_at_once(committer):
    gate, _ = held_up(committer)
    heavy = committer.submit(adding("a"), weight=99)
    with pytest.raises(NotKeptError, match="does not keep up"):
        committer.submit(adding("b"), weight=2)
    light = committer.submit(adding("c"), weight=1)
    gate.open()
    heavy.result(PATIENCE)
    light.result(PATIENCE)
    committer.submit(adding("d"), weight=1000).result(PATIENCE)


def test_a_job_that_nobody_waits_for_is_not_done(committer, tmp_path):
    gate, _ = held_up(committer)
    unwanted, wanted = committer.submit(adding("a")), committer.submit(adding("b"))
    assert unwanted.cancel()
    gate.open()
    wanted.result(PATIENCE)
    with pytest.raises(CancelledError):
        unwanted.result(PATIENCE)
    assert done(tmp_path) == ["b"]


def test_closing_commits_what_waits_and_takes_nothing_more(connection, tmp_path):
    committer = Committer(connection, committed=lambda: None, most_waiting=100)
    gate, _ = held_up(committer)
    waiting = committer.submit(adding("a"))
    closing = threading.Thread(target=committer.close)
    closing.start()
    gate.open()
    closing.join(PATIENCE)
    assert waiting.done()
    assert done(tmp_path) == ["a"]
    with pytest.raises(NotKeptError):
        committer.submit(adding("b"))


def test_a_full_disk_keeps_nothing_in_part_and_says_so(tmp_path):
    store = Store(tmp_path / "events.sqlite3")
    store.add(rows(page_view(page="before")))
    pages = store._committer._connection.execute("PRAGMA page_count").fetchone()[0]
    store._committer.submit(
        lambda connection: connection.execute(f"PRAGMA max_page_count = {pages + 20}").fetchone()
    ).result(PATIENCE)
    kept = 0

    def fill():
        nonlocal kept
        for _ in range(1000):
            store.add(rows(*(page_view(page="then") for _ in range(10))))
            kept += 10

    with pytest.raises(NotKeptError, match="full"):
        fill()
    assert store.counts() == (1 + kept, 0)
    assert len(store.all_ids(Query(text="then"))) == kept
    store._committer.submit(
        lambda connection: connection.execute("PRAGMA max_page_count = 1000000").fetchone()
    ).result(PATIENCE)
    store.add(rows(page_view(page="after")))
    assert titles(store.latest(most=1)) == ["after"]
    store.close()


def test_a_row_that_cannot_be_kept_costs_no_other_request(tmp_path):
    store = Store(tmp_path / "events.sqlite3")
    (good,) = rows(page_view())
    with pytest.raises(NotKeptError):
        store.add([good, Row(is_good=True, received=None, shape=good.shape)])
    store.add([good])
    assert store.counts() == (1, 0)
    assert len(store.latest().rows) == 1
    store.close()


def test_beyond_what_is_kept_the_oldest_go_from_every_table(tmp_path):
    path = tmp_path / "events.sqlite3"
    store = Store(path, most_events=10)
    store.add(rows(*(page_view(aid="old", page=str(n)) for n in range(7)), page_view(eid="7", aid="old")))
    store.add(rows(*(page_view(aid="new", page=str(n)) for n in range(9))))
    assert titles(store.latest())[::-1] == ["A page", *map(str, range(9))]
    assert store.counts() == (9, 1)
    assert store.facets().app_ids == (("new", 9), ("old", 1))
    store.add(rows(page_view(aid="new", page="last")))
    assert store.facets().app_ids == (("new", 10),)
    assert store.bad_reasons() == []
    store.close()
    reader = sqlite3.connect(path)
    counted = [reader.execute(f"SELECT count(*) FROM {t}").fetchone()[0] for t in ("events", "summaries")]
    assert counted == [10, 10]
    reader.close()


def test_threads_write_and_read_at_the_same_time(tmp_path):
    store = Store(tmp_path / "events.sqlite3")
    seen = []

    def write(name):
        for _ in range(20):
            store.add(rows(page_view(aid=name), page_view(aid=name)))
            seen.append(len(store.latest(Query(app_id=name), most=1).rows))

    threads = [threading.Thread(target=write, args=(f"app{n}",)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    assert seen == [1] * 120
    assert store.counts() == (240, 0)
    assert [number for _, number in store.facets().app_ids] == [40] * 6
    store.close()


def test_a_request_of_many_bad_events_does_not_multiply_its_body(tmp_path):
    path = tmp_path / "events.sqlite3"
    store = Store(path)
    few = rows(*(page_view(eid="7") for _ in range(10)))
    many = rows(*(page_view(eid=str(n), page="x" * 100) for n in range(1000)))
    body = many[0].shape["collectorPayload"]["body"]
    store.add([*few])
    store.add([*many])
    kept = [shape["collectorPayload"]["body"] for shape in store.newest()]
    assert kept[-10:] == [few[0].shape["collectorPayload"]["body"]] * 10
    assert kept[999] == body
    assert 0 < kept[:999].count(body) < 4_194_304 / len(body)
    assert next(store.newest())["rawEvent"]["parameters"]["eid"] == "999"
    store.close()


def test_a_body_that_is_long_is_kept_once(tmp_path):
    store = Store(tmp_path / "events.sqlite3")
    store.add(rows(page_view(eid="7", page="x" * 5_000_000), page_view(eid="8")))
    second, first = (shape["collectorPayload"]["body"] for shape in store.newest())
    assert second is None
    assert len(first) > 5_000_000
    store.close()


def test_a_closed_store_leaves_one_file_and_can_be_opened_again(tmp_path):
    store = Store(tmp_path / "events.sqlite3")
    store.subscribe(lambda _last: store.counts())
    store.add(rows(page_view()))
    store.close()
    assert [path.name for path in tmp_path.iterdir()] == ["events.sqlite3"]
    again = Store(tmp_path / "events.sqlite3")
    assert again.counts() == (1, 0)
    again.close()
