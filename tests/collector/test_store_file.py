"""Which files the store takes: new ones and its own, of every version, and no others."""

from __future__ import annotations

import hashlib
import json
import sqlite3

import pytest

from tracking_middleware.collector.store.store import Store, StoreError
from tracking_middleware.collector.store.tables import APPLICATION_ID
from tracking_middleware.delivery.outbox.file import Outbox

from .test_command import run


def written(path, *statements):
    connection = sqlite3.connect(path)
    for statement in statements:
        connection.execute(statement)
    connection.commit()
    connection.close()
    return path


def digests(folder):
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.iterdir()}


EVENTS = "CREATE TABLE events (id INTEGER PRIMARY KEY, is_good INTEGER, received TEXT, shape TEXT)"
FOREIGN = {
    "django's": ["CREATE TABLE django_migrations (id INTEGER)", "CREATE TABLE auth_user (id INTEGER)"],
    "one with a version": ["CREATE TABLE orders (id INTEGER)", "PRAGMA user_version = 1"],
    "one without tables": ["PRAGMA user_version = 7"],
    "one of another application": ["PRAGMA application_id = 42"],
    "one with events of its own": ["CREATE TABLE events (id INTEGER PRIMARY KEY, title TEXT)"],
    "one with our events beside its own tables": [EVENTS, "CREATE TABLE orders (id INTEGER)"],
    "one in WAL mode": ["PRAGMA journal_mode = WAL", "CREATE TABLE orders (id INTEGER)"],
    "a view": ["CREATE VIEW today AS SELECT 1"],
}


@pytest.mark.parametrize("kind", FOREIGN)
def test_a_database_of_something_else_is_refused_and_not_touched(tmp_path, kind):
    path = written(tmp_path / "db.sqlite3", *FOREIGN[kind])
    before = digests(tmp_path)
    with pytest.raises(StoreError, match=r"it is a database of something else .* name another file"):
        Store(path)
    assert digests(tmp_path) == before


def test_an_outbox_is_refused_as_well(tmp_path):
    outbox = Outbox(tmp_path / "outbox.sqlite3")
    outbox.store([(b"{}", False)])
    outbox.close()
    before = digests(tmp_path)
    with pytest.raises(StoreError, match="something else"):
        Store(outbox.path)
    assert digests(tmp_path) == before


def test_the_command_says_so(tmp_path):
    path = written(tmp_path / "db.sqlite3", *FOREIGN["django's"])
    done = run("collector", "--port", "0", "--store", str(path))
    assert done.returncode == 1
    assert "tables: auth_user, django_migrations" in done.stderr
    assert "Traceback" not in done.stderr


def opened(path):
    store = Store(path)
    try:
        return store.counts()
    finally:
        store.close()


def test_a_file_of_ones_own_is_opened_again(tmp_path):
    assert opened(tmp_path / "events.sqlite3") == opened(tmp_path / "events.sqlite3") == (0, 0)
    connection = sqlite3.connect(tmp_path / "events.sqlite3")
    assert connection.execute("PRAGMA application_id").fetchone() == (APPLICATION_ID,)
    connection.close()


def test_an_empty_file_is_a_new_one(tmp_path):
    (tmp_path / "events.sqlite3").touch()
    assert opened(tmp_path / "events.sqlite3") == (0, 0)


def test_one_of_before_there_was_an_application_id_is_opened(tmp_path):
    path = tmp_path / "events.sqlite3"
    opened(path)
    written(path, "PRAGMA application_id = 0")
    assert opened(path) == (0, 0)


def test_one_of_before_there_was_a_version_is_brought_up_to_date(tmp_path):
    shape = json.dumps({"rawEvent": {"parameters": {}}, "errors": ["why"]})
    insert = f"INSERT INTO events VALUES (1, 0, '2026-01-01T00:00:00.000Z', '{shape}')"
    path = written(
        tmp_path / "events.sqlite3", EVENTS, "CREATE INDEX events_by_kind ON events (is_good)", insert
    )
    assert opened(path) == (0, 1)


def test_one_of_a_newer_version_is_refused_as_such(tmp_path):
    path = tmp_path / "events.sqlite3"
    opened(path)
    written(path, "PRAGMA user_version = 99")
    with pytest.raises(StoreError, match="a newer tracking_middleware made"):
        Store(path)
