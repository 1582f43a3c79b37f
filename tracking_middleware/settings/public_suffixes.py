"""Domains that no browser takes a cookie for, since many share them: ``com``, ``co.uk``."""

from __future__ import annotations

import ipaddress
from functools import lru_cache

_ZONES = frozenset({"com", "org", "net", "edu", "gov", "mil", "int", "info", "biz"})
_SHARED = {
    "uk": "ac co gov ltd me net nhs org plc police sch",
    "au": "asn com edu gov id net org",
    "nz": "ac co geek gen govt iwi maori net org school",
    "za": "ac co gov law net nom org school web",
    "jp": "ac ad co ed go gr lg ne or",
    "kr": "ac co go ne or pe re",
    "in": "ac co edu firm gen gov ind net nic org res",
    "il": "ac co gov k12 muni net org",
    "th": "ac co go in mi net or",
    "id": "ac biz co desa go my net or sch web",
    "br": "com edu gov net org",
    "mx": "com edu gob net org",
    "ar": "com edu gob net org",
    "tr": "com edu gov net org",
    "cn": "ac com edu gov net org",
    "tw": "com edu gov idv net org",
    "hk": "com edu gov idv net org",
    "sg": "com edu gov net org per",
    "my": "com edu gov net org",
    "at": "ac co gv or",
    "pl": "com edu gov net org",
    "ua": "com edu gov net org",
}


@lru_cache(maxsize=256)
def is_public_suffix(domain: str) -> bool:
    """Whether a domain is one that many share, as far as that is known.

    By the public suffix list, private section included, where the extra ``[public-suffix]`` is
    installed. Without it known are single labels that are a zone (two letters, or a common one) and the
    second levels of the larger countries, such as ``co.uk``.
    """
    name = domain.removeprefix(".").lower()
    if _is_address(name):
        return False
    try:
        from publicsuffixlist import PublicSuffixList
    except ImportError:
        return _is_known(name)
    return bool(PublicSuffixList(accept_unknown=False).publicsuffix(name) == name)


def _is_known(name: str) -> bool:
    second, _, zone = name.rpartition(".")
    if not second:
        return zone in _ZONES or (len(zone) == 2 and zone.isalpha())
    return second in _SHARED.get(zone, "").split()


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name.strip("[]"))
    except ValueError:
        return False
    return True
