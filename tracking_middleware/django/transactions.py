"""Django's transactions: events tracked in one wait for its commit, in memory or as rows in it."""

from __future__ import annotations

from collections.abc import Callable

from django.db import connections, router, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from ..ids import new_uuid
from ..protocol import MAX_EVENT_BYTES, Encoder
from ..tracking.transactions import Deferred

Write = Callable[[Deferred, str], None]
"""Writes an event into the database with this alias, and sees to it that it leaves from there."""


class TransactionGate:
    """Keeps what is tracked within ``transaction.atomic()`` until that commits.

    ``write`` puts an event into the database as well, in the same transaction.
    """

    def __init__(self, write: Write | None = None) -> None:
        self._write = write

    def __call__(self, deferred: Deferred) -> bool:
        """Whether there is a transaction, which then has the event."""
        connection = innermost()
        if connection is None:
            return False
        if self._write is not None and not connection.needs_rollback:
            self._write(deferred, connection.alias)
        transaction.on_commit(deferred, using=connection.alias, robust=True)
        return True


def innermost() -> BaseDatabaseWrapper | None:
    """The connection whose atomic blocks are nested deepest, of several the last in ``DATABASES``."""
    # Django does not say which was entered last; connections that were never used are not made here
    within = [
        connection for connection in connections.all(initialized_only=True) if connection.in_atomic_block
    ]
    return max(reversed(within), key=lambda connection: len(connection.savepoint_ids), default=None)


def leave_as_if_committed() -> None:
    """Let events leave that wait for nothing but a ``TestCase``'s transaction, which never commits.

    An event that was tracked in an atomic block which was rolled back is forgotten by then.
    """
    for connection in connections.all(initialized_only=True):
        blocks = connection.atomic_blocks
        if connection.in_atomic_block and all(getattr(block, "_from_testcase", False) for block in blocks):
            for _, waiting, *_ in list(connection.run_on_commit):
                if isinstance(waiting, Deferred):
                    waiting()


class RowWriter:
    """Writes events into the table of the database outbox, within the transaction that is under way.

    A row that cannot be written costs nothing but itself: the event then waits in memory for the
    commit. ``stored`` is called after the commit for each that was written, ``count`` counts the others.
    """

    def __init__(
        self,
        encoder: Encoder,
        *,
        aliases: frozenset[str],
        stored: Callable[[], None],
        count: Callable[[str], None],
    ) -> None:
        self._encoder = encoder
        self._aliases = aliases
        self._stored = stored
        self._count = count

    def __call__(self, deferred: Deferred, alias: str) -> None:
        """Write a row, if there is something to send and a table for it."""
        if alias not in self._aliases or (encoded := self._encode(deferred)) is None:
            return
        from .models import OutboxEvent  # there is none unless the app is installed

        payload, is_anonymous = encoded
        try:
            with transaction.atomic(using=alias):  # a savepoint, so that a failure of ours ends here
                OutboxEvent(payload=payload, is_anonymous=is_anonymous).save(using=alias, force_insert=True)
        except Exception:  # noqa: BLE001
            # whatever the database has, the order must not suffer: the event waits in memory
            self._count("database_outbox_failed")
        else:
            deferred.leave_by(self._stored)

    def _encode(self, deferred: Deferred) -> tuple[bytes, bool] | None:
        """The payload, and whether it is anonymous; None where the background thread is to say why not."""
        try:
            recorded = deferred.complete()
            event = None if recorded is None else recorded.to_event(new_uuid)
            payload = b"" if event is None else self._encoder.encode(event)
        except Exception:  # noqa: BLE001
            return None  # it raises there again, and is counted
        return (payload, event.is_anonymous) if event and len(payload) <= MAX_EVENT_BYTES else None


def outbox_databases() -> list[str]:
    """The aliases that may have the table: PostgreSQL and SQLite, where the routers allow it."""
    return [
        alias
        for alias in connections
        if connections[alias].vendor in {"postgresql", "sqlite"}
        and router.allow_migrate(alias, "tracking_middleware", model_name="outboxevent")
    ]
