"""Cookies as somebody copied them from a browser, field by field."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from ..identity.cookies import cookie_pairs, cookie_suffix, read_identity, read_network_userid
from ..identity.id_cookie import parse_id_cookie
from ..identity.twin import TwinSigner
from ..settings.settings import Settings
from .finding import Finding
from .pasting import pasted

_FIELDS = (
    "the person, domain_userid",
    "when the person was created",
    "how many sessions there were, domain_sessionidx",
    "the last event",
    "the last event of the session before",
    "the session, domain_sessionid",
    "the session before",
    "the session's first event",
    "when the session's first event was, in milliseconds",
    "events of the session so far",
)
_TIMES = frozenset({1, 3, 4})
_NAME = re.compile(r"(.*)(id|ses|twin)\.([0-9a-f]{4})")


def on_cookies(text: str, settings: Settings, hosts: Sequence[str]) -> Iterator[Finding]:
    """A ``Cookie`` header, a cookie as browsers' tools copy it, or the value of an ``_sp_id`` alone."""
    header = pasted(text)
    if "=" not in header:
        if parse_id_cookie(header).domain_userid is None:
            yield _NO_COOKIE
            return
        header = f"{settings.cookie_prefix}id.{cookie_suffix(hosts[0] if hosts else 'localhost')}={header}"
    found = False
    for name, value in cookie_pairs(header):
        match = _NAME.fullmatch(name)
        if name == "sp":
            found = True
            yield _on_network_userid(value)
        elif match is not None and match[1] == settings.cookie_prefix:
            found = True
            yield from _on_ours(match, value, settings, hosts)
        elif match is not None:
            yield Finding(
                "wrong",
                name,
                f"begins with {match[1]!r}, and the setting cookie_prefix is {settings.cookie_prefix!r}: "
                "it is not looked at",
                "Set cookie_prefix to the JavaScript tracker's cookieName.",
            )
            found = True
    if not found:
        yield Finding(
            "note", "cookies", f"none of the tracker's ({settings.cookie_prefix}id.…) is among them"
        )
        return
    yield _conclusion(header, settings, hosts)


_NO_COOKIE = Finding(
    "wrong",
    "cookies",
    "the text is neither name=value nor the value of an _sp_id with a person in front",
    "Copy the Cookie header of a request to the site, or write name=value.",
)


def _on_ours(match: re.Match[str], value: str, settings: Settings, hosts: Sequence[str]) -> Iterator[Finding]:
    name, kind, suffix = match.group(0, 2, 3)
    if kind == "id":
        yield from _on_id(name, value)
        yield _on_suffix(name, suffix, settings, hosts)
    elif kind == "ses":
        yield Finding("ok", name, "the session is alive" if value else "is empty: the session is over")
    else:
        yield _on_twin(name, suffix, value, settings)


def _on_id(name: str, value: str) -> Iterator[Finding]:
    cookie = parse_id_cookie(value)
    if cookie.is_malformed and cookie.domain_userid is None:
        yield Finding("wrong", name, "cannot be read: it has no person in front", "Look at what writes it.")
        return
    for number, (written, meaning) in enumerate(zip(value.split("."), _FIELDS, strict=False)):
        yield Finding(
            "ok", f"{name} field {number + 1}", f"{written or 'empty'}: {meaning}{_told(number, written)}"
        )
    if cookie.is_malformed:
        yield Finding("wrong", name, "its session cannot be believed, and is left out")


def _told(number: int, written: str) -> str:
    """A time in words."""
    if not written.isascii() or not written.isdigit() or len(written) > 13:
        return ""
    if number == 8:
        return f", {_time(int(written) / 1000)}"
    return f", {_time(int(written))}" if number in _TIMES and len(written) <= 10 else ""


def _time(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def _on_suffix(name: str, suffix: str, settings: Settings, hosts: Sequence[str]) -> Finding:
    domains: list[str] = (
        [settings.cookie_domain or ""] if settings.cookie_domain not in {None, "auto"} else []
    )
    for host in hosts:
        labels = host.removeprefix(".").partition(":")[0].split(".")
        domains += [".".join(labels[at:]) for at in range(max(1, len(labels) - 1))]
    domains = list(dict.fromkeys(filter(None, domains)))
    for domain in domains:
        if cookie_suffix(domain, settings.cookie_path) == suffix:
            return Finding("ok", name, f"its suffix is that of {domain}{settings.cookie_path}")
    known = f"none of {', '.join(domains)}" if domains else "a domain that is not known here"
    return Finding(
        "note",
        name,
        f"its suffix is that of {known}",
        "The suffix is made of cookieDomain and path: compare both.",
    )


def _on_network_userid(value: str) -> Finding:
    network_userid, malformed = read_network_userid(value)
    if malformed:
        return Finding("wrong", "sp", "is no UUID: network_userid is left out", "Look at what writes it.")
    return Finding("ok", "sp", f"{network_userid or 'nobody'}: the collector's own, network_userid")


def _on_twin(name: str, suffix: str, value: str, settings: Settings) -> Finding:
    if not settings.secret_key:
        return Finding("note", name, "our signed copy; it cannot be read without secret_key")
    twin = TwinSigner(settings.secret_key).read(value, suffix=suffix)
    if twin is None:
        return Finding(
            "wrong",
            name,
            "our copy of the id, and its signature is not of any key here: it is refused",
            "Keep the key that signed it in the list secret_key, in front.",
        )
    return Finding(
        "ok",
        name,
        f"our signed copy of the id: person {twin.domain_userid}, session {twin.domain_sessionidx} "
        f"({twin.domain_sessionid}), last seen {_time(twin.last_seen)}",
    )


def _conclusion(header: str, settings: Settings, hosts: Sequence[str]) -> Finding:
    host = hosts[0].removeprefix(".") if hosts else (settings.cookie_domain or "localhost").removeprefix(".")
    identity = read_identity(
        header,
        host=host,
        cookie_prefix=settings.cookie_prefix,
        cookie_domain=None if settings.cookie_domain == "auto" else settings.cookie_domain,
        cookie_path=settings.cookie_path,
    ).identity
    if identity.domain_userid is None:
        return Finding("wrong", "cookies", f"on {host} nobody is known by them")
    session = identity.domain_sessionid or "over, since no _sp_ses is there or it has no id"
    return Finding("ok", "cookies", f"on {host} they are {identity.domain_userid}; the session is {session}")
