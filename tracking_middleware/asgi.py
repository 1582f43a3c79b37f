"""The ASGI adapter: from scope and messages to the tracker's three calls, and nothing else."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable, Iterator, MutableMapping
from typing import Any

from .errors import SettingsError
from .exchange.conversation import Conversation
from .exchange.exchange import Exchange
from .headers import Header, reread
from .request.marks import close_mark
from .request.raw_request import KEPT_HEADERS, SPECIAL_HEADERS, RawRequest, escaped, raw_path, target_path
from .request.untracked import is_untracked_endpoint, leave_out
from .request.view import REQUEST_HEADERS
from .tracker import Tracker
from .wiring import tracker_from

logger = logging.getLogger(__name__)

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[Any]]
ASGIApp = Callable[[Scope, Receive, Send], Awaitable[Any]]

_NAMES = {name: name.encode() for name in REQUEST_HEADERS}
_SPECIAL = frozenset(_NAMES[name] for name in SPECIAL_HEADERS)
_KEPT_HEADERS = (*(_NAMES[name] for name in KEPT_HEADERS), b"host")
_SHUTDOWNS = frozenset({"lifespan.shutdown.complete", "lifespan.shutdown.failed"})
# a websocket's handshake is a request of http, and goes where the page came from (RFC 6455, 3)
_SCHEMES_OF_PAGES = {"ws": "http", "wss": "https"}
_KEPT_PARTS = ("scheme", "server", "client", "root_path", "raw_path", "path", "query_string")


class ScopeRequest(RawRequest):
    """A request by its ASGI scope."""

    _headers: dict[bytes, bytes | None] | None = None
    _packed_headers: tuple[bytes | None, ...] = ()

    @property
    def method(self) -> str:
        return self.parts.get("method") or ""

    @property
    def is_conversation(self) -> bool:
        return self.parts.get("type") == "websocket"

    @property
    def scheme(self) -> str:
        scheme = self.parts.get("scheme") or "http"
        return _SCHEMES_OF_PAGES.get(scheme, scheme)

    @property
    def host(self) -> str:
        if sent := self._sent_headers().get(b"host"):
            return sent.decode("latin-1")
        host, port = _address(self.parts.get("server"))
        return f"{host}:{port}" if host else ""

    @property
    def path(self) -> str:
        scope = self.parts
        target = str(scope.get("raw_path") or b"", "latin-1")
        prefix = scope.get("root_path")
        if not prefix and (path := target_path(target)):  # nothing is missing in front
            return path
        return raw_path(target, prefix=prefix or "", path=scope.get("path") or "")

    @property
    def query(self) -> str:
        query = self.parts.get("query_string") or b""
        # Django's AsyncClient has text there
        return escaped(query if isinstance(query, str) else query.decode("latin-1"))

    @property
    def peer(self) -> str:
        return _address(self.parts.get("client"))[0] or ""

    def plain_destination(self) -> str | None:
        sent = self._sent_headers()
        if not sent.keys().isdisjoint(_SPECIAL):
            return None
        destination = sent.get(b"sec-fetch-dest")
        return None if destination is None else destination.decode("latin-1")

    @property
    def headers(self) -> dict[str, str]:
        sent = self._sent_headers()
        return {
            name: value.decode("latin-1")
            for name, raw in _NAMES.items()
            if (value := sent.get(raw)) is not None
        }

    def header(self, name: str) -> str | None:
        sent = self._sent_headers().get(_NAMES[name])
        return None if sent is None else sent.decode("latin-1")

    def pack(self) -> None:
        close_mark(self.mark)
        headers = self._sent_headers()
        self._packed = tuple(map(self.parts.get, _KEPT_PARTS))
        self._packed_headers = tuple(map(headers.get, _KEPT_HEADERS))
        self.source = self._headers = None
        self.parts = {}

    def unpack(self) -> None:
        self.parts = dict(zip(_KEPT_PARTS, self._packed, strict=True))
        self._headers = dict(zip(_KEPT_HEADERS, self._packed_headers, strict=True))

    def _sent_headers(self) -> dict[bytes, bytes | None]:
        """Headers by name, repeated ones joined (HTTP/2 splits cookies); of Host the last."""
        if self._headers is None:
            sent = self.parts.get("headers") or ()
            try:
                # by index, which a pair that can be read once has not
                headers = {pair[0]: pair[1] for pair in sent}
                is_repeated = len(headers) < len(sent)
            except TypeError:
                sent = self._read_again(sent)
                headers = dict(sent)
                is_repeated = len(headers) < len(sent)
            if is_repeated:
                for name in _NAMES.values():
                    if name in headers:
                        separator = b"; " if name == b"cookie" else b", "
                        headers[name] = separator.join(value for other, value in sent if other == name)
            self._headers = headers
        return self._headers

    def _read_again(self, sent: Any) -> list[tuple[bytes, bytes]]:
        """Headers of whatever kind; where that takes reading them, the app finds what it can read."""
        headers, passed_on = reread(sent)
        if passed_on is not sent and isinstance(self.source, MutableMapping):
            self.source["headers"] = passed_on
        return [tuple(pair) for pair in headers]


class ASGIMiddleware:
    """Tracks the page views of any ASGI app: ``ASGIMiddleware(app, collector_url=…, app_id=…)``.

    A websocket is no page view, and what is tracked while it is open is its visitor's.

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

    request_class: type[ScopeRequest] = ScopeRequest
    """How a request is read; subclasses have one that says what its ``native`` is."""
    end = "returned"
    """How an exchange ends when the application returns; ``lingering`` costs half a microsecond."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> Any:
        try:
            kind = scope["type"]
        except Exception:  # noqa: BLE001
            # no scope of the protocol, and nobody's to complain of but the app's
            kind = None
        tracker = self._tracker
        if (kind != "http" and kind != "websocket") or tracker is None or not tracker.enabled:
            return await (self._lifespan if kind == "lifespan" else self.app)(scope, receive, send)
        headers = scope.get("headers")
        if (
            type(headers) is not list
            or (headers and type(headers[0]) is not tuple)
            or type(scope.get("client")) is not tuple
            or type(scope.get("server")) is not tuple
        ):
            scope = _readable(scope)
        exchange = tracker.begin_from(self.request_class, scope, scope)
        if exchange.is_candidate:
            send = _observed(send, exchange, scope)
        elif isinstance(exchange, Conversation) and exchange.may_await:
            receive, send = _settling(receive, exchange), _settling(send, exchange)
        try:
            returned = await self.app(scope, receive, send)
        except BaseException:
            exchange.finish("raised")
            raise
        if exchange.is_waiting:
            await exchange.settle()
        exchange.finish(self.end)
        return returned

    async def _lifespan(self, scope: Scope, receive: Receive, send: Send) -> Any:
        if self._error is not None:
            await receive()
            await send({"type": "lifespan.startup.failed", "message": str(self._error)})
            return None

        async def draining_send(message: Message) -> Any:
            if message.get("type") in _SHUTDOWNS:
                await drain(self.tracker)
            return await send(message)

        return await self.app(scope, receive, draining_send)


def _observed(send: Send, exchange: Exchange, scope: Scope) -> Send:
    """``send``, with the exchange told when the response starts and when it ends."""

    async def observed_send(message: Message) -> Any:
        try:
            kind = message["type"]
        except Exception:  # noqa: BLE001
            # no message of the protocol, of which the server is the one to complain
            kind = None
        if kind == "http.response.start":
            if is_untracked_endpoint(scope.get("endpoint")):  # where Starlette's routers say what answers
                leave_out()
            own = message.get("headers", ())
            headers, passed_on = reread(own)
            extra = await exchange.start_async(message.get("status", 0), headers)
            if extra:
                passed_on = [*headers, *map(_raw, extra)]
            if passed_on is not own:
                message = {**message, "headers": passed_on}
        sent = await send(message)
        # what the app does after the end are its background tasks
        if exchange.is_candidate and (
            (kind == "http.response.body" and not message.get("more_body", False))
            or kind == "http.response.pathsend"
        ):
            exchange.finish("complete")
        return sent

    return observed_send


def _settling(call: Callable[..., Awaitable[Any]], exchange: Exchange) -> Callable[..., Awaitable[Any]]:
    """A websocket's ``receive`` or ``send``; before it, events leave that waited for an awaited consent."""

    async def settling_call(*message: Message) -> Any:
        if exchange.is_waiting:
            await exchange.settle()
        return await call(*message)

    return settling_call


def _readable(scope: Scope) -> Scope:
    """The scope, where reading something here leaves it to the app: ASGI allows any iterable."""
    headers = scope.get("headers")
    made = {} if (kept := reread(headers)[1]) is headers else {"headers": kept}
    for name in ("client", "server"):
        if isinstance(value := scope.get(name), Iterator):
            made[name] = list(value)
    if not made:
        return scope
    try:
        scope.update(made)
    except Exception:  # noqa: BLE001
        # a mapping that nobody writes to
        return {**scope, **made}
    return scope


def _address(pair: Any) -> tuple[Any, Any]:
    """Host and port, as far as there are any."""
    if isinstance(pair, Iterable):
        host, port, *_ = (*pair, None, None)
        return host, port
    return None, None


def _raw(header: Header) -> tuple[bytes, bytes]:
    name, value = header
    return name.lower().encode("latin-1"), value.encode("latin-1")


async def drain(tracker: Tracker) -> None:
    """Send what is left, without holding up the event loop."""
    try:
        loop = asyncio.get_running_loop()
    except RuntimeError:  # another event loop than asyncio's: nothing else runs on it any more
        tracker.flush()
    else:
        await loop.run_in_executor(None, tracker.flush)
