"""The parts of the page's URL and of the referrer, and what makes Enrich refuse them."""

from __future__ import annotations

import base64
import binascii
import re
from typing import Any
from urllib.parse import SplitResult, parse_qsl, quote, urlsplit

from .times import iso_of_milliseconds

_LONGEST = {"scheme": 16, "host": 255, "path": 3000, "query": 6000, "fragment": 3000}
_LONGEST_REFERRER_PATH = 6000
# what the relaxed parser leaves as it is
_SAFE = "/:@!$&'()*+,;=-._~%?#[]"


def read_page_url(url: str) -> dict[str, Any]:
    """Columns ``page_url*`` and those that a link's ``_sp`` parameter gives; raises ValueError."""
    text, parts = _split(url, "url (page_url)")
    columns = {"page_url": text, **_parts(parts, "page_url", _LONGEST["path"])}
    link = dict(parse_qsl(parts.query.replace(";", "&"))).get("_sp")  # Enrich's parser takes both
    if link is not None:
        columns.update(_read_link(link))
    return columns


def read_referrer(url: str) -> dict[str, Any]:
    """Columns ``page_referrer`` and ``refr_url*``; raises ValueError."""
    text, parts = _split(url, "refr (page_referrer)")
    return {"page_referrer": text, **_parts(parts, "refr_url", _LONGEST_REFERRER_PATH)}


def _split(url: str, what: str) -> tuple[str, SplitResult]:
    text = quote(url.strip(), safe=_SAFE)
    try:
        parts = urlsplit(text)
        _ = parts.port  # raises where it is no port
    except ValueError as error:
        raise ValueError(f"{what}: {url!r} is no URL: {error}") from None
    if re.search(r"%(?![0-9A-Fa-f]{2})", text):
        raise ValueError(f"{what}: {url!r} has a '%' that escapes nothing")
    return text, parts


def _parts(parts: SplitResult, prefix: str, longest_path: int) -> dict[str, Any]:
    standard_port = 443 if parts.scheme == "https" else 80
    columns = {
        "scheme": parts.scheme or None,
        "host": parts.hostname,
        "port": parts.port or standard_port,
        "path": parts.path or None,
        "query": parts.query or None,
        "fragment": parts.fragment or None,
    }
    for name, longest in {**_LONGEST, "path": longest_path}.items():
        value = columns[name]
        if isinstance(value, str) and len(value) > longest:
            raise ValueError(
                f"{prefix}{name}: is {len(value)} characters long, at most {longest} are allowed"
            )
    return {f"{prefix}{name}": value for name, value in columns.items()}


def _read_link(link: str) -> dict[str, Any]:
    """Cross-domain links: duid, milliseconds, session, user id, source id, platform, reason."""
    parts = link.split(".")
    if len(parts) > 7:
        return {}
    try:
        moment = iso_of_milliseconds(parts[1]) if len(parts) > 1 and parts[1] else None
        for n in (3, 4, 6):
            if n < len(parts):
                _decode(parts[n])
    except ValueError as problem:
        raise ValueError(f"url (page_url): its _sp parameter {link!r} is malformed: {problem}") from None
    return {"refr_domain_userid": parts[0] or None, "refr_dvce_tstamp": moment}


def _decode(text: str) -> None:
    standard = text.replace("-", "+").replace("_", "/").rstrip("=")
    try:
        base64.b64decode(standard + "=" * (-len(standard) % 4), validate=True)
    except (binascii.Error, ValueError):
        raise ValueError(f"{text!r} is no base64") from None
