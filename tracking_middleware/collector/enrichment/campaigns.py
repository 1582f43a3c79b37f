"""The campaign that a page's URL names: Enrich's usual mapping of query parameters to ``mkt_*`` columns."""

from __future__ import annotations

from collections.abc import Iterable

from ..payload.values import read_text

_COLUMNS = {
    "utm_medium": "mkt_medium",
    "utm_source": "mkt_source",
    "utm_term": "mkt_term",
    "utm_content": "mkt_content",
    "utm_campaign": "mkt_campaign",
}
_NETWORKS = {"gclid": "Google", "msclkid": "Microsoft", "dclid": "DoubleClick"}


def read_campaign(query: Iterable[tuple[str, str]]) -> dict[str, str | None]:
    """The columns that there are; of a parameter that comes twice, and of two click ids, the first wins."""
    columns: dict[str, str | None] = {}
    for name, value in query:
        if column := _COLUMNS.get(name):
            columns.setdefault(column, read_text(value) or None)
        elif network := _NETWORKS.get(name):
            columns.setdefault("mkt_clickid", read_text(value) or None)
            columns.setdefault("mkt_network", network)
    return columns
