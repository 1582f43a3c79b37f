"""How long the derived columns of an enriched event may be.

How long those may be that a tracker sends stands in the field table of ``protocol.fields``.
"""

from __future__ import annotations

from typing import Any

from ...protocol.columns import COLUMNS

DERIVED_LENGTHS = {
    "page_url": 10_000,
    "page_urlscheme": 16,
    "page_urlhost": 255,
    "page_urlpath": 3000,
    "page_urlquery": 6000,
    "page_urlfragment": 3000,
    "page_referrer": 10_000,
    "refr_urlscheme": 16,
    "refr_urlhost": 255,
    "refr_urlpath": 6000,
    "refr_urlquery": 6000,
    "refr_urlfragment": 3000,
    "refr_medium": 25,
    "refr_source": 50,
    "refr_term": 255,
    "refr_domain_userid": 128,
    "mkt_medium": 255,
    "mkt_source": 255,
    "mkt_term": 255,
    "mkt_content": 500,
    "mkt_campaign": 255,
    "mkt_clickid": 1000,
    "mkt_network": 64,
    "user_ipaddress": 128,
    "useragent": 1000,
    "network_userid": 128,
}
"""UTF-16 code units at the most of what Enrich derives or takes from the request; longer is a bad row."""


EMPTY: dict[str, Any] = dict.fromkeys(COLUMNS)
"""All columns of an event of which nothing is known, to be copied."""


def utf16_length(text: str) -> int:
    """How long a text is to Enrich: in UTF-16 code units."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2
