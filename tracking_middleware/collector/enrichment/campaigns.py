"""The campaign that a page's URL names: Enrich's usual mapping of query parameters to ``mkt_*`` columns."""

from __future__ import annotations

from collections.abc import Mapping

from ..payload.values import read_text

_COLUMNS = {
    "utm_medium": "mkt_medium",
    "utm_source": "mkt_source",
    "utm_term": "mkt_term",
    "utm_content": "mkt_content",
    "utm_campaign": "mkt_campaign",
}
_NETWORKS = {"gclid": "Google", "msclkid": "Microsoft", "dclid": "DoubleClick"}
"""By the parameter that a network adds to a link, the first of them first: it wins, wherever it stands."""


def read_campaign(query: Mapping[str, str]) -> dict[str, str | None]:
    """The columns that there are, of a page's parameters; an empty one counts as a click id that came."""
    columns = {column: read_text(query[name]) or None for name, column in _COLUMNS.items() if name in query}
    for name, network in _NETWORKS.items():
        if name in query:
            return {**columns, "mkt_clickid": read_text(query[name]) or None, "mkt_network": network}
    return columns
