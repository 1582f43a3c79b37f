"""A visitor: the cookies of a browser in which the JavaScript tracker runs."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterable
from http.cookies import CookieError, SimpleCookie
from typing import Any

from ..identity.cookies import cookie_suffix, host_name, is_address
from ..identity.id_cookie import IdCookie, parse_id_cookie

_SESSION = 1800
"""Seconds without an event after which a session is over (the tracker's ``sessionCookieTimeout``)."""


class Visitor:
    """Cookies as the JavaScript tracker, version 4, writes and reads them, on one host.

    A new visitor has none. ``track()`` is what the tracker does when it sends an event: it begins the
    person, and a session where none is alive. ``host`` is the page's; the cookies are those of its root
    domain unless ``cookie_domain`` names the tracker's ``cookieDomain``. ``clock`` gives seconds since the
    epoch. Rules: the JavaScript tracker 4.10.1.
    """

    def __init__(
        self,
        host: str = "testserver",
        *,
        cookie_domain: str | None = None,
        cookie_prefix: str = "_sp_",
        clock: Callable[[], float] = time.time,
    ) -> None:
        suffix = cookie_suffix(_root_domain(host) if cookie_domain is None else cookie_domain)
        self.id_name = f"{cookie_prefix}id.{suffix}"
        """The name of the cookie that holds the person and the session."""
        self.session_name = f"{cookie_prefix}ses.{suffix}"
        """The name of the cookie that is there while the session is alive."""
        self._clock = clock
        self._passed = 0.0
        self._jar: dict[str, tuple[str, float | None]] = {}

    @property
    def cookies(self) -> dict[str, str]:
        """The cookies that have not expired, by name."""
        now = self._now()
        return {name: value for name, (value, end) in self._jar.items() if end is None or end > now}

    @property
    def cookie_header(self) -> str:
        """The same as the value of a ``Cookie`` header."""
        return "; ".join(f"{name}={value}" for name, value in self.cookies.items())

    @property
    def domain_userid(self) -> str | None:
        """The person in the cookie."""
        return self._parsed().domain_userid

    @property
    def domain_sessionid(self) -> str | None:
        """The session in the cookie; None where it is over."""
        return self._parsed().domain_sessionid if self.session_name in self.cookies else None

    @property
    def domain_sessionidx(self) -> int | None:
        """The session's number, from 1; None where it is over."""
        return self._parsed().domain_sessionidx if self.session_name in self.cookies else None

    def track(self) -> None:
        """The tracker sends an event: both cookies are written as it writes them."""
        now = int(self._now())
        fields = self._fields(now)
        fields[3] = str(now)
        if fields[9] == "0":
            fields[7], fields[8] = str(uuid.uuid4()), str(now * 1000)
        fields[9] = str(int(fields[9]) + 1)
        self.set(self.id_name, ".".join(fields), seconds=63_072_000)
        self.set(self.session_name, "*", seconds=_SESSION)

    def wait(self, seconds: float) -> None:
        """Time passes for the cookies: a session is over after 1,800 seconds without an event."""
        self._passed += seconds

    def set(self, name: str, value: str, *, seconds: float | None = None) -> None:
        """Another cookie, such as one of consent; ``seconds`` is how long it lives."""
        self._jar[name] = (value, None if seconds is None else self._now() + seconds)

    def clear(self) -> None:
        """The visitor deletes all cookies."""
        self._jar.clear()

    def learn(self, response: Any) -> None:
        """Keep the cookies that a response of any test client sets."""
        for header in _set_cookies(response):
            self._keep(header)

    def visit(self, client: Any) -> None:
        """Let a test client of Django, Flask, Starlette or httpx send the cookies, and no others."""
        if hasattr(client, "set_cookie"):  # Flask
            for name in self._jar:
                client.delete_cookie(name)
            for name, value in self.cookies.items():
                client.set_cookie(name, value)
            return
        client.cookies.clear()
        for name, value in self.cookies.items():
            if isinstance(client.cookies, SimpleCookie):  # Django
                client.cookies[name] = value
            else:
                client.cookies.set(name, value)

    def _now(self) -> float:
        return self._clock() + self._passed

    def _parsed(self) -> IdCookie:
        return parse_id_cookie(self.cookies.get(self.id_name, ""))

    def _fields(self, now: int) -> list[str]:
        """The ten fields of the id cookie before an event, in the session that the event belongs to."""
        value = self.cookies.get(self.id_name)
        is_living = self.session_name in self.cookies
        if value is None:
            return [str(uuid.uuid4()), str(now), "1", str(now), "", str(uuid.uuid4()), "", "", "", "0"]
        fields = [*value.split("."), *[""] * 10][:10]
        if is_living and fields[5]:
            return [*fields[:9], fields[9] or "0"]
        visits = int(fields[2] or 0) + 1
        return [fields[0], fields[1], str(visits), "", fields[3], str(uuid.uuid4()), fields[5], "", "", "0"]

    def _keep(self, header: str) -> None:
        parsed: SimpleCookie = SimpleCookie()
        try:
            parsed.load(header)
        except CookieError:
            return
        for name, morsel in parsed.items():
            age = morsel["max-age"]
            if age != "" and int(age) <= 0:
                self._jar.pop(name, None)
            else:
                self.set(name, morsel.value, seconds=float(age) if age != "" else None)


def _root_domain(host: str) -> str:
    """What the tracker finds by trying, on hosts whose last two labels are nobody's suffix."""
    name = host_name(host)
    return name if is_address(name) else ".".join(name.split(".")[-2:])


def _set_cookies(response: Any) -> Iterable[str]:
    """Of Django's responses, Flask's and Starlette's."""
    headers = response.headers
    if hasattr(headers, "get_list"):
        return list(headers.get_list("set-cookie"))
    if hasattr(headers, "getlist"):
        return list(headers.getlist("set-cookie"))
    return [morsel.OutputString() for morsel in response.cookies.values()]
