"""The database outbox: rows that are committed with the order, and leased to whoever sends them."""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TypeVar

from django.db import DEFAULT_DB_ALIAS, connections, transaction
from django.db.models import F, Min, QuerySet

from ..delivery.conditions.troubles import Troubles
from ..delivery.lending import LeasedStore, Lender
from ..delivery.memory.batch import Batch
from ..delivery.memory.buffer import Buffer
from ..delivery.outbox.file import OutboxError
from ..delivery.outbox.rows import Claim
from ..delivery.outbox.troubled_outbox import LEASE_TIMEOUTS, REFUSES_FOR
from ..settings.settings import Settings
from .models import DatabaseNow, OutboxEvent

T = TypeVar("T")

Row = tuple[int, bool, int, bytes]
"""An event's number, whether it is anonymous, the tries that failed, and its payload."""


class DatabaseOutbox:
    """The rows in one database, for one thread; each call is a short transaction of its own.

    Raises Django's database errors, and OutboxError where the table is missing.
    """

    def __init__(
        self, alias: str, *, lease_seconds: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """``clock`` measures this process's own leases; when they end the database's clock decides."""
        self.alias = alias
        self._lease_seconds = lease_seconds
        self._clock = clock
        self._has_table = False
        self._until: dict[int, float] = {}
        """By number, when this process's lease on an event runs out."""

    def claim(self, *, most: int, most_bytes: int) -> Claim:
        """Lease the oldest events that nobody has; identified and anonymous ones come apart."""
        if not self._find_table():
            self.disconnect()
            return Claim()
        begun, lease = self._clock(), secrets.randbits(63)
        rows = self._lease(lease, most)
        if not rows:
            lapses_in = self._waiting().aggregate(lapses_in=Min(F("until") - DatabaseNow()))["lapses_in"]
            self.disconnect()  # an idle process holds no connection
            return Claim(next_lapse=None if lapses_in is None else begun + max(0.0, lapses_in))
        self._until = {number: begun + self._lease_seconds for number, *_ in rows}
        return Claim(batches=tuple(_batches(rows, lease=lease, most_bytes=most_bytes)))

    def hold(self, batch: Batch) -> bool:
        """See to it that the lease outlasts another POST; False where somebody else has the events."""
        now = self._clock()
        if min(self._until.get(number, 0.0) for number in batch.numbers) - now > self._lease_seconds / 2:
            return True
        self._until.update(dict.fromkeys(batch.numbers, now + self._lease_seconds))
        held = self._rows(batch).filter(lease=batch.lease).update(until=DatabaseNow() + self._lease_seconds)
        return held == len(batch)

    def deliver(self, batch: Batch) -> None:
        """The collector took the events: they are deleted, whoever has leased them since."""
        self._rows(batch).delete()

    def refuse(self, batch: Batch, reason: str) -> None:
        """The collector will never take the events: they stay as dead letters."""
        self._rows(batch).update(died=DatabaseNow(), reason=reason, lease=None)

    def give_back(self, batch: Batch, *, wait: float) -> None:
        """The events were not taken: nobody tries them for ``wait`` seconds, then anybody may."""
        self._rows(batch).filter(lease=batch.lease).update(
            until=DatabaseNow() + wait, attempt=batch.attempt + 1
        )

    def release(self, leases: Iterable[int]) -> None:
        """Anybody may send the events of these leases now, whoever put them off."""
        self._all().filter(lease__in=list(leases)).update(until=0.0)

    def count_waiting(self) -> int:
        """How many events are to be sent, or are being sent."""
        return self._waiting().count() if self._find_table() else 0

    def retry_dead_letters(self) -> int:
        """Let all dead letters wait to be sent again; how many they were."""
        dead = self._all().filter(died__isnull=False)
        return dead.update(died=None, reason="", until=0.0, attempt=0) if self._find_table() else 0

    def disconnect(self) -> None:
        """Close the thread's connection, unless it is in the middle of a transaction of somebody else's."""
        if not connections[self.alias].in_atomic_block:
            connections[self.alias].close()

    def _find_table(self) -> bool:
        """Whether there is the table; it has to be in the default database, if not routed elsewhere."""
        if not self._has_table:
            names = connections[self.alias].introspection.table_names()
            self._has_table = OutboxEvent._meta.db_table in names
        if not self._has_table and self.alias == DEFAULT_DB_ALIAS:
            raise OutboxError("its table is missing, run manage.py migrate")
        return self._has_table

    def _lease(self, lease: int, most: int) -> list[Row]:
        """Take rows that are free, without waiting for whoever takes others at this moment."""
        free = self._waiting().filter(until__lte=DatabaseNow()).order_by("number")
        numbers: list[int] | QuerySet[OutboxEvent, int] = free.values_list("number", flat=True)[:most]
        can_skip = connections[self.alias].features.has_select_for_update_skip_locked
        # SQLite: an UPDATE of nothing would lock the file, and one after a SELECT may not wait for others'
        if not can_skip and not free.exists():
            return []
        with transaction.atomic(using=self.alias):
            if can_skip:
                skipping = free.select_for_update(skip_locked=True)
                numbers = list(skipping.values_list("number", flat=True)[:most])
            until = DatabaseNow() + self._lease_seconds
            if not self._all().filter(number__in=numbers).update(lease=lease, until=until):
                return []
            rows = self._all().filter(lease=lease).order_by("number")
            return [
                (number, is_anonymous, attempt, bytes(payload))
                for number, is_anonymous, attempt, payload in rows.values_list(
                    "number", "is_anonymous", "attempt", "payload"
                )
            ]

    def _rows(self, batch: Batch) -> QuerySet[OutboxEvent]:
        return self._all().filter(number__in=batch.numbers)

    def _waiting(self) -> QuerySet[OutboxEvent]:
        return self._all().filter(died__isnull=True)

    def _all(self) -> QuerySet[OutboxEvent]:
        return OutboxEvent.objects.using(self.alias)


def _batches(rows: Sequence[Row], *, lease: int, most_bytes: int) -> Iterator[Batch]:
    """The rows as POSTs: identified and anonymous ones apart, none too large unless one event alone is."""
    for kind in (False, True):
        part: list[Row] = []
        for row in (row for row in rows if row[1] is kind):
            if part and sum(len(other[3]) for other in part) + len(row[3]) > most_bytes:
                yield _batch(part, lease=lease)
                part = []
            part.append(row)
        if part:
            yield _batch(part, lease=lease)


def _batch(rows: Sequence[Row], *, lease: int) -> Batch:
    return Batch(
        payloads=tuple(payload for *_, payload in rows),
        is_anonymous=rows[0][1],
        attempt=max(attempt for _, _, attempt, _ in rows),
        numbers=tuple(number for number, *_ in rows),
        lease=lease,
    )


class DatabaseGuard:
    """The rows as the sender uses them; after trouble it leaves the database alone for a while.

    ``count`` counts each trouble as ``database_outbox_failed``.
    """

    def __init__(self, outbox: DatabaseOutbox, *, troubles: Troubles, count: Callable[[str], None]) -> None:
        self._outbox = outbox
        self._troubles = troubles
        self._count = count
        self._reopen_at = 0.0

    def use(self, work: Callable[[Lender], T]) -> T:
        """Do the work; raises OutboxError."""
        kind = f"database_outbox {self._outbox.alias}"
        if time.monotonic() < self._reopen_at:
            raise OutboxError("the database did not work a moment ago")
        try:
            result = work(self._outbox)
        except Exception as error:
            # drivers, and test cases that forbid a database, raise more than Django's errors
            self._count("database_outbox_failed")
            self._reopen_at = time.monotonic() + REFUSES_FOR
            self._troubles.report(
                kind, f"the outbox in the database {self._outbox.alias!r} does not work: {error}"
            )
            self._outbox.disconnect()
            raise OutboxError(str(error)) from error
        self._troubles.end(kind)
        return result

    def forgive(self) -> None:
        """Try the database again at once."""
        self._reopen_at = 0.0


class DatabaseStore(LeasedStore):
    """The batches that wait in one database; its sender has a connection of its own."""

    def __init__(
        self,
        outbox: DatabaseOutbox,
        *,
        settings: Settings,
        buffer: Buffer,
        troubles: Troubles,
        count: Callable[[str], None],
    ) -> None:
        guard = DatabaseGuard(outbox, troubles=troubles, count=count)
        super().__init__(guard, buffer=buffer, settings=settings)
        self._outbox = outbox

    def close(self) -> None:
        """Give up what is claimed, and the connection."""
        super().close()
        self._outbox.disconnect()


class Databases:
    """The outboxes of a process in all databases that may have one."""

    def __init__(
        self,
        aliases: Sequence[str],
        *,
        settings: Settings,
        buffer: Buffer,
        troubles: Troubles,
        count: Callable[[str], None],
    ) -> None:
        self._aliases = aliases
        self.stores = [
            DatabaseStore(
                DatabaseOutbox(alias, lease_seconds=LEASE_TIMEOUTS * settings.timeout),
                settings=settings,
                buffer=buffer,
                troubles=troubles,
                count=count,
            )
            for alias in aliases
        ]

    def left(self) -> int:
        """How many events wait, of whatever process; 0 where a database cannot say."""
        found = [0]

        def count() -> None:
            for alias in self._aliases:
                outbox = DatabaseOutbox(alias, lease_seconds=0)
                try:
                    found[0] += outbox.count_waiting()
                except Exception:  # noqa: BLE001, S112
                    # the sender tells, as above
                    continue
                finally:
                    outbox.disconnect()

        # whoever asks may be in a transaction that is broken, or in an event loop
        thread = threading.Thread(target=count, name="tracking_middleware counter")
        thread.start()
        thread.join()
        return found[0]
