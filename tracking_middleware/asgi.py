"""The ASGI adapter: from scope and messages to the tracker's three calls, and nothing else."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from typing import Any

from .errors import SettingsError
from .exchange import REQUEST_HEADERS, Exchange, Header, RequestView, raw_path
from .tracker import Tracker
from .wiring import tracker_from

logger = logging.getLogger(__name__)

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
ASGIApp = Callable[[Scope, Receive, Send], Awaitable[None]]

_HEADERS = {name.encode(): name for name in REQUEST_HEADERS}


class ASGIMiddleware:
    """Tracks the page views of any ASGI app: ``ASGIMiddleware(app, collector_url=…, app_id=…)``.

    Takes every setting as a keyword, or a ready ``tracker``. Frameworks build their stack when the
    first message comes, so that a wrong setting cannot be raised to whoever started the server: it
    is answered to ``lifespan.startup``, and without lifespan logged, and requests pass through.
    """

    def __init__(self, app: ASGIApp, *, tracker: Tracker | None = None, **settings: Any) -> None:
        self.app = app
        self._tracker: Tracker | None = None
        self._error: SettingsError | None = None
        try:
            self._tracker = tracker_from(tracker, settings)
        except SettingsError as error:
            self._error = error
            logger.error("nothing is tracked: %s", error)

    @property
    def tracker(self) -> Tracker:
        """The tracker; raises the SettingsError where there is none."""
        if self._tracker is None:
            raise self._error or SettingsError(["no tracker was made"])
        return self._tracker

    def request_view(self, scope: Scope) -> RequestView:
        """What tracking knows of a request; subclasses say what its ``native`` is."""
        return view_of(scope, native=lambda: scope)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._lifespan(scope, receive, send)
        elif scope["type"] == "http" and self._tracker is not None and self._tracker.enabled:
            await self._http(self._tracker.begin_from(self.request_view, scope, scope), scope, receive, send)
        else:
            await self.app(scope, receive, send)

    async def _http(self, exchange: Exchange, scope: Scope, receive: Receive, send: Send) -> None:
        async def observed_send(message: Message) -> None:
            if message["type"] == "http.response.start":
                extra = await exchange.start_async(message["status"], message.get("headers", ()))
                if extra:
                    message = {**message, "headers": [*message.get("headers", ()), *map(_raw, extra)]}
            await send(message)
            if _ends_response(message):  # what the app does afterwards are its background tasks
                exchange.finish("complete")

        try:
            await self.app(scope, receive, observed_send)
        except BaseException:
            exchange.finish("raised")
            raise
        exchange.finish("returned")

    async def _lifespan(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._error is not None:
            await receive()
            await send({"type": "lifespan.startup.failed", "message": str(self._error)})
            return

        async def draining_send(message: Message) -> None:
            if message["type"].startswith("lifespan.shutdown."):
                await drain(self.tracker)
            await send(message)

        await self.app(scope, receive, draining_send)


def view_of(scope: Scope, *, native: Callable[[], Any], scheme: str = "", host: str = "") -> RequestView:
    """A request from its ASGI scope; ``scheme`` and ``host`` are given where the framework knows better."""
    headers, sent_host = _read_headers(scope.get("headers", ()))
    server, client = scope.get("server"), scope.get("client")
    return RequestView(
        method=scope["method"],
        scheme=scheme or scope.get("scheme", "http"),
        host=host or sent_host or (f"{server[0]}:{server[1]}" if server else ""),
        path=raw_path(
            (scope.get("raw_path") or b"").decode("latin-1"),
            prefix=scope.get("root_path", ""),
            path=scope["path"],
        ),
        query=scope.get("query_string", b"").decode("latin-1"),
        headers=headers,
        peer=client[0] if client else "",
        native_source=native,
    )


def _read_headers(raw: Iterable[tuple[bytes, bytes]]) -> tuple[dict[str, str], str]:
    """The headers that tracking reads, repeated ones joined (HTTP/2 splits cookies), and the host."""
    headers: dict[str, str] = {}
    host = ""
    for raw_name, value in raw:
        name = _HEADERS.get(raw_name)
        if name is not None:
            text = value.decode("latin-1")
            separator = "; " if name == "cookie" else ", "
            headers[name] = f"{headers[name]}{separator}{text}" if name in headers else text
        elif raw_name == b"host":
            host = value.decode("latin-1")
    return headers, host


def _raw(header: Header) -> tuple[bytes, bytes]:
    name, value = header
    return name.lower().encode("latin-1"), value.encode("latin-1")


def _ends_response(message: Message) -> bool:
    kind = message["type"]
    return kind == "http.response.pathsend" or (
        kind == "http.response.body" and not message.get("more_body", False)
    )


async def drain(tracker: Tracker) -> None:
    """Send what is left, without holding up the event loop."""
    try:
        loop = asyncio.get_running_loop()
    except RuntimeError:  # another event loop than asyncio's: nothing else runs on it any more
        tracker.flush()
    else:
        await loop.run_in_executor(None, tracker.flush)
