"""A request by its ASGI scope."""

from __future__ import annotations

from collections.abc import Iterable, MutableMapping
from operator import itemgetter
from typing import Any

from ..headers import reread
from ..request.client_ip import FORWARDING_HEADERS, NOT_FORWARDED
from ..request.raw_request import NOTHING, RawRequest, Sent, escaped, raw_path, target_path
from ..request.view import REQUEST_HEADERS

_NAMES = {name: name.encode() for name in REQUEST_HEADERS}
_FORWARDED = tuple(_NAMES[name] for name in FORWARDING_HEADERS)
_KEPT_HEADERS = (b"user-agent", b"accept-language", b"cookie", b"referer", b"host", *_FORWARDED)
_NOT_FORWARDED = (None,) * len(_FORWARDED)
# a websocket's handshake is a request of http, and goes where the page came from (RFC 6455, 3)
_SCHEMES_OF_PAGES = {"ws": "http", "wss": "https"}
_KEPT_PARTS = ("scheme", "server", "client", "root_path", "raw_path", "path", "query_string")
_taken_parts = itemgetter(*_KEPT_PARTS)


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
        if not prefix and target and target[0] == "/" and target.isascii() and "?" not in target:
            return method, target
        if not prefix and (path := target_path(target)):  # nothing is missing in front
            return method, path
        return method, raw_path(target, prefix=prefix or "", path=get("path") or "")

    @property
    def query(self) -> str:
        return _text(self.parts.get("query_string"))

    @property
    def peer(self) -> str:
        return _peer(self.parts.get("client"))

    def plain_destination(self) -> str | None:
        sent = self._headers or self._sent_headers()
        if (
            b"hx-request" in sent
            or b"hx-boosted" in sent
            or b"hx-history-restore-request" in sent
            or b"purpose" in sent
            or b"sec-purpose" in sent
            or b"x-moz" in sent
            or b"x-purpose" in sent
        ):
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

    def is_silent(self) -> bool:
        headers = self._headers
        sent = self._sent_headers() if headers is None else headers
        return b"dnt" not in sent and b"sec-gpc" not in sent

    def header(self, name: str) -> str | None:
        headers = self._headers
        sent = (self._sent_headers() if headers is None else headers).get(_NAMES[name])
        return None if sent is None else sent.decode("latin-1")

    def packed(self) -> RawRequest:
        if self._packed:
            return self
        headers = self._headers or self._sent_headers()
        sent = headers.get
        try:
            parts = _taken_parts(self.parts)
        except KeyError:  # most of them are optional
            parts = tuple(map(self.parts.get, _KEPT_PARTS))
        is_forwarded = not headers.keys().isdisjoint(_FORWARDED)
        forwarded = tuple(map(sent, _FORWARDED)) if is_forwarded else _NOT_FORWARDED
        device = (sent(b"user-agent"), sent(b"accept-language"), sent(b"cookie"))
        place = (sent(b"referer"), sent(b"host"))
        return type(self)(None, NOTHING, parts, None, device + place + forwarded)

    def unpack(self) -> None:
        self.parts = dict(zip(_KEPT_PARTS, self._packed, strict=True))
        self._headers = dict(zip(_KEPT_HEADERS, self._packed_headers, strict=True))

    def sent(self) -> Sent:
        if not self._packed:
            return super().sent()
        scheme, _, client, prefix, raw, _, query = self._packed  # in the order of _KEPT_PARTS
        headers = self._packed_headers
        host = headers[4]
        if prefix or not raw or raw[0] != 47 or 63 in raw or not raw.isascii():
            self.unpack()
            target = self.target
        else:
            path = str(raw, "latin-1")
            target = f"{path}?{_text(query)}" if query else path
        if not host or self.has_final_origin:
            self.unpack()
            scheme, named = self.scheme, self.host
        else:
            named = str(host, "latin-1")
        useragent, language, cookie, referer = [str(sent, "latin-1") if sent else "" for sent in headers[:4]]
        forwarding = NOT_FORWARDED
        if headers[5:] != _NOT_FORWARDED:
            forwarding = tuple([None if sent is None else str(sent, "latin-1") for sent in headers[5:]])
        return (
            _SCHEMES_OF_PAGES.get(scheme, scheme) or "http",
            named,
            target,
            _peer(client),
            useragent,
            language,
            cookie,
            referer,
            forwarding,
        )

    def _sent_headers(self) -> dict[bytes, bytes | None]:
        """Headers by name, repeated ones joined (HTTP/2 splits cookies); of Host the last."""
        if self._headers is None:
            sent = self.parts.get("headers") or ()
            if type(sent) is not list or not _are_tuples(sent):
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


def _are_tuples(pairs: list[Any]) -> bool:
    for pair in pairs:  # noqa: SIM110  # in half the steps of all(), whose generator goes on for each
        if type(pair) is not tuple:
            return False
    return True


def _text(query: bytes | str | None) -> str:
    """A query as a browser writes it; Django's AsyncClient has text there."""
    if not query:
        return ""
    return escaped(query if isinstance(query, str) else query.decode("latin-1"))


def _peer(client: Any) -> str:
    if type(client) is tuple and len(client) == 2:
        return client[0] or ""
    return _address(client)[0] or ""


def _address(pair: Any) -> tuple[Any, Any]:
    """Host and port, as far as there are any."""
    if isinstance(pair, Iterable):
        host, port, *_ = (*pair, None, None)
        return host, port
    return None, None
