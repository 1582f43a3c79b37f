"""Where events are kept: one SQLite file in WAL mode, written by one thread, read by any number."""

from __future__ import annotations

import logging
import sqlite3
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from . import queries, timelines
from .committer import BusyError, Committer
from .json_text import encoded
from .readers import Readers
from .rows import EVERYTHING, Bucket, Facets, Listing, Query, Reason, Row, StoredRow
from .store_schema import Record, empty, insert, last_id, prepare
from .summary import summary_of

__all__ = ["BusyError", "Query", "Row", "Store", "StoreError", "StoredRow"]

_MOST_WAITING = 64 * 1024 * 1024
_CHUNK = 200

logger = logging.getLogger(__name__)


class StoreError(Exception):
    """The file cannot be used; the message says which and why."""


class Store:
    """Events in the order they came. Every method may be called from any thread."""

    def __init__(self, path: str | Path) -> None:
        """Raises StoreError where the file cannot be opened as a database."""
        try:
            connection = _open(path)
            self._last = last_id(connection)
        except sqlite3.Error as error:
            raise StoreError(f"cannot use {str(path)!r} as the store: {error}") from error
        self._readers = Readers(path)
        self._lock = threading.Lock()
        self._listeners: dict[object, Callable[[int], None]] = {}
        self._committer = Committer(connection, committed=self._tell, most_waiting=_MOST_WAITING)

    def add(self, rows: Sequence[Row]) -> None:
        """Keep rows: when this returns they are committed. Raises BusyError, sqlite3.Error: none are kept."""
        self.submit(rows).result()

    def submit(self, rows: Sequence[Row]) -> Future[None]:
        """Keep rows: they are committed when the future is done. Raises BusyError."""
        ready = [
            (
                row.is_good,
                row.received,
                summary_of(row.shape, is_good=row.is_good, received=row.received),
                encoded(row.shape),
            )
            for row in rows
        ]

        def work(connection: sqlite3.Connection) -> None:
            records: list[Record] = [(number, *parts) for number, parts in enumerate(ready, self._last + 1)]
            insert(connection, records)
            self._last += len(records)

        return self._committer.submit(work, weight=sum(len(shape) for *_, shape in ready))

    def latest(self, query: Query = EVERYTHING, *, before: int | None = None, most: int = 100) -> Listing:
        """The newest rows with ids below ``before``, newest first; the cursor is the next ``before``."""
        with self._readers.lend() as connection:
            return queries.latest(connection, query, before=before, most=most)

    def after(self, query: Query = EVERYTHING, *, after: int, most: int = 100) -> Listing:
        """The oldest rows with ids above ``after``, oldest first; the cursor is the next ``after``."""
        with self._readers.lend() as connection:
            return queries.after(connection, query, after=after, most=most)

    def get(self, number: int) -> StoredRow | None:
        """The row with an id; None where there is none, or no longer."""
        with self._readers.lend() as connection:
            return queries.get(connection, number)

    def timeline(self, query: Query = EVERYTHING, *, since: str, until: str, buckets: int) -> list[Bucket]:
        """How many rows came in each of ``buckets`` equal parts of a time, by platform.

        Parts in which nothing came are left out. The moments are as in Query, whose own are not looked
        at. Raises ValueError where they are none.
        """
        with self._readers.lend() as connection:
            return timelines.timeline(connection, query, since=since, until=until, buckets=buckets)

    def facets(self) -> Facets:
        """The values of ``app_id``, ``platform`` and ``event_name``, the 100 most frequent of each."""
        with self._readers.lend() as connection:
            return queries.facets(connection)

    def bad_reasons(self, most: int = 100) -> list[Reason]:
        """Why rows are bad, the most frequent reason first."""
        with self._readers.lend() as connection:
            return queries.bad_reasons(connection, most)

    def counts(self) -> tuple[int, int]:
        """How many are good, how many bad."""
        with self._readers.lend() as connection:
            return queries.counts(connection)

    def newest(self, *, is_good: bool) -> Iterator[dict[str, Any]]:
        """The shapes of good or bad events, newest first, without holding more than a few in memory."""
        before: int | None = None
        while True:
            listing = self.latest(Query(is_good=is_good), before=before, most=_CHUNK)
            yield from (row.shape for row in listing.rows)
            if listing.cursor is None:
                return
            before = listing.cursor

    def reading(self) -> AbstractContextManager[sqlite3.Connection]:
        """A connection for questions of other modules, all to the same state; it cannot write."""
        return self._readers.lend()

    def clear(self) -> None:
        """Forget everything; what is added afterwards has higher ids all the same."""
        self._committer.submit(empty).result()

    def subscribe(self, callback: Callable[[int], None]) -> Callable[[], None]:
        """Have ``callback`` called with the last id after each commit; returns what ends that.

        It is called in the thread that writes: it must be quick, and what it raises is logged.
        """
        key = object()
        with self._lock:
            self._listeners[key] = callback

        def unsubscribe() -> None:
            with self._lock:
                self._listeners.pop(key, None)

        return unsubscribe

    def close(self) -> None:
        """Write what waits, and close the file."""
        self._committer.close()
        self._readers.close()

    def _tell(self) -> None:
        with self._lock:
            listeners = list(self._listeners.values())
        for listener in listeners:
            try:
                listener(self._last)
            except Exception:
                logger.exception("a listener to the store failed")


def _open(path: str | Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
    try:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=NORMAL")
        prepare(connection)
    except sqlite3.Error:
        connection.close()
        raise
    return connection
