"""What a URL must be to leave: without secrets, and such that Enrich can read it. Pure.

A URL is the visitor's to choose. Enrich turns an event into a bad row when a part is too long, does
not parse, or carries a malformed ``_sp`` link parameter, so each of these is mended or dropped here.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from typing import Self
from urllib.parse import quote, unquote, unquote_plus

from .path_masks import NO_MASKS, REDACTED, PathMasks, decoded, masks_of
from .settings import Settings

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
_LONGEST_SHOWN_PATH = 500
_PARAMETERS = re.compile(r"([^&;]*)([&;]?)")
_PATH_PARAMETER = re.compile(r"((?:;|%3b)(?P<name>[^;=/%]*)(?:=|%3d))(?:(?!%3b|%2f)[^;/])+", re.IGNORECASE)
_NESTED_PARTS = re.compile("[?&;#/]")
_NESTED_ORIGIN = re.compile(r"\s*(?:[A-Za-z][A-Za-z0-9+.-]*:)?//[^/?#\\]*")

_SOUND_LINK = "person.1700000000000"
_LONGEST_ORDINARY = 2000  # so that no part is longer than it may be
_ESCAPE = "%[0-9A-Fa-f]{2}"
_PLAIN = r"[A-Za-z0-9/:@!$&'()*+,=._~-]*"  # without ";", so that there are no parameters in it
_PLAIN_NAME = r"[A-Za-z0-9:@!$'()*,._~-]*"  # without "%", "+", "?" and "/", so that it means what it says
_PLAIN_VALUE = r"[A-Za-z0-9/:@!$'()*+,._~-]*"  # without "?" and "=", so that there is no query in it
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
        if len(scheme) > _MAX_SCHEME or len(host) > _MAX_HOST:
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


def _ignore(name: str) -> None:
    """Nobody counts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scrubbing:
    """What never leaves in a URL: values of parameters by their names, and segments of paths.

    ``secrets`` are lower case.
    """

    secrets: frozenset[str]
    masks: PathMasks = NO_MASKS


def scrubbing_of(settings: Settings) -> Scrubbing:
    """What the settings ``scrub_query`` and ``mask_paths`` say."""
    return _scrubbing(settings.scrub_query, settings.mask_paths)


@lru_cache(maxsize=64)
def _scrubbing(secrets: frozenset[str], patterns: tuple[str, ...]) -> Scrubbing:
    return Scrubbing(secrets=secrets, masks=masks_of(patterns))


def clean_page_url(
    url: str,
    scrubbing: Scrubbing,
    *,
    is_anonymous: bool = False,
    count: Callable[[str], None] = _ignore,
) -> str:
    """The page's URL as it may leave, or ``""`` where it is none that Enrich could read.

    Secrets are redacted. User names and passwords are removed, and so is an ``_sp`` link parameter
    that does not parse, or any where the visit is anonymous, since it names a person. One that is too
    long is cut and counted as ``field_cut``.
    """
    if _is_clean(url, scrubbing):
        return url
    return _clean(url, scrubbing, _is_no_link if is_anonymous else _is_readable_link, count)


def clean_referrer(
    url: str,
    scrubbing: Scrubbing,
    *,
    is_anonymous: bool = False,
    count: Callable[[str], None] = _ignore,
) -> str:
    """The referrer as it may leave, or ``""`` where it has no scheme and host; see ``clean_page_url``."""
    if _is_clean(url, scrubbing):
        return url
    return _clean(url, scrubbing, _is_no_link if is_anonymous else _keep, count)


def clean_path(path: str, scrubbing: Scrubbing) -> str:
    """A request's path as it may be shown in a log: without its secrets, without line breaks, and short."""
    cleaned = _redact_path(_escape(path, _PATH_SAFE), scrubbing)
    return cleaned if len(cleaned) <= _LONGEST_SHOWN_PATH else f"{cleaned[:_LONGEST_SHOWN_PATH]}..."


def _is_clean(url: str, scrubbing: Scrubbing) -> bool:
    """Whether ``_clean`` would surely give the URL back as it is: a short way for nearly all of them."""
    ordinary = _ORDINARY.fullmatch(url) if len(url) <= _LONGEST_ORDINARY else None
    if ordinary is None:
        return False
    if scrubbing.masks is not NO_MASKS and scrubbing.masks.may_match(url.lower()):
        return False
    query = ordinary["query"]
    if not query:
        return True
    words = query.lower()
    if "%" in words and ("%3d" in words or "%25" in words):  # a query within a value
        return False
    # names and values alike, which is quicker than telling them apart
    separate = words.replace("&", "=").split("=")
    return "_sp" not in separate and scrubbing.secrets.isdisjoint(separate)


