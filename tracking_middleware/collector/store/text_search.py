"""What a person types into a search box, as a pattern for SQLite's LIKE; pure."""

from __future__ import annotations

_LONGEST = 200


def like(text: str | None) -> str | None:
    """The pattern that finds ``text`` (its first 200 characters) anywhere; None where that is nothing."""
    if not text:
        return None
    escaped = text[:_LONGEST].replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{escaped.encode('utf-8', 'replace').decode()}%"
