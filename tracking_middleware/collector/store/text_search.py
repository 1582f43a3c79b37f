"""What a person types into a search box, as a pattern for SQLite's LIKE; pure."""

from __future__ import annotations

LONGEST = 200
"""Letters that are looked for at the most."""


def like(text: str | None) -> str | None:
    """The pattern that finds ``text`` (its first 200 characters) anywhere; None where that is nothing."""
    if not text:
        return None
    escaped = text[:LONGEST].replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{escaped.encode('utf-8', 'replace').decode()}%"
