"""The tables of an outbox file, and how a file is told to be one.

Rows are numbered in the order they were put in, and a number is never used again. A process claims
a range of numbers by a lease. The file counts every event: ``stored = pending + leased + delivered +
dead + evicted``. Times of leases are seconds of the machine's monotonic clock, which its processes
share and which no change of the date moves.
"""

from __future__ import annotations

import sqlite3
import time
from pathlib import Path

_PAGE_SIZE = 8192
APPLICATION_ID = 1_416_777_047  # "TrMW", in the header of the file
VERSION = 1
_SCHEMA = """
CREATE TABLE ledger (
    last_number INTEGER NOT NULL, stored INTEGER NOT NULL,
    delivered INTEGER NOT NULL, dead INTEGER NOT NULL, evicted INTEGER NOT NULL
);
INSERT INTO ledger VALUES (0, 0, 0, 0, 0);
CREATE TABLE events (number INTEGER PRIMARY KEY, is_anonymous INTEGER NOT NULL, payload BLOB NOT NULL);
CREATE TABLE dead_letters (
    number INTEGER PRIMARY KEY, is_anonymous INTEGER NOT NULL, payload BLOB NOT NULL,
    reason TEXT NOT NULL, died REAL NOT NULL
);
CREATE TABLE leases (
    first INTEGER PRIMARY KEY, last INTEGER NOT NULL, token INTEGER NOT NULL,
    until REAL NOT NULL, attempt INTEGER NOT NULL
);
PRAGMA application_id = 1416777047;
PRAGMA user_version = 1
"""


def is_new(connection: sqlite3.Connection) -> bool:
    """Whether the file is empty; raises sqlite3.Error where it is a database of another kind."""
    application, version, tables = connection.execute(
        "SELECT (SELECT * FROM pragma_application_id), (SELECT * FROM pragma_user_version), "
        "(SELECT count(*) FROM sqlite_master)"
    ).fetchone()
    if (application, version, tables) == (0, 0, 0):
        return True
    if (application, version) != (APPLICATION_ID, VERSION):
        raise sqlite3.OperationalError("the file is no outbox of this version: name another one")
    return False


def opened(path: Path, *, patience: float) -> sqlite3.Connection:
    """An outbox, which an empty file is made; raises sqlite3.Error for a database of another kind.

    ``patience``: seconds to wait for other processes that do the same.
    """
    # gevent's thread pool gives each call to another thread, one at a time
    connection = sqlite3.connect(path, timeout=patience, isolation_level=None, check_same_thread=False)
    try:
        _prepare(connection, patience=patience)
    except BaseException:  # nobody is given a file without its tables
        connection.close()
        raise
    return connection


def _prepare(connection: sqlite3.Connection, *, patience: float) -> None:
    if is_new(connection):
        connection.execute(f"PRAGMA page_size = {_PAGE_SIZE}")
        _keep_a_log(connection, patience=patience)
        connection.execute("BEGIN IMMEDIATE")
        try:
            _create(connection)
        finally:
            connection.execute("COMMIT")
    # survives the end of the process at any moment; only a power cut may take the last commits
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute("PRAGMA journal_size_limit = 16777216")
    # where SQLite is built to write zeros over all that is deleted, every event would be written twice; the
    # log, which has another copy of it, is not written over
    connection.execute("PRAGMA secure_delete = FAST")


def _keep_a_log(connection: sqlite3.Connection, *, patience: float) -> None:
    """Change the file to write-ahead logging, while other processes may be doing the same."""
    deadline = time.monotonic() + patience
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError:  # SQLite does not wait for this lock
            if time.monotonic() > deadline:
                raise
            time.sleep(0.01)


def _create(connection: sqlite3.Connection) -> None:
    """Make the tables, unless another process just did."""
    if is_new(connection):
        for statement in _SCHEMA.split(";"):
            connection.execute(statement)
