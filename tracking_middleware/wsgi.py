"""The WSGI adapter (PEP 3333): from environ and start_response to the tracker's three calls."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sized
from typing import TYPE_CHECKING, Any

from .exchange import REQUEST_HEADERS, Exchange, RequestView, raw_path
from .tracker import Tracker
from .wiring import tracker_from

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

_VARIABLES = {f"HTTP_{name.upper().replace('-', '_')}": name for name in REQUEST_HEADERS}


class WSGIMiddleware:
    """Tracks the page views of any WSGI app: ``WSGIMiddleware(app, collector_url=…, app_id=…)``.

    Takes every setting as a keyword, or a ready ``tracker``; raises SettingsError.
    """

    def __init__(self, app: WSGIApplication, *, tracker: Tracker | None = None, **settings: Any) -> None:
        self.app = app
        self.tracker = tracker_from(tracker, settings)

    def request_view(self, environ: WSGIEnvironment) -> RequestView:
        """What tracking knows of a request; subclasses say what its ``native`` is."""
        return view_of(environ, native=lambda: environ)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if not self.tracker.enabled:
            return self.app(environ, start_response)
        exchange = self.tracker.begin_from(self.request_view, environ, environ)

        def observed_start_response(
            status: str, headers: list[tuple[str, str]], *exc_info: Any
        ) -> Callable[[bytes], object]:
            # three digits by PEP 3333; the server is the one to complain of anything else
            extra = exchange.start(int(status[:3]) if status[:3].isdecimal() else 0, headers)
            return start_response(status, [*headers, *extra] if extra else headers, *exc_info)

        try:
            body = self.app(environ, observed_start_response)
        except BaseException:
            exchange.finish("raised")
            raise
        if not exchange.is_candidate or _is_file(body, environ):
            exchange.finish("returned")
            return body
        return SizedBody(body, exchange) if isinstance(body, Sized) else Body(body, exchange)


class Body:
    """A response's body that tells its exchange when it ends: exhausted, closed, or raising."""

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

    _inner: Any

    def __len__(self) -> int:
        return len(self._inner)


def view_of(
    environ: WSGIEnvironment, *, native: Callable[[], Any], scheme: str = "", host: str = ""
) -> RequestView:
    """A request from its WSGI environ; ``scheme`` and ``host`` are given where the framework knows better."""
    path = environ.get("PATH_INFO", "")
    prefix = environ.get("SCRIPT_NAME", "")
    return RequestView(
        method=environ["REQUEST_METHOD"],
        scheme=scheme or environ.get("wsgi.url_scheme", "http"),
        host=host or environ.get("HTTP_HOST") or _server(environ),
        path=raw_path(
            environ.get("REQUEST_URI") or environ.get("RAW_URI") or "",
            prefix=_decoded(prefix),
            path=_decoded(prefix + path),
        ),
        query=environ.get("QUERY_STRING", ""),
        headers={name: environ[variable] for variable, name in _VARIABLES.items() if variable in environ},
        peer=environ.get("REMOTE_ADDR", ""),
        native_source=native,
    )


def _decoded(text: str) -> str:
    """PEP 3333 carries bytes as latin-1; on the wire they are UTF-8."""
    return text if text.isascii() else text.encode("latin-1", "replace").decode("utf-8", "replace")


def _server(environ: WSGIEnvironment) -> str:
    name, port = environ.get("SERVER_NAME", ""), environ.get("SERVER_PORT", "")
    return f"{name}:{port}" if name and port else name


def _is_file(body: object, environ: WSGIEnvironment) -> bool:
    """Whether the server will send the body as a file, which it does not for a wrapped one."""
    wrapper = environ.get("wsgi.file_wrapper")
    return isinstance(wrapper, type) and isinstance(body, wrapper)
