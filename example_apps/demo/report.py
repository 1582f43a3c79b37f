"""What arrived, against what was expected, and as a table."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Sequence
from typing import Any
from urllib.parse import urlsplit

from .visitors import ExpectedPageView, Visit, Visitor

_WIDTHS = {
    "site": 8,
    "URL": 27,
    "title": 15,
    "domain_userid": 13,
    "domain_sessionid": 16,
    "entities": 11,
}


def page_views_of(events: Iterable[dict[str, Any]], visitor: Visitor) -> list[dict[str, Any]]:
    """The server-side page views of one person, oldest first."""
    return [
        event
        for event in reversed(list(events))
        if event["event"]["platform"] == "srv" and event["event"]["domain_userid"] == visitor.domain_userid
    ]


def missing(visit: Visit, visitor: Visitor, page_views: Sequence[dict[str, Any]]) -> list[str]:
    """A sentence for each expected page view that did not arrive as it should."""
    return [
        f"{visit.site}: no page view of {expected.path} ({expected.title!r}) with session "
        f"{visitor.domain_sessionid} and {expected.entity or 'no entity of its own'}"
        for expected in visit.expected
        if not any(_is_as_expected(view["event"], visit, visitor, expected) for view in page_views)
    ]


def _is_as_expected(
    event: dict[str, Any], visit: Visit, visitor: Visitor, expected: ExpectedPageView
) -> bool:
    return (
        event["app_id"] == visit.site
        and event["page_urlpath"] == expected.path
        and event["page_title"] == expected.title
        and event["domain_sessionid"] == visitor.domain_sessionid
        and event["domain_sessionidx"] == 3
        and any(expected.entity.items() <= _data(entity).items() for entity in event["contexts"]["data"])
    )


def _data(entity: dict[str, Any]) -> dict[str, Any]:
    data = entity["data"]
    return data if isinstance(data, dict) else {}


def table(page_views: Iterable[dict[str, Any]]) -> str:
    """The page views as text of 100 columns."""
    lines = [_row(dict(zip(_WIDTHS, _WIDTHS, strict=True))), "-" * 100]
    for view in page_views:
        event = view["event"]
        lines.append(
            _row(
                {
                    "site": event["app_id"],
                    "URL": urlsplit(event["page_url"]).netloc + urlsplit(event["page_url"]).path,
                    "title": event["page_title"] or "",
                    "domain_userid": _short(event["domain_userid"]),
                    "domain_sessionid": _short(event["domain_sessionid"]),
                    "entities": ", ".join(schema.split("/")[1] for schema in view["contexts"]),
                }
            )
        )
    return "\n".join(lines)


def _row(cells: dict[str, str]) -> str:
    """One row, its cells wrapped to their columns."""
    columns = [textwrap.wrap(cells[name], width) or [""] for name, width in _WIDTHS.items()]
    height = max(len(column) for column in columns)
    padded = [column + [""] * (height - len(column)) for column in columns]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, _WIDTHS.values(), strict=True)).rstrip()
        for line in zip(*padded, strict=True)
    )


def _short(identifier: str | None) -> str:
    return "" if identifier is None else f"{identifier[:8]}…"
