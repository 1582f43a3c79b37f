"""The ASGI adapter: from scope and messages to the tracker's three calls."""

from __future__ import annotations

import asyncio
import inspect
import logging
import sys
from collections.abc import Awaitable, Callable, Iterator, MutableMapping, Sequence
from typing import Any, TypeVar

import msgspec

from ..doctor.checks.order import remarks_on_order
from ..doctor.checks.remark import tell
from ..errors import SettingsError, TrackingError
from ..exchange.conversation import Conversation
from ..exchange.exchange import Exchange
from ..headers import Header, reread
from ..identity.texts import shape
from ..request.page import current_exchange, enter_exchange, leave_exchange
from ..request.untracked import is_untracked_endpoint, leave_out
from ..tracker import Tracker
from ..wiring import may_take, tracker_from
from .scope_request import ScopeRequest

F = TypeVar("F", bound=Callable[..., Any])

logger = logging.getLogger("tracking_middleware.asgi")

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[Any]]
ASGIApp = Callable[[Scope, Receive, Send], Awaitable[Any]]

_SHUTDOWNS = frozenset({"lifespan.shutdown.complete", "lifespan.shutdown.failed"})


class ASGIMiddleware:
    """Tracks the page views of any ASGI app: ``ASGIMiddleware(app, collector_url=…, app_id=…)``.

    A websocket is no page view, and what is tracked while it is open is its visitor's.

    Takes every setting as a keyword, or a ready ``tracker``. Frameworks build their stack when the
    first message comes, so that a wrong setting cannot be raised to whoever started the server: it
    is answered to ``lifespan.startup``, without lifespan logged with the first request, and requests
    pass through. Raises TrackingError where ``app`` is surely one of WSGI.
    """

    def __init__(self, app: ASGIApp, *, tracker: Tracker | None = None, **settings: Any) -> None:
        if not may_take(app, 3) and may_take(app, 2):
            raise TrackingError(
                f"ASGIMiddleware has {shape(app)} as its app, which is not called as app(scope, receive, "
                "send): put tracking_middleware.wsgi.WSGIMiddleware around a WSGI app"
            )
        self.app = app
        # of the instance, since what only its class has is sought in its bases at each request
        self.request_class, self.end = self.request_class, self.end
        self._open_most = self.request_class.opened
        self._tracker: Tracker | None = None
        self._error: SettingsError | None = None
        self._is_told = False
        try:
            self._tracker = tracker_from(tracker, settings)
        except SettingsError as error:
            self._error = error

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
            if kind != "lifespan":
                self._tell()
            return await (self._lifespan if kind == "lifespan" else self.app)(scope, receive, send)
        headers = scope.get("headers")
        if (
            type(headers) is not list
            or (headers and type(headers[0]) is not tuple)
            or type(scope.get("client")) is not tuple
            or type(scope.get("server")) is not tuple
        ):
            scope = _readable(scope)
        outer = current_exchange()
        exchange = tracker.begin_from(self.request_class, scope, scope, self._open_most)
        if exchange.is_candidate:
            send = _Observed(send, exchange, scope, tracker.asks).send
        elif tracker.asks and isinstance(exchange, Conversation):
            receive, send = _settling(receive, exchange), _settling(send, exchange)
        try:
            returned = await self.app(scope, receive, send)
        except BaseException:
            exchange.finish("raised")
            leave_exchange(exchange, outer)
            raise
        if exchange.is_waiting:
            await exchange.settle()
        exchange.finish(self.end)
        if current_exchange() is exchange:
            enter_exchange(outer)
        return returned

    def _tell(self) -> None:
        """A server without lifespan has told nobody what is wrong with the settings."""
        if self._error is not None and not self._is_told:
            self._is_told = True
            logger.error("nothing is tracked: %s", self._error)

    async def _lifespan(self, scope: Scope, receive: Receive, send: Send) -> Any:
        if self._error is not None:
            self._is_told = True  # by the server, which logs what it is answered
            await receive()
            await send({"type": "lifespan.startup.failed", "message": str(self._error)})
            return None
        tell(lambda: remarks_on_order(scope.get("app")))  # which Starlette puts there

        async def draining_send(message: Message) -> Any:
            if message.get("type") in _SHUTDOWNS:
                await drain(self.tracker)
            return await send(message)

        return await self.app(scope, receive, draining_send)


def _marked(function: F) -> F:
    """A function that gives an awaitable, as a coroutine function to whoever looks for one."""
    if sys.version_info >= (3, 12):
        return inspect.markcoroutinefunction(function)
    function._is_coroutine = asyncio.coroutines._is_coroutine  # type: ignore[attr-defined]  # asyncio's own way
    return function


class _Observed(msgspec.Struct, eq=False):
    """A response's ``send``, with the exchange told when the response starts and when it ends."""

    _send: Send
    _exchange: Exchange
    _scope: Scope
    _asks: bool

    __repr__ = object.__repr__  # what a visitor sends is nobody's to log

    @_marked
    def send(self, message: Message) -> Awaitable[Any]:
        """The server's own ``send``, whose awaitable it gives where there is nothing to be done after it."""
        try:
            kind = message["type"]
        except Exception:  # noqa: BLE001
            # no message of the protocol, of which the server is the one to complain
            return self._send(message)
        if kind == "http.response.start":
            endpoint = self._scope.get("endpoint")
            if endpoint is not None:  # where Starlette says what answers
                _look_at(endpoint)
            own, status = message.get("headers", ()), message.get("status", 0)
            headers, passed_on = reread(own)
            if self._asks:
                return self._start_asking(message, status, headers, passed_on)
            extra = self._exchange.start(status, headers)
            if extra:
                passed_on = [*headers, *map(_raw, extra)]
            return self._send(message if passed_on is own else {**message, "headers": passed_on})
        exchange = self._exchange
        if not exchange.is_candidate:
            return self._send(message)
        if kind == "http.response.pathsend":
            exchange.finish("complete")
        elif kind == "http.response.body":
            if not message.get("more_body", False):
                # now and not once it is sent, so that nothing has to be awaited but the server's own; what
                # the app does afterwards are its background tasks
                exchange.finish("complete", (message.get("body", b""),))
            else:
                exchange.keep(message.get("body", b""))
        return self._send(message)

    async def _start_asking(
        self, message: Message, status: int, headers: Sequence[Any], passed_on: Any
    ) -> Any:
        extra = await self._exchange.start_async(status, headers)
        if extra:
            passed_on = [*headers, *map(_raw, extra)]
        is_same = passed_on is message.get("headers", ())
        return await self._send(message if is_same else {**message, "headers": passed_on})


def _look_at(endpoint: object) -> None:
    if is_untracked_endpoint(endpoint):
        leave_out()


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
