"""From a request to its events in the store, without keeping the event loop waiting."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable, Sequence
from concurrent.futures import Future, InvalidStateError, ThreadPoolExecutor

from ..payload.hit import Hit
from ..store.committer import NotKeptError
from ..store.store import Row, Store

_THREADS = 4
"""So many requests are read at the same time; reading may have to wait for a schema."""

_MOST_WAITING = 64 * 1024 * 1024
"""Bytes of bodies that wait to be read and committed."""

logger = logging.getLogger("tracking_middleware.collector.intake")

Read = Callable[[Hit], Sequence[Row]]
Heard = Callable[[Sequence[Row]], None]


class Intake:
    """Reads requests in threads of its own, and has what is in them committed."""

    def __init__(self, store: Store, read: Read, heard: Heard | None = None) -> None:
        """``read`` makes rows of a request; it may take its time.

        ``heard`` gets the rows of each request once they are committed, in a thread; it must be quick.
        """
        self._store = store
        self._rows_of = read
        self._heard = heard
        self._waiting = 0
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
            kept: Future[None] = Future()
            self._threads.submit(self._read, hit, kept)
            await _settled(kept)
        finally:
            self._waiting -= size

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

    def _tell(self, rows: Sequence[Row]) -> None:
        if self._heard is None:
            return
        try:
            self._heard(rows)
        except Exception:
            # the events are kept: a tracker that is told otherwise would send them again
            logger.exception("events could not be passed on")


async def _settled(kept: Future[None]) -> None:
    """Wait for a request to be kept; cancelled, only where it can no more be given up."""
    settled = asyncio.wrap_future(kept)
    while not settled.done():
        try:
            await asyncio.wait([settled])
        except asyncio.CancelledError:
            if kept.cancel():
                raise NotKeptError("the collector ends") from None
    settled.result()
