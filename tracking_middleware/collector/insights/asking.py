"""Asks questions of tables that a thread in the background keeps as new as what they are made of."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from concurrent.futures import TimeoutError as TookTooLong
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Protocol, TypeVar

from ...journeys.answers.settings import Answers
from ...journeys.config import Config
from ...journeys.live import LiveError, failing

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

PATIENCE = 10.0
"""Seconds that who asks waits where there are no tables yet, or for those who ask as well."""
MOMENT = 0.15
"""Seconds that a page waits for tables that take long to make: the first, or newer than there are."""
FEW = 5_000
"""Events of which new tables are worth waiting for."""
_MOST_AT_ONCE = 2
Found = TypeVar("Found")


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """What the tables were made of: ``events`` events, as they were at ``read_at`` (in UTC, without a zone),
    by the configuration ``answers``. ``is_cut``: there are older events, which were not looked at. ``file``
    is what a run made them in, if one did, by which a browser has ``wait`` seconds to report a page view.
    """

    connection: DuckDBPyConnection
    read_at: datetime
    events: int
    answers: Answers
    is_cut: bool = False
    file: str = ""
    wait: int = Config().wait


class Source(Protocol):
    """What tables are made of."""

    @property
    def is_known(self) -> bool:
        """Whether what was made last is of what there is now; from any thread."""

    @property
    def takes_long(self) -> bool:
        """Whether there is so much that the first tables take seconds; from any thread."""

    def make(self) -> Made:
        """Make the tables of what there is, in the background; raises LiveError."""

    def end(self) -> None:
        """Break off, now and for good; from any thread."""


class Answering:
    """What any thread may ask. Until ``begin`` nothing is made, and no thread runs, while nobody asks."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._lock = threading.Lock()
        self._asking = threading.BoundedSemaphore(_MOST_AT_ONCE)
        self._making: Future[Made] | None = None
        self._made: Made | None = None
        self._patience = PATIENCE

    @property
    def takes_long(self) -> bool:
        """Whether who asks first would wait for seconds."""
        return self._made is None and self._source.takes_long

    def ask(
        self, question: Callable[[DuckDBPyConnection, Made], Found], *, patience: float = PATIENCE
    ) -> tuple[Found, Made] | None:
        """What there is to a question, of the newest tables that there are, and those; raises LiveError.

        The question gets a connection of its own, which sees one state of the tables, whatever becomes of
        them. None where the first tables are still being made, for which who asks waits ``patience`` seconds
        where they take long. Tables that were made before answer as well where newer ones take long: ``Made``
        says of when they are.
        """
        made = self._newest(patience if self.takes_long else PATIENCE)
        if made is None:
            return None
        if not self._asking.acquire(timeout=PATIENCE):
            raise LiveError("others asked for more than can be answered: ask again in a moment")
        try:
            with failing(), snapshot(made.connection) as cursor:
                return question(cursor, made), made
        finally:
            self._asking.release()

    def begin(self) -> None:
        """Begin to make the first tables before anybody asks."""
        with self._lock:
            if self._making is None and self._made is None:
                self._begin()

    def end(self) -> None:
        """Break off what is being made, at the end of the process; who asked is told."""
        self._source.end()

    def _newest(self, patience: float) -> Made | None:
        with self._lock:
            making = self._making
            if making is None and (self._made is None or not self._source.is_known):
                making = self._begin()
            patience = min(patience, self._patience)
        if making is not None:
            try:
                return making.result(patience)
            except TookTooLong:
                pass
        with self._lock:
            return self._made

    def _begin(self) -> Future[Made]:
        making = self._making = Future()
        # no daemon: one that is in DuckDB when Python ends takes the process down
        threading.Thread(target=self._make, args=(making,), name="answers").start()
        return making

    def _make(self, making: Future[Made]) -> None:
        try:
            made = self._source.make()
        except BaseException as error:  # noqa: BLE001 - it is raised where the question was asked
            self._end(None, PATIENCE)
            making.set_exception(error)
        else:
            self._end(made, PATIENCE if made.events < FEW else MOMENT)
            making.set_result(made)

    def _end(self, made: Made | None, patience: float) -> None:
        with self._lock:
            self._making, self._made, self._patience = None, made, patience


@contextmanager
def snapshot(connection: DuckDBPyConnection) -> Iterator[DuckDBPyConnection]:
    """A connection to the same tables that sees them as they are now, until it is left."""
    cursor = connection.cursor()
    try:
        cursor.execute("BEGIN")
        yield cursor
    finally:
        cursor.close()
