"""A request by its WSGI environ."""

from __future__ import annotations

from operator import itemgetter
from typing import TYPE_CHECKING, Any

from ..plain_setting import plainly_set
from ..request.client_ip import FORWARDING_HEADERS, NOT_FORWARDED
from ..request.raw_request import (
    NOTHING,
    OF_DATA,
    SIGNATURE_HEADERS,
    UNUSUAL_HEADERS,
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

    from ..request.rules import Opened, PathRules

_VARIABLES = {name: f"HTTP_{name.upper().replace('-', '_')}" for name in REQUEST_HEADERS}
_PAIRS = tuple(_VARIABLES.items())
_UNUSUAL = tuple(_VARIABLES[name] for name in UNUSUAL_HEADERS)
_ORDINARY = (
    *("HTTP_USER_AGENT", "HTTP_ACCEPT_LANGUAGE", "HTTP_HOST"),
    *("wsgi.url_scheme", "REMOTE_ADDR", "QUERY_STRING"),
)
"""What an ordinary request has in any case, in the order that it is packed in."""
_taken = itemgetter(*_ORDINARY)
_ALWAYS = (
    *("HTTP_USER_AGENT", "HTTP_ACCEPT_LANGUAGE", "HTTP_HOST"),
    *("wsgi.url_scheme", "SERVER_NAME", "SERVER_PORT", "REMOTE_ADDR"),
    *("SCRIPT_NAME", "PATH_INFO", "QUERY_STRING"),
)
"""What nearly every browser and server gives, and is taken in one step where it is there."""
_FORWARDED = tuple(_VARIABLES[name] for name in FORWARDING_HEADERS)
_OFTEN = ("HTTP_COOKIE", "HTTP_REFERER", "REQUEST_URI", "RAW_URI")
_KEPT = (*_ALWAYS, *_OFTEN, *_FORWARDED)
_SIGNED = ("REQUEST_METHOD", *(_VARIABLES[name] for name in SIGNATURE_HEADERS))
"""What is kept beyond that of a request that is signed."""
_RARE = (*_UNUSUAL, *_FORWARDED)
_taken_always = itemgetter(*_ALWAYS)


@plainly_set
class EnvironRequest(RawRequest):
    """A request by its WSGI environ."""

    @classmethod
    def opened(cls, source: Any, environ: WSGIEnvironment, paths: PathRules) -> Opened | None:
        """What ``request_reason`` says of most requests, and the request, which is packed if it is ordinary.

        None where more is to be looked at.
        """
        if type(environ) is not dict:
            return None
        try:
            method, prefix = environ["REQUEST_METHOD"], environ["SCRIPT_NAME"]
            target = environ["REQUEST_URI" if "REQUEST_URI" in environ else "RAW_URI"]
        except KeyError:
            return None
        if method != "GET":
            return (cls(source, environ.copy()), "method") if type(method) is str else None
        if prefix or type(target) is not str or not target or target[0] != "/" or not target.isascii():
            return None
        head = target[paths.head]
        if head in paths.heads or "%" in head:
            is_excluded = target.startswith(paths.surely)
            return (cls(source, environ.copy()), "excluded") if is_excluded else None
        destination = environ.get("HTTP_SEC_FETCH_DEST")
        if destination == "document":
            if paths.packs:
                return _ordinary(cls, source, environ, target)
            return (cls(source, environ.copy()), None) if environ.keys().isdisjoint(_UNUSUAL) else None
        if destination == "empty" and environ.keys().isdisjoint(_UNUSUAL):
            accept = environ.get("HTTP_ACCEPT")
            if not accept or accept in OF_DATA or "text/html" not in accept.lower():
                return cls(source, environ.copy()), "fetch"
        return None

    @property
    def method(self) -> str:
        return "GET" if self.is_ordinary else self.parts.get("REQUEST_METHOD") or ""

    @property
    def scheme(self) -> str:
        return (self.parts or self._read()).get("wsgi.url_scheme") or "http"

    @property
    def host(self) -> str:
        return (self.parts or self._read()).get("HTTP_HOST") or _server(self.parts)

    @property
    def path(self) -> str:
        return self.opening()[1]

    def opening(self) -> tuple[str, str]:
        get = (self.parts or self._read()).get
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
        return escaped((self.parts or self._read()).get("QUERY_STRING") or "")

    @property
    def peer(self) -> str:
        return (self.parts or self._read()).get("REMOTE_ADDR") or ""

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
        sent = (self.parts or self._read()).get
        return {name: value for name, variable in _PAIRS if (value := sent(variable)) is not None}

    def is_silent(self) -> bool:
        if self.is_ordinary:
            return True
        parts = self.parts
        return "HTTP_DNT" not in parts and "HTTP_SEC_GPC" not in parts

    def header(self, name: str) -> str | None:
        return (self.parts or self._read()).get(_VARIABLES[name])

    def packed(self) -> RawRequest:
        if self._packed:
            is_held = self.is_ordinary and self.source is not None
            return type(self)(None, NOTHING, self._packed, True) if is_held else self  # noqa: FBT003
        parts = self.parts
        get = parts.get
        try:
            always = _taken_always(parts)
        except KeyError:
            always = tuple(map(get, _ALWAYS))
        often = (get("HTTP_COOKIE"), get("HTTP_REFERER"), get("REQUEST_URI"), get("RAW_URI"))
        is_forwarded = not parts.keys().isdisjoint(_FORWARDED)
        forwarded = tuple(map(get, _FORWARDED)) if is_forwarded else NOT_FORWARDED
        signed = tuple(map(get, _SIGNED)) if "HTTP_SIGNATURE_INPUT" in parts else ()
        return type(self)(None, NOTHING, always + often + forwarded + signed)

    def unpack(self) -> None:
        if self.is_ordinary:
            taken, *others, forwarded = self._packed
            self.parts = {
                "REQUEST_METHOD": "GET",
                **dict(zip(_ORDINARY, taken, strict=True)),
                **dict(zip(("RAW_URI", "HTTP_COOKIE", "HTTP_REFERER"), others, strict=True)),
                **dict(zip(_FORWARDED, forwarded, strict=True)),
            }
        else:
            self.parts = dict(zip(_KEPT + _SIGNED, self._packed, strict=False))

    def _read(self) -> dict[str, Any]:
        if not self.parts and self._packed:
            self.unpack()
        return self.parts

    def _ordinary_sent(self) -> Sent:
        (useragent, language, host, scheme, peer, query), target, cookie, referer, forwarded = self._packed
        path, _, sent_query = target.partition("?")
        if not query:
            target = path
        elif query != sent_query:
            target = f"{path}?{escaped(query)}"
        return (
            *(scheme or "http", host, target, peer or ""),
            *(useragent or "", language or "", cookie or "", referer or ""),
            forwarded,
        )

    def sent(self) -> Sent:
        packed = self._packed
        if self.is_ordinary:
            return self._ordinary_sent()
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
            packed[14 : len(_KEPT)],
        )


def _ordinary(
    kind: type[EnvironRequest], source: Any, environ: WSGIEnvironment, target: str
) -> Opened | None:
    """The request of a page, packed; None where it is out of the ordinary."""
    get, forwarded = environ.get, NOT_FORWARDED
    if not environ.keys().isdisjoint(_RARE):
        if not environ.keys().isdisjoint(_UNUSUAL):
            return None
        forwarded = tuple(map(get, _FORWARDED))
    try:
        taken = _taken(environ)
    except KeyError:
        return None
    if not taken[2]:  # the server's name stands for the host's
        return None
    packed = (taken, target, get("HTTP_COOKIE"), get("HTTP_REFERER"), forwarded)
    return kind(source, NOTHING, packed, True), None  # noqa: FBT003


def _decoded(text: str) -> str:
    """PEP 3333 carries bytes as latin-1; on the wire they are UTF-8."""
    return text if text.isascii() else text.encode("latin-1", "replace").decode("utf-8", "replace")


def _server(environ: WSGIEnvironment) -> str:
    return _named(environ.get("SERVER_NAME"), environ.get("SERVER_PORT"))


def _named(name: str | None, port: str | None) -> str:
    return f"{name}:{port}" if name and port else name or ""
