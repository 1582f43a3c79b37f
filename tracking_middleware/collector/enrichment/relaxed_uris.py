"""URLs that are no URLs, made such, as the pipeline does it where its strict reading fails (scala-uri).

What stands between the delimiters is unescaped and escaped anew, nearly all of it: so ``:`` or ``$`` in
a path are escaped where elsewhere in the same URL a character was out of place.
"""

from __future__ import annotations

import ipaddress
import re
from typing import cast
from urllib.parse import quote

from ..payload.octets import read_utf8

_SCHEME = r"(?P<scheme>[A-Za-z][A-Za-z0-9+.\-]*+:)"
_AUTHORITY = (
    r"//(?:(?P<user>[^:/?\[\]@]*+)(?::(?P<password>[^@]*+))?+@)?+"
    r"(?P<host>\[(?P<six>[0-9A-Fa-f:]++)\]|[^:/?\#]*+)(?::(?P<port>[0-9]{1,10}+))?+"
)
_REST = r"(?P<path>[^?\#]*+)(?:\?(?P<query>[^\#]*+))?+(?:\#(?P<fragment>.*+))?+"
_WITH_HOST = re.compile(rf"{_SCHEME}?+{_AUTHORITY}(?![^/?\#]){_REST}", re.DOTALL)
_WITHOUT_HOST = re.compile(rf"{_SCHEME}?+{_REST}", re.DOTALL)
_NAMED = re.compile(
    r"urn:(?P<space>[A-Za-z0-9][A-Za-z0-9\-]*[A-Za-z0-9]):(?P<name>[A-Za-z0-9\-._~%!$&'()*+,;=:@/]+)"
)
_ESCAPE = re.compile("%([0-9A-Fa-f]{2}|[+-][0-9A-Fa-f])")
_PAIR = re.compile("[\U00010000-\U0010ffff]")
_LARGEST_PORT = 2_147_483_647


def mended(text: str) -> str:
    """A URL that a strict reader may take; raises ValueError for a port that is no number anywhere."""
    if named := _NAMED.fullmatch(text):
        return f"urn:{named['space']}:{_again(named['name'])}"
    match = _WITH_HOST.fullmatch(text)
    host = _host(match) if match else None
    if match is None or host is None:
        # this one matches every text
        match, host = cast("re.Match[str]", _WITHOUT_HOST.fullmatch(text)), ""
    path = "/".join(map(_again, match["path"].split("/")))
    query = "" if match["query"] is None else "?" + "&".join(map(_parameter, match["query"].split("&")))
    fragment = "" if match["fragment"] is None else "#" + _again(match["fragment"])
    return f"{match['scheme'] or ''}{host}{path}{query}{fragment}"


def _host(match: re.Match[str]) -> str | None:
    """The authority anew; None where it is an address of version 6 that is none."""
    host = match["host"]
    if match["six"]:
        try:
            host = f"[{ipaddress.IPv6Address(match['six'])}]"
        except ValueError:
            return None
    if match["port"] and int(match["port"]) > _LARGEST_PORT:
        raise ValueError(f"its port {match['port']} is none")
    user = "" if match["user"] is None else _again(match["user"])
    password = "" if match["password"] is None else ":" + _again(match["password"])
    port = f":{int(match['port'])}" if match["port"] else ""
    return f"//{user}{password}{'@' if match['user'] is not None else ''}{host}{port}"


def _parameter(text: str) -> str:
    name, equals, value = text.partition("=")
    return _again(name) + equals + _again(value)


def _again(text: str) -> str:
    """Unescaped and escaped; a character beyond 16 bits is two halves to the pipeline, and each a ``?``."""
    parts = _ESCAPE.split(_PAIR.sub("??", text))
    octets = b"".join(
        bytes([int(part, 16) & 0xFF]) if place % 2 else part.encode("utf-8", "replace")
        for place, part in enumerate(parts)
    )
    return quote(read_utf8(octets), safe="+")
