"""A person in an outbox file, also while an app sends from it."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from ...delivery.outbox.ledger import forget_numbers
from ...delivery.outbox.tables import is_new
from ..retention.waiting import HeldWaiting, WaitingEvent
from .sqlite_file import STRIDE, has_free_pages, in_strides, opened, written_over

_ROWS = """
SELECT number, payload, '' AS reason, 0 AS is_dead,
       EXISTS (SELECT 1 FROM leases WHERE number BETWEEN first AND last AND until > :now) AS is_leased
FROM events WHERE number > :after
UNION ALL SELECT number, payload, reason, 1, 0 FROM dead_letters WHERE number > :after
ORDER BY number LIMIT :most
"""
_PUT = (
    "UPDATE events SET payload = ?, is_anonymous = max(is_anonymous, ?) WHERE number = ?",
    "UPDATE dead_letters SET payload = ?, is_anonymous = max(is_anonymous, ?) WHERE number = ?",
)


@dataclass(frozen=True, slots=True)
class OutboxFile:
    """The file that the setting ``outbox`` names."""

    path: Path
    kind: str = "outbox"

    @contextmanager
    def opened(self, *, wait: float) -> Iterator[HeldOutbox]:
        """See ``Holding``."""
        with opened(self.path, what="outbox", wait=wait, check=_check) as connection:
            yield HeldOutbox(connection, self.path, wait)


class HeldOutbox(HeldWaiting):
    """The outbox while it is looked into; see ``Held``."""

    def __init__(self, connection: sqlite3.Connection, path: Path, wait: float) -> None:
        self._connection = connection
        self._path = path
        self._wait = wait

    def events(self, *, after: int = 0, most: int | None = None) -> Iterator[WaitingEvent]:
        """See ``HeldWaiting``; read in strides, so that no log grows because somebody reads."""
        while True:
            given = {"after": after, "most": most or STRIDE, "now": time.monotonic()}
            rows = self._connection.execute(_ROWS, given).fetchall()
            for number, payload, reason, is_dead, is_leased in rows:
                yield WaitingEvent(number, payload, reason, bool(is_dead), bool(is_leased))
            if not rows or most is not None:
                return
            after = rows[-1][0]

    def take_out(self, numbers: list[int]) -> None:
        """See ``HeldWaiting``; the ledger of the file has them."""
        in_strides(self._connection, sorted(numbers), lambda some: forget_numbers(self._connection, some))

    def put(self, changed: dict[int, bytes], *, are_anonymous: bool) -> None:
        """See ``HeldWaiting``."""

        def work(numbers: list[int]) -> None:
            for statement in _PUT:
                rows = [(changed[number], int(are_anonymous), number) for number in numbers]
                self._connection.executemany(statement, rows)

        in_strides(self._connection, sorted(changed), work)

    def may_have_left(self) -> bool:
        """See ``HeldWaiting``."""
        return has_free_pages(self._connection)

    def write_over(self) -> None:
        """See ``Held``."""
        written_over(self._connection, self._path, wait=self._wait)


def _check(connection: sqlite3.Connection) -> None:
    if is_new(connection):
        raise sqlite3.DatabaseError("it has no tables yet")
