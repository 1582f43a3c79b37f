"""Whose address an event has: forwarding headers, the connection, and what the tracker says."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import urlencode

from ..conftest import page_view
from .case import Case, posted

_PEER = "127.0.0.1"
_LAST_ONLY = "the pipeline reads Forwarded only where no other header comes after it"
_FIRST_ONLY = "the pipeline reads for= only where it is the first parameter of Forwarded"
_LOOKS_LIKE = "the pipeline takes whatever begins with letters from a to f, digits, dots or colons"

_CHAINS = [
    ("one address", "203.0.113.9", "203.0.113.9"),
    ("several: the first", "203.0.113.9, 198.51.100.2, 10.0.0.1", "203.0.113.9"),
    ("several without spaces", "203.0.113.9,198.51.100.2", "203.0.113.9"),
    ("spaces around", "  203.0.113.9  , 198.51.100.2", "203.0.113.9"),
    ("a port", "203.0.113.9:51234", "203.0.113.9"),
    ("a port, and more", "203.0.113.9:51234, 198.51.100.2:80", "203.0.113.9"),
    ("quotes", '"203.0.113.9"', "203.0.113.9"),
    ("quotes and a port", '"203.0.113.9:80"', "203.0.113.9"),
    ("a private address", "10.1.2.3", "10.1.2.3"),
    ("an address of this machine", "127.0.0.9", "127.0.0.9"),
    ("no address in particular", "0.0.0.0", "0.0.0.0"),
    ("version 6", "2001:db8::1", "2001:db8::1"),
    ("version 6 in capitals", "2001:DB8::AB", "2001:db8::ab"),
    ("version 6 as it is written", "2001:db8:0:0:0:0:0:1", "2001:db8:0:0:0:0:0:1"),
    ("version 6 in brackets", "[2001:db8::1]", "2001:db8::1"),
    ("version 6 with a port", "[2001:db8::1]:443", "2001:db8::1"),
    ("version 6 in brackets and quotes", '"[2001:db8::1]:443"', "2001:db8::1"),
    ("version 6 with a zone", "fe80::1%eth0", "fe80::1"),
    ("version 6 around one of 4", "::ffff:192.0.2.1", "::ffff:192.0.2.1"),
    ("this machine's of version 6", "::1", "::1"),
    ("unknown", "unknown", _PEER),
    ("unknown, and a proxy", "unknown, 203.0.113.9", _PEER),
    ("a name that is hidden", "_hidden", _PEER),
    ("an empty first one", ", 203.0.113.9", _PEER),
    ("empty", "", _PEER),
    ("a comma", ",", _PEER),
    ("no address, in 200 letters", "x" * 200, _PEER),
    ("no address, in 200 letters, and a proxy", "x" * 200 + ", 203.0.113.9", _PEER),
    ("a script", "<script>", _PEER),
    ("a host", "proxy.example", _PEER),
]
"""What X-Forwarded-For says, and the address."""

_STRICTER = [
    ("a host that begins like an address", "cafe.example", _PEER),
    ("hexadecimal digits", "deadbeef", _PEER),
    ("a number above 255", "203.0.113.999", _PEER),
    ("letters after an address", "203.0.113.9abc", _PEER),
    ("129 digits", "1" * 129, _PEER),
    ("many colons", ":" * 130, _PEER),
]
"""The same, where the pipeline takes for an address what is none, or makes a bad row of its length."""

_ELEMENTS = [
    ("one address", "for=203.0.113.9", "203.0.113.9"),
    ("a port", 'for="203.0.113.9:51234"', "203.0.113.9"),
    ("a name in capitals", "For=203.0.113.9", "203.0.113.9"),
    ("more after it", "for=203.0.113.9;proto=https;by=10.0.0.1", "203.0.113.9"),
    ("several: the first", "for=203.0.113.9, for=198.51.100.2", "203.0.113.9"),
    ("version 6", 'for="[2001:db8::1]"', "2001:db8::1"),
    ("version 6 with a port", 'for="[2001:DB8::1]:4711"', "2001:db8::1"),
    ("unknown", "for=unknown", _PEER),
    ("a name that is hidden", "for=_hidden", _PEER),
    ("nobody", "proto=https", _PEER),
    ("empty", "", _PEER),
    ("no element", "203.0.113.9", _PEER),
]
"""What Forwarded says as the last header, and the address."""

_LATER = [
    ("the protocol before it", "proto=https;for=203.0.113.9", "203.0.113.9"),
    ("a space before it", 'by=10.0.0.1; for="[2001:db8::1]"', "2001:db8::1"),
]
_SAID = [
    ("one", "203.0.113.9", "203.0.113.9"),
    ("several", "203.0.113.9, 198.51.100.2", "203.0.113.9"),
    ("several with bars", "203.0.113.9|198.51.100.2", "203.0.113.9"),
    ("several with spaces", "203.0.113.9 198.51.100.2", "203.0.113.9"),
    ("none at all", "nobody", "nobody"),
    ("a port, as it is", "203.0.113.9:80", "203.0.113.9:80"),
]
"""What the tracker says in ``ip``."""


def _forwarded(name: str, header: str, address: str) -> Case:
    return Case(
        name=f"Forwarded: {name}",
        method="GET",
        target=f"/i?{urlencode(page_view())}",
        headers={"Forwarded": header},
        columns={"user_ipaddress": address},
    )


def _chain(name: str, header: str, address: str) -> Case:
    return posted(name, headers={"X-Forwarded-For": header}, expected={"user_ipaddress": address})


def _with(name: str, address: str, parameters: dict[str, str] | None = None, **headers: str) -> Case:
    named = {key.replace("_", "-"): value for key, value in headers.items()}
    return posted(name, headers=named, expected={"user_ipaddress": address}, **(parameters or {}))


CASES = [
    *(_chain(*row) for row in _CHAINS),
    *(replace(_chain(*row), different=_LOOKS_LIKE) for row in _STRICTER),
    *(_forwarded(*row) for row in _ELEMENTS),
    *(replace(_forwarded(*row), different=_FIRST_ONLY) for row in _LATER),
    *(_with(f"said by the tracker: {name}", address, {"ip": said}) for name, said, address in _SAID),
    _with(
        "said by the tracker and by a proxy", "192.0.2.7", {"ip": "192.0.2.7"}, X_Forwarded_For="203.0.113.9"
    ),
    _with("the connection's", _PEER),
    _with("a proxy's header that is none of these", _PEER, X_Real_IP="203.0.113.9"),
    _with("both headers", "203.0.113.9", X_Forwarded_For="203.0.113.9", Forwarded="for=198.51.100.2"),
    replace(
        _with(
            "the first of two is unreadable",
            "198.51.100.2",
            X_Forwarded_For="unknown",
            Forwarded="for=198.51.100.2",
        ),
        different=_LAST_ONLY,
    ),
    replace(
        _with("Forwarded before another header", "203.0.113.9", Forwarded="for=203.0.113.9"),
        different=_LAST_ONLY,
    ),
    _with("anonymous", "unknown", SP_Anonymous="*"),
    _with("anonymous behind a proxy", "unknown", SP_Anonymous="*", X_Forwarded_For="203.0.113.9"),
    replace(
        _with(
            "anonymous behind a proxy of the other kind",
            "unknown",
            SP_Anonymous="*",
            Forwarded="for=203.0.113.9",
        ),
        different="the pipeline believes Forwarded, as the last header, also of who wants to be anonymous",
    ),
    _with("anonymous, and said by the tracker", "192.0.2.7", {"ip": "192.0.2.7"}, SP_Anonymous="*"),
]
