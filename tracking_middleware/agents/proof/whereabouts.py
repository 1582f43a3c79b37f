"""Whether what a request says of its visitor's address and of its URL may be a proxy's. Pure."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence

from ...addresses import Address, parse_address

_OWN_NETWORKS = tuple(
    ipaddress.ip_network(network)
    for network in (
        *("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16"),
        *("::1/128", "fc00::/7", "fe80::/10"),
    )
)
"""RFC 1918, 6598, 1122, 3927, 4291, 4193: nobody comes from there over the internet."""


def is_own_network(address: Address) -> bool:
    """Whether an address is of the site's own network, so that it is a proxy's or a neighbour's."""
    return any(address in network for network in _OWN_NETWORKS)


def may_be_proxied(peer: str, forwarding: Sequence[str | None]) -> bool:
    """Whether a proxy may be in front that no setting names: the peer is near, or sends their headers."""
    address = parse_address(peer)
    return address is None or is_own_network(address) or any(header is not None for header in forwarding)


def is_visitors(peer: str, forwarding: Sequence[str | None]) -> bool:
    """Whether the peer is the visitor, though no setting names a proxy.

    So it is where nothing was forwarded, and where the server has put the one address that a proxy sent in
    the peer's place, as uvicorn and Werkzeug's ProxyFix do.
    """
    if all(header is None for header in forwarding):
        return True
    forwarded, chain, *_ = forwarding
    return forwarded is None and (chain or "").strip() == peer


def has_sure_url(peer: str, forwarding: Sequence[str | None], *, is_trusting: bool) -> bool:
    """Whether scheme and host are surely the visitor's: nobody is in front, or says them who is believed.

    ``forwarding``: ``Forwarded``, ``X-Forwarded-For``, ``-Host``, ``-Port`` and ``-Proto``.
    """
    if not may_be_proxied(peer, forwarding):
        return True
    forwarded, _, host, _, scheme = forwarding
    said = (forwarded or "").lower()
    return is_trusting and bool((host and scheme) or ("host=" in said and "proto=" in said))
