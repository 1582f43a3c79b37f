"""Answers that were found, as long as the tables are those that they were found in."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import TypeVar

from ...insights.asking import Made

_MOST = 64
Found = TypeVar("Found")


class Kept:
    """Of the newest tables that were asked; any thread may use it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._made: Made | None = None
        self._found: OrderedDict[Hashable, object] = OrderedDict()

    def found(self, made: Made, key: Hashable, find: Callable[[], Found]) -> Found:
        """What ``find`` found in these tables before, by a key that says all that it depends on; else now."""
        with self._lock:
            if made is self._made and key in self._found:
                self._found.move_to_end(key)
                return self._found[key]  # type: ignore[return-value]
        found = find()
        with self._lock:
            if made is not self._made and (self._made is None or made.read_at >= self._made.read_at):
                self._made = made
                self._found.clear()
            if made is self._made:
                self._found[key] = found
                if len(self._found) > _MOST:
                    self._found.popitem(last=False)
        return found
