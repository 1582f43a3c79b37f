"""Connections that read the store's file while another one writes it (SQLite's WAL)."""

from __future__ import annotations

import queue
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_WAIT = 5.0
"""Seconds for a lock, which a reader hardly ever meets."""


class Readers:
    """Lends each reader a connection of its own, and keeps it for the next."""

    def __init__(self, path: str | Path) -> None:
        self._path = path
        self._is_closed = False
        self._idle: queue.LifoQueue[sqlite3.Connection] = queue.LifoQueue()

    @contextmanager
    def lend(self) -> Iterator[sqlite3.Connection]:
        """A connection to ask with, all questions to the same state of the file."""
        try:
            connection = self._idle.get_nowait()
        except queue.Empty:
            connection = self._open()
        try:
            connection.execute("BEGIN")
            yield connection
        finally:
            connection.rollback()
            self._idle.put(connection)
            if self._is_closed:
                self.close()

    def _open(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self._path, timeout=_WAIT, check_same_thread=False, isolation_level=None)
        connection.execute("PRAGMA query_only = ON")
        return connection

    def close(self) -> None:
        """Close those that nobody uses, and from here on the others when they are given back."""
        self._is_closed = True
        while True:
            try:
                self._idle.get_nowait().close()
            except queue.Empty:
                return
