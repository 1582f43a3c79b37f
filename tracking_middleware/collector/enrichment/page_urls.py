"""The parts of the page's URL and of the referrer, and what makes Enrich refuse them."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import SplitResult, parse_qsl, quote, urlsplit

from ..payload.problems import quoted
from ..payload.times import iso_of_milliseconds
from ..payload.values import decoded_base64, read_text
from .campaigns import read_campaign

# what the relaxed parser leaves as it is
_SAFE = "/:@!$&'()*+,;=-._~%?#[]"
_PLAIN = re.compile(r"[A-Za-z0-9/:@!$&'()*+,;=\-._~%?#\[\]]*")
_STRAY_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")
_HOST = re.compile(r"[A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\]")


def read_page_url(url: str) -> dict[str, Any]:
    """Columns ``page_url*``, those of a campaign and of a link from another domain; raises ValueError."""
    text, parts = _split(url, "url (page_url)")
    columns = {"page_url": text, **_parts(parts, "page_url")}
    if parts.query:
        query = parse_qsl(parts.query.replace(";", "&"))  # Enrich's parser takes both
        columns.update(read_campaign(query))
        columns.update(_read_link(dict(query).get("_sp")))
    return columns


def read_referrer(url: str, *, page_host: str | None) -> dict[str, Any]:
    """Columns ``page_referrer``, ``refr_url*`` and ``refr_medium``; raises ValueError.

    The medium is ``internal`` where the page has the referrer's host, else ``unknown``: which sites are
    search engines or social networks stands in no database here.
    """
    text, parts = _split(url, "refr (page_referrer)")
    columns = {"page_referrer": text, **_parts(parts, "refr_url")}
    host = columns["refr_urlhost"]
    if host and parts.scheme in {"http", "https"}:
        columns["refr_medium"] = "internal" if host.lower() == (page_host or "").lower() else "unknown"
    return columns


def _split(url: str, what: str) -> tuple[str, SplitResult]:
    text = url.strip()
    if not _PLAIN.fullmatch(text):
        text = quote(text, safe=_SAFE, errors="replace")
    try:
        parts = urlsplit(text)
        _ = parts.port  # raises where it is no port
    except ValueError as error:
        raise ValueError(f"{what}: {quoted(url)} is no URL: {error}") from None
    if "%" in text and _STRAY_PERCENT.search(text):
        raise ValueError(f"{what}: {quoted(url)} has a '%' that escapes nothing")
    return text, parts


def _parts(parts: SplitResult, prefix: str) -> dict[str, Any]:
    """A host that Java's URI does not know, such as one with an underscore, is none, and so is its port."""
    address = parts.netloc.rpartition("@")[2]
    match = _HOST.match(address)
    host = match[0] if match and address[match.end() :][:1] in {"", ":"} else None
    port = parts.port if host else None
    return {
        f"{prefix}scheme": parts.scheme or None,
        f"{prefix}host": host,
        f"{prefix}port": port or (443 if parts.scheme == "https" else 80),
        f"{prefix}path": parts.path or None,
        f"{prefix}query": parts.query or None,
        f"{prefix}fragment": parts.fragment or None,
    }


def _read_link(link: str | None) -> dict[str, Any]:
    """Cross-domain links: duid, milliseconds, session, user id, source id, platform, reason."""
    parts = (link or "").split(".")
    if not link or len(parts) > 7:
        return {}
    try:
        moment = iso_of_milliseconds(parts[1]) if len(parts) > 1 and parts[1] else None
        for n in (3, 4, 6):
            if n < len(parts):
                decoded_base64(parts[n])
    except ValueError as problem:
        raise ValueError(
            f"url (page_url): its _sp parameter {quoted(link)} is malformed: {problem}"
        ) from None
    return {"refr_domain_userid": read_text(parts[0]) or None, "refr_dvce_tstamp": moment}
