"""What a URL must be to leave: without secrets, and such that Enrich can read it. Pure.

A URL is the visitor's to choose. Enrich turns an event into a bad row when a part is too long, does
not parse, or carries a malformed ``_sp`` link parameter, so each of these is mended or dropped here.
"""

from __future__ import annotations

import base64
import binascii
import ipaddress
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Self
from urllib.parse import quote, unquote_plus

REDACTED = "REDACTED"

_URL = re.compile(
    r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*)://(?P<authority>[^/?#]*)(?P<path>[^?#]*)"
    r"(?:\?(?P<query>[^#]*))?(?:#(?P<fragment>.*))?",
    re.DOTALL,
)
_AUTHORITY = re.compile(r"(?:.*@)?(?P<host>\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(?P<port>:[0-9]{1,5})?:?")
_BROKEN_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")
_CUT_ESCAPE = re.compile(r"%[0-9A-Fa-f]?$")
# RFC 3986: what may stand unescaped in a path, and in a query or fragment
_PATH_SAFE = "/:@!$&'()*+,;=-._~%"
_QUERY_SAFE = _PATH_SAFE + "?"
_MAX_SCHEME, _MAX_HOST, _MAX_PATH, _MAX_QUERY, _MAX_FRAGMENT, _MAX_URL = 16, 255, 3000, 6000, 3000, 10_000
_PARAMETERS = re.compile(r"([^&;]*)([&;]?)")

_LONGEST_ORDINARY = 2000  # so that no part is longer than it may be
_ESCAPE = "%[0-9A-Fa-f]{2}"
_PLAIN = r"[A-Za-z0-9/:@!$&'()*+,;=._~-]*"
_PLAIN_NAME = r"[A-Za-z0-9/:@!$'()*,._~?-]*"  # without "%" and "+", so that it means what it says
_PLAIN_VALUE = r"[A-Za-z0-9/:@!$'()*+,=._~?-]*"
_PARAMETER = f"{_PLAIN_NAME}(?:={_PLAIN_VALUE}(?:{_ESCAPE}{_PLAIN_VALUE})*)?"
_ORDINARY = re.compile(
    r"[a-z][a-z0-9+.-]{0,15}://[a-z0-9._-]{1,255}(?::[0-9]{1,4})?"
    rf"(?:/{_PLAIN}(?:{_ESCAPE}{_PLAIN})*)?(?:\?(?P<query>{_PARAMETER}(?:&{_PARAMETER})*))?"
)
"""A URL in which no character must be mended, without user name and fragment."""


@dataclass(frozen=True, slots=True)
class _Parts:
    """A URL's parts, percent-encoded; ``query`` and ``fragment`` are ``None`` where absent."""

    origin: str
    path: str
    query: str | None
    fragment: str | None

    @classmethod
    def of(cls, url: str) -> Self | None:
        """The parts, escaped where a character may not stand as it is; ``None`` where it is no such URL."""
        match = _URL.fullmatch(url)
        authority = match and _AUTHORITY.fullmatch(match["authority"])
        if not match or not authority or int((authority["port"] or ":0")[1:]) > 65_535:
            return None
        scheme, host = match["scheme"].lower(), authority["host"].lower()
        if len(scheme) > _MAX_SCHEME or len(host) > _MAX_HOST or not _may_be_host(host):
            return None
        return cls(
            f"{scheme}://{host}{authority['port'] or ''}",
            _escape(match["path"], _PATH_SAFE),
            None if match["query"] is None else _escape(match["query"], _QUERY_SAFE),
            None if match["fragment"] is None else _escape(match["fragment"], _QUERY_SAFE),
        )

    def text(self) -> str:
        query = "" if self.query is None else f"?{self.query}"
        fragment = "" if self.fragment is None else f"#{self.fragment}"
        return f"{self.origin}{self.path}{query}{fragment}"


def clean_page_url(url: str, *, secrets: frozenset[str], is_anonymous: bool = False) -> str:
    """The page's URL as it may leave, or ``""`` where it is none that Enrich could read.

    ``secrets`` are parameter names, lower case, whose values are redacted in query and fragment.
    User names and passwords are removed, and so is an ``_sp`` link parameter that does not parse, or
    any where the visit is anonymous, since it names a person.
    """
    if _is_clean(url, secrets):
        return url
    return _clean(url, secrets, keeps=_is_no_link if is_anonymous else _is_readable_link)


def clean_referrer(url: str, *, secrets: frozenset[str], is_anonymous: bool = False) -> str:
    """The referrer as it may leave, or ``""`` where it has no scheme and host; see ``clean_page_url``."""
    if _is_clean(url, secrets):
        return url
    return _clean(url, secrets, keeps=_is_no_link if is_anonymous else _keep)


