"""The headers of a tracker's request that are kept with its events."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from .tokens import COOKIE_PREFIX

_HIDDEN_FROM_ANONYMOUS = frozenset({"x-forwarded-for", "x-real-ip", "cookie"})
_COOKIE = re.compile(r"[!#-+\--:<-\[\]-~]+")
"""Cookie octets of RFC 6265, section 4.1.1."""


def kept_headers(headers: Mapping[str, str], *, is_anonymous: bool) -> tuple[str, ...]:
    """Lines as ``name: value``; of an anonymous request without what tells who sent it.

    As in the real collector, cookies that RFC 6265 does not allow are left out. So is the cookie that
    opens this collector's page: browsers send it with events, and events are passed on and exported.
    """
    hidden = _HIDDEN_FROM_ANONYMOUS if is_anonymous else frozenset()
    return tuple(_lines((name, value) for name, value in headers.items() if name not in hidden))


def _lines(headers: Iterable[tuple[str, str]]) -> Iterable[str]:
    for name, value in headers:
        kept = _cookies(value) if name == "cookie" else value
        if kept or name != "cookie":
            yield f"{name}: {kept}"


def _cookies(value: str) -> str:
    parts = (part.strip() for part in value.split(";"))
    return "; ".join(
        part for part in parts if _COOKIE.fullmatch(part) is not None and not part.startswith(COOKIE_PREFIX)
    )
