"""A request by its WSGI environ."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..request.raw_request import (
    KEPT_HEADERS,
    SPECIAL_HEADERS,
    RawRequest,
    escaped,
    joined,
    raw_path,
    target_path,
)
from ..request.view import REQUEST_HEADERS

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

_VARIABLES = {name: f"HTTP_{name.upper().replace('-', '_')}" for name in REQUEST_HEADERS}
_SPECIAL = frozenset(_VARIABLES[name] for name in SPECIAL_HEADERS)
_KEPT = (
    *(_VARIABLES[name] for name in KEPT_HEADERS),
    *("wsgi.url_scheme", "HTTP_HOST", "SERVER_NAME", "SERVER_PORT", "REMOTE_ADDR"),
    *("REQUEST_URI", "RAW_URI", "SCRIPT_NAME", "PATH_INFO", "QUERY_STRING"),
)


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
            if target[:1] == "/" and target.isascii():
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
        if not self.parts.keys().isdisjoint(_SPECIAL):
            return None
        return self.parts.get("HTTP_SEC_FETCH_DEST")

    @property
    def headers(self) -> dict[str, str]:
        parts = self.parts
        return {
            name: value
            for name, variable in _VARIABLES.items()
            if variable in parts and (value := parts[variable]) is not None
        }

    def header(self, name: str) -> str | None:
        return self.parts.get(_VARIABLES[name])

    def pack(self) -> None:
        self._packed = tuple(map(self.parts.get, _KEPT))
        self.source = None
        self.parts = {}

    def unpack(self) -> None:
        self.parts = dict(zip(_KEPT, self._packed, strict=True))


def _decoded(text: str) -> str:
    """PEP 3333 carries bytes as latin-1; on the wire they are UTF-8."""
    return text if text.isascii() else text.encode("latin-1", "replace").decode("utf-8", "replace")


def _server(environ: WSGIEnvironment) -> str:
    name, port = environ.get("SERVER_NAME") or "", environ.get("SERVER_PORT") or ""
    return f"{name}:{port}" if name and port else name
