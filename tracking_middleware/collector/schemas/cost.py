"""How much work a schema is: its parts, with each reference counted as all that it leads to."""

from __future__ import annotations

import contextlib
from typing import Any

from .masking import referred

MOST_DEPTH = 200
"""How deep objects and arrays of a schema may be in each other."""

_MOST_PARTS = 200_000
_MOST_STEPS = 2 * MOST_DEPTH
"""How long a way may be that goes on through references."""


class _TooFarError(Exception):
    """A way through a schema does not end."""


def is_too_costly(schema: dict[str, Any]) -> bool:
    """Whether references to references multiply beyond what can be validated; a cycle counts once."""
    try:
        return _parts(schema, schema, {}, 0) > _MOST_PARTS
    except _TooFarError:
        return True


def _parts(part: Any, root: dict[str, Any], known: dict[int, int], steps: int) -> int:
    if not isinstance(part, dict | list):
        return 0
    if id(part) in known:
        return known[id(part)]
    if steps > _MOST_STEPS:
        raise _TooFarError
    known[id(part)] = 0
    count = 1
    for child in part.values() if isinstance(part, dict) else part:
        count += _parts(child, root, known, steps + 1)
    if isinstance(part, dict) and "$ref" in part:
        with contextlib.suppress(LookupError):  # the validator says that it leads nowhere
            count += _parts(referred(root, part["$ref"]), root, known, steps + 1)
    known[id(part)] = count
    return count
