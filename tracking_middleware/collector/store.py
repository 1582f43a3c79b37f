"""Where events are kept: one SQLite file in WAL mode, one connection, used by one thread at a time."""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_SCHEMA = """
CREATE TABLE IF NOT EXISTS events (
    id INTEGER PRIMARY KEY,
    is_good INTEGER NOT NULL,
    received TEXT NOT NULL,
    shape TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS events_by_kind ON events (is_good, id);
"""
_CHUNK = 500


class StoreError(Exception):
    """The file cannot be used; the message says which and why."""


@dataclass(frozen=True, slots=True)
class Row:
    """One event, good or bad; ``shape`` is what Micro's API shows of it."""

    is_good: bool
    received: str
    shape: dict[str, Any]


class Store:
    """Events in the order they came. Every method may be called from any thread."""

    def __init__(self, path: str | Path) -> None:
        """Raises StoreError where the file cannot be opened as a database."""
        self._lock = threading.Lock()
        try:
            self._connection = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
            self._connection.execute("PRAGMA journal_mode=WAL")
            self._connection.execute("PRAGMA synchronous=NORMAL")
            self._connection.executescript(_SCHEMA)
        except sqlite3.Error as error:
            raise StoreError(f"cannot use {str(path)!r} as the store: {error}") from error

    def add(self, rows: Sequence[Row]) -> None:
        """Keep rows: when this returns they are committed."""
        values = [(row.is_good, row.received, json.dumps(row.shape)) for row in rows]
        with self._lock, self._connection as connection:
            connection.execute("BEGIN")
            connection.executemany("INSERT INTO events (is_good, received, shape) VALUES (?, ?, ?)", values)

    def counts(self) -> tuple[int, int]:
        """How many are good, how many bad."""
        with self._lock:
            found = dict(self._connection.execute("SELECT is_good, count(*) FROM events GROUP BY is_good"))
        return found.get(1, 0), found.get(0, 0)

    def newest(self, *, is_good: bool) -> Iterator[dict[str, Any]]:
        """The shapes of good or bad events, newest first."""
        last = 2**62
        while True:
            with self._lock:
                found = self._connection.execute(
                    "SELECT id, shape FROM events WHERE is_good = ? AND id < ? ORDER BY id DESC LIMIT ?",
                    (is_good, last, _CHUNK),
                ).fetchall()
            yield from (json.loads(shape) for _, shape in found)
            if len(found) < _CHUNK:
                return
            last = found[-1][0]

    def latest(self, most: int) -> list[Row]:
        """The last rows of both kinds, newest first."""
        with self._lock:
            found = self._connection.execute(
                "SELECT is_good, received, shape FROM events ORDER BY id DESC LIMIT ?", (most,)
            ).fetchall()
        return [Row(bool(is_good), received, json.loads(shape)) for is_good, received, shape in found]

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._connection.execute("DELETE FROM events")

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._connection.close()
