"""The token that guards what shows events: how it is given, and how a browser keeps it."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass, field
from urllib.parse import quote, urlencode

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from .origins import port_of

COOKIE_PREFIX = "tracking_collector_"
"""How the names of the cookies begin that browsers keep."""

_GOOD = re.compile(r"[!-~]{8,256}")


class TokenError(ValueError):
    """A token that cannot be used; the message says why, and does not hold it."""


def new_token() -> str:
    """One that nobody guesses."""
    return secrets.token_urlsafe(24)


@dataclass(frozen=True, slots=True)
class Token:
    """A token of 8 to 256 visible ASCII characters."""

    value: str = field(repr=False)

    def __post_init__(self) -> None:
        """Raises TokenError."""
        if _GOOD.fullmatch(self.value) is None:
            raise TokenError("the token must have 8 to 256 characters, of ASCII and no spaces")

    def url(self, address: str) -> str:
        """The address of the page with the token in it."""
        return f"{address}/?token={quote(self.value, safe='')}"

    def allows(self, request: Request) -> bool:
        """Whether a request brings it: in the query string, as a bearer, or in the cookie."""
        scheme, _, bearer = request.headers.get("authorization", "").partition(" ")
        brought = [
            _same(request.query_params.get("token", ""), self.value),
            scheme.lower() == "bearer" and _same(bearer.strip(), self.value),
            _same(request.cookies.get(_cookie_name(request), ""), self._cookie()),
        ]
        return any(brought)

    def enter(self, request: Request) -> Response | None:
        """Where a person opened the address with the token: the cookie, and the address without it."""
        wants_page = "text/html" in request.headers.get("accept", "")
        if request.method != "GET" or "token" not in request.query_params or not wants_page:
            return None
        rest = [(name, value) for name, value in request.query_params.multi_items() if name != "token"]
        # a path of its own in any case: "//site" would be another site
        path = "/" + quote(request.scope["path"].lstrip("/"))
        answer = RedirectResponse(f"{path}?{urlencode(rest)}" if rest else path, 303)
        self.keep(request, answer.headers)
        return answer

    def keep(self, request: Request, headers: MutableHeaders) -> None:
        """Have the browser send the cookie from now on, to this collector's own pages only."""
        kept = f"{_cookie_name(request)}={self._cookie()}; Path=/; HttpOnly; SameSite=Strict"
        headers.append("Set-Cookie", kept)

    def _cookie(self) -> str:
        """Not the token: whatever characters it has, and so that the browser's file does not give it away."""
        return hmac.new(self.value.encode(), b"tracking_middleware collector", hashlib.sha256).hexdigest()


def _cookie_name(request: Request) -> str:
    """Browsers send cookies to every port of a host: each collector has its own."""
    return f"{COOKIE_PREFIX}{port_of(request.headers.get('host', '')) or 80}"


def _same(given: str, expected: str) -> bool:
    return hmac.compare_digest(given.encode("utf-8", "surrogateescape"), expected.encode())
