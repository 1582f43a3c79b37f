"""What pages will be asked of, made before somebody asks, where there is so much that it takes seconds."""

from __future__ import annotations

import threading
from contextlib import suppress

from ...journeys.live import LiveError
from . import persons
from .asking import Answering


class Ahead:
    """Begins when somebody first looks at a page: before that nobody may ever look.

    It loads DuckDB, plans what Journeys asks, and makes the first tables of all other pages, once. Of few
    events that is left to the page that asks.
    """

    def __init__(self, answering: Answering) -> None:
        self._answering = answering
        self._lock = threading.Lock()
        self._is_begun = False

    def look(self) -> None:
        """Somebody looks at a page, from any thread; this does not wait."""
        with self._lock:
            if self._is_begun or not self._answering.takes_long:
                return
            self._is_begun = True
        # no daemon: one that is in DuckDB when Python ends takes the process down
        threading.Thread(target=self._prepare, name="ahead").start()

    def _prepare(self) -> None:
        with suppress(LiveError):  # who asks is told
            persons.prepare()
        self._answering.begin()
