"""The parameters of a page's URL that Enrich reads, links and campaigns: whether it can. Pure."""

from __future__ import annotations

import base64
import binascii
import re
from urllib.parse import unquote_plus

_LONGEST_PERSON = 128
_LAST_MILLISECOND = 253_402_300_799_999  # the year 9999
_LONGEST_CAMPAIGN = {
    "utm_medium": 255,
    "utm_source": 255,
    "utm_term": 255,
    "utm_content": 500,
    "utm_campaign": 255,
    "gclid": 1000,
    "msclkid": 1000,
    "dclid": 1000,
}
"""UTF-16 code units of the columns ``mkt_*``."""

SURELY_SHORT = 190
"""Characters of an escaped value that fits any of the columns: three of them, ``%09``, make four at most."""


def is_no_link(name: str, value: str) -> bool:
    """Whether a parameter is not an ``_sp``, which names a person."""
    return unquote_plus(name) != "_sp"


def is_readable_link(name: str, value: str) -> bool:
    """Whether a parameter is not an ``_sp`` at all, or one that Enrich's cross-navigation can read.

    The parts are duid, milliseconds, session, user id, source id, platform, reason; the fourth,
    fifth and seventh are base64. More than seven are ignored there.
    """
    if is_no_link(name, value):
        return True
    parts = unquote_plus(value).split(".")
    if len(parts) > 7 or len(parts) < 2:
        return len(parts) > 7
    is_time = re.fullmatch(r"[0-9]{1,15}", parts[1]) is not None and int(parts[1]) <= _LAST_MILLISECOND
    is_person = _length(parts[0]) <= _LONGEST_PERSON
    return is_person and is_time and all(_is_base64(parts[n]) for n in (3, 4, 6) if n < len(parts))


def is_short_campaign(name: str, value: str) -> bool:
    """Whether a parameter is not one of a campaign, or no longer than its column may be."""
    if len(value) <= SURELY_SHORT:
        return True
    longest = _LONGEST_CAMPAIGN.get(unquote_plus(name))
    return longest is None or _length(unquote_plus(value)) <= longest


def _length(text: str) -> int:
    """How long Enrich finds a text: in UTF-16 code units, a tab four of them."""
    return len(text.replace("\t", "    ").encode("utf-16-le", "surrogatepass")) // 2


def _is_base64(text: str) -> bool:
    """Both alphabets, padded or not, as Enrich's decoder takes them; of UTF-8."""
    standard = text.replace("-", "+").replace("_", "/").rstrip("=")
    try:
        base64.b64decode(standard + "=" * (-len(standard) % 4), validate=True).decode()
    except (binascii.Error, ValueError):
        return False
    return True
