"""A request by its ASGI scope."""

from __future__ import annotations

from collections.abc import MutableMapping
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from ..headers import reread
from ..plain_setting import plainly_set
from ..request.client_ip import NOT_FORWARDED
from ..request.raw_request import (
    NOTHING,
    OF_DATA,
    RawRequest,
    Sent,
    raw_path,
    target_path,
)
from ..request.view import REQUEST_HEADERS
from .header_names import FORWARDED, KEPT_HEADERS, SIGNED, USUAL_HEADERS, header_names
from .scope_parts import are_tuples, header_text_of, host_and_port, peer_address, query_text

if TYPE_CHECKING:
    from ..request.rules import Opened, PathRules

_NAMES = {name: name.encode() for name in REQUEST_HEADERS}
# a websocket's handshake is a request of http, and goes where the page came from (RFC 6455, 3)
_SCHEMES_OF_PAGES = {"ws": "http", "wss": "https"}
_KEPT_PARTS = ("scheme", "server", "client", "root_path", "raw_path", "path", "query_string")
_taken_parts = itemgetter(*_KEPT_PARTS)
_ORDINARY = ("scheme", "client", "raw_path", "query_string")
"""What an ordinary request has in any case, in the order that it is packed in."""
_taken = itemgetter(*_ORDINARY)
_OF_DATA = frozenset(map(str.encode, OF_DATA))
_NOT_FORWARDED = (None,) * len(FORWARDED)
_value_of = itemgetter(1)


