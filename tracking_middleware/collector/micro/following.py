"""Good events handed on as they come, a line each: to a stream, or to an address that takes POSTs."""

from __future__ import annotations

import http.client
import threading
from collections.abc import Callable
from dataclasses import replace
from typing import BinaryIO
from urllib.parse import urlsplit

from ..store.rows import Query
from ..store.store import Store
from .line_forms import LineForm
from .showing import Showing

_CHUNK = 200
_GOOD = Query(is_good=True)
_PATIENCE = 10.0
_LAST_PATIENCE = 3.0
_FIRST_PAUSE, _LONGEST_PAUSE = 0.5, 30.0

Write = Callable[[bytes], None]
"""Hands lines on, or raises OSError."""


class Follower:
    """Reads events from the store in a thread of its own, so that whoever is slow to take them slows nothing.

    What could not be handed on is handed on again, after a pause, until it is taken; the events wait
    in the store.
    """

    def __init__(
        self, store: Store, showing: Showing, form: LineForm, write: Write, *, say: Callable[[str], None]
    ) -> None:
        """Begins with the next event; ``say`` gets a line for people where events are not taken."""
        self._store = store
        self._showing = showing
        self._form = form
        self._write = write
        self._say = say
        self._cursor = store.last_id()
        self._news = threading.Event()
        self._is_ending = threading.Event()
        self._unsubscribe = store.subscribe(lambda _last: self._news.set())
        self._thread = threading.Thread(target=self._follow, name="collector-follower", daemon=True)
        self._thread.start()

    def close(self) -> int:
        """Hand on what there is, within three seconds; how many rows were not looked at.

        The store must still be open.
        """
        self._unsubscribe()
        self._is_ending.set()
        self._news.set()
        self._thread.join(_LAST_PATIENCE)
        return self._store.last_id() - self._cursor

    def _follow(self) -> None:
        pause = _FIRST_PAUSE
        while True:
            self._news.clear()
            try:
                while self._hand_on():
                    pause = _FIRST_PAUSE
            except BrokenPipeError:
                self._say("nobody reads the events any more")
                return
            except (OSError, http.client.HTTPException) as error:
                self._say(f"events could not be handed on, again in {pause:g} s: {error}")
                if self._is_ending.wait(pause):
                    return
                pause = min(2 * pause, _LONGEST_PAUSE)
                continue
            if self._is_ending.is_set():
                return
            self._news.wait()

    def _hand_on(self) -> bool:
        """Some events; whether there were rows to look at."""
        listing = self._store.after(_GOOD, after=self._cursor, most=_CHUNK)
        shown = [replace(row, shape=self._showing.shape(row.shape)) for row in listing.rows]
        if shown:
            self._write(self._form.lines(shown))
        was, self._cursor = self._cursor, listing.cursor or self._cursor
        return self._cursor > was


def to_stream(stream: BinaryIO) -> Write:
    """Writes and flushes."""

    def write(lines: bytes) -> None:
        stream.write(lines)
        stream.flush()

    return write


def to_address(url: str, form: LineForm) -> Write:
    """POSTs lines, joined by line breaks; any status but 2xx is a failure.

    Raises ValueError where ``url`` is none that takes POSTs.
    """
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError(f"{url!r} is no address that takes POSTs: give http(s)://host[:port]/path")
    make = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    host, port, path = (
        parts.hostname,
        parts.port,
        f"{parts.path or '/'}{'?' if parts.query else ''}{parts.query}",
    )

    def write(lines: bytes) -> None:
        connection = make(host, port, timeout=_PATIENCE)
        try:
            connection.request("POST", path, lines.rstrip(b"\n"), {"Content-Type": form.media_type})
            status = connection.getresponse().status
        finally:
            connection.close()
        if not 200 <= status < 300:
            raise OSError(f"the destination answered {status}")

    return write