def _clean(
    url: str, scrubbing: Scrubbing, keeps: Callable[[str, str], bool], count: Callable[[str], None] = _ignore
) -> str:
    parts = _Parts.of(url.strip())
    if parts is None:
        return ""
    redact = partial(_redact, scrubbing=scrubbing, keeps=keeps)
    redacted = replace(
        parts,
        path=_redact_path(parts.path, scrubbing),
        query=None if parts.query is None else redact(parts.query),
        fragment=None if parts.fragment is None else redact(parts.fragment),
    )
    fitting = _fit(redacted)
    if fitting != redacted:
        count("field_cut")
    return fitting.text()


def _escape(text: str, safe: str) -> str:
    return quote(_BROKEN_ESCAPE.sub("%25", text), safe=safe, errors="replace")


def _redact_path(path: str, scrubbing: Scrubbing) -> str:
    """A path with its secrets redacted: segments by their place, parameters after ``;`` by their names."""
    masked = scrubbing.masks.mask(path) if scrubbing.masks else path
    if ";" not in masked and "%3" not in masked:
        return masked
    return _PATH_PARAMETER.sub(
        lambda found: found[1] + REDACTED if _is_secret(found["name"], scrubbing.secrets) else found[0],
        masked,
    )


def _redact(parameters: str, *, scrubbing: Scrubbing, keeps: Callable[[str, str], bool]) -> str:
    """Parameters with the secret values redacted, and those left out that ``keeps`` does not keep."""
    kept = []
    for parameter, separator in _PARAMETERS.findall(parameters):
        name, equals, value = parameter.partition("=")
        if equals and value and (_is_secret(name, scrubbing.secrets) or _hides(value, scrubbing, keeps)):
            value = REDACTED
        elif not keeps(name, value):
            continue
        kept.append(f"{_redact_name(name, scrubbing)}{equals}{value}{separator}")
    text = "".join(kept)
    return text if parameters.endswith(("&", ";")) else text.rstrip("&;")


def _redact_name(name: str, scrubbing: Scrubbing) -> str:
    """A name may be a path, where a fragment or a whole query is a route: ``#/reset/<token>?x=1``."""
    if not scrubbing.masks or "/" not in decoded(name):
        return name
    route, mark, rest = name.partition("?")
    return f"{scrubbing.masks.mask(route)}{mark}{rest}"


def _hides(value: str, scrubbing: Scrubbing, keeps: Callable[[str, str], bool]) -> bool:
    """Whether a value is a URL that has a secret in it, such as ``next=/login?token=…``.

    Then all of it is redacted: how it would be put together again, nobody knows.
    """
    plain = decoded(value)
    parts = _NESTED_PARTS.split(plain) if "=" in plain else ()
    names = (name for part in parts for name in part.split("=")[:-1])
    if any(_is_secret(name, scrubbing.secrets) or not keeps(name, _SOUND_LINK) for name in names):
        return True
    if not scrubbing.masks or ("/" not in plain and "\\" not in plain):
        return False
    origin = _NESTED_ORIGIN.match(plain)
    texts = (plain, plain[origin.end() :]) if origin else (plain,)
    paths = (re.split("[?#]", text, maxsplit=1)[0] for text in texts)
    return any(scrubbing.masks.mask(path) != path for path in paths)


def _is_secret(name: str, secrets: frozenset[str]) -> bool:
    """Whether a parameter holds a secret: by its name, or by a part of it as in ``user[password]``.

    In fragments that are routes the first name has a path in front: ``#/callback?token=…``.
    """
    plain = decoded(unquote_plus(name)).lower()
    own = re.split("[?#/]", plain)[-1].strip()
    if own in secrets or plain.strip() in secrets:
        return True
    return "[" in own and not secrets.isdisjoint(re.split(r"[\[\]]+", own))


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
    parts = unquote(value).split(".")
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
    query = None if parts.query is None else _cut_query(parts.query, min(_MAX_QUERY, room))
    room -= len(query or "")
    fragment = None if parts.fragment is None else _cut(parts.fragment, min(_MAX_FRAGMENT, room))
    return replace(parts, path=path, query=query, fragment=fragment)


def _cut_query(query: str, longest: int) -> str:
    """A query that is cut, without the link parameter that the cut went through: it would be another."""
    cut = _cut(query, longest)
    last = max(cut.rfind("&"), cut.rfind(";")) + 1
    if cut == query or _is_no_link(cut[last:].partition("=")[0], ""):
        return cut
    return cut[:last].rstrip("&;")


def _cut(text: str, longest: int) -> str:
    return text if len(text) <= longest else _CUT_ESCAPE.sub("", text[: max(longest, 0)])
