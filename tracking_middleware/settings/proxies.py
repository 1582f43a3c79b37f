"""The setting ``trusted_proxies``: how many proxies, or which, are believed about a request's origin."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Mapping
from typing import Any

from ..addresses import Address

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

UNIX = "unix"
"""Stands for a peer without an address, as a unix socket's is."""
MOST_HOPS = 20

TrustedProxies = int | tuple[Network | str, ...]
"""A number of hops, or the networks (and maybe ``UNIX``) of the proxies."""

_SENTENCE = (
    "must be how many proxies stand in front of the app, such as 1, or their addresses and networks, "
    "such as '10.0.0.0/8, 2001:db8::1' (and 'unix' for a unix socket)"
)


def trusted_proxies(value: Any) -> TrustedProxies | None:
    """Hops or networks, also as text; ``None`` for an empty list. Raises ValueError, as all checks."""
    given = value.strip() if isinstance(value, str) else value
    if isinstance(given, str) and given.isascii() and given.isdigit() and len(given) < 4:
        given = int(given)
    if isinstance(given, int) and not isinstance(given, bool):
        return _hops(given)
    items = given.split(",") if isinstance(given, str) else given
    if isinstance(items, bytes | Mapping) or not isinstance(items, Iterable):
        raise ValueError(_SENTENCE)
    listed = tuple(item.strip() if isinstance(item, str) else item for item in items)
    return tuple(_trusted(item) for item in listed if item != "") or None


def _hops(number: int) -> int:
    if not 1 <= number <= MOST_HOPS:
        raise ValueError(f"must be a number of proxies from 1 to {MOST_HOPS}; without proxies leave it out")
    return number


def _trusted(item: object) -> Network | str:
    if isinstance(item, str) and item.lower() == UNIX:
        return UNIX
    if not isinstance(item, str | Address | Network):
        raise ValueError(_SENTENCE)
    network = _network(str(item))
    if network.prefixlen == 0:
        raise ValueError(
            f"holds {str(item)!r}, by which everybody would be believed: name the proxies' own networks, "
            "or say how many proxies there are, such as 1"
        )
    return network


def _network(text: str) -> Network:
    try:
        network = ipaddress.ip_network(text, strict=False)
    except ValueError:
        raise ValueError(f"holds {text!r}, which is no address and no network: it {_SENTENCE}") from None
    if network.network_address != ipaddress.ip_address(text.partition("/")[0]):
        raise ValueError(f"holds {text!r}: write the network, {str(network)!r}, or the address alone")
    mapped = getattr(network.network_address, "ipv4_mapped", None)
    if mapped is not None and network.prefixlen >= 96:  # peers are compared as IPv4
        return ipaddress.IPv4Network((mapped, network.prefixlen - 96))
    return network


def is_trusted(address: Address | None, trusted: TrustedProxies | None) -> bool:
    """Whether a connection's peer is believed; ``None`` is one without an address."""
    if trusted is None or isinstance(trusted, int):
        return trusted is not None
    if address is None:
        return UNIX in trusted
    return any(address in network for network in trusted if not isinstance(network, str))
