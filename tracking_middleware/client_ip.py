"""The address of the client, as far as it can be told without trusting what anyone may write."""

from __future__ import annotations

import ipaddress


def client_address(peer: str, *, is_forwarded: bool) -> str:
    """The visitor's address from the connection's ``peer``; ``""`` where it would be somebody else's.

    Forwarding headers (``X-Forwarded-For``, ``Forwarded``) from a peer in a private network are the
    mark of a proxy: the peer's address is then the proxy's and is left out.
    """
    try:
        address = ipaddress.ip_address(peer.partition("%")[0])  # without an IPv6 zone
    except ValueError:  # a unix socket, or nothing
        return ""
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    return "" if is_forwarded and address.is_private else str(address)
