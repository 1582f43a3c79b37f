"""JSON that somebody sent: as its standard has it (RFC 8259), and no deeper than Enrich takes."""

from __future__ import annotations

import json
import math
from typing import Any, NoReturn

_DEEPEST = 50
"""Objects and arrays within each other (Enrich, its setting for the depth of a JSON)."""


def read_json(text: str) -> Any:
    """The value; raises ValueError, a sentence, where it is none that can be kept and shown again."""
    try:
        value = json.loads(text, parse_constant=_refuse, parse_float=_finite)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"is no JSON: {error}") from None
    if text.count("[") + text.count("{") > _DEEPEST and _is_deep(value):
        raise ValueError(f"is no JSON that the pipeline takes: it is more than {_DEEPEST} deep")
    return value


def _is_deep(value: Any) -> bool:
    level = [value]
    for _ in range(_DEEPEST + 1):
        containers = [part for part in level if isinstance(part, dict | list)]
        level = [item for part in containers for item in (part.values() if isinstance(part, dict) else part)]
        if not containers:
            return False
    return True


def _refuse(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number")


def _finite(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise ValueError(f"{digits:.50} is too large")
    return number
