"""Address, scheme and host of the client, without trusting what anyone may write. Pure.

What a trusted proxy wrote is told from what it passed on by its place, from the right. Which of the
two kinds of headers it writes, ``Forwarded`` or ``X-Forwarded-*``, cannot be told, and a proxy passes
on what it does not know: where both are sent and contradict each other, neither is believed.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import ClassVar, Protocol

import msgspec

from ..addresses import Address, forwarded_elements, list_entries, node_address, parse_address
from ..settings.proxies import TrustedProxies, is_trusted
from .forwarded import believable_host, believable_port, believable_scheme
from .view import Visit

_OCTETS = frozenset(map(str, range(256)))
"""The parts of an IPv4 address as ``ipaddress`` would write them itself."""

_FOR, _HOST, _PORT, _PROTO = "x-forwarded-for", "x-forwarded-host", "x-forwarded-port", "x-forwarded-proto"
FORWARDING_HEADERS = ("forwarded", _FOR, _HOST, _PORT, _PROTO)
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


def client_of(request: ForwardedVisit, trusted: TrustedProxies | None) -> Client:
    """Where a request came from, by its peer and, if that is ``trusted``, by its forwarding headers."""
    origin = f"{request.scheme}://{request.host}"
    # who is believed by the number of proxies alone has no address that must be read
    is_believed = isinstance(trusted, int) or (
        trusted is not None and is_trusted(_proxy_address(request.peer), trusted)
    )
    if not is_believed or trusted is None:
        address, trouble, advice = address_without_proxies(request)
        return Client(address, origin, trouble, advice)
    claims = (_x_claim(request, trusted), _forwarded_claim(request.header("forwarded"), trusted))
    if claims[0].is_void or claims[1].is_void:
        return Client("", origin, "proxy_unclear", _SHORT)
    claim = _agreed(claims, request.scheme)
    if claim is None:
        return Client("", origin, "proxy_unclear", _CONTRADICTION)
    advice = claim.advice or (_SILENT if claim.address is None else "")
    return Client(
        claim.address or "", _origin(request, claim), "proxy_unclear" if advice else "", advice=advice
    )


def visited_origin(
    request: ForwardedVisit,
    *,
    public_url: str | None,
    trusted: TrustedProxies | None,
    client: Client | None = None,
) -> str | None:
    """Scheme and host as the browser knows them; ``None`` where they are the request's own.

    ``client`` is what ``client_of`` says, where that is known.
    """
    if public_url is not None:
        return public_url
    if trusted is None or request.has_final_origin:
        return None
    return (client or client_of(request, trusted)).origin


def client_address(peer: str, *, is_forwarded: bool) -> str:
    """The visitor's address from the connection's ``peer``; ``""`` where it would be somebody else's.

    Forwarding headers from a peer in a private network are the mark of a proxy: the peer's address is
    then the proxy's and is left out.
    """
    if not peer:
        return ""
    if is_forwarded:
        return _forwarders_address(peer)
    octets = peer.split(".")
    if len(octets) == 4 and _OCTETS.issuperset(octets):
        return peer
    address = parse_address(peer)
    return "" if address is None else str(address)


def anonymized(address: str) -> str:
    """An address without its end: the first 24 bits of IPv4, 48 of IPv6; ``""`` where it is none."""
    parsed = parse_address(address)
    if parsed is None:
        return ""
    length = 24
    if isinstance(parsed, ipaddress.IPv6Address):
        # 6to4 has a whole IPv4 address in its first 48 bits
        length = 48 if parsed.sixtofour is None else 16 + 24
    return str(ipaddress.ip_network((parsed, length), strict=False).network_address)


def address_without_proxies(request: ForwardedVisit) -> tuple[str, str, str]:
    """The visitor's address where no proxy is believed; what to count, and what to do about it."""
    header, is_forwarded = request.header, False
    for name in FORWARDING_HEADERS:
        if header(name) is not None:
            is_forwarded = True
            break
    address = client_address(request.peer, is_forwarded=is_forwarded)
    if address or not is_forwarded:
        return address, "", ""
    return "", "proxy_untrusted", _untrusted_advice(request.peer)


def _untrusted_advice(peer: str) -> str:
    address = parse_address(peer)
    named = "unix" if address is None else str(address)
    return (
        f"forwarding headers came from {named}, which is not trusted, so that the visitor's address is left "
        f"out: if that is your proxy set trusted_proxies to the number of proxies, such as 1, or to {named!r}"
    )


_proxy_address = lru_cache(maxsize=64)(parse_address)
"""The same few proxies stand in front of a site, request after request."""


@lru_cache(maxsize=64)
def _forwarders_address(peer: str) -> str:
    address = parse_address(peer)
    return "" if address is None or address.is_private else str(address)


def _x_claim(request: ForwardedVisit, trusted: TrustedProxies) -> _Claim:
    chain = request.header(_FOR)
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
    scheme, host, port = (_entry(request.header(name), distance) for name in (_PROTO, _HOST, _PORT))
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
    octets = entry.split(".")
    if isinstance(trusted, int) and len(octets) == 4 and _OCTETS.issuperset(octets):
        # neither the unspecified address nor a group's, which nobody has
        return ("", "") if entry == "0.0.0.0" or 224 <= int(octets[0]) < 240 else (entry, "")  # noqa: S104
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


def _agreed(claims: Iterable[_Claim], own_scheme: str) -> _Claim | None:
    """What the two kinds of headers say together; ``None`` where one gives the lie to the other."""
    first, second = claims
    first_host, second_host = _host(first, own_scheme), _host(second, own_scheme)
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


def _origin(request: ForwardedVisit, claim: _Claim) -> str:
    scheme = claim.scheme or request.scheme
    host = claim.host or request.host
    return f"{scheme}://{_with_port(host, claim.port, scheme)}"


def _with_port(host: str, port: str | None, scheme: str) -> str:
    """A host as a browser writes it: the scheme's own port is left out, whichever header has it."""
    default = _DEFAULT_PORTS.get(scheme, "")
    if not re.search(r":[0-9]+$", host):
        # a proxy behind the one that ends TLS may write its own port
        return f"{host}:{port}" if port and port not in _DEFAULT_PORTS.values() else host
    return host.removesuffix(f":{default}") if default else host
