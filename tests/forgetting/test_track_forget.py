"""``manage.py track_forget``: a person in the rows of the database outbox."""

from __future__ import annotations

import json
import sqlite3

import pytest

from ..databases.conftest import manage, migrate, sqlite
from .conftest import ADA, ADAS, NAMING, OTHERS, bytes_of, canaries


@pytest.fixture
def database(tmp_path):
    """Django's database with events that wait, one that is dead, and one that was sent."""
    path = tmp_path / "shop.sqlite3"
    migrate({"default": sqlite(path)})
    rows = [json.dumps(event).encode() for event in (*ADAS.values(), *OTHERS.values(), *NAMING.values())]
    insert = (
        "INSERT INTO tracking_middleware_outboxevent (payload, is_anonymous, until, attempt, reason, died) "
        "VALUES (?, 0, 0, 0, ?, ?)"
    )
    connection = sqlite3.connect(path)
    with connection:
        connection.executemany(insert, [(row, "", None) for row in [*rows, *rows[:1]]])
        connection.execute(insert, (rows[0], "HTTP status 400", 1.0))
    with connection:
        connection.execute("DELETE FROM tracking_middleware_outboxevent WHERE number = 1")
    connection.close()
    return path


def left(path):
    connection = sqlite3.connect(path)
    rows = connection.execute("SELECT payload FROM tracking_middleware_outboxevent").fetchall()
    connection.close()
    return sorted(json.loads(payload)["page"] for (payload,) in rows)


def test_theirs_go_dead_ones_too_and_their_bytes(database, tmp_path):
    databases = {"default": sqlite(database)}
    asked = manage(databases, "track_forget", "--user-id", ADA)
    assert asked.returncode == 1
    assert f"1 dead letters, {len(ADAS)} events that wait" in asked.stdout
    assert "give --yes" in asked.stderr
    receipt = tmp_path / "receipt.json"
    done = manage(databases, "track_forget", "--user-id", ADA, "--yes", "--receipt", str(receipt))
    assert (done.returncode, done.stderr) == (0, "")
    assert left(database) == sorted([*OTHERS, *NAMING])
    assert [canary for canary in canaries() if canary in bytes_of(database)] == []
    assert json.loads(receipt.read_text())["files"][0]["removed"]["dead letters"] == 1
    again = manage(databases, "track_forget", "--user-id", ADA, "--yes")
    assert again.returncode == 1
    assert "is nowhere" in again.stderr