def _is_clean(url: str, secrets: frozenset[str]) -> bool:
    """Whether ``_clean`` would surely give the URL back as it is: a short way for nearly all of them."""
    ordinary = _ORDINARY.fullmatch(url) if len(url) <= _LONGEST_ORDINARY else None
    if ordinary is None:
        return False
    query = ordinary["query"]
    if not query:
        return True
    # names and values alike, which is quicker than telling them apart
    words = query.lower().replace("&", "=").split("=")
    return "_sp" not in words and secrets.isdisjoint(words)


def _clean(url: str, secrets: frozenset[str], keeps: Callable[[str, str], bool]) -> str:
    parts = _Parts.of(url.strip())
    if parts is None:
        return ""
    redact = partial(_redact, secrets=secrets, keeps=keeps)
    fitting = _fit(
        replace(
            parts,
            query=None if parts.query is None else redact(parts.query),
            fragment=None if parts.fragment is None else redact(parts.fragment),
        )
    )
    # the cut may have gone through a link parameter
    return replace(
        fitting,
        query=fitting.query and redact(fitting.query),
        fragment=fitting.fragment and redact(fitting.fragment),
    ).text()


def _may_be_host(host: str) -> bool:
    """Whether what is in brackets is an address, which parsers of URLs insist on."""
    if host[0] != "[":
        return True
    try:
        ipaddress.IPv6Address(host[1:-1])
    except ValueError:
        return False
    return True


def _escape(text: str, safe: str) -> str:
    return quote(_BROKEN_ESCAPE.sub("%25", text), safe=safe, errors="replace")


def _redact(parameters: str, *, secrets: frozenset[str], keeps: Callable[[str, str], bool]) -> str:
    """Parameters with the secret values redacted, and those left out that ``keeps`` does not keep."""
    kept = []
    for parameter, separator in _PARAMETERS.findall(parameters):
        name, equals, value = parameter.partition("=")
        if equals and value and _is_secret(name, secrets):
            kept.append(f"{name}={REDACTED}{separator}")
        elif keeps(name, value):
            kept.append(parameter + separator)
    text = "".join(kept)
    return text if parameters.endswith(("&", ";")) else text.rstrip("&;")


def _is_secret(name: str, secrets: frozenset[str]) -> bool:
    """Whether a parameter holds a secret: by its name, or by a part of it as in ``user[password]``."""
    decoded = unquote_plus(name).strip().lower()
    return decoded in secrets or ("[" in decoded and not secrets.isdisjoint(re.split(r"[\[\]]+", decoded)))


def _keep(name: str, value: str) -> bool:
    return True


def _is_no_link(name: str, value: str) -> bool:
    return unquote_plus(name) != "_sp"


def _is_readable_link(name: str, value: str) -> bool:
    """Whether a parameter is not an ``_sp`` at all, or one that Enrich's cross-navigation can read.

    The parts are duid, milliseconds, session, user id, source id, platform, reason; the fourth,
    fifth and seventh are base64. More than seven are ignored there.
    """
    if _is_no_link(name, value):
        return True
    parts = unquote_plus(value).split(".")
    if len(parts) > 7 or len(parts) < 2:
        return len(parts) > 7
    is_time = re.fullmatch(r"[0-9]{1,15}", parts[1]) is not None
    return is_time and all(_is_base64(parts[n]) for n in (3, 4, 6) if n < len(parts))


def _is_base64(text: str) -> bool:
    """Both alphabets, padded or not, as Enrich's decoder takes them."""
    standard = text.replace("-", "+").replace("_", "/").rstrip("=")
    try:
        base64.b64decode(standard + "=" * (-len(standard) % 4), validate=True)
    except (binascii.Error, ValueError):
        return False
    return True


def _fit(parts: _Parts) -> _Parts:
    """The parts cut to what Enrich takes, each alone and then together: fragment first, then query."""
    path = _cut(parts.path, _MAX_PATH)
    room = _MAX_URL - len(parts.origin) - len(path) - len("?#")
    query = None if parts.query is None else _cut(parts.query, min(_MAX_QUERY, room))
    room -= len(query or "")
    fragment = None if parts.fragment is None else _cut(parts.fragment, min(_MAX_FRAGMENT, room))
    return replace(parts, path=path, query=query, fragment=fragment)


def _cut(text: str, longest: int) -> str:
    return text if len(text) <= longest else _CUT_ESCAPE.sub("", text[: max(longest, 0)])
