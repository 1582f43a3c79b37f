"""Address ranges that operators publish, and whether an address is in them."""

from __future__ import annotations

import bisect
import ipaddress
import json
from collections.abc import Iterable, Iterator
from typing import Any

from ...addresses import Address

MOST_NETWORKS = 100_000
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

_WIDEST = {4: 8, 6: 16}
"""A network wider than that is nobody's: whoever lists it made a mistake, and would be everybody."""


class Networks:
    """Many networks of one operator, for one look-up an address."""

    def __init__(self, networks: Iterable[Network]) -> None:
        self._starts: dict[int, list[int]] = {4: [], 6: []}
        self._ends: dict[int, list[int]] = {4: [], 6: []}
        listed = list(networks)
        for version in (4, 6):
            of_version: list[Any] = [network for network in listed if network.version == version]
            for network in ipaddress.collapse_addresses(of_version):
                self._starts[version].append(int(network.network_address))
                self._ends[version].append(int(network.broadcast_address))

    def __contains__(self, address: Address) -> bool:
        number = int(address)
        index = bisect.bisect_right(self._starts[address.version], number) - 1
        return index >= 0 and number <= self._ends[address.version][index]


def published_networks(text: str) -> list[Network]:
    """The networks of a list: JSON with ``prefixes`` (``ipv4Prefix``, ``ipv6Prefix``), or a network a line.

    Lines may have a comment after ``#``. Raises ValueError with the place of what is no network.
    """
    if text.lstrip()[:1] in ("{", "["):
        written = list(_of_json(text))
    else:
        lines = (line.partition("#")[0].strip() for line in text.splitlines())
        written = [(f"line {number}", line) for number, line in enumerate(lines, 1) if line]
    if not written:
        raise ValueError("names no network")
    if len(written) > MOST_NETWORKS:
        raise ValueError(f"names {len(written)} networks; at most {MOST_NETWORKS} are read")
    return [_network(place, entry) for place, entry in written]


def _of_json(text: str) -> Iterator[tuple[str, str]]:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        raise ValueError("begins as JSON and is none") from None
    listed = found.get("prefixes") if isinstance(found, dict) else found
    if not isinstance(listed, list):
        raise ValueError('is no list of ranges: {"prefixes": [{"ipv4Prefix": "192.0.2.0/24"}]} would be one')
    for number, entry in enumerate(listed):
        values = entry.items() if isinstance(entry, dict) else [("prefix", entry)]
        for name, value in values:
            if isinstance(value, str) and name.lower().endswith("prefix"):
                yield f"prefixes[{number}]", value.strip()


def _network(place: str, text: str) -> Network:
    try:
        network = ipaddress.ip_network(text, strict=False)
    except ValueError:
        raise ValueError(f"has {text[:60]!r} at {place}, which is no network") from None
    if network.prefixlen < _WIDEST[network.version]:
        raise ValueError(f"has {text[:60]!r} at {place}, which is wider than any operator's network")
    return network


def read_networks(text: str) -> Networks:
    """The networks of a list, for look-ups; raises ValueError as ``published_networks``."""
    return Networks(published_networks(text))
