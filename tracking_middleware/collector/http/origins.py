"""Who asks: which host names and origins may see events, as a browser tells them. Pure."""

from __future__ import annotations

import ipaddress
import re
from functools import lru_cache
from urllib.parse import urlsplit

_VISIBLE = re.compile("[!-~]+")
_LONGEST_KNOWN = 256
"""Characters of a Host header whose name is kept for the next request."""


def name_of(host: str) -> str:
    """The name in a Host header, in lower case, without port, brackets and last dot; else ``""``."""
    return _known_name(host) if len(host) <= _LONGEST_KNOWN else _name(host)


def _name(host: str) -> str:
    try:
        return (urlsplit(f"//{host}").hostname or "").rstrip(".")
    except ValueError:
        return ""


_known_name = lru_cache(maxsize=256)(_name)


def port_of(host: str) -> int | None:
    """The port in a Host header, or None where it has none that is one."""
    try:
        return urlsplit(f"//{host}").port
    except ValueError:
        return None


def is_loopback(name: str) -> bool:
    """Whether a name is this machine's own, whatever a name server says."""
    if name == "localhost" or name.endswith(".localhost"):
        return True
    address = _address(name)
    return address is not None and address.is_loopback


def is_rebindable(name: str) -> bool:
    """Whether a site on the internet may have this name, and so point it at this machine (DNS rebinding).

    It cannot be an address, and not a name without a dot (a service of docker compose, a machine of
    the local network) or one that is reserved for private use (``host.docker.internal``).
    """
    if _address(name) is not None or is_loopback(name):
        return False
    return "." in name and not name.endswith((".internal", ".test"))


def is_own(origin: str, host: str) -> bool:
    """Whether a page comes from the collector itself (its Host header), or from this machine on any port.

    No origin has characters that are not visible, which a parser of URLs would pass over.
    """
    if _VISIBLE.fullmatch(origin) is None:
        return False
    try:
        parts = urlsplit(origin)
    except ValueError:
        return False
    if parts.scheme not in {"http", "https"}:
        return False
    return parts.netloc.lower() == host.lower() or is_loopback(name_of(parts.netloc))


def _address(name: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(name)
    except ValueError:
        return None
