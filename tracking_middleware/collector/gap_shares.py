"""The shares that the page of gaps shows, as rows for a spreadsheet; pure."""

from __future__ import annotations

from collections.abc import Sequence

from .insights.gaps import Gaps
from .pages.answers.tables import Column, Row

_SHARES = (
    Column("dimension", "dimension", "text"),
    Column("value", "value", "text"),
    *(Column(name, name) for name in ("server_page_views", "missing", "share", "low", "high")),
)


def shares_table(gaps: Gaps) -> tuple[Sequence[Column], list[Row]]:
    """All shares, as ``adblock_gap`` has them."""
    everything = [gaps.all] if gaps.all.total else []
    by_dimension = {
        "all": everything,
        "day": gaps.days,
        "browser": gaps.browsers,
        "page": gaps.pages,
    }
    return _SHARES, [
        Row(
            {
                "dimension": dimension,
                "value": share.name,
                "server_page_views": share.total,
                "missing": share.missing,
                "share": share.share,
                "low": share.low,
                "high": share.high,
            }
        )
        for dimension, shares in by_dimension.items()
        for share in shares
    ]
