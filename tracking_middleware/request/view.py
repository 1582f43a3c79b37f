"""What tracking knows of a request and of its answer, without any framework."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Protocol

import msgspec

from ..headers import RawHeader, header_text
from ..identity.cookies import first_cookies

REQUEST_HEADERS = frozenset(
    {
        "accept",
        "accept-language",
        "cookie",
        "dnt",
        "forwarded",
        "hx-boosted",
        "hx-history-restore-request",
        "hx-preloaded",
        "hx-request",
        "origin",
        "purpose",
        "referer",
        "sec-fetch-dest",
        "sec-fetch-mode",
        "sec-fetch-site",
        "sec-gpc",
        "sec-purpose",
        "signature",
        "signature-agent",
        "signature-input",
        "turbo-frame",
        "user-agent",
        "x-barba",
        "x-forwarded-for",
        "x-forwarded-host",
        "x-forwarded-port",
        "x-forwarded-proto",
        "x-moz",
        "x-purpose",
        "x-requested-with",
        "x-sec-purpose",
        "x-turbo-request-id",
    }
)
"""The request headers that tracking reads, lower case; an adapter copies these and no other."""

# RFC 9110, 5.6.2
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9a-z-]+")


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


class ResponseView(msgspec.Struct, frozen=True, gc=False):
    """What tracking knows of a response.

    ``content_type`` is lower case and bare. ``is_attachment``: the browser saves it to a file.
    """

    status: int
    content_type: str = ""
    is_attachment: bool = False

    @classmethod
    def of(cls, status: int, headers: Iterable[RawHeader]) -> ResponseView:
        """From the headers as ASGI (bytes) or WSGI (text) has them."""
        content_type, is_attachment = None, False
        for name, value in headers:
            length = len(name)  # of all headers few are as long as these two
            if length == 12:
                if content_type is None and header_text(name).lower() == "content-type":
                    content_type = _bare_type(header_text(value))
            elif length == 19 and header_text(name).lower() == "content-disposition":
                is_attachment = is_attachment or _is_attachment(header_text(value))
        return cls(status, content_type or "", is_attachment)


@lru_cache(maxsize=64)
def _bare_type(content_type: str) -> str:
    return content_type.partition(";")[0].strip().lower()


def _is_attachment(disposition: str) -> bool:
    """Whether a Content-Disposition makes a download: by RFC 6266 (4.2) all types do but ``inline``.

    What stands in the type's place and is no token is none, as browsers have it (``filename="a;b"``).
    """
    kind = disposition.partition(";")[0].strip().lower()
    return kind != "inline" and _TOKEN.fullmatch(kind) is not None


def request_url(request: Visit, origin: str | None = None) -> str:
    """The URL that was asked for; ``origin`` is scheme and host where they are not the request's own."""
    origin, query = origin or f"{request.scheme}://{request.host}", request.query
    return f"{origin}{request.path}?{query}" if query else f"{origin}{request.path}"


def visited_host(request: Visit, origin: str | None = None) -> str:
    """The host as the browser knows it, maybe with a port; the cookies' names depend on it."""
    return origin.partition("://")[2] if origin else request.host


def is_visited_over_https(request: Visit, origin: str | None = None) -> bool:
    """Whether the browser's own connection is secure, as far as the app can know."""
    return (origin or f"{request.scheme}://").startswith("https://")
