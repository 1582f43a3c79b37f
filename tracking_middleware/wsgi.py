"""The WSGI adapter (PEP 3333): from environ and start_response to the tracker's three calls."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence, Sized
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from .exchange.exchange import Exchange
from .headers import Header, reread
from .request.marks import close_mark
from .request.raw_request import (
    KEPT_HEADERS,
    SPECIAL_HEADERS,
    RawRequest,
    escaped,
    joined,
    raw_path,
    target_path,
)
from .request.view import REQUEST_HEADERS
from .tracker import Tracker
from .tracking.unfinished import Pending, abandon_earlier
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

_LENGTH_OF_NAME = len("Content-Length")


class EnvironRequest(RawRequest):
    """A request by its WSGI environ."""

    @property
    def method(self) -> str:
        return self.parts.get("REQUEST_METHOD") or ""

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
        return raw_path(target, prefix=_decoded(prefix), path=_decoded(joined(prefix, path)))

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
        return {
            name: value
            for name, variable in _VARIABLES.items()
            if variable in parts and (value := parts[variable]) is not None
        }

    def header(self, name: str) -> str | None:
        return self.parts.get(_VARIABLES[name])

    def pack(self) -> None:
        close_mark(self.mark)
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
        abandon_earlier()
        exchange = self.tracker.begin_from(self.request_class, environ, environ)
        answer = Answer(exchange, start_response) if exchange.is_candidate else None
        try:
            body = self.app(environ, start_response if answer is None else answer.start)
        except BaseException:
            exchange.finish("raised")
            raise
        # in a list all is there, and nothing of the app's runs any more
        if type(body) is list:
            exchange.finish("returned")
            return body
        if answer is None or not exchange.is_candidate or _is_file(body, environ):
            exchange.finish("lingering")
            return body
        watched = (SizedBody if isinstance(body, Sized) else Body)(
            body, answer, self.tracker.unfinished.leave
        )
        watched.end_with_thread()
        return watched


class Answer:
    """How a response starts: the server's ``start_response``, with the exchange told."""

    __slots__ = ("_headers", "_start_response", "exchange")

    def __init__(self, exchange: Exchange, start_response: StartResponse) -> None:
        self.exchange = exchange
        self._start_response = start_response
        self._headers: Sequence[Header] = ()

    def length(self) -> int | None:
        """The response's Content-Length, if it says one."""
        return _length(self._headers)

    def start(self, *given: Any, **named: Any) -> Callable[[bytes], object]:
        """The server's own call, as the app made it: its answer, and its exceptions."""
        if len(given) > 1:
            own = given[1]
            if (headers := self._told(given[0], own)) is not own:
                given = (given[0], headers, *given[2:])
        else:
            # PEP 3333 calls them response_headers, most servers headers
            for name in named.keys() & {"headers", "response_headers"}:
                named[name] = self._told(given[0] if given else named.get("status"), named[name])
        return self._start_response(*given, **named)

    def _told(self, status: Any, own: Any) -> Any:
        """The headers, with those that are to be added; they stay what they are where there are none."""
        headers, passed_on = reread(own)
        exchange = self.exchange
        extra = exchange.start(_number(status), headers)
        self._headers = headers
        return [*headers, *extra] if extra else passed_on


class Body(Pending):
    """A response's body that tells its exchange when it ends.

    It ends where it is exhausted, closed or raises, and where as many bytes were given as the response
    said: some servers then read no further, and close nothing.
    """

    __slots__ = ("_answer", "_inner", "_is_exhausted", "_iterator", "_left")

    def __init__(self, inner: Iterable[bytes], answer: Answer, leave: Callable[[Any], None]) -> None:
        self._exchange = answer.exchange
        self._leave = leave
        self._is_running = self._is_exhausted = False
        self._inner = inner
        self._iterator: Iterator[bytes] | None = None
        self._answer: Answer | None = answer
        """How the response starts, until its first chunk has come."""
        self._left: int | None = None
        """How many bytes of its Content-Length are still to come; None where it has none."""

    def __iter__(self) -> Iterator[bytes]:
        if self._is_exhausted:  # a tuple may be read twice
            self._iterator, self._is_exhausted = None, False
        return self

    def __next__(self) -> bytes:
        self._is_running = True
        try:
            if self._iterator is None:
                self._iterator = iter(self._inner)
            chunk = next(self._iterator)
        except StopIteration:
            self._is_exhausted = True
            self._exchange.finish("complete")
            raise
        except BaseException:
            self._exchange.finish("raised")
            raise
        finally:
            self._is_running = False
        if self._answer is not None:
            self._left = self._answer.length()
            self._answer = None
        if self._left is not None and type(chunk) is bytes:
            self._left -= len(chunk)
            if self._left <= 0:
                self._left = None
                self._exchange.finish("lingering")  # the app's own may still be at it
        return chunk

    def close(self) -> None:
        """Close the app's own iterable, always (PEP 3333); the response ends here at the latest."""
        self._is_running = True
        try:
            if (close := getattr(self._inner, "close", None)) is not None:
                close()
        finally:
            self._is_running = False
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


def _number(status: Any) -> int:
    """Three digits by PEP 3333; the server is the one to complain of anything else."""
    try:
        return _number_of(status[:3])
    except TypeError:
        return 0


@lru_cache(maxsize=64)
def _number_of(digits: str | bytes) -> int:
    try:
        return int(digits)
    except ValueError:
        return 0


def _length(headers: Sequence[Header]) -> int | None:
    """The response's Content-Length, if it says one."""
    try:
        for name, value in headers:
            if len(name) == _LENGTH_OF_NAME and name.lower() == "content-length":
                return int(value)
    except (AttributeError, TypeError, ValueError):  # the server is the one to complain
        pass
    return None


def _server(environ: WSGIEnvironment) -> str:
    name, port = environ.get("SERVER_NAME") or "", environ.get("SERVER_PORT") or ""
    return f"{name}:{port}" if name and port else name


def _is_file(body: object, environ: WSGIEnvironment) -> bool:
    """Whether the server will send the body as a file, which it does not for a wrapped one."""
    wrapper = environ.get("wsgi.file_wrapper")
    return isinstance(wrapper, type) and isinstance(body, wrapper)
