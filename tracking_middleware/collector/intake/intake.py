"""From a request to its events in the store, without keeping the event loop waiting."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future, InvalidStateError, ThreadPoolExecutor

from ..payload.hit import Hit
from ..store.committer import NotKeptError
from ..store.store import Row, Store

_THREADS = 4
"""So many requests are read at the same time; reading may have to wait for a schema."""

_SMALL = 16 * 1024
"""Characters of a body, some 15 page views, that are read without a thread: handing over would cost more."""

_MOST_WAITING = 64 * 1024 * 1024
"""Bytes of bodies that wait to be read and committed."""

logger = logging.getLogger("tracking_middleware.collector.intake")

Read = Callable[[Hit], Sequence[Row]]
Heard = Callable[[Sequence[Row]], None]


class Intake:
    """Reads requests, those that take long in threads of its own, and has what is in them committed."""

    def __init__(
        self, store: Store, read: Read, heard: Heard | None = None, *, may_wait: bool = True
    ) -> None:
        """``read`` makes rows of a request; where it ``may_wait`` for something it always gets a thread.

        ``heard`` gets the rows of each request once they are committed, in a thread; it must be quick.
        """
        self._store = store
        self._rows_of = read
        self._heard = heard
        self._may_wait = may_wait
        self._waiting = 0
        self._wakings: _Wakings | None = None
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="collector-intake")

    async def keep(self, hit: Hit) -> None:
        """Keep the events of a request: when this returns they are committed. Raises NotKeptError.

        Cancelled, as by a server that ends, it still does one or the other: what is not yet on its way to
        the disk is given up and never kept, and what is, it waits for.
        """
        size = len(hit.body or "")
        if self._waiting and self._waiting + size > _MOST_WAITING:
            raise NotKeptError("too many requests wait to be read")
        self._waiting += size
        try:
            await self._settled(self._begun(hit, size))
        finally:
            self._waiting -= size

    def _begun(self, hit: Hit, size: int) -> Future[None]:
        if not self._may_wait and size <= _SMALL:
            rows = self._rows_of(hit)
            committed = self._store.submit(rows)
            if self._heard is not None:
                committed.add_done_callback(lambda done: self._tell_of(done, rows))
            return committed
        kept: Future[None] = Future()
        self._threads.submit(self._read, hit, kept)
        return kept

    async def _settled(self, kept: Future[None]) -> None:
        """Wait for a request to be kept; cancelled, only where it can no more be given up."""
        loop = asyncio.get_running_loop()
        if self._wakings is None or self._wakings.loop is not loop:
            self._wakings = _Wakings(loop)
        while not kept.done():
            try:
                await self._wakings.of(kept)
            except asyncio.CancelledError:
                if kept.cancel():
                    raise NotKeptError("the collector ends") from None
        kept.result()

    def _read(self, hit: Hit, kept: Future[None]) -> None:
        if kept.cancelled():
            return

        def settle(committed: Future[None]) -> None:
            problem = committed.exception()
            if problem is not None:
                kept.set_exception(problem)
                return
            kept.set_result(None)
            self._tell(rows)

        try:
            rows = self._rows_of(hit)
            # from here on it cannot be given up any more
            if not kept.set_running_or_notify_cancel():
                return
            self._store.submit(rows).add_done_callback(settle)
        except Exception as error:  # noqa: BLE001 - it is for whoever waits
            with contextlib.suppress(InvalidStateError):  # it was given up meanwhile
                kept.set_exception(error)

    def _tell_of(self, committed: Future[None], rows: Sequence[Row]) -> None:
        if not committed.cancelled() and committed.exception() is None:
            self._tell(rows)

    def _tell(self, rows: Sequence[Row]) -> None:
        if self._heard is None:
            return
        try:
            self._heard(rows)
        except Exception:
            # the events are kept: a tracker that is told otherwise would send them again
            logger.exception("events could not be passed on")


class _Wakings:
    """Wakes those who wait in an event loop for what threads do, all of one commit at once."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self._due: deque[asyncio.Future[None]] = deque()
        self._is_called = False

    def of(self, kept: Future[None]) -> asyncio.Future[None]:
        """A future of the loop that is done soon after ``kept``, however that ends."""
        waiting = self.loop.create_future()
        kept.add_done_callback(lambda _: self._call(waiting))
        return waiting

    def _call(self, waiting: asyncio.Future[None]) -> None:
        self._due.append(waiting)
        if not self._is_called:
            self._is_called = True
            with contextlib.suppress(RuntimeError):  # the loop has ended, and nobody waits
                self.loop.call_soon_threadsafe(self._wake)

    def _wake(self) -> None:
        self._is_called = False  # before the first is taken: who comes from here on calls again
        while self._due:
            waiting = self._due.popleft()
            if not waiting.done():
                waiting.set_result(None)
