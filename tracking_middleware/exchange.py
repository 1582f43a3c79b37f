"""A request and its answer, without any framework."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any, Protocol
from urllib.parse import quote, unquote_to_bytes, urlsplit

import msgspec

from .identity import first_cookies

REQUEST_HEADERS = frozenset(
    {
        "accept",
        "accept-language",
        "cookie",
        "dnt",
        "forwarded",
        "hx-boosted",
        "hx-history-restore-request",
        "hx-request",
        "purpose",
        "referer",
        "sec-fetch-dest",
        "sec-gpc",
        "sec-purpose",
        "user-agent",
        "x-forwarded-for",
        "x-moz",
        "x-purpose",
        "x-requested-with",
    }
)
"""The request headers that tracking reads, lower case; an adapter copies these and no other."""

SPECIAL_HEADERS = (
    "hx-boosted",
    "hx-history-restore-request",
    "hx-request",
    "purpose",
    "sec-purpose",
    "x-moz",
    "x-purpose",
)
"""The headers of prefetches and htmx: without any of them ``Sec-Fetch-Dest`` alone tells a document."""

KEPT_HEADERS = ("accept-language", "cookie", "forwarded", "referer", "user-agent", "x-forwarded-for")
"""The headers that an event is made from."""

Header = tuple[str, str]
RawHeader = tuple[str, str] | tuple[bytes, bytes]

# RFC 3986: what may stand unescaped in a path
_PATH_SAFE = "/:@!$&'()*+,;=-._~"


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestView:
    """What tracking knows of a request: strings copied from it, and a way to the framework's own.

    ``host`` is the Host header as sent, or the server's name and port. ``path`` is raw (percent-
    encoded, with the mount prefix, without a query), ``query`` raw and without ``?``. ``headers``
    holds ``REQUEST_HEADERS``; one sent several times is joined, a cookie by ``"; "``, others by
    ``", "``. ``peer`` is the address of the connection, ``""`` where there is none.
    """

    method: str
    scheme: str
    host: str
    path: str
    query: str
    headers: Mapping[str, str]
    peer: str
    native_source: Callable[[], Any] = field(compare=False, repr=False)

    @property
    def native(self) -> Any:
        """The framework's own request (Django, Flask, Starlette), the environ or the scope."""
        return self.native_source()

    @property
    def cookies(self) -> dict[str, str]:
        """The request's cookies; of two with one name the first, as the browser's script reads it."""
        return first_cookies(self.headers.get("cookie", ""))


class Visit(Protocol):
    """Where a request went; a RequestView says it, and a RawRequest."""

    @property
    def scheme(self) -> str: ...
    @property
    def host(self) -> str: ...
    @property
    def path(self) -> str: ...
    @property
    def query(self) -> str: ...


class RawRequest(msgspec.Struct, eq=False):
    """A request as its adapter found it: a copy of references, each read when something asks for it.

    The properties are those of RequestView. What the application rewrites later in its scope or
    environ is not seen here. It lives as long as its exchange, or packed as long as its event. (A Struct,
    since one is made for every request.)
    """

    source: Any
    """What the framework's own request is found from."""
    parts: dict[str, Any]
    """A copy of the scope or environ as it was when the exchange began."""
    _packed: tuple[Any, ...] = ()

    __repr__ = object.__repr__  # what a visitor sends is nobody's to log

    @property
    def method(self) -> str:
        raise NotImplementedError

    @property
    def scheme(self) -> str:
        raise NotImplementedError

    @property
    def host(self) -> str:
        raise NotImplementedError

    @property
    def path(self) -> str:
        raise NotImplementedError

    @property
    def query(self) -> str:
        raise NotImplementedError

    @property
    def peer(self) -> str:
        raise NotImplementedError

    def plain_destination(self) -> str | None:
        """``Sec-Fetch-Dest``; ``None`` where it was not sent, or one of ``SPECIAL_HEADERS`` with it."""
        raise NotImplementedError

    def header(self, name: str) -> str | None:
        """One of ``REQUEST_HEADERS``; ``None`` where it was not sent."""
        raise NotImplementedError

    def pack(self) -> None:
        """Let go of everything but the text that an event is made from, which ``unpack`` brings back."""
        raise NotImplementedError

    def unpack(self) -> None:
        """Be readable again, on the background thread, as far as an event needs it."""
        raise NotImplementedError

    def native_source(self) -> Callable[[], Any]:
        """A way to the framework's own request that does not lead through this object."""
        source = self.source
        return lambda: source

    @property
    def headers(self) -> dict[str, str]:
        """The ``REQUEST_HEADERS`` that were sent."""
        return {name: value for name in REQUEST_HEADERS if (value := self.header(name)) is not None}

    def view(self) -> RequestView:
        """The same for the application's own callables."""
        return RequestView(
            method=self.method,
            scheme=self.scheme,
            host=self.host,
            path=self.path,
            query=self.query,
            headers=self.headers,
            peer=self.peer,
            native_source=self.native_source(),
        )


