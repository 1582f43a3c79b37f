"""What a body is said to be, as the pipeline compares it."""

from __future__ import annotations

JSON_TYPES = frozenset({"application/json", "application/json;charset=utf-8"})
FORM_TYPES = frozenset({"application/x-www-form-urlencoded"})


def is_of(content_type: str | None, types: frozenset[str]) -> bool:
    """Whether a Content-Type is one of ``types``; no other parameter is taken than a charset of UTF-8."""
    return content_type is not None and content_type.lower().replace(" ", "") in types
