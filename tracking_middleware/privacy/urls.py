"""What a URL must be to leave: without secrets, and such that Enrich can read it. Pure.

A URL is the visitor's to choose. Enrich turns an event into a bad row when a part is too long, does
not parse, or carries a malformed ``_sp`` link parameter, so each of these is mended or dropped here.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Self
from urllib.parse import quote, unquote_plus

from ..settings.settings import RewriteUrl
from ..tally import Count
from .ordinary_urls import ordinary
from .readable_parameters import is_no_link, is_readable_link, is_short_campaign
from .redaction import Keeps, Scrubbing, keep_all, redact_parameters, redact_path

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


_NOTHING = Scrubbing(secrets=frozenset())


def _ignore(name: str, advice: str = "", /) -> None:
    """Nobody counts."""


def is_readable_url(url: str) -> bool:
    """Whether a URL has a scheme and a host, so that there is anything of it to leave."""
    return ordinary(url, _NOTHING) is not None or _Parts.of(url.strip()) is not None


def clean_page_url(
    url: str,
    scrubbing: Scrubbing,
    *,
    is_anonymous: bool = False,
    count: Count = _ignore,
) -> str:
    """The page's URL as it may leave, or ``""`` where it is none that Enrich could read.

    Secrets are redacted. User names and passwords are removed, and so is an ``_sp`` link parameter
    that does not parse, or any where the visit is anonymous, since it names a person. A URL that is too
    long is cut, and a campaign's parameter that is too long removed; both are counted as ``field_cut``.
    """
    if (short := ordinary(url, scrubbing)) is not None:
        return short
    return _clean(url, scrubbing, _kept_in_page(count, is_anonymous=is_anonymous), "page_url", count)


def clean_referrer(
    url: str,
    scrubbing: Scrubbing,
    *,
    is_anonymous: bool = False,
    count: Count = _ignore,
) -> str:
    """The referrer as it may leave, or ``""`` where it has no scheme and host; see ``clean_page_url``."""
    if (short := ordinary(url, scrubbing)) is not None:
        return short
    return _clean(url, scrubbing, is_no_link if is_anonymous else keep_all, "page_referrer", count)


def rewritten_url(url: str, rewrite: RewriteUrl) -> str | None:
    """What the application's hook makes of a URL; ``""`` where it fails, None where it leaves it out."""
    try:
        rewritten: object = rewrite(url)
    except Exception:  # noqa: BLE001
        # the hook may raise anything, and quote the URL: then that must not leave
        return ""
    if rewritten is None or rewritten == "":
        return None
    return str.__str__(rewritten) if isinstance(rewritten, str) else ""


def clean_path(path: str, scrubbing: Scrubbing) -> str:
    """A request's path as it may be shown in a log: without its secrets, without line breaks, and short."""
    cleaned = redact_path(_escape(path, _PATH_SAFE), scrubbing)
    return cleaned if len(cleaned) <= _LONGEST_SHOWN_PATH else f"{cleaned[:_LONGEST_SHOWN_PATH]}..."


def _kept_in_page(count: Count, *, is_anonymous: bool) -> Keeps:
    """Which parameters stay in a page's URL."""
    keeps_link = is_no_link if is_anonymous else is_readable_link

    def keeps(name: str, value: str) -> bool:
        if not is_short_campaign(name, value):
            count(
                "field_cut",
                f"page_url has a parameter {unquote_plus(name)!r} longer than its column, and lost it: "
                "shorten it",
            )
            return False
        return keeps_link(name, value)

    return keeps


def _clean(url: str, scrubbing: Scrubbing, keeps: Keeps, column: str = "", count: Count = _ignore) -> str:
    parts = _Parts.of(url.strip())
    if parts is None:
        return ""
    redact = partial(redact_parameters, scrubbing=scrubbing, keeps=keeps)
    redacted = replace(_with(parts, redact), path=redact_path(parts.path, scrubbing))
    fitting = _fit(redacted)
    if fitting != redacted:
        count(
            "field_cut",
            f"{column} was cut: its path may have {_MAX_PATH} characters, its query {_MAX_QUERY}, its "
            f"fragment {_MAX_FRAGMENT}, all together {_MAX_URL}",
        )
        fitting = _with(fitting, redact)  # the cut may have gone through a link parameter
    return fitting.text()


def _with(parts: _Parts, redact: Callable[[str], str]) -> _Parts:
    return replace(
        parts,
        query=None if parts.query is None else redact(parts.query),
        fragment=None if parts.fragment is None else redact(parts.fragment),
    )


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
    if cut == query or is_no_link(cut[last:].partition("=")[0], ""):
        return cut
    return cut[:last].rstrip("&;")


def _cut(text: str, longest: int) -> str:
    return text if len(text) <= longest else _CUT_ESCAPE.sub("", text[: max(longest, 0)])
