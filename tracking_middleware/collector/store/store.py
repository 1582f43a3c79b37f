"""Where events are kept: one SQLite file in WAL mode, written by one thread, read by any number."""

from __future__ import annotations

import logging
import sqlite3
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from ..payload.json_text import encoded
from . import queries, timelines
from .committer import Committer, NotKeptError
from .queries import Wanted
from .readers import Readers
from .request_bodies import with_few_bodies
from .retention import Retention
from .rows import EVERYTHING, Bucket, Facets, Listing, Query, Reason, Row, StoredRow
from .summary import summary_of
from .tables import Record, empty, forget, forget_before, insert, last_id, prepare, refuse_foreign

__all__ = ["MOST_EVENTS", "NotKeptError", "Query", "Row", "Store", "StoreError", "StoredRow"]

_MOST_WAITING = 64 * 1024 * 1024
_CHUNK = 200
MOST_EVENTS = 1_000_000
"""Kept at the most: about 7 GB of page views with two entities each."""

logger = logging.getLogger("tracking_middleware.collector.store")


class StoreError(Exception):
    """The file cannot be used; the message says which and why."""


class Store:
    """Events in the order they came. Every method may be called from any thread."""

    def __init__(
        self, path: str | Path, *, most_events: int = MOST_EVENTS, keep_days: int | None = None
    ) -> None:
        """Beyond ``most_events`` the oldest go, and what came more than ``keep_days`` ago, if that is given.

        Raises StoreError where the file is no database of ours.
        """
        try:
            connection = _open(path)
            if keep_days is not None:  # what goes for its age is to be gone from the file's bytes too
                connection.execute("PRAGMA secure_delete = ON")
            self._last = last_id(connection)
            self._most_events = most_events
        except sqlite3.Error as error:
            raise StoreError(f"cannot use {str(path)!r} as the store: {error}") from error
        self._readers = Readers(path)
        self._lock = threading.Lock()
        self._listeners: dict[object, Callable[[int], None]] = {}
        self._committer = Committer(connection, committed=self._tell, most_waiting=_MOST_WAITING)
        self._retention = None if keep_days is None else Retention(keep_days, self.forget_before)

    def add(self, rows: Sequence[Row]) -> None:
        """Keep rows: when this returns they are committed. Raises NotKeptError."""
        self.submit(rows).result()

    def submit(self, rows: Sequence[Row]) -> Future[None]:
        """Keep rows: they are committed when the future is done. Raises NotKeptError, and so does it."""
        ready = [
            (
                row.is_good,
                row.received,
                summary_of(row.shape, is_good=row.is_good, received=row.received),
                encoded(row.shape),
            )
            for row in with_few_bodies(rows)
        ]

        def work(connection: sqlite3.Connection) -> None:
            records: list[Record] = [(number, *parts) for number, parts in enumerate(ready, self._last + 1)]
            insert(connection, records)
            self._last += len(records)
            if self._last > self._most_events:
                forget(connection, up_to=self._last - self._most_events)

        return self._committer.submit(work, weight=sum(len(shape) for *_, shape in ready))

    def latest(self, query: Query = EVERYTHING, *, before: int | None = None, most: int = 100) -> Listing:
        """The newest rows with ids below ``before``, newest first; the cursor is the next ``before``."""
        with self._readers.lend() as connection:
            return queries.latest(connection, query, before=before, most=most)

    def after(self, query: Query = EVERYTHING, *, after: int, most: int = 100) -> Listing:
        """The oldest rows with ids above ``after``, oldest first; the cursor is the next ``after``."""
        with self._readers.lend() as connection:
            return queries.after(connection, query, after=after, most=most)

    def all_ids(
        self, query: Query = EVERYTHING, wanted: Wanted | None = None, *, most: int | None = None
    ) -> list[int]:
        """The ids of all rows that are wanted, or the newest of them; see ``queries.all_ids``."""
        with self._readers.lend() as connection:
            return queries.all_ids(connection, query, wanted or {}, most=most)

    def rows(self, ids: Iterable[int]) -> tuple[StoredRow, ...]:
        """Rows by their ids, in that order, without those that are no longer there."""
        with self._readers.lend() as connection:
            return queries.rows(connection, ids)

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

    def counted_back(
        self, query: Query, *, since: str, until: str, buckets: int, patience: float
    ) -> tuple[list[Bucket], str]:
        """The newest parts of a timeline that so many seconds are enough for, and the moment they begin."""
        with self._readers.lend() as connection:
            return timelines.counted_back(
                connection, query, since=since, until=until, buckets=buckets, patience=patience
            )

    def counts_between(self, since: str, until: str) -> tuple[int, int]:
        """How many good and how many bad rows came in a time; the moments are as in Query."""
        with self._readers.lend() as connection:
            return timelines.counts_between(connection, since, until)

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

    def newest(self, query: Query = EVERYTHING) -> Iterator[dict[str, Any]]:
        """The shapes of events, newest first, without holding more than a few in memory."""
        before: int | None = None
        while True:
            listing = self.latest(query, before=before, most=_CHUNK)
            yield from (row.shape for row in listing.rows)
            if listing.cursor is None:
                return
            before = listing.cursor

    def last_id(self) -> int:
        """The highest id that was ever given; 0 where none was."""
        with self._readers.lend() as connection:
            return last_id(connection)

    def reading(self) -> AbstractContextManager[sqlite3.Connection]:
        """A connection for questions of other modules, all to the same state; it cannot write."""
        return self._readers.lend()

    def clear(self) -> None:
        """Forget everything; what is added afterwards has higher ids all the same."""
        self._committer.submit(empty).result()

    def forget_before(self, moment: str) -> int:
        """Forget some of what came before a moment, ISO 8601 in UTC; how many, 0 where none is left.

        When this returns that is committed. Raises NotKeptError.
        """
        gone = 0

        def work(connection: sqlite3.Connection) -> None:
            nonlocal gone
            gone = forget_before(connection, moment)

        self._committer.submit(work).result()
        return gone

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
        if self._retention is not None:
            self._retention.close()
        # the connection that writes goes last: it takes the file's log with it
        self._readers.close()
        self._committer.close()

    def _tell(self) -> None:
        with self._lock:
            listeners = list(self._listeners.values())
        for listener in listeners:
            try:
                listener(self._last)
            except Exception:
                # what was committed stays so, and the other listeners are to hear of it
                logger.exception("a listener to the store failed")


def _open(path: str | Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
    try:
        refuse_foreign(connection)
        connection.execute("PRAGMA journal_mode=WAL")
        # a killed process loses nothing that was committed; a power cut may, of the last moments
        connection.execute("PRAGMA synchronous=NORMAL")
        # the log goes into the file, which waits for the disk, each 16 MB: pages are written again and again
        connection.execute("PRAGMA wal_autocheckpoint=4000")
        connection.execute("PRAGMA cache_size=-16000")
        prepare(connection)
    except sqlite3.Error:
        connection.close()
        raise
    return connection
