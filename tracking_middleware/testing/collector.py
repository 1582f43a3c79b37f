"""A real collector for the time of some tests, in a thread of the test process."""

from __future__ import annotations

import socket
import tempfile
import threading
import time
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from ..tracking.living_trackers import living_trackers

_PATIENCE = 10.0
"""Seconds until something that must happen counts as not happening."""


class CollectorServer:
    """The local collector, listening on this machine at ``url``; use it in a ``with`` block.

    ``schemas`` are folders in the layout of an Iglu registry; an event with a schema that is not there is
    bad. Raises ImportError where the extra ``[collector]`` is not installed, SchemasError where a folder
    cannot be used.
    """

    def __init__(self, *, schemas: Sequence[str | Path] = ()) -> None:
        import httpx  # all of these are loaded when somebody wants a collector, not with pytest
        import uvicorn

        from ..collector import Store, create_app, load_iglu

        self._ends = ExitStack()
        folder = self._ends.enter_context(tempfile.TemporaryDirectory(prefix="tracking-middleware-"))
        self._store = Store(Path(folder) / "events.sqlite3")
        self._ends.callback(self._store.close)
        self._listener = self._ends.enter_context(socket.create_server(("127.0.0.1", 0)))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        """What a tracker's ``collector_url`` is set to."""
        config = uvicorn.Config(
            create_app(self._store, load_iglu(folders=schemas)),
            log_config=None,
            access_log=False,
            timeout_graceful_shutdown=1,
        )
        self._server = uvicorn.Server(config)
        self._client = self._ends.enter_context(
            httpx.Client(base_url=self.url, timeout=_PATIENCE, trust_env=False)
        )
        self._thread = threading.Thread(
            target=self._server.run, kwargs={"sockets": [self._listener]}, name="tracking collector"
        )

    def __enter__(self) -> Self:
        self._thread.start()
        self._client.get("/health").raise_for_status()  # the socket listens: it waits until there is a server
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.should_exit = True
        self._thread.join(_PATIENCE)
        self._ends.close()

    def good(self, *, at_least: int = 0, **criteria: Any) -> list[dict[str, Any]]:
        """The good events, newest first, as Micro's ``/micro/good`` gives them.

        ``event_type``, ``schema``, ``contexts`` and ``limit`` are Micro's filters. What trackers of this
        process still hold is sent first. Raises AssertionError where ``at_least`` so many do not come.
        """
        return self._events("/micro/good", at_least, criteria)

    def bad(self, *, at_least: int = 0, **criteria: Any) -> list[dict[str, Any]]:
        """The failed events, newest first, as Micro's ``/micro/bad`` gives them; see ``good``."""
        return self._events("/micro/bad", at_least, criteria)

    def counts(self) -> dict[str, int]:
        """How many events there are: ``total``, ``good`` and ``bad``."""
        self.settle()
        counts: dict[str, int] = self._client.get("/micro/all").raise_for_status().json()
        return counts

    def reset(self) -> None:
        """Forget all events."""
        self.settle()
        self._client.post("/micro/reset").raise_for_status()

    def settle(self) -> None:
        """Let the trackers of this process send what they hold for this collector."""
        for tracker in living_trackers():
            if tracker.settings.collector_url.startswith(self.url):
                tracker.flush(_PATIENCE)

    def _events(self, path: str, at_least: int, criteria: dict[str, Any]) -> list[dict[str, Any]]:
        self.settle()
        deadline = time.monotonic() + _PATIENCE
        came = threading.Event()
        leave = self._store.subscribe(lambda _last: came.set())
        try:
            while True:
                came.clear()
                events: list[dict[str, Any]] = (
                    self._client.post(path, json=criteria).raise_for_status().json()
                )
                if len(events) >= at_least:
                    return events
                if not came.wait(deadline - time.monotonic()):  # a browser or another process sends them
                    raise AssertionError(f"waited for {at_least} events of {path}: there are {len(events)}")
        finally:
            leave()
