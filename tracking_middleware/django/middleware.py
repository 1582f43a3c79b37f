"""The Django middleware: drives the tracker's three calls itself, sync and async alike."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import suppress
from typing import Any

from asgiref.sync import iscoroutinefunction, markcoroutinefunction
from django.core.exceptions import DisallowedHost
from django.http import FileResponse, HttpRequest, StreamingHttpResponse
from django.http.response import HttpResponseBase

from ..asgi import ScopeRequest
from ..exchange.exchange import NO_EXCHANGE, Exchange
from ..metadata.kept import KeptBody
from ..request.page import HasPage, current_exchange, leave_exchange
from ..request.raw_request import RawRequest
from ..request.untracked import is_untracked, leave_out
from ..tracking.unfinished import Pending, abandon_earlier
from ..wsgi import EnvironRequest
from .backends.cached import keep_with_pages, recall
from .backends.shown import show_response
from .registering import register_checks, tell_what_is_odd
from .responses import headers_of, with_headers
from .tracker import get_tracker

GetResponse = Callable[[HttpRequest], Any]

register_checks()  # also where our app is not installed, if only this module is loaded before the checks run


class TrackingMiddleware:
    """Tracks the page views of a Django site; stands first in ``MIDDLEWARE``.

    One class for WSGI and ASGI: it is what ``get_response`` is, so that Django puts no thread
    between. Raises SettingsError when Django loads it.
    """

    sync_capable = True
    async_capable = True

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response
        self.tracker = get_tracker()
        tell_what_is_odd()
        if self.tracker.enabled:
            keep_with_pages()
        self._is_async = iscoroutinefunction(get_response)
        if self._is_async:
            markcoroutinefunction(self)

    def __call__(self, request: HttpRequest) -> HttpResponseBase | Awaitable[HttpResponseBase]:
        if self._is_async:
            return self._respond_async(request)
        abandon_earlier()
        outer = current_exchange()
        exchange = self._begin(request)
        try:
            response: HttpResponseBase = self.get_response(request)
        except BaseException:
            exchange.finish("raised")
            leave_exchange(exchange, outer)
            raise
        _look_at_view(request)
        response = with_headers(response, exchange.start(response.status_code, headers_of(response)))
        _watch(exchange, request, response)
        self._await_close(exchange, response)
        return response

    async def _respond_async(self, request: HttpRequest) -> HttpResponseBase:
        outer = current_exchange()
        exchange = self._begin(request)
        try:
            response: HttpResponseBase = await self.get_response(request)
        except BaseException:
            exchange.finish("raised")
            leave_exchange(exchange, outer)
            raise
        _look_at_view(request)
        extra = await exchange.start_async(response.status_code, headers_of(response))
        response = with_headers(response, extra)
        _watch(exchange, request, response)
        self._await_close(exchange, response)
        return response

    def _begin(self, request: HttpRequest) -> Exchange:
        if not self.tracker.enabled:
            return NO_EXCHANGE
        carrier = getattr(request, "scope", None) or request.META
        outer = current_exchange()
        exchange = self.tracker.begin_from(_raw_request, request, carrier)
        request.close = _RequestCloser(request.close, exchange, outer)  # type: ignore[method-assign]
        return exchange

    def _await_close(self, exchange: Exchange, response: HttpResponseBase) -> None:
        """Have the exchange end where nobody closes the response, but lets go of it."""
        if exchange.is_open:
            closers = response._resource_closers  # type: ignore[attr-defined]
            closer = _ResponseCloser(exchange, self.tracker.unfinished.leave)
            closers.append(closer)
            if not (self._is_async or response.streaming):
                closer.end_with_thread()


class _ResponseCloser(Pending):
    """Is called by Django when it closes the response that has it."""

    __slots__ = ()

    def __call__(self) -> None:
        self._exchange.finish("lingering")  # tasks may outlive the response

    def __reduce__(self) -> tuple[type, tuple[()]]:
        return _Nothing, ()  # closing a copy ends nothing


class _RequestCloser:
    """Stands for a request's ``close``, which Django calls when the body was sent or given up."""

    __slots__ = ("_close", "_exchange", "_outer")

    def __init__(self, close: Callable[[], None], exchange: Exchange, outer: HasPage) -> None:
        self._close = close
        self._exchange = exchange
        self._outer = outer

    def __call__(self) -> None:
        close, self._close = self._close, _closed
        request: Any = getattr(close, "__self__", None)
        if getattr(request, "__dict__", {}).get("close") is self:
            del request.close  # what stands for a request's own method would hold the request for ever
        try:
            close()
        finally:
            self._exchange.finish("lingering")  # tasks may outlive the response
            leave_exchange(self._exchange, self._outer)

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        return _the_same, (self._close,)  # closing a copy ends nothing


