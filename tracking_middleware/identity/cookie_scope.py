"""Where the tracker on a host stores its cookies: the domain, and with it the names' suffix.

Version 4 stores on the root domain that it discovers by setting probe cookies, versions 3 and 2 on
the host alone; a configured ``cookieDomain`` wins in all of them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

from .cookies import LONGEST_HOST_NAME, cookie_suffix, host_name, is_address, page_host

AUTO = "auto"
_HOST_NAME = re.compile(r"[a-z0-9_-]+(\.[a-z0-9_-]+)*")


class NoScopeError(Exception):
    """Why no cookie can be written for a host; the message says what to set. ``name`` counts it."""

    def __init__(self, name: str, message: str) -> None:
        super().__init__(message)
        self.name = name


@dataclass(frozen=True, slots=True)
class CookieScope:
    """``suffix`` of the cookies' names; ``domain`` for the Domain attribute, ``None`` for host-only."""

    suffix: str
    domain: str | None


@lru_cache(maxsize=1024)
def scope_of(host: str, *, cookie_domain: str | None, cookie_path: str, tracker_compat: str) -> CookieScope:
    """The scope that the tracker on ``host`` uses; raises NoScopeError where that cannot be known.

    ``host`` may have a port. ``cookie_domain`` is the tracker's, ``"auto"`` for the root domain it
    discovers, ``None`` for its default: the host in version ``"3"``, the root domain in ``"4"``.
    """
    page, name = page_host(host), host_name(host)
    if not _is_host(name):
        # the visitor writes it: nothing of it may reach a Set-Cookie header
        raise NoScopeError("host_invalid", f"{name[:LONGEST_HOST_NAME]!r} is no host name")
    is_whole = is_address(name) or "." not in name  # no cookie of it can have a Domain
    if cookie_domain is None and tracker_compat == "4" and not is_whole:
        raise NoScopeError(
            "cookie_domain_missing",
            f"version 4 of the tracker stores its cookies on the root domain of {name!r}: set cookie_domain "
            "to it, or to 'auto', or set tracker_compat='3' if the tracker's discoverRootDomain is off",
        )
    if cookie_domain is None and tracker_compat == "3":
        return CookieScope(cookie_suffix(name, cookie_path), None)
    if cookie_domain is None or cookie_domain == AUTO:
        domain = _discovered(page, name)
        return CookieScope(cookie_suffix(domain or page, cookie_path), domain)
    return _configured(page, cookie_domain, cookie_path, is_whole=is_whole)


def _configured(page: str, cookie_domain: str, cookie_path: str, *, is_whole: bool) -> CookieScope:
    """The scope on a host that a browser lets write cookies of the configured domain."""
    domain = cookie_domain.removeprefix(".").lower()
    suffix = cookie_suffix(cookie_domain, cookie_path)
    if page == domain and is_whole:
        return CookieScope(suffix, None)
    if _is_within(page, domain):
        return CookieScope(suffix, domain)
    if _is_within(page.removesuffix("."), domain):
        # the visitor chooses the dot: it is counted apart, so that the warning of a mismatch stays for others
        raise NoScopeError(
            "host_trailing_dot",
            f"a browser takes no cookie of {cookie_domain!r} from {page!r}, with a dot at its end: "
            "redirect such requests to the name without it",
        )
    raise NoScopeError(
        "cookie_domain_mismatch",
        f"a browser takes no cookie of {cookie_domain!r} from {page!r}: "
        "correct cookie_domain, or public_url where the app does not see the visitor's host",
    )


def _is_within(name: str, domain: str) -> bool:
    return name == domain or name.endswith(f".{domain}")


@lru_cache(maxsize=1024)
def configured_domain(host: str, cookie_domain: str | None) -> str | None:
    """The domain whose suffix reading prefers: as configured, with ``"auto"`` looked up for the host."""
    if cookie_domain != AUTO:
        return cookie_domain
    page, name = page_host(host), host_name(host)
    return (_discovered(page, name) or page) if _is_host(name) else None


def _is_host(name: str) -> bool:
    return is_address(name) or (len(name) <= LONGEST_HOST_NAME and bool(_HOST_NAME.fullmatch(name)))


def _discovered(page: str, name: str) -> str | None:
    """The root domain that the tracker finds on a page, with the dot at its end that the host has."""
    domain = registrable_domain(name)
    return None if domain is None else domain + page[len(name) :]


@lru_cache(maxsize=1024)
def registrable_domain(name: str) -> str | None:
    """What the tracker's discovery ends with: the shortest suffix of two labels or more that takes cookies.

    By the public suffix list, private section included; ``None`` for an address, a single label and
    a public suffix, which take no cookie but their own.
    """
    if is_address(name) or "." not in name:
        return None
    domain: str | None = public_suffixes().privatesuffix(name)
    return domain


@cache
def public_suffixes() -> Any:
    """The list, which is loaded when it is first asked for; raises ImportError without the extra."""
    from publicsuffixlist import PublicSuffixList

    return PublicSuffixList()
