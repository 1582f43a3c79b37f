"""The JavaScript tracker's first-party cookies, read as an identity: pure, with no clock of its own.

``_sp_id.<suffix>`` holds the person and the session, ``_sp_ses.<suffix>`` says that the session is
alive, ``sp`` is the collector's own cookie. Grammar and reading rules: the JavaScript tracker,
versions 2 to 4 (six fields before 3.5, ten since).
"""

from __future__ import annotations

import hashlib
import ipaddress
import re
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache

import msgspec

from .id_cookie import (
    NIL_UUID,
    SOMEBODYS_UUID,
    UUID,
    IdCookie,
    match_ordinary_id,
    parse_id_cookie,
    whole_number,
)
from .identity import UNKNOWN_IDENTITY, Identity

LONGEST_HOST_NAME = 253
"""Characters (RFC 1035, 2.3.4, without the dot at the end)."""
_LONGEST_ADDRESS = 128
"""Characters, those of a zone among them."""


_LONGEST_ID_COOKIE = 1024
_NETWORK_COOKIE = re.compile("sp[ \t]*=")
"""Maybe the collector's, or one whose name ends so."""


class Reading(msgspec.Struct, frozen=True):
    """An identity, and how many of the cookies it was read from could not be understood."""

    identity: Identity
    malformed: int = 0


@lru_cache(maxsize=256)
def cookie_suffix(domain: str, path: str = "/") -> str:
    """The ``<suffix>`` of the cookies' names: 4 hex digits of SHA-1 over the domain and the path.

    ``domain`` is what the tracker stores on: the root domain by default in version 4, the host in
    3 and 2, or the configured ``cookieDomain`` as written (a leading dot counts).
    """
    return hashlib.sha1(f"{domain}{path}".encode(), usedforsecurity=False).hexdigest()[:4]


def read_identity(
    cookie_header: str,
    *,
    host: str,
    cookie_prefix: str = "_sp_",
    cookie_domain: str | None = None,
    cookie_path: str = "/",
) -> Reading:
    """Read the identity from a raw Cookie header; never raises.

    ``host`` is the page's host name, with or without a port. A session without a living
    ``_sp_ses`` has ended, and its id is left out; so is whatever may be wrong.
    """
    ids, sessions, network = _tracker_cookies(cookie_header, cookie_prefix)
    network_userid, malformed = read_network_userid(network) if network else (None, 0)
    if len(ids) == 1:
        ((suffix, value),) = ids.items()
    else:
        suffix = _choose(ids, sessions, host, cookie_domain, cookie_path) if ids else ""
        value = ids.get(suffix, "")
    if not value:
        return Reading(Identity(network_userid=network_userid), malformed)
    is_living = bool(sessions.get(suffix))
    if (ordinary := match_ordinary_id(value)) is None:
        cookie = parse_id_cookie(value)
        identity = identity_of(cookie, is_living=is_living, network_userid=network_userid)
        return Reading(identity, malformed + cookie.is_malformed)
    person, index, session = ordinary.group(1, 3, 5)
    identity = Identity(  # what the lines above would give, in half the time
        domain_userid=person,
        domain_sessionid=session if is_living else None,
        domain_sessionidx=int(index) if is_living else None,
        network_userid=network_userid,
    )
    return Reading(identity, malformed)


def ordinary_identity(cookie_header: str, prefix: str) -> Identity | None:
    """What ``read_identity`` gives in nearly all cases, in few steps; ``None`` where it must be asked.

    That is where there is no ``sp``, and one ``<prefix>id`` at the most, in which each field that is read
    can be believed as it stands, with one session at the most, which is alive by that cookie's suffix.
    """
    id_name, session_name, find, has_sp = _ordinary_names(prefix)
    text = f"; {cookie_header}"
    # if these two are the id's and the session's, as is seen below, no other cookie is the tracker's
    has_two = has_sp and text.count("sp") == 2
    if not has_two:
        if _NETWORK_COOKIE.search(text) is not None or text.count(session_name) > 1:
            return None
        if (ids := text.count(id_name)) != 1:
            return None if ids else UNKNOWN_IDENTITY
    found = find(text)
    if found is None:
        return None
    suffix, person, index, session = found.groups()
    if person == NIL_UUID or session == NIL_UUID or found.end() - found.start() > _LONGEST_ID_COOKIE:
        return None
    if f"; {session_name}{suffix}=*" in text:
        return Identity(domain_userid=person, domain_sessionid=session, domain_sessionidx=int(index))
    return None if has_two or session_name in text else Identity(domain_userid=person)


@lru_cache(maxsize=16)
def _ordinary_names(prefix: str) -> tuple[str, str, Callable[[str], re.Match[str] | None], bool]:
    """How the names of the tracker's cookies begin, what finds an id, and whether each name has one ``sp``.

    Of the id its suffix, person, index and session are found. A prefix that is no name's begins no cookie's;
    then none is found. (Possessive, since nothing here may match in two ways: that takes half the steps.)
    """
    is_name = prefix[:1] not in {" ", "\t"} and not set(prefix) & {"=", ";"}
    person, number = "-".join(f"[0-9a-f]{{{length}}}+" for length in (8, 4, 4, 4, 12)), "[0-9]*+"
    pattern = (
        rf"; {re.escape(prefix)}id\.([0-9a-f]{{4}}+)=({person})\.{number}\.([0-9]{{1,9}}+)\.{number}"
        rf"\.{number}\.({person})(?:\.[!-$&-:<-~]*+)?+(?:; |;?\Z)"
    )
    find = re.compile(pattern if is_name else "(?!)").search
    return f"{prefix}id.", f"{prefix}ses.", find, prefix.count("sp") == 1