class ViewedRequest(RawRequest):
    """A request that somebody described with a RequestView, which is its source."""

    source: RequestView

    @property
    def method(self) -> str:
        return self.source.method

    @property
    def scheme(self) -> str:
        return self.source.scheme

    @property
    def host(self) -> str:
        return self.source.host

    @property
    def path(self) -> str:
        return self.source.path

    @property
    def query(self) -> str:
        return self.source.query

    @property
    def peer(self) -> str:
        return self.source.peer

    def plain_destination(self) -> str | None:
        headers: Mapping[str, str] = self.source.headers
        if any(name in headers for name in SPECIAL_HEADERS):
            return None
        return headers.get("sec-fetch-dest")

    def header(self, name: str) -> str | None:
        headers: Mapping[str, str] = self.source.headers
        return headers.get(name)

    def pack(self) -> None:
        self.source = replace(self.source, native_source=lambda: None)

    def unpack(self) -> None:
        pass

    def view(self) -> RequestView:
        view: RequestView = self.source
        return view


class ResponseView(msgspec.Struct, frozen=True, gc=False):
    """What tracking knows of a response: its ``status`` and its ``content_type``, lower case, bare."""

    status: int
    content_type: str = ""

    @classmethod
    def of(cls, status: int, headers: Iterable[RawHeader]) -> ResponseView:
        """From the headers as ASGI (bytes) or WSGI (text) has them."""
        for name, value in headers:
            if len(name) == len("content-type") and header_text(name).lower() == "content-type":
                return cls(status, _bare_type(header_text(value)))
        return cls(status)


@lru_cache(maxsize=64)
def _bare_type(content_type: str) -> str:
    return content_type.partition(";")[0].strip().lower()


class Exchange(msgspec.Struct, eq=False):
    """A request and its answer, from ``begin`` to ``finish``; nothing here raises.

    This one does nothing: it stands for a request that an outer adapter already tracks. The
    tracker's own do the work. (A Struct, since one is made for every request.)
    """

    is_candidate: bool
    """False as soon as it is known that the exchange is no page view of its own."""

    @property
    def is_open(self) -> bool:
        """Whether it is begun and not finished, and an inner adapter would join it."""
        return False

    def start(self, status: int, headers: Iterable[RawHeader]) -> tuple[Header, ...]:
        """The response starts; headers to add to it. Called again (PEP 3333, exc_info), the last holds."""
        return ()

    async def start_async(self, status: int, headers: Iterable[RawHeader]) -> tuple[Header, ...]:
        """``start`` where the application's ``consent`` may be awaited."""
        return self.start(status, headers)

    def finish(self, how: str) -> None:
        """The response ended: ``complete``, ``closed``, ``raised`` or ``returned``. Counts once."""


NO_EXCHANGE = Exchange(is_candidate=False)


def request_url(request: Visit, public_url: str | None = None) -> str:
    """The URL that was asked for; ``public_url`` is the scheme and host where the app cannot know them."""
    origin = public_url or f"{request.scheme}://{request.host}"
    query = f"?{request.query}" if request.query else ""
    return f"{origin}{request.path}{query}"


def visited_host(request: Visit, public_url: str | None = None) -> str:
    """The host as the browser knows it, maybe with a port; the cookies' names depend on it."""
    return public_url.partition("://")[2] if public_url else request.host


def is_visited_over_https(request: Visit, public_url: str | None = None) -> bool:
    """Whether the browser's own connection is secure, as far as the app can know."""
    return (public_url or f"{request.scheme}://").startswith("https://")


def raw_path(target: str, *, prefix: str, path: str) -> str:
    """The path the visitor asked for, percent-encoded, with the mount prefix and without a query.

    ``target`` is the request's raw path or target where the server keeps it (``raw_path`` in ASGI,
    ``REQUEST_URI`` or ``RAW_URI`` in WSGI; maybe an absolute URL), else ``""``; then ``path``, the
    decoded one, is encoded again. ``prefix`` is ``root_path`` or ``SCRIPT_NAME``, decoded; it is put
    in front where the server or a proxy took it off.
    """
    raw = target_path(target)
    if raw and not prefix:
        return raw
    prefix = prefix.rstrip("/")
    decoded = path
    if raw:
        decoded = unquote_to_bytes(raw).decode("utf-8", "replace")
    else:
        raw = quote(path, safe=_PATH_SAFE, errors="replace")
    if prefix and decoded != prefix and not decoded.startswith(prefix + "/"):
        raw = quote(prefix, safe=_PATH_SAFE, errors="replace") + raw
    return raw


def target_path(target: str) -> str:
    """The path of a request's target, without the query; ``""`` where there is no target."""
    raw = target.partition("?")[0] if "?" in target else target
    if raw and raw[0] != "/":
        return urlsplit(raw).path or "/"
    return raw


def header_text(value: str | bytes) -> str:
    """A header's name or value as text: ASGI has bytes, WSGI text (PEP 3333: latin-1)."""
    return value.decode("latin-1") if isinstance(value, bytes) else value
