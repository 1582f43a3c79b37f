"""What the named sources say, read by a thread of its own and kept: a request never waits for it."""

from __future__ import annotations

import logging
import os
import threading
import time
import weakref
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Generic, TypeVar

from ...errors import SettingsError
from ...log_text import one_line
from ...settings.agents.sources import Source
from .fetching import MOST_BYTES, Fetched, Fetcher, FetchError
from .lifetimes import OTHERWISE
from .sources import ExpiredError, SourceState

RETRY = 300.0
"""Seconds until what failed is tried again, and between two readings whatever asks for them."""
LONGEST_KEPT = 7 * 86_400.0
"""Seconds for which what was read holds while no try to read it again succeeds."""
WAKES = 30.0

logger = logging.getLogger("tracking_middleware")
T = TypeVar("T")


class Published(Generic[T]):
    """The sources' contents. ``held`` gives at once what is there, ``None`` where a source was not read yet.

    Files are read when this is made: SettingsError says which is wrong. URLs are read by a daemon thread,
    which starts with the first ``held`` in a process and ends with this. A source that fails keeps what
    it said last, for ``LONGEST_KEPT``. For one thread; ``states`` for any. ``clock`` does not go back,
    ``now`` is in seconds since the epoch.
    """

    def __init__(
        self,
        sources: Sequence[Source],
        read: Callable[[str], T],
        *,
        setting: str,
        fetcher: Fetcher | None = None,
        clock: Callable[[], float] = time.monotonic,
        now: Callable[[], float] = time.time,
    ) -> None:
        self.sources = tuple(sources)
        self.version = 0
        """Goes up with each content that was read, or is not believed any more."""
        self._read = read
        self._setting = setting
        self._fetcher = fetcher or Fetcher()
        self._clock, self._now = clock, now
        self._held: dict[Source, tuple[T, float]] = {}
        self._due: dict[Source, float] = {}
        self._states = {source: SourceState(setting=setting, source=source) for source in self.sources}
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

    def states(self) -> list[SourceState]:
        """How it stands with each source in this process."""
        return [self._states[source] for source in self.sources]

    def refresh(self) -> None:
        """Read what is due; for the thread, and for who wants to wait. Never raises."""
        for source in self.sources:
            if self._due.get(source, 0.0) <= self._clock():
                seconds = self._refreshed(source)
                self._due[source] = self._clock() + (RETRY if seconds is None else seconds)

    def close(self) -> None:
        """Let the thread end; what is held stays."""
        self._closed.set()

    def _read_files(self) -> None:
        problems = []
        for source in self.sources:
            if source.is_url:
                continue
            try:
                self._keep(source, self._read_now(source))
            except ExpiredError as error:
                self._fail(source, _why(error))
            except (OSError, ValueError) as error:
                problems.append(f"{self._setting} names the file {source.place!r}, which {_why(error)}")
        if problems:
            raise SettingsError(problems)

    def _refreshed(self, source: Source) -> float | None:
        """For how many seconds what was read holds; None where it was not read."""
        try:
            fetched = self._read_now(source)
            self._keep(source, fetched)
        except (FetchError, OSError, ValueError) as error:
            self._fail(source, _why(error))
            return None
        except Exception:
            # the thread has to live on, whatever an operator publishes
            if not self._states[source].error:
                logger.exception("tracking: %s was not read", self._states[source].name)
            self._fail(source, "was not read, by a bug of ours", is_told=True)
            return None
        return fetched.seconds

    def _fail(self, source: Source, why: str, *, is_told: bool = False) -> None:
        """It is told once and not at every try, whatever the reason is meanwhile."""
        before = self._states[source]
        self._states[source] = failing = replace(before, failed=before.failed + 1, error=one_line(why)[:200])
        if not before.error and not is_told:
            logger.warning("tracking: %s; it is tried again every %g seconds", failing.sentence(), RETRY)
        kept = self._held.get(source)
        if kept is not None and kept[1] + LONGEST_KEPT <= self._clock():
            del self._held[source]
            self.version += 1
            logger.warning("tracking: %s is not believed any more, and proves nobody", failing.name)

    def _read_now(self, source: Source) -> Fetched:
        if source.is_url:
            return self._fetcher.fetched(source.place)
        path = Path(source.place)
        if path.exists() and not path.is_file():  # a pipe may never end
            raise ValueError("is no file")
        with path.open("rb") as file:
            read = file.read(MOST_BYTES + 1)
        if len(read) > MOST_BYTES:
            raise ValueError(f"has more than {MOST_BYTES} bytes")
        return Fetched(read.decode("utf-8-sig"), OTHERWISE)

    def _keep(self, source: Source, fetched: Fetched) -> None:
        self._held[source] = (self._read(fetched.text), self._clock())
        self.version += 1
        before = self._states[source]
        self._states[source] = replace(before, read=before.read + 1, read_at=self._now(), error="")
        if before.error:
            logger.warning("tracking: %s is read again", before.name)

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
