"""The outbox as the background threads use it: its troubles are told once, and never end a thread."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from typing import TypeVar

from ...settings.settings import Settings
from ..conditions.troubles import Troubles
from ..memory.batch import Batch
from .file import CorruptOutboxError, Outbox, OutboxError, OutboxFullError
from .ledger import OutboxLedger

T = TypeVar("T")

_NO_ROOM = (
    "new events wait in memory alone, and those in it that this process wrote are sent from there; make room "
    "on the disk, or let the process write to it"
)
REFUSES_FOR = 1.0
"""Seconds for which a file is left alone that did not work."""


LEASE_TIMEOUTS = 3
"""A lease outlasts this many POSTs, so that one is never under way whose lease has run out."""


def outbox_of(settings: Settings) -> Outbox | None:
    """The outbox that the settings name, if they do."""
    if settings.outbox is None:
        return None
    return Outbox(
        settings.outbox,
        max_bytes=settings.outbox_max_bytes,
        on_full=settings.outbox_full,
        lease_seconds=LEASE_TIMEOUTS * settings.timeout,
    )


class OutboxGuard:
    """Passes work on to the outbox; after trouble it refuses for a while, so that nothing hangs on it.

    ``count`` counts each trouble as ``outbox_failed``. ``clock`` gives seconds.
    """

    def __init__(
        self,
        outbox: Outbox,
        *,
        troubles: Troubles,
        count: Callable[[str], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.outbox = outbox
        self._troubles = troubles
        self._count = count
        self._clock = clock
        self._reopen_at = 0.0

    def use(self, work: Callable[[Outbox], T]) -> T:
        """Do the work in the file, in a new one where it is corrupt; raises OutboxError."""
        if self._clock() < self._reopen_at:
            raise OutboxError(f"{self.outbox.path} did not work a moment ago")
        try:
            try:
                result = work(self.outbox)
            except CorruptOutboxError as error:
                self._put_aside(error)
                result = work(self.outbox)
        except OutboxFullError:
            raise
        except OutboxError as error:
            self._lose(error)
            raise
        if self.outbox.has_room:
            self._troubles.end("outbox")
        else:
            self._troubles.report("outbox", f"nothing can be written to {self.outbox.path}: {_NO_ROOM}")
        return result

    def look(self, work: Callable[[Outbox], T]) -> T:
        """Read in the file, also while nothing can be written there; raises OutboxError."""
        return self.use(work) if self.outbox.has_room else work(self.outbox)

    def forgive(self) -> None:
        """Try the file again at once."""
        self._reopen_at = 0.0

    def bury(self, batch: Batch, reason: str) -> None:
        """Keep events that waited in memory, and will not be sent, as dead letters; raises OutboxError."""
        for payload in batch.payloads:
            bury = partial(Outbox.bury, payload=payload, is_anonymous=batch.is_anonymous, reason=reason)
            self.use(bury)

    def ledger(self) -> OutboxLedger | None:
        """Where the file's events are; None where the file cannot say."""
        try:
            return self.look(lambda outbox: outbox.ledger())
        except OutboxError:  # told, here and below
            return None

    def is_emptied(self) -> Callable[[], bool]:
        """A condition: what is in the file now has left it, or the file cannot say."""
        try:
            number = self.look(lambda outbox: outbox.last_number())
        except OutboxError:
            return lambda: True
        return lambda: not self._has_until(number)

    def _has_until(self, number: int) -> bool:
        try:
            return self.look(lambda outbox: outbox.has_until(number))
        except OutboxError:
            return False

    def _put_aside(self, error: CorruptOutboxError) -> None:
        self._count("outbox_failed")
        aside = self.outbox.put_aside(error)
        if aside is not None:
            self._troubles.note(
                "outbox_corrupt", f"the outbox is corrupt: {error}; it was set aside as {aside}"
            )

    def _lose(self, error: OutboxError) -> None:
        self._count("outbox_failed")
        self._reopen_at = self._clock() + REFUSES_FOR
        self._troubles.report(
            "outbox",
            f"the outbox does not work, events wait in memory alone: {error}; "
            "check the disk and the permissions of the folder",
        )
