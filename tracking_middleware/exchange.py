"""A request and its answer, without any framework."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, unquote_to_bytes, urlsplit

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


@dataclass(frozen=True, slots=True)
class ResponseView:
    """What tracking knows of a response: its ``status`` and its ``content_type``, lower case, bare."""

    status: int
    content_type: str = ""

    @classmethod
    def of(cls, status: int, headers: Iterable[RawHeader]) -> ResponseView:
        """From the headers as ASGI (bytes) or WSGI (text) has them."""
        for name, value in headers:
            if len(name) == len("content-type") and header_text(name).lower() == "content-type":
                return cls(status, header_text(value).partition(";")[0].strip().lower())
        return cls(status)


class Exchange:
    """A request and its answer, from ``begin`` to ``finish``; nothing here raises.

    This one does nothing: it stands for a request that an outer adapter already tracks. The
    tracker's own does the work.
    """

    __slots__ = ("is_candidate", "is_open")

    def __init__(self) -> None:
        self.is_candidate = False
        """False as soon as it is known that the exchange is no page view of its own."""
        self.is_open = False
        """Whether it is begun and not finished, and an inner adapter would join it."""

    def start(self, status: int, headers: Iterable[RawHeader]) -> tuple[Header, ...]:
        """The response starts; headers to add to it. Called again (PEP 3333, exc_info), the last holds."""
        return ()

    async def start_async(self, status: int, headers: Iterable[RawHeader]) -> tuple[Header, ...]:
        """``start`` where the application's ``consent`` may be awaited."""
        return self.start(status, headers)

    def finish(self, how: str) -> None:
        """The response ended: ``complete``, ``closed``, ``raised`` or ``returned``. Counts once."""


def request_url(request: RequestView, public_url: str | None = None) -> str:
    """The URL that was asked for; ``public_url`` is the scheme and host where the app cannot know them."""
    origin = public_url or f"{request.scheme}://{request.host}"
    query = f"?{request.query}" if request.query else ""
    return f"{origin}{request.path}{query}"


def visited_host(request: RequestView, public_url: str | None = None) -> str:
    """The host as the browser knows it, maybe with a port; the cookies' names depend on it."""
    return public_url.partition("://")[2] if public_url else request.host


def is_visited_over_https(request: RequestView, public_url: str | None = None) -> bool:
    """Whether the browser's own connection is secure, as far as the app can know."""
    return (public_url or f"{request.scheme}://").startswith("https://")


def raw_path(target: str, *, prefix: str, path: str) -> str:
    """The path the visitor asked for, percent-encoded, with the mount prefix and without a query.

    ``target`` is the request's raw path or target where the server keeps it (``raw_path`` in ASGI,
    ``REQUEST_URI`` or ``RAW_URI`` in WSGI; maybe an absolute URL), else ``""``; then ``path``, the
    decoded one, is encoded again. ``prefix`` is ``root_path`` or ``SCRIPT_NAME``, decoded; it is put
    in front where the server or a proxy took it off.
    """
    raw = target.partition("?")[0]
    if raw and not raw.startswith("/"):
        raw = urlsplit(raw).path or "/"
    decoded = path
    if raw:
        decoded = unquote_to_bytes(raw).decode("utf-8", "replace")
    else:
        raw = quote(path, safe=_PATH_SAFE, errors="replace")
    prefix = prefix.rstrip("/")
    if prefix and decoded != prefix and not decoded.startswith(prefix + "/"):
        raw = quote(prefix, safe=_PATH_SAFE, errors="replace") + raw
    return raw


def header_text(value: str | bytes) -> str:
    """A header's name or value as text: ASGI has bytes, WSGI text (PEP 3333: latin-1)."""
    return value.decode("latin-1") if isinstance(value, bytes) else value
