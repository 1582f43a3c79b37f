"""An event in one line, as the list shows it and the stream sends it; pure."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Literal
from urllib.parse import urlsplit

from ...store.rows import StoredRow

Side = Literal["client", "server", "unknown"]
_LONGEST = 160


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """What of an event is in its line. ``hue`` is a colour of the person, in degrees.

    ``happened`` is the moment at which it did, empty where it came within a minute.
    """

    id: int
    received: str
    happened: str
    side: Side
    platform: str
    app: str
    name: str
    detail: str
    page: str
    query: str
    url: str
    title: str
    person: str
    user: str
    hue: int
    entities: tuple[str, ...]
    reason: str


def line_of(row: StoredRow) -> Line:
    """The line of a row, whose shape has been through ``Showing``."""
    summary = row.summary
    columns: Mapping[str, Any] = row.shape.get("event") or {}
    person = summary.domain_userid or summary.user_id or ""
    path, query = path_of(summary.page_url)
    return Line(
        id=row.id,
        received=row.received,
        happened="" if _is_soon(summary.derived, row.received) else summary.derived,
        side=side_of(summary.platform),
        platform=_cut(summary.platform or "?", 12),
        app=_cut(summary.app_id or "", 40),
        name=_cut(summary.event_name or "?", 60),
        detail=_cut(_detail(columns)),
        page=_cut(path),
        query=_cut(query),
        url=_cut(summary.page_url or "", 1000),
        title=_cut(summary.page_title or ""),
        person=summary.domain_userid or "",
        user=_cut(summary.user_id or "", 60),
        hue=hue_of(person),
        entities=tuple(name_of(uri) for uri in row.shape.get("contexts", ()))[:20],
        reason="" if row.is_good else _cut(_reason(row.shape)),
    )


def _is_soon(happened: str, received: str) -> bool:
    """Whether one moment is at most a minute before or after another."""
    if happened[:16] == received[:16]:
        return True
    try:
        late = datetime.fromisoformat(received) - datetime.fromisoformat(happened)
    except (ValueError, TypeError):  # of a store that somebody else filled
        return False
    return abs(late) <= timedelta(minutes=1)


def side_of(platform: str | None) -> Side:
    """Who saw it: the visitor's device, or a server."""
    if platform is None or platform == "":
        return "unknown"
    return "server" if platform == "srv" else "client"


def path_of(url: str | None) -> tuple[str, str]:
    """A URL's path, as a person would say which page it is, and its query string with the question mark."""
    if not url:
        return "", ""
    try:
        parts = urlsplit(url)
    except ValueError:
        return url, ""
    return parts.path or "/", f"?{parts.query}" if parts.query else ""


def name_of(uri: str) -> str:
    """The name in an Iglu URI."""
    parts = uri.split("/")
    return parts[1] if len(parts) > 2 else uri


def hue_of(person: str) -> int:
    """Always the same colour for the same person."""
    return zlib.crc32(person.encode("utf-8", "replace")) * 137 % 360 if person else 0


def _reason(shape: Mapping[str, Any]) -> str:
    """The first sentence that names something; the very first only says what kind of trouble it is."""
    errors = [str(error) for error in shape.get("errors", ())]
    return errors[1] if len(errors) > 1 else "".join(errors)


def _detail(columns: Mapping[str, Any]) -> str:
    if columns.get("event") == "struct":
        names = ("se_category", "se_action", "se_label", "se_property", "se_value")
        return " · ".join(str(columns[name]) for name in names if columns.get(name) is not None)
    described = columns.get("unstruct_event")
    data = described["data"]["data"] if described else None
    if not isinstance(data, dict):
        return ""
    plain = {key: value for key, value in data.items() if isinstance(value, str | int | float | Decimal)}
    return "  ".join(f"{key}={value}" for key, value in plain.items())


def _cut(text: str, longest: int = _LONGEST) -> str:
    return text if len(text) <= longest else text[: longest - 1] + "…"
