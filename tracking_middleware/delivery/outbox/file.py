"""The outbox: events on disk before they are sent, in one SQLite file that many processes share."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TypeVar

from ..conditions.fork_lock import ForkLock
from ..conditions.hosting import run_natively
from ..memory.batch import Batch
from . import rows as rows
from . import tables as schema
from .failures import CorruptOutboxError as CorruptOutboxError
from .failures import NoRoomError, failure_of, is_file
from .failures import OutboxError as OutboxError
from .failures import OutboxFullError as OutboxFullError
from .ledger import OutboxLedger
from .ledger import ledger as ledger_of
from .room import FullError, Limit, OnFull
from .unleased import NO_LEASE, Unleased

T = TypeVar("T")

_LOCK_TIMEOUT = 1.0
_EXPORT_AT_ONCE = 1000
_READING, _WRITING = "BEGIN", "BEGIN IMMEDIATE"


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
        self._unleased = Unleased()
        self.has_room = True
        """Whether the disk took what was written last."""

    # --- the writer ---

    def store(self, events: Sequence[tuple[bytes, bool]]) -> None:
        """Put events at the end, each with whether it is anonymous."""
        first = self._write(partial(rows.store, events=events, limit=self._limit))
        with self._lock:
            self._unleased.add(first, first + len(events) - 1)

    def bury(self, payload: bytes, *, is_anonymous: bool, reason: str) -> None:
        """Put an event that will not be sent straight among the dead letters."""
        self._write(
            partial(rows.bury, payload=payload, is_anonymous=is_anonymous, reason=reason, limit=self._limit)
        )

    # --- the sender ---

    def claim(self, *, most: int, most_bytes: int) -> rows.Claim:
        """Lease the oldest events that nobody has; identified and anonymous ones come apart.

        Where there is no room for a lease, events that this process stored come without one.
        """
        now = self._clock()
        until = now + self._lease_seconds
        try:
            claim = self._write(partial(rows.claim, most=most, most_bytes=most_bytes, now=now, until=until))
        except NoRoomError:
            return self._read(partial(self._unleased.claim, most=most, most_bytes=most_bytes, now=now))
        self._until = {batch.lease: until for batch in claim.batches}
        return claim

    def hold(self, batch: Batch) -> bool:
        """See to it that the lease outlasts another POST; False where somebody else has the events.

        Without room it cannot be made longer, and nobody else can have one: as long as it lasts it will do.
        """
        now = self._clock()
        left = self._until.get(batch.lease, 0.0) - now
        if batch.lease == NO_LEASE or left > self._lease_seconds / 2:
            return True
        until = now + self._lease_seconds
        try:
            is_held = self._write(partial(rows.renew, lease=batch.lease, until=until))
        except NoRoomError:
            return left > 0
        self._until[batch.lease] = until
        return is_held

    def deliver(self, batch: Batch) -> None:
        """The collector took the events: they leave the file, when it has room for that."""
        light = replace(batch, payloads=())
        self._write_or_owe(partial(rows.deliver, batch=light), "delivered", batch.numbers)

    def refuse(self, batch: Batch, reason: str) -> None:
        """The collector will never take the events: they become dead letters, when there is room for that."""
        light = replace(batch, payloads=())
        self._write_or_owe(partial(rows.refuse, batch=light, reason=reason), "dead", batch.numbers)

    def give_back(self, batch: Batch, *, wait: float) -> None:
        """The events were not taken: nobody tries them for ``wait`` seconds, then anybody may."""
        until = self._clock() + min(wait, rows.LONGEST_WAIT)
        if batch.lease == NO_LEASE:
            with self._lock:
                self._unleased.give_back(batch, until=until)
            return
        work = partial(rows.give_back, batch=replace(batch, payloads=()), until=until)
        if not self._write_or_owe(work):
            self._unleased.end([batch.lease], until=until)

    def release(self, leases: Iterable[int], *, patience: float = -1) -> None:
        """Anybody may send the events of these leases now, whoever put them off.

        ``patience``: seconds to wait for another thread that is in the file, or -1 for all it takes.
        """
        self._unleased.hurry()
        leases = tuple(leases)
        if not self._write_or_owe(partial(rows.release, leases=leases), patience=patience):
            self._unleased.end(leases, until=0.0)

    # --- anybody ---

    def ledger(self) -> OutboxLedger:
        """Where the file's events are at this instant."""
        found = self._read(partial(ledger_of, now=self._clock()))
        with self._lock:
            return self._unleased.corrected(found)

    def last_number(self) -> int:
        """The number of the event that was put in last."""
        return self._read(rows.last_number)

    def has_until(self, number: int) -> bool:
        """Whether an event of up to this number still waits."""
        with self._lock:
            owed = self._unleased.owed_events
        return self._read(partial(rows.has_until, number=number, but=owed))

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

    def _write_or_owe(
        self,
        work: Callable[[sqlite3.Connection], object],
        place: str = "",
        numbers: Sequence[int] = (),
        *,
        patience: float = -1,
    ) -> bool:
        """Whether it was done; without room it is as soon as there is some, before anything else."""
        try:
            self._write(work, patience=patience)
        except NoRoomError:
            with self._lock:
                self._unleased.owe(work, place, numbers)
            return False
        return True

    def _write(self, work: Callable[[sqlite3.Connection], T], *, patience: float = -1) -> T:
        return self._transact(work, begin=_WRITING, patience=patience)

    def _read(self, work: Callable[[sqlite3.Connection], T]) -> T:
        return self._transact(work, begin=_READING)

    def _transact(self, work: Callable[[sqlite3.Connection], T], *, begin: str, patience: float = -1) -> T:
        if not self._lock.acquire(timeout=patience):
            raise OutboxError(f"{self.path}: another thread is still in it")
        try:
            return run_natively(partial(self._attempt, work, begin))
        except FullError:
            raise OutboxFullError(f"{self.path} has reached outbox_max_bytes") from None
        except (sqlite3.Error, OSError) as error:
            failure = failure_of(error, path=self.path, inode=self._inode)
            is_full = isinstance(failure, NoRoomError)
            self.has_room = self.has_room and not is_full
            if not is_full or not is_file(self.path, inode=self._inode):  # to open it again may need room
                self._disconnect()
            raise failure from error
        finally:
            self._lock.release()

    def _attempt(self, work: Callable[[sqlite3.Connection], T], begin: str) -> T:
        connection = self._connect()
        changes = connection.total_changes
        connection.execute(begin)
        try:
            paid = self._unleased.pay(connection) if begin == _WRITING else 0
            result = work(connection)
            connection.execute("COMMIT")
        except BaseException:
            with contextlib.suppress(sqlite3.Error):
                connection.execute("ROLLBACK")
            raise
        self._unleased.forget(paid)
        self.has_room = self.has_room or connection.total_changes > changes  # nothing needs no room
        return result

    def _connect(self) -> sqlite3.Connection:
        if self._connection is None:
            os.close(os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600))
            inode = os.stat(self.path).st_ino
            if inode != self._inode:  # another file, whose events have other numbers
                self._inode, self._unleased = inode, Unleased()
            self._connection = schema.opened(self.path, patience=_LOCK_TIMEOUT)
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