def _closed() -> None:
    """The request was closed: whoever has the way to it still need not go it again."""


class _Nothing:
    """What a copy has in the place of what is not copied."""

    def __call__(self) -> None:
        """Do nothing."""


def _the_same(close: Callable[[], None]) -> Callable[[], None]:
    return close


def _look_at_view(request: HttpRequest) -> None:
    """A decorator around an untracked view, such as ``cache_page``, may have answered in its place."""
    if is_untracked(getattr(request.resolver_match, "func", None)):
        leave_out()


def _watch(exchange: Exchange, request: HttpRequest, response: HttpResponseBase) -> None:
    """Have the exchange see the body, and under ASGI that a stream raised: Django closes none of these."""
    if not exchange.is_candidate or isinstance(response, FileResponse):
        return
    show_response(response)
    recall(exchange, request, response)
    if not isinstance(response, StreamingHttpResponse):
        if exchange.body is not None:
            _keep(exchange.body, response)
        return
    is_asgi = hasattr(request, "scope")
    if is_asgi or exchange.body is not None:
        end = exchange.finish if is_asgi else _leave_open
        content: Any = response.streaming_content
        response.streaming_content = (
            _watched_async(content, exchange, end) if response.is_async else _watched(content, exchange, end)
        )


def _keep(body: KeptBody, response: Any) -> None:
    """Keep a body that is there as a whole; of one piece Django gives that very piece."""
    with suppress(Exception):  # a class of the application's may give its content in any way
        body.add(response.content)


async def _watched_async(
    chunks: AsyncIterator[bytes], exchange: Exchange, end: Callable[[str], None]
) -> AsyncIterator[bytes]:
    try:
        async for chunk in chunks:
            exchange.keep(chunk)
            yield chunk
    except BaseException:
        end("raised")
        raise


def _watched(chunks: Iterator[bytes], exchange: Exchange, end: Callable[[str], None]) -> Iterator[bytes]:
    try:
        for chunk in chunks:
            exchange.keep(chunk)
            yield chunk
    except BaseException:
        end("raised")
        raise


def _leave_open(how: str) -> None:
    """Under WSGI the server closes the response, and that ends the exchange."""


def _scheme(raw: _DjangoEnviron | _DjangoScope) -> str:
    return _origin_of(raw)[0]


def _host(raw: _DjangoEnviron | _DjangoScope) -> str:
    return _origin_of(raw)[1]


class _DjangoEnviron(EnvironRequest):
    """A request under WSGI, whose scheme and host are Django's word."""

    _origin: tuple[str, str] | None = None
    has_final_origin = True
    scheme, host = property(_scheme), property(_host)

    def packed(self) -> RawRequest:
        origin = _origin_of(self)  # while there is somebody to ask
        packed = super().packed()
        packed._origin = origin  # type: ignore[attr-defined]  # one of this class
        return packed


class _DjangoScope(ScopeRequest):
    """A request under ASGI, whose scheme and host are Django's word."""

    _origin: tuple[str, str] | None = None
    has_final_origin = True
    scheme, host = property(_scheme), property(_host)

    def packed(self) -> RawRequest:
        origin = _origin_of(self)  # while there is somebody to ask
        packed = super().packed()
        packed._origin = origin  # type: ignore[attr-defined]  # one of this class
        return packed


def _origin_of(raw: _DjangoEnviron | _DjangoScope) -> tuple[str, str]:
    """Scheme and host as ``is_secure()`` and ``get_host()`` say, with Django's own settings for proxies."""
    if raw._origin is None:
        raw._origin = ("https" if raw.source.is_secure() else "http", _host_of(raw.source))
    return raw._origin


def _host_of(request: HttpRequest) -> str:
    try:
        return request.get_host()
    except DisallowedHost:  # what Django refuses to believe goes nowhere
        return ""


def _raw_request(request: HttpRequest, parts: dict[str, Any]) -> RawRequest:
    return (_DjangoScope if hasattr(request, "scope") else _DjangoEnviron)(request, parts)
