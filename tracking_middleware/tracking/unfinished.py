"""Exchanges that no server ended: from a finaliser, or from the next request of their thread."""

from __future__ import annotations

import atexit
import os
import threading
import weakref
from collections import deque
from collections.abc import Callable
from functools import cache
from typing import Protocol

from ..tally import Tally

_ADVICE = "a server neither read a body to its end nor closed it; its page view is sent all the same"


class Endable(Protocol):
    """What of an exchange is asked here."""

    @property
    def is_open(self) -> bool: ...
    def finish(self, how: str) -> None: ...


class Unfinished:
    """The exchanges of a tracker whose responses were let go of without an end, until somebody comes by.

    A finaliser may run anywhere, also where its own thread holds a lock: so it only leaves its exchange
    here, and the next request, ``stats()``, ``flush()``, ``close()`` or the end of the process ends it.
    """

    def __init__(self, tally: Tally) -> None:
        self._tally = tally
        self.start_child()
        _all.add(self)
        _watch_process()

    def start_child(self) -> None:
        """In a forked child: what is left here, or was begun before the fork, is the parent's to end."""
        self.left: deque[Endable] = deque()
        self.leave: Callable[[Endable], None] = self.left.append
        """Leave an exchange here that ended without an end; from a finaliser, in any thread."""

    def end(self) -> None:
        """End what was left, and count it."""
        while True:
            try:
                exchange = self.left.popleft()
            except IndexError:  # also where another thread was quicker
                return
            if exchange.is_open:
                exchange.finish("lingering")
                self._tally.error("unfinished", _ADVICE)


class Pending:
    """A response that the server has, and whose end it owes.

    Where it is let go of without one, by its finaliser, or where its thread answers the next request
    already, its exchange is left to ``Unfinished``.
    """

    __slots__ = ("__weakref__", "_exchange", "_is_running", "_leave")

    def __init__(self, exchange: Endable, leave: Callable[[Endable], None]) -> None:
        self._exchange = exchange
        self._leave = leave
        self._is_running = False

    def end_with_thread(self) -> None:
        """The thread has nothing else to do until this has ended."""
        global has_pending  # noqa: PLW0603
        has_pending = True
        _thread.latest = weakref.ref(self)

    def abandon(self) -> None:
        """Nobody will end it any more, unless something of it runs at this moment."""
        if not self._is_running and self._exchange.is_open:
            self._leave(self._exchange)

    def __del__(self) -> None:
        try:
            if self._exchange.is_open:
                self._leave(self._exchange)
        except Exception:  # noqa: BLE001, S110
            # a finaliser has nobody to tell, and may come where half of us is gone
            pass


class _Thread(threading.local):
    """What each thread answered last."""

    latest: Callable[[], Pending | None] | None = None


_thread = _Thread()
has_pending = False
"""Whether any thread of this process ever had something pending: of a site whose answers are lists none has,
and nobody need ask ``abandon_earlier``."""
_all: weakref.WeakSet[Unfinished] = weakref.WeakSet()


def abandon_earlier() -> None:
    """The thread answers another request: the response before is over, unless that is what asks."""
    latest = _thread.latest
    if latest is not None and (earlier := latest()) is not None:
        earlier.abandon()


def _end_all() -> None:
    for unfinished in list(_all):
        unfinished.end()


def _start_children() -> None:
    for unfinished in list(_all):
        unfinished.start_child()


@cache
def _watch_process() -> None:
    atexit.register(_end_all)
    if hasattr(os, "register_at_fork"):
        os.register_at_fork(after_in_child=_start_children)
