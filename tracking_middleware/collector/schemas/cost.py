"""How much work a schema is: its parts, with each reference counted as all that it leads to."""

from __future__ import annotations

import contextlib
from typing import Any

from .masking import referred

_MOST_PARTS = 200_000


def is_too_costly(schema: dict[str, Any]) -> bool:
    """Whether references to references multiply beyond what can be validated; a cycle counts once."""
    try:
        return _parts(schema, schema, {}) > _MOST_PARTS
    except RecursionError:
        return True


def _parts(part: Any, root: dict[str, Any], known: dict[int, int]) -> int:
    if not isinstance(part, dict | list):
        return 0
    if id(part) in known:
        return known[id(part)]
    known[id(part)] = 0
    count = 1
    for child in part.values() if isinstance(part, dict) else part:
        count += _parts(child, root, known)
    if isinstance(part, dict) and "$ref" in part:
        with contextlib.suppress(LookupError):  # the validator says that it leads nowhere
            count += _parts(referred(root, part["$ref"]), root, known)
    known[id(part)] = count
    return count