@plainly_set
class ScopeRequest(RawRequest):
    """A request by its ASGI scope."""

    _headers: dict[bytes, bytes | None] | None = None
    _packed_headers: tuple[bytes | None, ...] = ()
    _packed_names: tuple[bytes, ...] = ()
    """Of an ordinary request's packed headers."""

    @classmethod
    def opened(cls, source: Any, scope: MutableMapping[str, Any], paths: PathRules) -> Opened | None:
        """What ``request_reason`` says of most requests, and the request, which is packed if it is ordinary.

        None where more is to be looked at.
        """
        if type(scope) is not dict:
            return None
        try:
            method, target = scope["method"], scope["raw_path"]
        except KeyError:  # of a websocket, or of another server than most
            return None
        if method != "GET":
            is_request = type(method) is str and scope["type"] == "http"
            return (cls(source, scope.copy()), "method") if is_request else None
        if type(target) is not bytes or not target or target[0] != 47 or 63 in target or not target.isascii():
            return None  # "/", and "?"
        if scope.get("root_path"):
            return None
        head = target[paths.head]
        if head in paths.raw_heads or 37 in head:
            is_excluded = target.startswith(paths.raw_surely)
            return (cls(source, scope.copy()), "excluded") if is_excluded else None
        return _opened_by_headers(cls, source, scope, paths)

    @property
    def method(self) -> str:
        return "GET" if self.is_ordinary else self.parts.get("method") or ""

    @property
    def is_conversation(self) -> bool:
        return self.parts.get("type") == "websocket"

    @property
    def scheme(self) -> str:
        scheme = (self.parts or self._read()).get("scheme") or "http"
        return _SCHEMES_OF_PAGES.get(scheme, scheme)

    @property
    def host(self) -> str:
        if sent := self._sent_headers().get(b"host"):
            return sent.decode("latin-1")
        host, port = host_and_port(self.parts.get("server"))
        return f"{host}:{port}" if host else ""

    @property
    def path(self) -> str:
        return self.opening()[1]

    def opening(self) -> tuple[str, str]:
        get = (self.parts or self._read()).get
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
        return query_text((self.parts or self._read()).get("query_string"))

    @property
    def peer(self) -> str:
        return peer_address((self.parts or self._read()).get("client"))

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
        if self.is_ordinary:
            return True
        headers = self._headers
        sent = self._sent_headers() if headers is None else headers
        return b"dnt" not in sent and b"sec-gpc" not in sent

    def header(self, name: str) -> str | None:
        headers = self._headers
        sent = (self._sent_headers() if headers is None else headers).get(_NAMES[name])
        return None if sent is None else sent.decode("latin-1")

    def packed(self) -> RawRequest:
        if self._packed:
            is_held = self.is_ordinary and self.source is not None
            own = (self._packed, True, None, self._packed_headers, self._packed_names)
            return type(self)(None, NOTHING, *own) if is_held else self
        headers = self._headers or self._sent_headers()
        sent = headers.get
        try:
            parts = _taken_parts(self.parts)
        except KeyError:  # most of them are optional
            parts = tuple(map(self.parts.get, _KEPT_PARTS))
        is_forwarded = not headers.keys().isdisjoint(FORWARDED)
        forwarded = tuple(map(sent, FORWARDED)) if is_forwarded else _NOT_FORWARDED
        device = (sent(b"user-agent"), sent(b"accept-language"), sent(b"cookie"))
        place = (sent(b"referer"), sent(b"host"))
        signed: tuple[bytes | None, ...] = ()
        if b"signature-input" in headers:
            signed = (self.method.encode(), *map(sent, SIGNED[1:]))
        return type(self)(None, NOTHING, parts, False, None, device + place + forwarded + signed)  # noqa: FBT003

    def unpack(self) -> None:
        if self.is_ordinary:
            self._headers = dict(zip(self._packed_names, self._packed_headers, strict=True))
            self.parts = {"method": "GET", **dict(zip(_ORDINARY, self._packed, strict=True))}
        else:
            self._headers = dict(zip(KEPT_HEADERS + SIGNED, self._packed_headers, strict=False))
            self.parts = dict(zip(_KEPT_PARTS, self._packed, strict=True))
            if method := self._headers.pop(b":method", None):
                self.parts["method"] = method.decode()

    def _read(self) -> dict[str, Any]:
        if not self.parts and self._packed:
            self.unpack()
        return self.parts

    def _ordinary_sent(self) -> Sent:
        scheme, client, raw, query = self._packed
        headers, forwarding = self._packed_headers, NOT_FORWARDED
        if self._packed_names is not USUAL_HEADERS:
            get = dict(zip(self._packed_names, headers, strict=True)).get
            headers = tuple(map(get, USUAL_HEADERS))
            if len(self._packed_names) > len(headers) - headers.count(None):
                forwarding = tuple([header_text_of(get(name)) for name in FORWARDED])
        useragent, language, cookie, referer = [str(sent, "latin-1") if sent else "" for sent in headers[:4]]
        path = str(raw, "latin-1")
        return (
            _SCHEMES_OF_PAGES.get(scheme, scheme) or "http",
            str(headers[4] or b"", "latin-1"),
            f"{path}?{query_text(query)}" if query else path,
            peer_address(client),
            useragent,
            language,
            cookie,
            referer,
            forwarding,
        )

    def sent(self) -> Sent:
        if self.is_ordinary:
            return self._ordinary_sent()
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
            target = f"{path}?{query_text(query)}" if query else path
        if not host or self.has_final_origin:
            self.unpack()
            scheme, named = self.scheme, self.host
        else:
            named = str(host, "latin-1")
        useragent, language, cookie, referer = [str(sent, "latin-1") if sent else "" for sent in headers[:4]]
        forwarding = NOT_FORWARDED
        forwarded = headers[5 : len(KEPT_HEADERS)]
        if forwarded != _NOT_FORWARDED:
            forwarding = tuple(map(header_text_of, forwarded))
        return (
            _SCHEMES_OF_PAGES.get(scheme, scheme) or "http",
            named,
            target,
            peer_address(client),
            useragent,
            language,
            cookie,
            referer,
            forwarding,
        )

    def _sent_headers(self) -> dict[bytes, bytes | None]:
        """Headers by name, repeated ones joined (HTTP/2 splits cookies); of Host the last."""
        if self.is_ordinary:
            self._read()
        if self._headers is None:
            sent = self.parts.get("headers") or ()
            if type(sent) is not list or not are_tuples(sent):
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


def _opened_by_headers(
    kind: type[ScopeRequest], source: Any, scope: dict[str, Any], paths: PathRules
) -> Opened | None:
    try:
        sent = scope["headers"]
        if type(sent) is not list:
            return None
        names = header_names(sent)
        if names is None:
            return None
        destination = sent[names.destination][1]
        if destination == b"document":
            if not paths.packs:
                return kind(source, scope.copy()), None
            if not sent[names.host][1]:  # the server's name stands for the host's
                return None
            headers = tuple(map(_value_of, names.pairs(sent)))
            return kind(source, NOTHING, _taken(scope), True, None, headers, names.kept), None  # noqa: FBT003
        place = names.accept
        if destination == b"empty" and (
            place is None or (accept := sent[place][1]) in _OF_DATA or b"text/html" not in accept.lower()
        ):
            return kind(source, scope.copy()), "fetch"
    except (TypeError, ValueError, LookupError):
        pass
    return None
