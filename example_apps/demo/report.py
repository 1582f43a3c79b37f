"""What arrived, against what was expected, and as a table."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Sequence
from typing import Any

from .visitors import ExpectedEvent, ExpectedPageView, Visit, Visitor

_WIDTHS = {
    "site": 8,
    "event": 14,
    "path": 12,
    "title": 11,
    "domain_ userid": 9,
    "domain_ sessionid": 9,
    "user_id": 7,
    "entities": 16,
}


def events_about(events: Iterable[dict[str, Any]], visitor: Visitor) -> list[dict[str, Any]]:
    """The server-side events about one person, in the order they happened."""
    about = [
        event
        for event in reversed(list(events))
        if event["event"]["platform"] == "srv" and event["event"]["domain_userid"] == visitor.domain_userid
    ]
    return sorted(about, key=lambda event: event["event"]["dvce_created_tstamp"])


def missing(visit: Visit, visitor: Visitor, arrived: Sequence[dict[str, Any]]) -> list[str]:
    """A sentence for each expected event that did not arrive as it should."""
    events = [event["event"] for event in arrived if event["event"]["app_id"] == visit.site]
    return [
        f"{visit.site}: no {_sentence(expected)}"
        for expected in visit.expected
        if not any(_is_as_expected(event, visitor, expected) for event in events)
    ]


def _sentence(expected: ExpectedPageView | ExpectedEvent) -> str:
    if isinstance(expected, ExpectedPageView):
        what = f"page view of {expected.path} ({expected.title!r})"
    else:
        what = f"{expected.name} with {expected.data}"
    return f"{what}, stitched to the visitor, and {expected.entity or 'no entity of its own'}"


def _is_as_expected(
    event: dict[str, Any], visitor: Visitor, expected: ExpectedPageView | ExpectedEvent
) -> bool:
    entities = [_data(entity) for entity in event["contexts"].get("data", ())]
    has_entity = any(expected.entity.items() <= entity.items() for entity in [*entities, {}])
    session = (event["domain_sessionid"], event["domain_sessionidx"])
    if isinstance(expected, ExpectedPageView):
        is_this = (event["page_urlpath"], event["page_title"]) == (expected.path, expected.title)
    else:
        is_this = (event["event_name"], event["user_id"]) == (
            expected.name,
            expected.user_id,
        ) and expected.data.items() <= _data(event["unstruct_event"]["data"]).items()
    if isinstance(expected, ExpectedEvent) and not expected.has_browser:
        is_stitched = any(entity.get("session_id") == visitor.domain_sessionid for entity in entities)
    else:
        is_stitched = session == (visitor.domain_sessionid, 3)
    return is_this and is_stitched and has_entity


def _data(described: dict[str, Any]) -> dict[str, Any]:
    data = described["data"]
    return data if isinstance(data, dict) else {}


def table(arrived: Iterable[dict[str, Any]]) -> str:
    """The events as text of 100 columns."""
    lines = [_row(dict(zip(_WIDTHS, _WIDTHS, strict=True))), "-" * 100]
    for shown in arrived:
        event = shown["event"]
        cells = (
            event["app_id"],
            event["event_name"],
            event["page_urlpath"] or "",
            event["page_title"] or "",
            _short(event["domain_userid"]),
            _short(event["domain_sessionid"]),
            event["user_id"] or "",
            ", ".join(schema.split("/")[1] for schema in shown["contexts"]),
        )
        lines.append(_row(dict(zip(_WIDTHS, cells, strict=True))))
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
