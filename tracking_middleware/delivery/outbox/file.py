"""The outbox: events on disk before they are sent, in one SQLite file that many processes share."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import TypeVar

from ..conditions.fork_lock import ForkLock
from ..conditions.hosting import run_natively
from ..memory.batch import Batch
from . import rows as rows
from . import tables as schema
from .room import FullError, Limit, OnFull

T = TypeVar("T")

_PAGE_SIZE = 8192
_LOCK_TIMEOUT = 1.0
_EXPORT_AT_ONCE = 1000


class OutboxError(Exception):
    """The file cannot be used now; the message says why. Nothing of the call was done."""


class CorruptOutboxError(OutboxError):
    """The file is damaged, or none of SQLite's; ``inode`` tells which file that was."""

    inode = 0


class OutboxFullError(OutboxError):
    """The file has reached its limit, and has nothing to drop for what comes."""


class Outbox:
    """One process's way into the file, for all its threads; opened when it is first used.

    After trouble the next call opens the file anew. Every call is one transaction, whole or not at
    all, and raises OutboxError where SQLite or the disk fails.
    """

    def __init__(
        self,
        path: str | Path,
        *,
        max_bytes: int = 2**62,
        on_full: OnFull = "drop_newest",
        lease_seconds: float = 0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """``clock`` gives seconds, the same in all processes of the machine."""
        self.path = Path(path)
        self._limit = Limit(max_bytes=max_bytes, on_full=on_full)
        self._lease_seconds = lease_seconds
        self._clock = clock
        self._lock = ForkLock(patience=_LOCK_TIMEOUT)
        self._connection: sqlite3.Connection | None = None
        self._inode = 0
        self._until: dict[int, float] = {}
        """When the leases that this process holds run out."""

    # --- the writer ---

    def store(self, events: Sequence[tuple[bytes, bool]]) -> None:
        """Put events at the end, each with whether it is anonymous."""
        self._write(partial(rows.store, events=events, limit=self._limit))

    def bury(self, payload: bytes, *, is_anonymous: bool, reason: str) -> None:
        """Put an event that will not be sent straight among the dead letters."""
        self._write(
            partial(rows.bury, payload=payload, is_anonymous=is_anonymous, reason=reason, limit=self._limit)
        )

    # --- the sender ---

    def claim(self, *, most: int, most_bytes: int) -> rows.Claim:
        """Lease the oldest events that nobody has; identified and anonymous ones come apart."""
        now = self._clock()
        until = now + self._lease_seconds
        claim = self._write(partial(rows.claim, most=most, most_bytes=most_bytes, now=now, until=until))
        self._until = {batch.lease: until for batch in claim.batches}
        return claim

    def hold(self, batch: Batch) -> bool:
        """See to it that the lease outlasts another POST; False where somebody else has the events."""
        now = self._clock()
        if self._until.get(batch.lease, 0.0) - now > self._lease_seconds / 2:
            return True
        until = self._until[batch.lease] = now + self._lease_seconds
        return self._write(partial(rows.renew, lease=batch.lease, until=until))

    def deliver(self, batch: Batch) -> None:
        """The collector took the events: they leave the file."""
        self._write(partial(rows.deliver, batch=batch))

    def refuse(self, batch: Batch, reason: str) -> None:
        """The collector will never take the events: they become dead letters."""
        self._write(partial(rows.refuse, batch=batch, reason=reason))

    def give_back(self, batch: Batch, *, wait: float) -> None:
        """The events were not taken: nobody tries them for ``wait`` seconds, then anybody may."""
        self._write(partial(rows.give_back, batch=batch, until=self._clock() + min(wait, rows.LONGEST_WAIT)))

    def release(self, leases: Iterable[int], *, patience: float = -1) -> None:
        """Anybody may send the events of these leases now, whoever put them off.

        ``patience``: seconds to wait for another thread that is in the file, or -1 for all it takes.
        """
        self._write(partial(rows.release, leases=tuple(leases)), patience=patience)

    # --- anybody ---

    def ledger(self) -> rows.OutboxLedger:
        """Where the file's events are at this instant."""
        return self._read(partial(rows.ledger, now=self._clock()))

    def last_number(self) -> int:
        """The number of the event that was put in last."""
        return self._read(rows.last_number)

    def has_until(self, number: int) -> bool:
        """Whether an event of up to this number still waits."""
        return self._read(partial(rows.has_until, number=number))

    def dead_letters(self) -> list[rows.DeadLetter]:
        """All dead letters, the oldest first."""
        return self._read(rows.dead_letters)

    def retry_dead_letters(self) -> int:
        """Let all dead letters wait to be sent again; how many they were."""
        return self._write(rows.retry_dead_letters)

    def payloads(self) -> Iterator[bytes]:
        """The payloads of all events in the file, waiting or dead, the oldest first."""
        number = 0
        while page := self._read(partial(rows.payloads, after=number, most=_EXPORT_AT_ONCE)):
            yield from (payload for _, payload in page)
            number = page[-1][0]

    # --- the file ---

    def put_aside(self, error: CorruptOutboxError) -> Path | None:
        """Give a corrupt file another name; that, or None where somebody else has done it already."""
        aside = self.path.with_name(f"{self.path.name}.corrupt-{time.time_ns() // 1_000_000}")
        with self._lock, contextlib.suppress(FileNotFoundError):
            if os.stat(self.path).st_ino != error.inode:
                return None
            os.rename(self.path, aside)
            for suffix in ("-wal", "-shm"):
                with contextlib.suppress(FileNotFoundError):
                    os.rename(f"{self.path}{suffix}", f"{aside}{suffix}")
            return aside
        return None

    def prepare_fork(self) -> None:
        """Let go of the file, so that a child inherits nothing of it, and keep others out until resumed."""
        # a disk that hangs must not hang the fork: then the child abandons what it inherits
        if self._lock.hold_for_fork():
            self._disconnect()

    def resume_parent(self) -> None:
        """After the fork, in the parent: go on."""
        self._lock.resume_parent()

    def close(self) -> None:
        """Let go of the file; the next call opens it again."""
        with self._lock:
            self._disconnect()

    def _write(self, work: Callable[[sqlite3.Connection], T], *, patience: float = -1) -> T:
        return self._transact(work, begin="BEGIN IMMEDIATE", patience=patience)

    def _read(self, work: Callable[[sqlite3.Connection], T]) -> T:
        return self._transact(work, begin="BEGIN")

    def _transact(self, work: Callable[[sqlite3.Connection], T], *, begin: str, patience: float = -1) -> T:
        if not self._lock.acquire(timeout=patience):
            raise OutboxError(f"{self.path}: another thread is still in it")
        try:
            return run_natively(partial(self._attempt, work, begin))
        except FullError:
            raise OutboxFullError(f"{self.path} has reached outbox_max_bytes") from None
        except (sqlite3.Error, OSError) as error:
            self._disconnect()
            raise self._trouble(error) from error
        finally:
            self._lock.release()

    def _trouble(self, error: Exception) -> OutboxError:
        message = f"{self.path}: {error}"
        if not _is_corrupt(error):
            return OutboxError(message)
        corrupt = CorruptOutboxError(message)
        corrupt.inode = self._inode
        return corrupt

    def _attempt(self, work: Callable[[sqlite3.Connection], T], begin: str) -> T:
        connection = self._connect()
        connection.execute(begin)
        try:
            result = work(connection)
            connection.execute("COMMIT")
        except BaseException:
            with contextlib.suppress(sqlite3.Error):
                connection.execute("ROLLBACK")
            raise
        return result

    def _connect(self) -> sqlite3.Connection:
        if self._connection is None:
            os.close(os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600))
            self._inode = os.stat(self.path).st_ino
            # gevent's thread pool gives each call to another thread, one at a time
            self._connection = sqlite3.connect(
                self.path, timeout=_LOCK_TIMEOUT, isolation_level=None, check_same_thread=False
            )
            _prepare(self._connection)
        return self._connection

    def _disconnect(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with contextlib.suppress(sqlite3.Error):
                connection.close()


def existing(path: str | Path) -> Outbox:
    """A file that must be there already; raises OutboxError."""
    if not Path(path).is_file():
        raise OutboxError(f"{path} is no file: name the one that the setting outbox names")
    return Outbox(path)


def _prepare(connection: sqlite3.Connection) -> None:
    """Make a new file an outbox; leave one of another kind alone."""
    if schema.is_new(connection):
        connection.execute(f"PRAGMA page_size = {_PAGE_SIZE}")
        _keep_a_log(connection)
        connection.execute("BEGIN IMMEDIATE")
        try:
            schema.create(connection)
        finally:
            connection.execute("COMMIT")
    # survives the end of the process at any moment; only a power cut may take the last commits
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute("PRAGMA journal_size_limit = 16777216")


def _keep_a_log(connection: sqlite3.Connection) -> None:
    """Change the file to write-ahead logging, while other processes may be doing the same."""
    deadline = time.monotonic() + _LOCK_TIMEOUT
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError:  # SQLite does not wait for this lock
            if time.monotonic() > deadline:
                raise
            time.sleep(0.01)


def _is_corrupt(error: Exception) -> bool:
    code: int = getattr(error, "sqlite_errorcode", 0)
    return code & 0xFF in {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
