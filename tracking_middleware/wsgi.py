"""The WSGI adapter (PEP 3333): from environ and start_response to the tracker's three calls."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sized
from typing import TYPE_CHECKING, Any

from .exchange.exchange import Exchange
from .request.raw_request import KEPT_HEADERS, SPECIAL_HEADERS, RawRequest, escaped, raw_path, target_path
from .request.view import REQUEST_HEADERS
from .tracker import Tracker
from .wiring import tracker_from

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

_VARIABLES = {name: f"HTTP_{name.upper().replace('-', '_')}" for name in REQUEST_HEADERS}
_SPECIAL = frozenset(_VARIABLES[name] for name in SPECIAL_HEADERS)
_KEPT = (
    *(_VARIABLES[name] for name in KEPT_HEADERS),
    *("wsgi.url_scheme", "HTTP_HOST", "SERVER_NAME", "SERVER_PORT", "REMOTE_ADDR"),
    *("REQUEST_URI", "RAW_URI", "SCRIPT_NAME", "PATH_INFO", "QUERY_STRING"),
)


class EnvironRequest(RawRequest):
    """A request by its WSGI environ."""

    @property
    def method(self) -> str:
        return self.parts["REQUEST_METHOD"]  # type: ignore[no-any-return]

    @property
    def scheme(self) -> str:
        return self.parts.get("wsgi.url_scheme") or "http"

    @property
    def host(self) -> str:
        return self.parts.get("HTTP_HOST") or _server(self.parts)

    @property
    def path(self) -> str:
        environ = self.parts
        target = environ.get("REQUEST_URI") or environ.get("RAW_URI") or ""
        prefix = environ.get("SCRIPT_NAME") or ""
        if not prefix and (raw := target_path(target)):  # nothing is missing in front
            return raw
        path = environ.get("PATH_INFO") or ""
        return raw_path(target, prefix=_decoded(prefix), path=_decoded(prefix + path))

    @property
    def query(self) -> str:
        return escaped(self.parts.get("QUERY_STRING") or "")

    @property
    def peer(self) -> str:
        return self.parts.get("REMOTE_ADDR") or ""

    def plain_destination(self) -> str | None:
        if not self.parts.keys().isdisjoint(_SPECIAL):
            return None
        return self.parts.get("HTTP_SEC_FETCH_DEST")

    @property
    def headers(self) -> dict[str, str]:
        parts = self.parts
        return {name: parts[variable] for name, variable in _VARIABLES.items() if variable in parts}

    def header(self, name: str) -> str | None:
        return self.parts.get(_VARIABLES[name])

    def pack(self) -> None:
        self._packed = tuple(map(self.parts.get, _KEPT))
        self.source = None
        self.parts = {}

    def unpack(self) -> None:
        self.parts = dict(zip(_KEPT, self._packed, strict=True))


class WSGIMiddleware:
    """Tracks the page views of any WSGI app: ``WSGIMiddleware(app, collector_url=…, app_id=…)``.

    Takes every setting as a keyword, or a ready ``tracker``; raises SettingsError.
    """

    def __init__(self, app: WSGIApplication, *, tracker: Tracker | None = None, **settings: Any) -> None:
        self.app = app
        self.tracker = tracker_from(tracker, settings)

    request_class: type[EnvironRequest] = EnvironRequest
    """How a request is read; subclasses have one that says what its ``native`` is."""

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if not self.tracker.enabled:
            return self.app(environ, start_response)
        exchange = self.tracker.begin_from(self.request_class, environ, environ)
        try:
            body = self.app(
                environ, _observed(start_response, exchange) if exchange.is_candidate else start_response
            )
        except BaseException:
            exchange.finish("raised")
            raise
        if not exchange.is_candidate or _is_file(body, environ):
            exchange.finish("returned" if type(body) is list else "lingering")
            return body
        has_length = type(body) is list or isinstance(body, Sized)
        return SizedBody(body, exchange) if has_length else Body(body, exchange)


def _observed(start_response: StartResponse, exchange: Exchange) -> StartResponse:
    """``start_response``, with the exchange told."""

    def observed_start_response(
        status: str, headers: list[tuple[str, str]], *exc_info: Any
    ) -> Callable[[bytes], object]:
        # three digits by PEP 3333; the server is the one to complain of anything else
        extra = exchange.start(int(status[:3]) if status[:3].isdecimal() else 0, headers)
        return start_response(status, [*headers, *extra] if extra else headers, *exc_info)

    return observed_start_response


class Body:
    """A response's body that tells its exchange when it ends: exhausted, closed, or raising."""

    __slots__ = ("_exchange", "_inner", "_iterator")

    def __init__(self, inner: Iterable[bytes], exchange: Exchange) -> None:
        self._inner = inner
        self._iterator: Iterator[bytes] | None = None
        self._exchange = exchange

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        try:
            if self._iterator is None:
                self._iterator = iter(self._inner)
            return next(self._iterator)
        except StopIteration:
            self._exchange.finish("complete")
            raise
        except BaseException:
            self._exchange.finish("raised")
            raise

    def close(self) -> None:
        """Close the app's own iterable, always (PEP 3333); the response ends here at the latest."""
        try:
            if (close := getattr(self._inner, "close", None)) is not None:
                close()
        finally:
            self._exchange.finish("closed")


class SizedBody(Body):
    """A body whose length is known: servers take the Content-Length of a single chunk from it."""

    __slots__ = ()

    _inner: Any

    def __len__(self) -> int:
        return len(self._inner)


def _decoded(text: str) -> str:
    """PEP 3333 carries bytes as latin-1; on the wire they are UTF-8."""
    return text if text.isascii() else text.encode("latin-1", "replace").decode("utf-8", "replace")


def _server(environ: WSGIEnvironment) -> str:
    name, port = environ.get("SERVER_NAME") or "", environ.get("SERVER_PORT") or ""
    return f"{name}:{port}" if name and port else name


def _is_file(body: object, environ: WSGIEnvironment) -> bool:
    """Whether the server will send the body as a file, which it does not for a wrapped one."""
    wrapper = environ.get("wsgi.file_wrapper")
    return isinstance(wrapper, type) and isinstance(body, wrapper)
