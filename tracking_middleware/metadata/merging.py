"""What several sources say of one thing, in their order: the first that says it wins, nothing is mixed."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

_LISTS = ("authors", "sections", "tags")


def merged(sources: Iterable[dict[str, Any]]) -> tuple[dict[str, Any], list[str]]:
    """The fields, and the names of those that sources disagree about."""
    fields: dict[str, Any] = {}
    conflicts: list[str] = []
    for said in sources:
        for name, value in said.items():
            kept = fields.setdefault(name, value)
            if not _agree(name, kept, value) and name not in conflicts:
                conflicts.append(name)
    return fields, conflicts


def _agree(name: str, one: Any, other: Any) -> bool:
    if name in _LISTS:
        return {text.casefold() for text in one} == {text.casefold() for text in other}
    if name == "language":  # one may say less: "en", and "en-GB"
        short, long = sorted((f"{one}-".lower(), f"{other}-".lower()), key=len)
        return long.startswith(short)
    if isinstance(one, datetime):
        return bool(one.replace(microsecond=0) == other.replace(microsecond=0))
    if isinstance(one, str):
        return one.casefold() == str(other).casefold()
    return bool(one == other)
