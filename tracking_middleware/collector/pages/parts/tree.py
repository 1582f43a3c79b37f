"""JSON as a tree to unfold; pure."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from .html import Child, Element, tag

_MOST = 200
_DEEPEST = 12


def tree(value: Any, depth: int = 0) -> Element:
    """An object or an array as a list of its parts; anything else as it is."""
    if depth < _DEEPEST and isinstance(value, dict) and value:
        return _parts(list(value.items()), depth)
    if depth < _DEEPEST and isinstance(value, list) and value:
        return _parts(list(enumerate(value)), depth)
    return _leaf(value)


def _parts(parts: list[tuple[Any, Any]], depth: int) -> Element:
    rest = len(parts) - _MOST
    return tag(
        "ul",
        (tag("li", _part(name, part, depth)) for name, part in parts[:_MOST]),
        tag("li", f"… and {rest} more, in the JSON below") if rest > 0 else None,
        class_="tree",
    )


def _part(name: Any, value: Any, depth: int) -> Child:
    label = tag("span", str(name), class_="key")
    if not isinstance(value, dict | list) or not value or depth + 1 >= _DEEPEST:
        return (label, " ", _leaf(value))
    size = f"{len(value)} {'items' if isinstance(value, list) else 'fields'}"
    return tag(
        "details",
        tag("summary", label, " ", tag("span", size, class_="size")),
        tree(value, depth + 1),
        open=depth < 2,
    )


def _leaf(value: Any) -> Element:
    if isinstance(value, bool) or value is None:
        return tag("span", {True: "true", False: "false", None: "null"}[value], class_="value word")
    if isinstance(value, int | float | Decimal):
        return tag("span", str(value), class_="value number")
    if value == "***":
        return tag("span", "***", class_="value masked", title="Confidential: the schema says so")
    if isinstance(value, dict | list):
        return tag("span", "{…}" if value else "empty", class_="value word")
    return tag("span", str(value), class_="value text")
