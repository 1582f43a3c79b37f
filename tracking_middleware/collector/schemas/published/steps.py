"""The steps of SchemaVer, and one change that demands one."""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

Schema = dict[str, Any]

ALL_KINDS = frozenset({"string", "number", "boolean", "null", "array", "object"})
_KINDS = (
    (bool, "boolean"),
    (int, "integer"),
    (float, "number"),
    (str, "string"),
    (list, "array"),
    (dict, "object"),
)


class Step(IntEnum):
    """What a version must go up by."""

    NONE = 0
    ADDITION = 1
    REVISION = 2
    MODEL = 3


@dataclass(frozen=True, slots=True)
class Change:
    """``what`` changed at ``path`` (as in ``$.lines[].cost``), and the step that it demands."""

    path: str
    step: Step
    what: str


def kinds_of(schema: Schema) -> frozenset[str]:
    """The JSON types that a schema takes; ``number`` has the integers in it."""
    named = schema.get("type")
    if isinstance(named, str):
        return frozenset({named})
    if isinstance(named, list):
        return frozenset(map(str, named))
    values = schema.get("enum")
    if isinstance(values, list):
        return frozenset(_kind_of(value) for value in values)
    return ALL_KINDS


def takes(kinds: frozenset[str], kind: str) -> bool:
    """Whether all values of a type are among those of ``kinds``."""
    return kind in kinds or (kind == "integer" and "number" in kinds)


def shown(value: Any) -> str:
    """A value of a schema's in a sentence."""
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, default=str)
    return text if len(text) <= 60 else f"{text[:60]}…"


def _kind_of(value: Any) -> str:
    return next((kind for python, kind in _KINDS if isinstance(value, python)), "null")
