"""A request by its WSGI environ."""

from __future__ import annotations

from operator import itemgetter
from typing import TYPE_CHECKING

from ..request.client_ip import FORWARDING_HEADERS
from ..request.raw_request import (
    NOTHING,
    RawRequest,
    Sent,
    escaped,
    joined,
    raw_path,
    target_path,
)
from ..request.view import REQUEST_HEADERS

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

_VARIABLES = {name: f"HTTP_{name.upper().replace('-', '_')}" for name in REQUEST_HEADERS}
_PAIRS = tuple(_VARIABLES.items())
_ALWAYS = (
    *("HTTP_USER_AGENT", "HTTP_ACCEPT_LANGUAGE", "HTTP_HOST"),
    *("wsgi.url_scheme", "SERVER_NAME", "SERVER_PORT", "REMOTE_ADDR"),
    *("SCRIPT_NAME", "PATH_INFO", "QUERY_STRING"),
)
"""What nearly every browser and server gives, and is taken in one step where it is there."""
_FORWARDED = tuple(_VARIABLES[name] for name in FORWARDING_HEADERS)
_OFTEN = ("HTTP_COOKIE", "HTTP_REFERER", "REQUEST_URI", "RAW_URI")
_KEPT = (*_ALWAYS, *_OFTEN, *_FORWARDED)
_NOT_FORWARDED = (None,) * len(_FORWARDED)
_taken_always = itemgetter(*_ALWAYS)


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
        return self.opening()[1]

    def opening(self) -> tuple[str, str]:
        get = self.parts.get
        method = get("REQUEST_METHOD") or ""
        target = get("REQUEST_URI") or get("RAW_URI") or ""
        prefix = get("SCRIPT_NAME") or ""
        if not prefix:  # nothing is missing in front
            if target and target[0] == "/" and target.isascii():
                return method, target.partition("?")[0]
            if raw := target_path(target):
                return method, raw
        path = get("PATH_INFO") or ""
        return method, raw_path(target, prefix=_decoded(prefix), path=_decoded(joined(prefix, path)))

    @property
    def query(self) -> str:
        return escaped(self.parts.get("QUERY_STRING") or "")

    @property
    def peer(self) -> str:
        return self.parts.get("REMOTE_ADDR") or ""

    def plain_destination(self) -> str | None:
        parts = self.parts
        if (
            "HTTP_HX_REQUEST" in parts
            or "HTTP_HX_BOOSTED" in parts
            or "HTTP_HX_HISTORY_RESTORE_REQUEST" in parts
            or "HTTP_PURPOSE" in parts
            or "HTTP_SEC_PURPOSE" in parts
            or "HTTP_X_MOZ" in parts
            or "HTTP_X_PURPOSE" in parts
        ):
            return None
        return parts.get("HTTP_SEC_FETCH_DEST")

    @property
    def headers(self) -> dict[str, str]:
        sent = self.parts.get
        return {name: value for name, variable in _PAIRS if (value := sent(variable)) is not None}

    def is_silent(self) -> bool:
        parts = self.parts
        return "HTTP_DNT" not in parts and "HTTP_SEC_GPC" not in parts

    def header(self, name: str) -> str | None:
        return self.parts.get(_VARIABLES[name])

    def packed(self) -> RawRequest:
        if self._packed:
            return self
        parts = self.parts
        get = parts.get
        try:
            always = _taken_always(parts)
        except KeyError:
            always = tuple(map(get, _ALWAYS))
        often = (get("HTTP_COOKIE"), get("HTTP_REFERER"), get("REQUEST_URI"), get("RAW_URI"))
        is_forwarded = not parts.keys().isdisjoint(_FORWARDED)
        forwarded = tuple(map(get, _FORWARDED)) if is_forwarded else _NOT_FORWARDED
        return type(self)(None, NOTHING, always + often + forwarded)

    def unpack(self) -> None:
        self.parts = dict(zip(_KEPT, self._packed, strict=True))

    def sent(self) -> Sent:
        packed = self._packed
        if not packed:
            return super().sent()
        # in the order of _KEPT
        useragent, language, host, scheme, server, port, peer, prefix, _, query = packed[:10]
        cookie, referer, uri, raw_uri = packed[10:14]
        target = uri or raw_uri or ""
        path, _, sent_query = target.partition("?")
        if prefix or path[:1] != "/" or not target.isascii():
            self.unpack()
            target = self.target
        elif not query:
            target = path
        elif query != sent_query:
            target = f"{path}?{escaped(query)}"
        if self.has_final_origin:
            scheme, host = self.scheme, self.host
        elif not host:
            host = _named(server, port)
        return (
            scheme or "http",
            host,
            target,
            peer or "",
            useragent or "",
            language or "",
            cookie or "",
            referer or "",
            packed[14:],
        )


def _decoded(text: str) -> str:
    """PEP 3333 carries bytes as latin-1; on the wire they are UTF-8."""
    return text if text.isascii() else text.encode("latin-1", "replace").decode("utf-8", "replace")


def _server(environ: WSGIEnvironment) -> str:
    return _named(environ.get("SERVER_NAME"), environ.get("SERVER_PORT"))


def _named(name: str | None, port: str | None) -> str:
    return f"{name}:{port}" if name and port else name or ""
