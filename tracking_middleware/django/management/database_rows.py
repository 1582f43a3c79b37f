"""A person in the rows of the database outbox."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from django.db import DatabaseError, connections, transaction
from django.db.models import QuerySet

from ...forgetting.in_use import UnusableError, in_use
from ...forgetting.retention.waiting import HeldWaiting, WaitingEvent
from ..models import OutboxEvent

_STRIDE = 500
"""Rows of one transaction: whoever sends from the table waits for no more."""


@dataclass(frozen=True, slots=True)
class DatabaseRows:
    """The table in one database. ``path`` is SQLite's file, or a name that receipts go by."""

    alias: str

    @property
    def kind(self) -> str:
        """See ``Holding``."""
        return f"database outbox {self.alias}"

    @property
    def path(self) -> Path:
        """See ``Holding``."""
        connection = connections[self.alias]
        name = str(connection.settings_dict["NAME"])
        is_file = connection.vendor == "sqlite" and Path(name).is_file()
        return Path(name) if is_file else Path(f"outbox-{self.alias}")

    @contextmanager
    def opened(self, *, wait: float) -> Iterator[HeldDatabaseRows]:
        """See ``Holding``."""
        connection = connections[self.alias]
        try:
            if OutboxEvent._meta.db_table not in connection.introspection.table_names():
                raise UnusableError(f"the database {self.alias!r} has no outbox: run manage.py migrate")
            if connection.vendor == "sqlite":
                with connection.cursor() as cursor:
                    cursor.execute("PRAGMA secure_delete = ON")
                    cursor.execute(f"PRAGMA busy_timeout = {int(wait * 1000)}")
            yield HeldDatabaseRows(self.alias)
        except DatabaseError as error:
            if "locked" in str(error) or "lock timeout" in str(error):
                raise in_use(self.path, wait) from None
            raise UnusableError(f"the database {self.alias!r} does not work: {error}") from error
        finally:
            if not connection.in_atomic_block:
                connection.close()


class HeldDatabaseRows(HeldWaiting):
    """The table while it is looked into; see ``Held``."""

    def __init__(self, alias: str) -> None:
        self._alias = alias

    def events(self, *, after: int = 0, most: int | None = None) -> Iterator[WaitingEvent]:
        """See ``HeldWaiting``."""
        while True:
            rows = list(self._all().filter(number__gt=after).order_by("number")[: most or _STRIDE])
            for row in rows:
                is_dead = row.died is not None
                is_leased = row.lease is not None and not is_dead
                yield WaitingEvent(row.number, bytes(row.payload), row.reason, is_dead, is_leased)
            if not rows or most is not None:
                return
            after = rows[-1].number

    def take_out(self, numbers: list[int]) -> None:
        """See ``HeldWaiting``."""
        for some in _strides(numbers):
            with transaction.atomic(using=self._alias):
                self._all().filter(number__in=some).delete()

    def put(self, changed: dict[int, bytes], *, are_anonymous: bool) -> None:
        """See ``HeldWaiting``."""
        more = {"is_anonymous": True} if are_anonymous else {}
        for some in _strides(list(changed)):
            with transaction.atomic(using=self._alias):
                for number in some:
                    self._all().filter(number=number).update(payload=changed[number], **more)

    def may_have_left(self) -> bool:
        """See ``HeldWaiting``."""
        return False

    def write_over(self) -> None:
        """See ``Held``: SQLite's file is made anew; another database does that in its own time."""
        connection = connections[self._alias]
        if connection.vendor == "sqlite" and not connection.in_atomic_block:
            with connection.cursor() as cursor:
                cursor.execute("VACUUM")
                cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def _all(self) -> QuerySet[OutboxEvent]:
        return OutboxEvent.objects.using(self._alias)


def _strides(numbers: list[int]) -> Iterator[list[int]]:
    rest = iter(sorted(numbers))
    while some := list(islice(rest, _STRIDE)):
        yield some
