"""The tables of an outbox file, and how a file is told to be one.

Rows are numbered in the order they were put in, and a number is never used again. A process claims
a range of numbers by a lease. The file counts every event: ``stored = pending + leased + delivered +
dead + evicted``. Times of leases are seconds of the machine's monotonic clock, which its processes
share and which no change of the date moves.
"""

from __future__ import annotations

import sqlite3

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


def create(connection: sqlite3.Connection) -> None:
    """Make the tables, unless another process just did."""
    if is_new(connection):
        for statement in _SCHEMA.split(";"):
            connection.execute(statement)
