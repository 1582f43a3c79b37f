"""What the named sources say, read by a thread of its own and kept: a request never waits for it."""

from __future__ import annotations

import logging
import os
import threading
import time
import weakref
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Generic, TypeVar

from ...errors import SettingsError
from ...settings.agents.sources import Source
from .fetching import MOST_BYTES, Fetcher, FetchError

EVERY = 3600.0
"""Seconds after which a source is read again, so that a key that is taken away ends."""
RETRY = 300.0
"""Seconds until what failed is tried again, and between two readings whatever asks for them."""
WAKES = 30.0

logger = logging.getLogger("tracking_middleware")
T = TypeVar("T")


class Published(Generic[T]):
    """The sources' contents. ``held`` gives at once what is there, ``None`` where a source was not read yet.

    Files are read when this is made: SettingsError says which is wrong. URLs are read by a daemon thread,
    which starts with the first ``held`` in a process and ends with this. A source that fails keeps what
    it said last. For one thread.
    """

    def __init__(
        self,
        sources: Sequence[Source],
        read: Callable[[str], T],
        *,
        setting: str,
        fetcher: Fetcher | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.sources = tuple(sources)
        self.version = 0
        """Goes up with each content that was read."""
        self._read = read
        self._setting = setting
        self._fetcher = fetcher or Fetcher()
        self._clock = clock
        self._held: dict[Source, tuple[T, float]] = {}
        self._due: dict[Source, float] = {}
        self._told: dict[Source, str] = {}
        self._process = 0
        self._closed = threading.Event()
        self._read_files()

    def held(self) -> list[tuple[Source, T | None]]:
        """Each source with what it said last."""
        if self.sources and self._process != os.getpid() and not self._closed.is_set():
            self._start()
        found = [(source, self._held.get(source)) for source in self.sources]
        return [(source, None if kept is None else kept[0]) for source, kept in found]

    def is_fresh(self, source: Source) -> bool:
        """Whether a source was read so lately that what it has not is not there; if not, it is read soon."""
        kept = self._held.get(source)
        if kept is None:
            return False
        if kept[1] + RETRY > self._clock():
            return True
        self._due[source] = min(self._due.get(source, 0.0), kept[1] + RETRY)
        return False

    def refresh(self) -> None:
        """Read what is due; for the thread, and for who wants to wait. Never raises."""
        for source in self.sources:
            if self._due.get(source, 0.0) <= self._clock():
                is_read = self._refreshed(source)
                self._due[source] = self._clock() + (EVERY if is_read else RETRY)

    def close(self) -> None:
        """Let the thread end; what is held stays."""
        self._closed.set()

    def _read_files(self) -> None:
        problems = []
        for source in self.sources:
            if source.is_url:
                continue
            try:
                self._keep(source, self._text(source))
            except (OSError, ValueError) as error:
                problems.append(f"{self._setting} names the file {source.place!r}, which {_why(error)}")
        if problems:
            raise SettingsError(problems)

    def _refreshed(self, source: Source) -> bool:
        try:
            self._keep(source, self._text(source))
        except (FetchError, OSError, ValueError) as error:
            if self._told.get(source) != (why := _why(error)):  # once, and not every five minutes
                self._told[source] = why
                logger.warning("%s: %s of %s %s", self._setting, source.place, source.operator, why)
            return False
        except Exception:
            # the thread has to live on, whatever an operator publishes
            logger.exception("%s: %s was not read", self._setting, source.place)
            return False
        self._told.pop(source, None)
        return True

    def _text(self, source: Source) -> str:
        if source.is_url:
            return self._fetcher.text(source.place)
        path = Path(source.place)
        if path.exists() and not path.is_file():  # a pipe may never end
            raise ValueError("is no file")
        with path.open("rb") as file:
            read = file.read(MOST_BYTES + 1)
        if len(read) > MOST_BYTES:
            raise ValueError(f"has more than {MOST_BYTES} bytes")
        return read.decode("utf-8-sig")

    def _keep(self, source: Source, text: str) -> None:
        self._held[source] = (self._read(text), self._clock())
        self.version += 1

    def _start(self) -> None:
        self._process = os.getpid()
        self._closed = closed = threading.Event()  # a fork has no thread, and may have a locked event
        weakref.finalize(self, closed.set).atexit = False
        threading.Thread(
            target=_run, args=(weakref.ref(self), closed), name=f"tracking {self._setting}", daemon=True
        ).start()


def _run(reference: weakref.ref[Published[Any]], closed: threading.Event) -> None:
    while not closed.is_set():
        published = reference()
        if published is None:
            return
        published.refresh()
        del published  # so that it can go while this waits
        closed.wait(WAKES)


def _why(error: Exception) -> str:
    if isinstance(error, UnicodeDecodeError):
        return "is no text in UTF-8"
    if isinstance(error, OSError):
        return f"cannot be read: {error.strerror or error}"
    return str(error)
