"""The request that is to be explained, as a browser would send it that loads a page."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import quote, unquote_to_bytes, urlsplit

from ...request.view import REQUEST_HEADERS, RequestView

_LOADS_A_PAGE = {
    "accept": "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8",
    "accept-language": "en",
    "sec-fetch-dest": "document",
    "sec-fetch-mode": "navigate",
    "sec-fetch-site": "none",
    "user-agent": "Mozilla/5.0 (tracking-middleware explain)",
}
_SAFE = "/._~!$&'()*+,;=:@%-"


class AskedError(ValueError):
    """It cannot be asked in this way; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A request: ``path`` and ``query`` are raw, names of headers lower case."""

    method: str
    scheme: str
    host: str
    path: str
    query: str
    headers: Mapping[str, str]

    @property
    def decoded_path(self) -> str:
        """The path as WSGI and ASGI have it beside the raw one."""
        return unquote_to_bytes(self.path).decode("utf-8", "replace")

    def view(self) -> RequestView:
        """As the rules look at it."""
        headers = {name: value for name, value in self.headers.items() if name in REQUEST_HEADERS}
        return RequestView(
            method=self.method,
            scheme=self.scheme,
            host=self.host,
            path=self.path,
            query=self.query,
            headers=headers,
            peer="127.0.0.1",
            native_source=lambda: None,
        )


def asked(url: str, *, method: str, headers: Iterable[str], cookies: Iterable[str], host: str) -> Asked:
    """From a URL, or a path on ``host``; ``headers`` as ``Name: value``, an empty value leaves one out.

    Raises AskedError.
    """
    try:
        parts = urlsplit(url)
        is_right = not parts.scheme or (parts.scheme in {"http", "https"} and bool(parts.hostname))
        is_right = is_right and url.isprintable() and (parts.path[:1] in {"/", ""})
    except ValueError:
        is_right = False
    if not is_right or not url:
        raise AskedError(f"{url!r} is no URL: give a path such as /articles/7, or https://www.example.com/")
    given = {**_LOADS_A_PAGE, "host": parts.netloc.rpartition("@")[2] or host}
    for header in headers:
        name, colon, value = header.partition(":")
        if not colon or not name.strip().isascii() or not header.isprintable():
            raise AskedError(f"{header!r} is no header: write its name and value, such as 'Sec-GPC: 1'")
        given[name.strip().lower()] = value.strip()
    if jar := "; ".join(cookies).removeprefix("Cookie:").strip():
        if not jar.isprintable():
            raise AskedError(f"{jar!r} is no text of cookies, which is one line: copy it once more")
        given["cookie"] = jar
    return Asked(
        method=method.upper(),
        scheme=parts.scheme or "https",
        host=given["host"],
        path=quote(parts.path or "/", safe=_SAFE),
        query=quote(parts.query, safe=f"{_SAFE}?"),
        headers={name: value for name, value in given.items() if value},
    )