def cookie_pairs(cookie_header: str) -> Iterator[tuple[str, str]]:
    """Names and values of a raw Cookie header, in the order they were sent."""
    for pair in cookie_header.split(";"):
        name, separator, value = pair.partition("=")
        if separator:
            yield name.strip(" \t"), value.strip(" \t")


def first_cookies(cookie_header: str) -> dict[str, str]:
    """Cookies by name; of two of one name the first, which the tracker reads too (RFC 6265, 5.4)."""
    cookies: dict[str, str] = {}
    for pair in cookie_header.split(";"):  # as cookie_pairs() does, in fewer steps
        name, separator, value = pair.partition("=")
        if separator and (name := name.strip(" \t")) not in cookies:
            cookies[name] = value.strip(" \t")
    return cookies


def identity_of(cookie: IdCookie, *, is_living: bool, network_userid: str | None = None) -> Identity:
    """Who a cookie names; a session that is not living (no ``_sp_ses``) is left out."""
    session = cookie.domain_sessionid if is_living else None
    return Identity(
        domain_userid=cookie.domain_userid,
        domain_sessionid=session,
        domain_sessionidx=cookie.domain_sessionidx if session else None,
        network_userid=network_userid,
    )


def read_network_userid(value: str) -> tuple[str | None, int]:
    """The collector's ``sp`` cookie, and 1 where it is malformed."""
    if SOMEBODYS_UUID.fullmatch(value):
        return value, 0
    value = value.lower()
    if value in {"", NIL_UUID}:
        return None, 0
    return (value, 0) if UUID.fullmatch(value) else (None, 1)


def _tracker_cookies(header: str, prefix: str) -> tuple[dict[str, str], dict[str, str], str]:
    """Values of ``<prefix>id`` and of ``<prefix>ses`` by suffix, and the value of ``sp``."""
    ids: dict[str, str] = {}
    sessions: dict[str, str] = {}
    network = None
    for kind, suffix, value in _finder(prefix)(f";{header}"):
        if kind == "id":
            if suffix not in ids:
                ids[suffix] = value.rstrip(" \t")
        elif kind:
            sessions.setdefault(suffix, value)
        elif network is None:
            network = value.rstrip(" \t")
    return ids, sessions, network or ""


@lru_cache(maxsize=16)
def _finder(prefix: str) -> Callable[[str], list[tuple[str, str, str]]]:
    """What finds the tracker's cookies and ``sp`` among all: their kind, suffix and value.

    The header is read as ``cookie_pairs`` reads it, with a ``;`` before the first pair as well.
    """
    # a name begins after the blanks and has no "=" or ";" in it: such a prefix is no name's
    name = "(?!)" if prefix[:1] in {" ", "\t"} or set(prefix) & {"=", ";"} else re.escape(prefix)
    return re.compile(rf";[ \t]*(?:{name}(id|ses)\.([0-9a-f]{{4}})|sp)[ \t]*=[ \t]*([^;]*)").findall


def _choose(
    ids: Mapping[str, str], sessions: Mapping[str, str], host: str, domain: str | None, path: str
) -> str:
    """Which of several ``_sp_id`` cookies is this page's: configured, the host's own, the latest."""
    ids = {suffix: value for suffix, value in ids.items() if value}  # an empty value is an absent one
    if domain is not None and (configured := cookie_suffix(domain, path)) in ids:
        return configured
    own = [suffix for suffix in _suffixes_of(host, path) if suffix in ids]
    if own:
        return next((suffix for suffix in own if sessions.get(suffix)), own[0])
    return max(ids, key=lambda suffix: (_last_event(ids[suffix]), bool(sessions.get(suffix))), default="")


@lru_cache(maxsize=256)
def _suffixes_of(host: str, path: str) -> tuple[str, ...]:
    """The suffixes a tracker on this host could use, the root domain's first, the host's last."""
    page, name = page_host(host), host_name(host)
    if is_address(name) or len(name) > LONGEST_HOST_NAME:
        return (cookie_suffix(name, path),)
    labels = name.split(".")
    shortest = min(2, len(labels))
    end = page[len(name) :]
    domains = [".".join(labels[-n:]) + end for n in range(shortest, len(labels) + 1)]
    return tuple(cookie_suffix(domain, path) for domain in dict.fromkeys([*domains, name]))


def page_host(host: str) -> str:
    """The host as ``location.hostname`` has it: without its port, lower case.

    Browsers keep a dot at its end, except an address's, and then take no cookie for a Domain without
    that dot (seen in Chromium). The tracker's discovery of the root domain keeps it too.
    """
    name = (host if host.endswith("]") else re.sub(r":[0-9]*$", "", host)).lower()
    bare = name.removesuffix(".")
    return bare if is_address(bare) else name


def host_name(host: str) -> str:
    """The host as the tracker names it where it stores on the host alone: as the page's, without a dot."""
    return page_host(host).removesuffix(".")


def is_address(name: str) -> bool:
    if len(name) > _LONGEST_ADDRESS:  # ipaddress would read all of it
        return False
    try:
        ipaddress.ip_address(name.strip("[]"))
    except ValueError:
        return False
    return True


def _last_event(value: str) -> int:
    """Field 4 of an ``_sp_id``: when its tracker last saw an event, in epoch seconds; -1 if unreadable."""
    fields = value.split(".", 4)
    return whole_number(fields[3]) if len(fields) > 3 else -1
