"""Address, scheme and host of the client, without trusting what anyone may write. Pure.

What a trusted proxy wrote is told from what it passed on by its place, from the right. Which of the
two kinds of headers it writes, ``Forwarded`` or ``X-Forwarded-*``, cannot be told, and a proxy passes
on what it does not know: where both are sent and contradict each other, neither is believed.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import ClassVar, Protocol

import msgspec

from ..addresses import (
    Address,
    client_address,
    forwarded_elements,
    is_plain_ipv4,
    list_entries,
    node_address,
    parse_address,
)
from ..settings.proxies import TrustedProxies, is_trusted
from .forwarded import believable_host, believable_port, believable_scheme
from .view import Visit

_FOR, _HOST, _PORT, _PROTO = "x-forwarded-for", "x-forwarded-host", "x-forwarded-port", "x-forwarded-proto"
FORWARDING_HEADERS = ("forwarded", _FOR, _HOST, _PORT, _PROTO)
Forwarding = tuple[str | None, ...]
"""The values of ``FORWARDING_HEADERS`` in a request, ``None`` for one that was not sent."""
NOT_FORWARDED: Forwarding = (None,) * len(FORWARDING_HEADERS)
_NUMBERED = re.compile(":[0-9]+$")
_DEFAULT_PORTS = {"http": "80", "https": "443"}

_SILENT = "a trusted proxy said nothing of an address: let it add X-Forwarded-For"
_SHORT = (
    "a request came through fewer proxies than trusted_proxies says: correct the number, or close the way "
    "past them"
)
_CONTRADICTION = (
    "Forwarded and X-Forwarded-* contradict each other: let the proxy remove those that it does not write"
)
_ALL_TRUSTED = "all addresses are trusted proxies': narrow trusted_proxies if visitors come from them too"


class ForwardedVisit(Visit, Protocol):
    """A request with its peer and its headers, such as a RawRequest."""

    has_final_origin: ClassVar[bool]

    @property
    def peer(self) -> str: ...
    def header(self, name: str, /) -> str | None: ...


class Client(msgspec.Struct, frozen=True, gc=False):
    """Where a request came from; ``""`` for what may be wrong.

    ``origin`` is scheme and host. ``trouble`` is what to count, ``advice`` what to do about it.
    """

    address: str
    origin: str
    trouble: str = ""
    advice: str = ""


class _Claim(msgspec.Struct, frozen=True, gc=False):
    """What one kind of headers says: ``None`` nothing, ``""`` nothing that could be used."""

    address: str | None = None
    scheme: str | None = None
    host: str | None = None
    port: str | None = None
    advice: str = ""
    is_void: bool = False
    """Whether a chain is too short, so that nobody knows who wrote it."""


_NO_CLAIM = _Claim()


def forwarding_of(request: ForwardedVisit) -> Forwarding:
    """What a request has of ``FORWARDING_HEADERS``."""
    return tuple(map(request.header, FORWARDING_HEADERS))


def client_of(request: ForwardedVisit, trusted: TrustedProxies | None) -> Client:
    """Where a request came from, by its peer and, if that is ``trusted``, by its forwarding headers."""
    return client_from(request.scheme, request.host, request.peer, forwarding_of(request), trusted)


def client_from(
    scheme: str, host: str, peer: str, forwarding: Forwarding, trusted: TrustedProxies | None
) -> Client:
    """``client_of`` by what was asked of the request already."""
    # who is believed by the number of proxies alone has no address that must be read
    is_believed = isinstance(trusted, int) or (
        trusted is not None and is_trusted(_proxy_address(peer), trusted)
    )
    if not is_believed or trusted is None:
        address, trouble, advice = address_without_proxies(peer, forwarding)
        return Client(address, f"{scheme}://{host}", trouble, advice)
    own, other = _x_claim(forwarding, trusted), _forwarded_claim(forwarding[0], trusted)
    if own.is_void or other.is_void:
        return Client("", f"{scheme}://{host}", "proxy_unclear", _SHORT)
    claim = _agreed(own, other, scheme)
    if claim is None:
        return Client("", f"{scheme}://{host}", "proxy_unclear", _CONTRADICTION)
    advice = claim.advice or (_SILENT if claim.address is None else "")
    origin = _origin(claim.scheme or scheme, claim.host or host, claim.port)
    return Client(claim.address or "", origin, "proxy_unclear" if advice else "", advice)


def visited_origin(
    request: ForwardedVisit,
    *,
    public_url: str | None,
    trusted: TrustedProxies | None,
) -> str | None:
    """Scheme and host as the browser knows them; ``None`` where they are the request's own."""
    if public_url is not None:
        return public_url
    if trusted is None or request.has_final_origin:
        return None
    return client_of(request, trusted).origin


def address_without_proxies(peer: str, forwarding: Forwarding) -> tuple[str, str, str]:
    """The visitor's address where no proxy is believed; what to count, and what to do about it."""
    is_forwarded = forwarding != NOT_FORWARDED
    address = client_address(peer, is_forwarded=is_forwarded)
    if address or not is_forwarded:
        return address, "", ""
    return "", "proxy_untrusted", _untrusted_advice(peer)


