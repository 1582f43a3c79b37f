"""URLs as the pipeline reads them at first: strictly, as ``java.net.URI`` documents its grammar.

That is RFC 2396 with the addresses of RFC 2732, and in most places any letter that is not ASCII.
"""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass

_OTHER = "\xa1-\u167f\u1681-\u1fff\u200b-\u2027\u202a-\u202e\u2030-\u205e\u2060-\u2fff\u3001-\U0010ffff"
"""What is neither ASCII, nor a space, nor a control character."""

_UNRESERVED = r"A-Za-z0-9\-_.!~*'()" + _OTHER


def _run(characters: str) -> str:
    return rf"(?:[{_UNRESERVED}{characters}]++|%[0-9A-Fa-f]{{2}})"


_URIC = _run(r";/?:@&=+$,\[\]")
_SCHEME = r"(?P<scheme>[A-Za-z][A-Za-z0-9+.\-]*+):"
_HIERARCHY = rf"(?://(?P<authority>[^/?\#]*+))?+(?P<path>{_run(';/:@&=+$,')}*+)(?:\?(?P<query>{_URIC}*+))?+"
_FRAGMENT = rf"(?:\#(?P<fragment>{_URIC}*+))?+"

_HIERARCHICAL = re.compile(rf"(?:{_SCHEME}(?=/)|(?![^/?\#:]*+:)){_HIERARCHY}{_FRAGMENT}")
_OPAQUE = re.compile(rf"{_SCHEME}(?!/){_URIC}++{_FRAGMENT}")
_REGISTERED = re.compile(_run("$,;:@&=+") + "++")
_USER = _run(";:&=+$,")
_SERVER = re.compile(
    rf"(?:{_USER}*+@)?+(?P<host>\[[^\]]*+\]|[A-Za-z0-9.\-]++)(?::(?P<port>0*[0-9]{{0,10}}))?+"
)
_OCTET = "0*(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])"
_HOST = re.compile(
    rf"{_OCTET}(?:\.{_OCTET}){{3}}"
    r"|[A-Za-z0-9](?:[A-Za-z0-9\-]*[A-Za-z0-9])?\.?"
    r"|(?:[A-Za-z0-9](?:[A-Za-z0-9\-]*[A-Za-z0-9])?\.)*[A-Za-z](?:[A-Za-z0-9\-]*[A-Za-z0-9])?\.?"
)
_ZONE = re.compile("[A-Za-z0-9_.]+")
_LARGEST_PORT = 2_147_483_647


@dataclass(frozen=True, slots=True, kw_only=True)
class Uri:
    """A URL and its parts as they stand in it; None for a part that it has not."""

    text: str
    scheme: str | None = None
    host: str | None = None
    port: int | None = None
    path: str | None = None
    query: str | None = None
    fragment: str | None = None


def strict_uri(text: str) -> Uri:
    """Take a URL apart; raises ValueError where a character or a part is out of place.

    A host that is none, as ``a..b`` and ``my_host`` are none, is no part, and neither is its port.
    """
    if opaque := _OPAQUE.fullmatch(text):
        return Uri(text=text, scheme=opaque["scheme"], fragment=opaque["fragment"])
    match = _HIERARCHICAL.match(text)
    if match is None:
        raise ValueError("before its ':' is no scheme, or nothing behind")
    if match.end() < len(text):
        raise ValueError(f"{text[match.end()]!r} at character {match.end() + 1} cannot stand there")
    if match["authority"] == "" and match.end("authority") == len(text):
        raise ValueError("a host is missing after '//'")
    host, port = _server(match["authority"] or "")
    return Uri(
        text=text,
        scheme=match["scheme"],
        host=host,
        port=port,
        path=match["path"],
        query=match["query"],
        fragment=match["fragment"],
    )


def _server(authority: str) -> tuple[str | None, int | None]:
    match = _SERVER.fullmatch(authority)
    if match and _is_host(match["host"]) and int(match["port"] or 0) <= _LARGEST_PORT:
        return match["host"], int(match["port"]) if match["port"] else None
    if authority and not _REGISTERED.fullmatch(authority):
        raise ValueError(f"{authority!r} cannot be a host")
    return None, None


def _is_host(host: str) -> bool:
    if host[0] != "[":
        return _HOST.fullmatch(host) is not None
    address, is_zoned, zone = host[1:-1].partition("%")
    if is_zoned and not _ZONE.fullmatch(zone):
        return False
    try:
        return ipaddress.ip_address(address).version == 6
    except ValueError:
        return False
