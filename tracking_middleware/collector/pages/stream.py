"""Events as they come, for EventSource: the store is asked after each commit, so nothing piles up here."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import asdict
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse

from ..filtering.articles import ArticleFilters
from ..micro.showing import Showing
from ..store.rows import Listing, Query
from ..store.store import Store
from .parts.lines import line_of
from .shown import shown_all
from .view import read_number, read_view

MOST_STREAMS = 64
"""Open at a time; one more is answered 503, and EventSource tries again."""
_MOST_ROWS = 100
_FARTHEST = 5_000
"""Ids that a stream may be behind before it leaves some out, and says so."""
_HEARTBEAT = 15.0
_BREATH = 0.1
"""Seconds between two messages at least: what comes meanwhile goes together."""
_Passes = Callable[[Mapping[str, Any]], bool]
_HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}


class Ending:
    """Tells the open streams, and what works in the background, that the server ends: it need not wait.

    All of it happens in the server's event loop.
    """

    def __init__(self) -> None:
        self.is_over = False
        self._listeners: set[Callable[[], None]] = set()
        self._works: list[Callable[[], None]] = []

    def __call__(self) -> None:
        self.is_over = True
        for wake in [*self._listeners, *self._works]:
            wake()

    @property
    def waiting(self) -> int:
        """How many streams are open."""
        return len(self._listeners)

    def add(self, wake: Callable[[], None]) -> None:
        """Have ``wake`` called at the end."""
        self._listeners.add(wake)

    def stop(self, work: Callable[[], None]) -> None:
        """Have ``work`` called at the end; it is no stream."""
        self._works.append(work)

    def discard(self, wake: Callable[[], None]) -> None:
        """No longer."""
        self._listeners.discard(wake)


class Streams:
    """The route of the stream."""

    def __init__(
        self, store: Store, showing: Showing, ending: Ending, *, articles: ArticleFilters, zone: str
    ) -> None:
        """``articles`` tell which events are of an author or a subject, ``zone`` what a day is."""
        self._store = store
        self._showing = showing
        self._ending = ending
        self._articles = articles
        self._zone = zone

    async def open(self, request: Request) -> Response:
        """From ``Last-Event-ID``, else from ``after``, else from now on."""
        if self._ending.is_over or self._ending.waiting >= MOST_STREAMS:
            return PlainTextResponse("Too many streams are open.", 503, headers={"Retry-After": "5"})
        given = request.headers.get("last-event-id") or request.query_params.get("after", "")
        view = read_view(request.query_params)
        chosen = await run_in_threadpool(self._articles.choose, view.filter)
        passes = self._articles.passing(chosen.filter)
        query = view.query(zone=self._zone)
        # before the answer begins: what comes when that was seen is told
        newest = await run_in_threadpool(self._store.last_id)
        messages = self._messages(query, passes, read_number(given), newest)
        return StreamingResponse(messages, media_type="text/event-stream", headers=_HEADERS)

    async def _messages(
        self, query: Query, passes: _Passes, after: int | None, newest: int
    ) -> AsyncIterator[str]:
        wake, loop = asyncio.Event(), asyncio.get_running_loop()

        def tell(_last: int) -> None:
            loop.call_soon_threadsafe(wake.set)

        unsubscribe = self._store.subscribe(tell)
        self._ending.add(wake.set)
        try:
            yield "retry: 1000\n\n"
            if after is not None and after > newest:  # of another file, or from before a restart
                yield _message("restart", newest, {})
                after = newest
            position = newest if after is None else after
            while not self._ending.is_over:
                message, position = await self._next(query, passes, position, wake)
                if message:
                    yield message
        finally:
            self._ending.discard(wake.set)
            unsubscribe()

    async def _next(
        self, query: Query, passes: _Passes, position: int, wake: asyncio.Event
    ) -> tuple[str, int]:
        """One message, and where the next one goes on; it waits for something to tell, or to stay alive."""
        wake.clear()
        newest = await run_in_threadpool(self._store.last_id)
        if newest <= position:
            try:
                await asyncio.wait_for(wake.wait(), _HEARTBEAT)
            except TimeoutError:
                return ": still here\n\n", position
            return "", position
        if newest - position > _FARTHEST:
            start = newest - _MOST_ROWS
            return _message("skipped", start, {"count": start - position}), start
        listing, counts = await run_in_threadpool(self._after, query, position)
        cursor = position if listing.cursor is None else listing.cursor
        await asyncio.sleep(_BREATH)
        found = [row for row in listing.rows if passes(row.shape)]
        rows = [asdict(line_of(row)) for row in shown_all(found, self._showing)]
        return _message("rows", cursor, {"rows": rows, "good": counts[0], "bad": counts[1]}), cursor

    def _after(self, query: Query, position: int) -> tuple[Listing, tuple[int, int]]:
        return self._store.after(query, after=position, most=_MOST_ROWS), self._store.counts()


def _message(name: str, number: int, data: Mapping[str, Any]) -> str:
    """JSON without line breaks, in ASCII: nothing in it can end the message."""
    return f"event: {name}\nid: {number}\ndata: {json.dumps(data)}\n\n"