def _untrusted_advice(peer: str) -> str:
    address = parse_address(peer)
    named = "unix" if address is None else str(address)
    return (
        f"forwarding headers came from {named}, which is not trusted, so that the visitor's address is left "
        f"out: if that is your proxy set trusted_proxies to the number of proxies, such as 1, or to {named!r}"
    )


_proxy_address = lru_cache(maxsize=64)(parse_address)
"""The same few proxies stand in front of a site, request after request."""


def _x_claim(forwarding: Forwarding, trusted: TrustedProxies) -> _Claim:
    _, chain, sent_host, sent_port, sent_proto = forwarding
    if chain is None:
        distance, address, advice = (trusted if isinstance(trusted, int) else 1), None, ""
    else:
        entries = list_entries(chain)
        if isinstance(trusted, int):
            distance = trusted
        else:
            distance = _distance([node_address(entry) for entry in entries], trusted)
        if distance > len(entries):
            return _Claim(is_void=True)
        address, advice = _client_entry(entries[distance - 1], trusted)
    scheme, host, port = (
        _entry(sent_proto, distance),
        _entry(sent_host, distance),
        _entry(sent_port, distance),
    )
    return _Claim(
        address,
        None if scheme is None else believable_scheme(scheme),
        None if host is None else believable_host(host),
        None if port is None else believable_port(port),
        advice,
    )


def _forwarded_claim(header: str | None, trusted: TrustedProxies) -> _Claim:
    if header is None:
        return _NO_CLAIM
    elements = forwarded_elements(header)
    nodes = [node_address(element.get("for", "")) for element in elements]
    distance = _distance(nodes, trusted)
    if distance > len(elements):
        return _Claim(is_void=True)
    element = elements[distance - 1]
    address, advice = (
        _client_node(nodes[distance - 1], trusted) if "for" in element or not element else (None, "")
    )
    scheme, host = element.get("proto"), element.get("host")
    return _Claim(
        address,
        None if scheme is None else believable_scheme(scheme),
        None if host is None else believable_host(host),
        advice=advice,
    )


def _distance(nodes: Sequence[Address | None], trusted: TrustedProxies) -> int:
    """The place from the right, counted from 1, that the proxy wrote which the visitor connected to."""
    if isinstance(trusted, int):
        return trusted
    untrusted = (
        place for place, node in enumerate(nodes, 1) if node is None or not is_trusted(node, trusted)
    )
    return next(untrusted, len(nodes))


def _client_entry(entry: str, trusted: TrustedProxies) -> tuple[str, str]:
    """``_client_node`` of an entry as it is written; most are an IPv4 address, whose text is itself."""
    if isinstance(trusted, int) and is_plain_ipv4(entry):
        # neither the unspecified address nor a group's, which nobody has
        is_nobodys = entry == "0.0.0.0" or 224 <= int(entry.partition(".")[0]) < 240  # noqa: S104
        return ("", "") if is_nobodys else (entry, "")
    return _client_node(node_address(entry), trusted)


def _client_node(node: Address | None, trusted: TrustedProxies) -> tuple[str, str]:
    """The visitor's address, and what to do where it may be one more proxy's."""
    if node is None:
        return "", ""
    if not isinstance(trusted, int) and is_trusted(node, trusted):
        return "", _ALL_TRUSTED
    return str(node), ""


def _entry(value: str | None, distance: int) -> str | None:
    """What the outermost proxy wrote: the only entry, or of as many as there are proxies its own.

    Of fewer nobody knows whose they are, unless they are all the same.
    """
    if value is None:
        return None
    entries = list_entries(value)
    if len(entries) == 1:
        return entries[0]
    if len(entries) >= distance:
        return entries[distance - 1]
    return entries[0] if len(set(entries)) == 1 else ""


def _agreed(first: _Claim, second: _Claim, own_scheme: str) -> _Claim | None:
    """What the two kinds of headers say together; ``None`` where one gives the lie to the other."""
    first_host = _host(first, own_scheme)
    if second is _NO_CLAIM:
        return _Claim(first.address, first.scheme, first_host, first.port, first.advice)
    second_host = _host(second, own_scheme)
    pairs = (
        (first.address, second.address),
        (first.scheme, second.scheme),
        (first_host, second_host),
    )
    if any(one is not None and other is not None and one != other for one, other in pairs):
        return None
    address, scheme, host = (other if one is None else one for one, other in pairs)
    return _Claim(address, scheme, host, first.port, first.advice or second.advice)


def _host(claim: _Claim, own_scheme: str) -> str | None:
    if not claim.host:
        return claim.host
    return _with_port(claim.host, claim.port, claim.scheme or own_scheme)


def _origin(scheme: str, host: str, port: str | None) -> str:
    return f"{scheme}://{_with_port(host, port, scheme)}"


def _with_port(host: str, port: str | None, scheme: str) -> str:
    """A host as a browser writes it: the scheme's own port is left out, whichever header has it."""
    default = _DEFAULT_PORTS.get(scheme, "")
    if ":" not in host or not _NUMBERED.search(host):
        # a proxy behind the one that ends TLS may write its own port
        return f"{host}:{port}" if port and port not in _DEFAULT_PORTS.values() else host
    return host.removesuffix(f":{default}") if default else host
