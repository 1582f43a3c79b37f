"""A request as it came: what the adapters subclass, and how the path of a request is found."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, ClassVar
from urllib.parse import quote, unquote_to_bytes, urlsplit

import msgspec

from .client_ip import Forwarding, forwarding_of
from .view import RequestView

SPECIAL_HEADERS = (
    "hx-boosted",
    "hx-history-restore-request",
    "hx-request",
    "purpose",
    "sec-purpose",
    "x-moz",
    "x-purpose",
)
"""The headers of prefetches and htmx: without any of them ``Sec-Fetch-Dest`` alone tells a document.

Of other libraries none is here: their scripts cannot say ``document``, and each one would cost every page.
"""

UNUSUAL_HEADERS = (*SPECIAL_HEADERS, "dnt", "sec-gpc", "signature-input")
"""What an ordinary request has none of: with one of these its other headers are looked at too."""

SIGNATURE_HEADERS = ("signature-input", "signature", "signature-agent")
"""The headers of a signed request (RFC 9421, Web Bot Auth), kept where the first of them was sent."""

Sent = tuple[str, str, str, str, str, str, str, str, Forwarding]
"""Scheme, host, target (path and query) and peer; User-Agent, Accept-Language, Cookie and Referer, ``""``
where one was not sent; and the values of ``FORWARDING_HEADERS``."""

# RFC 3986: what may stand unescaped in a path
_PATH_SAFE = "/:@!$&'()*+,;=-._~"
_NOT_ASCII = re.compile(b"[\x80-\xff]")


class RawRequest(msgspec.Struct, eq=False):
    """A request as its adapter found it: a copy of references, each read when something asks for it.

    The properties are those of RequestView. What the application rewrites later in its scope or
    environ is not seen here. It lives as long as its exchange, or packed as long as its event. (A Struct,
    since one is made for every request. The garbage collector sees it, and the page: a server may let go
    of a request that never ends, in a circle that leads through them.)

    Each adapter's subclass answers what raises NotImplementedError here. No ABC, since a bare one stands
    for a request that was let go, of which nothing may be asked any more.
    """

    source: Any
    """What the framework's own request is found from."""
    parts: dict[str, Any]
    """A copy of the scope or environ as it was when the exchange began."""
    _packed: tuple[Any, ...] = ()
    is_ordinary: bool = False
    """Whether it was packed when it came: of ``REQUEST_HEADERS`` it knows those of an event, and that none
    of ``UNUSUAL_HEADERS`` was sent."""

    has_final_origin: ClassVar[bool] = False
    """Whether scheme and host are the framework's word, which knows of proxies itself."""

    __repr__ = object.__repr__  # what a visitor sends is nobody's to log

    @property
    def is_conversation(self) -> bool:
        """Whether it opens a websocket."""
        return False

    @property
    def method(self) -> str:
        """``""`` where it opens a websocket."""
        raise NotImplementedError

    @property
    def scheme(self) -> str:
        """``http`` or ``https``, also where it opens a websocket."""
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
    def target(self) -> str:
        """Path and query."""
        query = self.query
        return f"{self.path}?{query}" if query else self.path

    @property
    def peer(self) -> str:
        raise NotImplementedError

    def opening(self) -> tuple[str, str]:
        """Method and path."""
        return self.method, self.path

    def plain_destination(self) -> str | None:
        """``Sec-Fetch-Dest``; ``None`` where it was not sent, or one of ``SPECIAL_HEADERS`` with it."""
        raise NotImplementedError

    def is_silent(self) -> bool:
        """Whether the browser itself says nothing of tracking, by ``DNT`` or ``Sec-GPC``."""
        return self.header("dnt") is None and self.header("sec-gpc") is None

    def header(self, name: str) -> str | None:
        """One of ``REQUEST_HEADERS``; ``None`` where it was not sent."""
        raise NotImplementedError

    def unpack(self) -> None:
        """Be readable again, as far as an event needs it."""
        raise NotImplementedError

    def sent(self) -> Sent:
        """All that an event is made from, in one step: of what is packed, on the background thread."""
        header = self.header
        return (
            *(self.scheme, self.host, self.target, self.peer),
            *(header("user-agent") or "", header("accept-language") or ""),
            *(header("cookie") or "", header("referer") or ""),
            forwarding_of(self),
        )

    def packed(self) -> RawRequest:
        """This one if it is packed, else another with nothing but the text that an event is made from.

        ``unpack`` makes that readable again. (Another one is made in fewer steps than this one is changed.)
        """
        raise NotImplementedError

    def kept(self) -> RawRequest:
        """``packed``, once the exchange is over: nobody asks this one any more."""
        if not self.is_ordinary:
            return self.packed()
        self.source = None
        return self

    def native_source(self) -> Callable[[], Any]:
        """A way to the framework's own request that does not lead through this object."""
        source = self.source
        return lambda: source

    @property
    def headers(self) -> Mapping[str, str]:
        """The ``REQUEST_HEADERS`` that were sent."""
        raise NotImplementedError

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


OF_DATA = frozenset({"*/*", "application/json", "application/json, text/plain, */*"})
"""What most scripts accept, none of it HTML; known again in fewer steps than it is looked through."""

NOTHING: dict[str, Any] = {}
"""What a packed request has for its parts."""


def _nothing() -> None:
    """What is left of the way to a framework's own request."""


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
        headers = self.source.headers
        if any(name in headers for name in SPECIAL_HEADERS):
            return None
        return headers.get("sec-fetch-dest")

    @property
    def headers(self) -> Mapping[str, str]:
        return self.source.headers

    def header(self, name: str) -> str | None:
        return self.source.headers.get(name)

    def packed(self) -> RawRequest:
        return ViewedRequest(replace(self.source, native_source=_nothing), NOTHING)

    def unpack(self) -> None:
        pass

    def native_source(self) -> Callable[[], Any]:
        return self.source.native_source

    def view(self) -> RequestView:
        return self.source


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
    prefix = joined(prefix, "").rstrip("/")
    if raw:
        decoded = unquote_to_bytes(raw).decode("utf-8", "replace")
    else:
        decoded = joined("", path)
        raw = quote(decoded, safe=_PATH_SAFE, errors="replace")
    if prefix and decoded != prefix and not decoded.startswith(prefix + "/"):
        raw = quote(prefix, safe=_PATH_SAFE, errors="replace") + raw
    return raw


def joined(prefix: str, path: str) -> str:
    """The path below a mount, with one slash between the two, whichever of them has it, or both, or none."""
    if path and path[0] != "/":
        path = f"/{path}"
    if prefix and prefix[0] != "/":
        prefix = f"/{prefix}"
    return prefix.rstrip("/") + path if path else prefix


def escaped(raw: str) -> str:
    """A part of a request's target as a browser writes it: bytes that came as they are, percent-encoded.

    ``raw`` has each byte as a character (latin-1), as servers give it.
    """
    if raw.isascii():
        return raw
    try:
        sent = raw.encode("latin-1")
    except UnicodeEncodeError:  # no server's, but text of somebody's own
        sent = raw.encode("utf-8", "replace")
    return _NOT_ASCII.sub(lambda found: b"%%%02X" % found[0][0], sent).decode("ascii")


def target_path(target: str) -> str:
    """The path of a request's target, without the query; ``""`` where there is none that can be read."""
    target = escaped(target)
    raw = target.partition("?")[0] if "?" in target else target
    if not raw or raw[0] == "/":
        return raw
    try:
        return urlsplit(raw).path or "/"
    except ValueError:
        return ""
