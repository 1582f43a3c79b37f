"""YAML of what we write: texts in quotes, the rest as it is read best."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any


def yaml(value: Mapping[str, Any] | Sequence[Any], indent: int = 0) -> str:
    """The text of tables and lists of texts, numbers, tables and lists."""
    return "\n".join(_lines(value, indent)) + "\n"


def _lines(value: Mapping[str, Any] | Sequence[Any], indent: int) -> list[str]:
    space = " " * indent
    lines: list[str] = []
    if isinstance(value, Mapping):
        for key, inner in value.items():
            if isinstance(inner, Mapping | list) and inner:
                lines += [f"{space}{key}:", *_lines(inner, indent + 2)]
            else:
                lines.append(f"{space}{key}: {json.dumps(inner, ensure_ascii=False)}")
        return lines
    for inner in value:
        if isinstance(inner, Mapping | list) and inner:
            first, *rest = _lines(inner, indent + 2)
            lines += [f"{space}- {first.lstrip()}", *rest]
        else:
            lines.append(f"{space}- {json.dumps(inner, ensure_ascii=False)}")
    return lines
