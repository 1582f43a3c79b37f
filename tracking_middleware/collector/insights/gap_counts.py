"""Counts gaps in the background, one question after the other; who asks waits so long and no longer."""

from __future__ import annotations

import threading
from collections import OrderedDict
from concurrent.futures import Future
from concurrent.futures import TimeoutError as TookTooLong

from ..filtering.articles import ArticleFilters
from ..store.store import Store
from .gap_tables import GapTables
from .gaps import Asked, Gaps

PATIENCE = 10.0
"""Seconds that a page waits for what is being counted."""
_MOST_KNOWN = 32
"""Answers that are kept, and questions that wait."""


class GapCounts:
    """What any thread may ask. Nothing is counted, and no thread runs, while nobody asks."""

    def __init__(
        self, store: Store, *, timezone: str = "UTC", articles: ArticleFilters | None = None
    ) -> None:
        """As of ``GapTables``."""
        self._tables = GapTables(store, timezone=timezone, articles=articles)
        self._lock = threading.Lock()
        self._waiting: OrderedDict[Asked, Future[Gaps]] = OrderedDict()
        self._known: OrderedDict[Asked, Gaps] = OrderedDict()
        self._is_working = False

    def ask(self, asked: Asked, *, patience: float = PATIENCE) -> Gaps | None:
        """What is so now; where that takes longer, what was counted last, or None. Raises LiveError."""
        with self._lock:
            waiting = self._waiting.get(asked) or self._begin(asked)
        if waiting is not None:
            try:
                return waiting.result(patience)
            except TookTooLong:
                pass
        with self._lock:
            return self._known.get(asked)

    def end(self) -> None:
        """Break off what is being counted, at the end of the process; who asked is told."""
        self._tables.end()

    def _begin(self, asked: Asked) -> Future[Gaps] | None:
        """Put a question to the others; None where there are too many."""
        if len(self._waiting) >= _MOST_KNOWN:
            return None
        future = self._waiting[asked] = Future()
        if not self._is_working:
            self._is_working = True
            # no daemon: one that is in DuckDB when Python ends takes the process down
            threading.Thread(target=self._work, name="collector-gaps").start()
        return future

    def _work(self) -> None:
        while (question := self._next()) is not None:
            asked, future = question
            try:
                found = self._tables.gaps(asked)
            except BaseException as error:  # noqa: BLE001 - it is raised where the question was asked
                self._end(asked, None)
                future.set_exception(error)
            else:
                self._end(asked, found)
                future.set_result(found)

    def _next(self) -> tuple[Asked, Future[Gaps]] | None:
        with self._lock:
            if not self._waiting:
                self._is_working = False
                return None
            return next(iter(self._waiting.items()))

    def _end(self, asked: Asked, found: Gaps | None) -> None:
        with self._lock:
            del self._waiting[asked]
            if found is not None:
                self._known[asked] = found
                self._known.move_to_end(asked)
                if len(self._known) > _MOST_KNOWN:
                    self._known.popitem(last=False)
