"""The cookie that the collector gives to browsers, and the one by which a browser asks not to be tracked."""

from __future__ import annotations

import re
import time
import uuid
from dataclasses import dataclass
from email.utils import formatdate
from functools import lru_cache
from typing import Literal

from starlette.requests import Request
from starlette.responses import Response

from ..http.origins import name_of
from ..http.sender import first_cookie
from ..http.tokens import COOKIE_PREFIX

NIL_UUID = "00000000-0000-0000-0000-000000000000"
"""The network user id of whoever asked for anonymity."""

_YEAR = 365 * 86_400
"""Seconds."""
_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
"""A token of RFC 9110."""
_DOMAIN = re.compile(r"[a-z0-9_-]+(\.[a-z0-9_-]+)*")

_LONGEST_WISH = 256
"""Characters of the cookie not to be tracked that an expression is tried on: anybody may send any number."""

SameSite = Literal["None", "Lax", "Strict"]


_SAME_SITES: dict[SameSite, Literal["none", "lax", "strict"]] = {
    "None": "none",
    "Lax": "lax",
    "Strict": "strict",
}


class CookieError(ValueError):
    """A cookie that browsers would not take; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cookie:
    """The cookie with the network user id, as the real collector's ``cookie`` settings have it.

    The first of ``domains`` that the request's Origin is in becomes its Domain, else ``fallback_domain``,
    else it has none. Raises CookieError.
    """

    name: str = "sp"
    domains: tuple[str, ...] = ()
    fallback_domain: str | None = None
    is_secure: bool = True
    same_site: SameSite = "None"

    def __post_init__(self) -> None:
        check_name(self.name)
        for domain in (*self.domains, self.fallback_domain):
            if domain is not None and _DOMAIN.fullmatch(domain) is None:
                raise CookieError(f"{domain!r} is no domain: write it as example.com, in lower case")
        if self.same_site == "None" and not self.is_secure:
            raise CookieError(
                "browsers take no cookie that is SameSite=None and not Secure: give it SameSite=Lax too"
            )

    def brought(self, request: Request) -> str | None:
        """Its value in a request."""
        return first_cookie(request.headers.getlist("cookie"), self.name)

    def renew(self, answer: Response, request: Request, network_userid: str) -> Response:
        """Set, renew, or under SP-Anonymous expire it; no UUID becomes a new one."""
        if network_userid != NIL_UUID:
            answer.headers.append("Set-Cookie", self._line(_uuid(network_userid), request))
        elif self.brought(request) is not None:
            answer.delete_cookie(
                self.name,
                path="/",
                domain=self._domain(request),
                secure=self.is_secure,
                httponly=True,
                samesite=_SAME_SITES[self.same_site],
            )
        return answer

    def _line(self, value: str, request: Request) -> str:
        """As ``http.cookies`` would write it, which takes a tenth of a millisecond for it."""
        expires = _http_date(int(time.time()) + _YEAR)
        domain = self._domain(request)
        return (
            f"{self.name}={value}{f'; Domain={domain}' if domain else ''}; expires={expires}; HttpOnly; "
            f"Path=/; SameSite={_SAME_SITES[self.same_site]}{'; Secure' if self.is_secure else ''}"
        )

    def _domain(self, request: Request) -> str | None:
        if not self.domains:
            return self.fallback_domain
        origin = request.headers.get("origin", "")
        host = name_of(origin.partition("://")[2])
        matching = (domain for domain in self.domains if f".{host}".endswith(f".{domain}"))
        return next(matching, self.fallback_domain)


@dataclass(frozen=True, slots=True, kw_only=True)
class DoNotTrack:
    """A cookie whose bearers are answered, and nothing of what they send is kept.

    ``value`` is a regular expression for the whole of its value, which has at most 256 characters. Raises
    CookieError where the name is none.
    """

    name: str
    value: re.Pattern[str]

    def __post_init__(self) -> None:
        check_name(self.name)

    def is_asked_by(self, request: Request) -> bool:
        """Whether a request has the cookie, with such a value."""
        brought = first_cookie(request.headers.getlist("cookie"), self.name)
        if brought is None or len(brought) > _LONGEST_WISH:
            return False
        return self.value.fullmatch(brought) is not None


def check_name(name: str) -> None:
    """Raise CookieError where a cookie cannot have this name, or it is that of the collector's page."""
    if _NAME.fullmatch(name) is None:
        raise CookieError(f"{name!r} is no name of a cookie: use letters, digits, '-', '_' and '.'")
    if name.startswith(COOKIE_PREFIX):
        raise CookieError(f"{name!r} begins as the cookies of the collector's page do: take another name")


@lru_cache(maxsize=4)
def _http_date(moment: int) -> str:
    return formatdate(moment, usegmt=True)


def _uuid(text: str) -> str:
    try:
        return str(uuid.UUID(text))
    except ValueError:
        return str(uuid.uuid4())
