"""The parts of the page's URL and of the referrer, and what makes Enrich refuse them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from ..payload.problems import quoted
from ..payload.query import query_pairs
from ..payload.times import iso_of_milliseconds
from ..payload.values import read_text
from ..referrers.referrer import classify
from .campaigns import read_campaign
from .relaxed_uris import mended
from .uris import Uri, strict_uri

_LONGEST_KNOWN = 500
"""Characters of a URL whose columns are kept: all that are take some 15 MB at the most."""


def read_page_url(url: str) -> Mapping[str, Any]:
    """Columns ``page_url*``, those of a campaign and of a link from another domain; raises ValueError."""
    return _known_page(url) if len(url) <= _LONGEST_KNOWN else _page(url)


def read_referrer(url: str, *, page_host: str | None) -> Mapping[str, Any]:
    """Columns ``refr_*``; raises ValueError. The referrer itself stays as it was sent."""
    is_short = len(url) <= _LONGEST_KNOWN and len(page_host or "") <= _LONGEST_KNOWN
    return _known_referrer(url, page_host) if is_short else _referrer(url, page_host)


def _page(url: str) -> Mapping[str, Any]:
    uri = _read(url, "url (page_url)")
    columns = {"page_url": uri.text, **_parts(uri, "page_url")}
    if uri.query:
        query = {name: value or "" for name, value in query_pairs(uri.query, octets=_low_octets)}
        columns.update(read_campaign(query))
        columns.update(_read_link(query.get("_sp")))
    return columns


def _referrer(url: str, page_host: str | None) -> Mapping[str, Any]:
    uri = _read(url, "refr (page_referrer)")
    columns = _parts(uri, "refr_url")
    if referrer := classify(uri, page_host=page_host):
        columns.update(refr_medium=referrer.medium, refr_source=referrer.source, refr_term=referrer.term)
    return columns


# a site's pages come again and again
_known_page = lru_cache(maxsize=4096)(_page)
_known_referrer = lru_cache(maxsize=4096)(_referrer)


def _read(url: str, what: str) -> Uri:
    try:
        return strict_uri(url.replace(" ", "%20"))
    except ValueError:
        pass
    try:
        return strict_uri(mended(url))
    except ValueError as error:
        raise ValueError(f"{what}: {quoted(url)} is no URL: {error}") from None


def _parts(uri: Uri, prefix: str) -> dict[str, Any]:
    return {
        f"{prefix}scheme": uri.scheme,
        f"{prefix}host": uri.host,
        f"{prefix}port": uri.port if uri.port is not None else 443 if uri.scheme == "https" else 80,
        f"{prefix}path": uri.path or None,
        f"{prefix}query": uri.query or None,
        f"{prefix}fragment": uri.fragment or None,
    }


def _low_octets(text: str) -> bytes:
    """Of each 16-bit character half, as the pipeline's reader of queries takes what is not escaped."""
    return text.encode("utf-16-le", "replace")[::2]


def _read_link(link: str | None) -> dict[str, Any]:
    """Cross-domain links: duid, milliseconds, session, user id, source id, platform, reason."""
    parts = (link or "").split(".")
    if not link or len(parts) > 7:
        return {}
    try:
        moment = iso_of_milliseconds(parts[1]) if len(parts) > 1 and parts[1] else None
    except ValueError as problem:
        raise ValueError(
            f"url (page_url): its _sp parameter {quoted(link)} is malformed: {problem}"
        ) from None
    return {"refr_domain_userid": read_text(parts[0]) or None, "refr_dvce_tstamp": moment}
