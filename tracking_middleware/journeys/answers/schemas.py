"""Schemas as the configuration names them: Iglu URIs, in whose versions ``*`` stands for all."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

URI = re.compile(r"iglu:[A-Za-z0-9_.-]+/[A-Za-z0-9_-]+/jsonschema/[1-9][0-9]*-(?:[0-9]+|\*)-(?:[0-9]+|\*)")
FIELD = re.compile(r"[A-Za-z_][A-Za-z0-9_.$-]{0,127}")


@dataclass(frozen=True, slots=True)
class Schema:
    """All versions that a URI stands for."""

    uri: str

    @property
    def prefix(self) -> str:
        """What the URIs meant begin with: up to the first ``*``."""
        return self.uri.partition("*")[0]

    @property
    def name(self) -> str:
        """The part of the URI that is the same in all versions, to look for in JSON as it is written."""
        return self.uri.removeprefix("iglu:").partition("/jsonschema/")[0]


def schemas(value: Any) -> tuple[Schema, ...]:
    """One URI, or a list of them; raises ValueError."""
    given = [value] if isinstance(value, str) else value
    if not isinstance(given, list) or not given or not all(_is(URI, one) for one in given):
        raise ValueError(
            "must be an Iglu URI or a list of them, such as 'iglu:com.acme/article/jsonschema/1-*-*'"
        )
    return tuple(map(Schema, given))


def field(value: Any) -> tuple[str, ...]:
    """The name of one field of the data; raises ValueError."""
    if not _is(FIELD, value):
        raise ValueError("must be the name of a field of the data, such as 'order'")
    return (value,)


def fields(value: Any) -> tuple[str, ...]:
    """One name or several, the first that says something first; raises ValueError."""
    given = [value] if isinstance(value, str) else value
    if not isinstance(given, list) or not all(_is(FIELD, one) for one in given):
        raise ValueError("must be the name of a field of the data or a list of them, such as 'authors'")
    return tuple(given)


def _is(pattern: re.Pattern[str], value: Any) -> bool:
    return isinstance(value, str) and pattern.fullmatch(value) is not None
