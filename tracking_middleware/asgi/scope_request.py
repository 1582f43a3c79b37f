"""A request by its ASGI scope."""

from __future__ import annotations

from collections.abc import Iterable, MutableMapping
from typing import Any

from ..headers import reread
from ..request.raw_request import KEPT_HEADERS, SPECIAL_HEADERS, RawRequest, escaped, raw_path, target_path
from ..request.view import REQUEST_HEADERS

_NAMES = {name: name.encode() for name in REQUEST_HEADERS}
_SPECIAL = frozenset(_NAMES[name] for name in SPECIAL_HEADERS)
_KEPT_HEADERS = (*(_NAMES[name] for name in KEPT_HEADERS), b"host")
# a websocket's handshake is a request of http, and goes where the page came from (RFC 6455, 3)
_SCHEMES_OF_PAGES = {"ws": "http", "wss": "https"}
_TUPLES = frozenset({tuple})
_KEPT_PARTS = ("scheme", "server", "client", "root_path", "raw_path", "path", "query_string")


class ScopeRequest(RawRequest):
    """A request by its ASGI scope."""

    _headers: dict[bytes, bytes | None] | None = None
    _packed_headers: tuple[bytes | None, ...] = ()

    @property
    def method(self) -> str:
        return self.parts.get("method") or ""

    @property
    def is_conversation(self) -> bool:
        return self.parts.get("type") == "websocket"

    @property
    def scheme(self) -> str:
        scheme = self.parts.get("scheme") or "http"
        return _SCHEMES_OF_PAGES.get(scheme, scheme)

    @property
    def host(self) -> str:
        if sent := self._sent_headers().get(b"host"):
            return sent.decode("latin-1")
        host, port = _address(self.parts.get("server"))
        return f"{host}:{port}" if host else ""

    @property
    def path(self) -> str:
        return self.opening()[1]

    def opening(self) -> tuple[str, str]:
        get = self.parts.get
        method = get("method") or ""
        target = str(get("raw_path") or b"", "latin-1")
        prefix = get("root_path")
        if not prefix and target[:1] == "/" and target.isascii() and "?" not in target:
            return method, target
        if not prefix and (path := target_path(target)):  # nothing is missing in front
            return method, path
        return method, raw_path(target, prefix=prefix or "", path=get("path") or "")

    @property
    def query(self) -> str:
        query = self.parts.get("query_string") or b""
        # Django's AsyncClient has text there
        return escaped(query if isinstance(query, str) else query.decode("latin-1"))

    @property
    def peer(self) -> str:
        return _address(self.parts.get("client"))[0] or ""

    def plain_destination(self) -> str | None:
        sent = self._headers or self._sent_headers()
        if not sent.keys().isdisjoint(_SPECIAL):
            return None
        destination = sent.get(b"sec-fetch-dest")
        return None if destination is None else destination.decode("latin-1")

    @property
    def headers(self) -> dict[str, str]:
        sent = self._sent_headers()
        return {
            name: value.decode("latin-1")
            for name, raw in _NAMES.items()
            if (value := sent.get(raw)) is not None
        }

    def header(self, name: str) -> str | None:
        headers = self._headers
        sent = (self._sent_headers() if headers is None else headers).get(_NAMES[name])
        return None if sent is None else sent.decode("latin-1")

    def pack(self) -> None:
        headers = self._sent_headers()
        self._packed = tuple(map(self.parts.get, _KEPT_PARTS))
        self._packed_headers = tuple(map(headers.get, _KEPT_HEADERS))
        self.source = self._headers = None
        self.parts = {}

    def unpack(self) -> None:
        self.parts = dict(zip(_KEPT_PARTS, self._packed, strict=True))
        self._headers = dict(zip(_KEPT_HEADERS, self._packed_headers, strict=True))

    def _sent_headers(self) -> dict[bytes, bytes | None]:
        """Headers by name, repeated ones joined (HTTP/2 splits cookies); of Host the last."""
        if self._headers is None:
            sent = self.parts.get("headers") or ()
            if type(sent) is not list or not _TUPLES.issuperset(map(type, sent)):
                sent = self._read_again(sent)
            headers = dict(sent)
            if len(headers) < len(sent):
                for name in _NAMES.values():
                    if name in headers:
                        separator = b"; " if name == b"cookie" else b", "
                        headers[name] = separator.join(value for other, value in sent if other == name)
            self._headers = headers
        return self._headers

    def _read_again(self, sent: Any) -> list[tuple[bytes, bytes]]:
        """Headers of whatever kind; where that takes reading them, the app finds what it can read."""
        headers, passed_on = reread(sent)
        if passed_on is not sent and isinstance(self.source, MutableMapping):
            self.source["headers"] = passed_on
        return [tuple(pair) for pair in headers]


def _address(pair: Any) -> tuple[Any, Any]:
    """Host and port, as far as there are any."""
    if isinstance(pair, Iterable):
        host, port, *_ = (*pair, None, None)
        return host, port
    return None, None
