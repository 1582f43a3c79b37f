"""The address of the client, as far as it can be told without trusting what anyone may write."""

from __future__ import annotations

import ipaddress
import re
from functools import lru_cache

_OCTET = "(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])"
_IPV4 = re.compile(rf"{_OCTET}\.{_OCTET}\.{_OCTET}\.{_OCTET}")
"""An address as ``ipaddress`` would write it itself."""


def client_address(peer: str, *, is_forwarded: bool) -> str:
    """The visitor's address from the connection's ``peer``; ``""`` where it would be somebody else's.

    Forwarding headers (``X-Forwarded-For``, ``Forwarded``) from a peer in a private network are the
    mark of a proxy: the peer's address is then the proxy's and is left out.
    """
    if not peer:
        return ""
    if is_forwarded:
        return _forwarders_address(peer)
    if _IPV4.fullmatch(peer):
        return peer
    address = _parse(peer)
    return "" if address is None else str(address)


@lru_cache(maxsize=64)  # the same few proxies in front of a site, request after request
def _forwarders_address(peer: str) -> str:
    address = _parse(peer)
    return "" if address is None or address.is_private else str(address)


def _parse(peer: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """The address that a peer names; ``None`` for a unix socket."""
    try:
        address = ipaddress.ip_address(peer.partition("%")[0])  # without an IPv6 zone
    except ValueError:
        return None
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
        return address.ipv4_mapped
    return address
