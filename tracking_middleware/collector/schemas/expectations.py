"""What a schema expected, in words that quote nothing of the data: it may be confidential."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import jsonschema_rs

_MOST_NAMES = 5
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_FORMATS = {
    "date-time": "a date-time such as 2026-03-14T09:30:00Z",
    "date": "a date such as 2026-03-14",
    "uuid": "a UUID",
    "uri": "a URI",
    "email": "an e-mail address with a top-level domain that there is",
    "ipv4": "an IPv4 address",
    "ipv6": "an IPv6 address",
    "hostname": "a host name",
    "ip-address": "an IPv4 address",
    "time": "a time without a zone, such as 09:30:00",
    "duration": "a duration such as P1DT12H",
    "phone": "a telephone number such as +44 20 7946 0000",
    "color": "a colour such as #ff8800",
    "alpha": "of the letters A to Z only",
    "alphanumeric": "of the letters A to Z and digits only",
    "utc-millisec": "a number of milliseconds",
    "style": "a style such as color: red",
}
_EXPECTED: dict[str, Callable[[Mapping[str, Any]], str]] = {
    "type": lambda kind: f"must be {_any_of(kind['types'])}",
    "required": lambda kind: f"the required property {_shown(kind['property'])} is missing",
    "additionalProperties": lambda kind: f"must not have {_listed(kind['unexpected'])}",
    "enum": lambda kind: f"must be one of {_listed(kind['options'])}",
    "format": lambda kind: f"must be {_FORMATS.get(kind['format'], kind['format'])}",
    "pattern": lambda kind: f"must match the pattern {_shown(kind['pattern'])}",
    "maxLength": lambda kind: f"must have {kind['limit']} characters at most",
    "minLength": lambda kind: f"must have {kind['limit']} characters at least",
    "maximum": lambda kind: f"must be {kind['limit']} at most",
    "minimum": lambda kind: f"must be {kind['limit']} at least",
    "exclusiveMaximum": lambda kind: f"must be less than {kind['limit']}",
    "exclusiveMinimum": lambda kind: f"must be more than {kind['limit']}",
    "multipleOf": lambda kind: f"must be a multiple of {kind['multiple_of']}",
    "maxItems": lambda kind: f"must have {kind['limit']} items at most",
    "minItems": lambda kind: f"must have {kind['limit']} items at least",
    "additionalItems": lambda kind: f"must have {kind['limit']} items at most",
    "uniqueItems": lambda _: "must have no item twice",
    "maxProperties": lambda kind: f"must have {kind['limit']} properties at most",
    "minProperties": lambda kind: f"must have {kind['limit']} properties at least",
    "anyOf": lambda _: "must be as one of the schemas in 'anyOf' says",
    "oneOf": lambda _: "must be as exactly one of the schemas in 'oneOf' says",
    "not": lambda _: "must not be as the schema in 'not' says",
}


def expectation(error: jsonschema_rs.ValidationError) -> str:
    """What was expected where the error is."""
    words = _EXPECTED.get(error.kind.name)
    return words(error.kind.as_dict()) if words else f"breaks {error.kind.name!r} of its schema"


def targets(error: jsonschema_rs.ValidationError) -> list[str]:
    """The names and limits that an error is about, as the pipeline's reports have them."""
    kind = error.kind.as_dict()
    for key in ("property", "unexpected", "types", "limit", "format", "pattern"):
        if key in kind:
            found = kind[key]
            return [str(part) for part in found[:_MOST_NAMES]] if isinstance(found, list) else [str(found)]
    return []


def json_path(steps: Sequence[str | int]) -> str:
    """Where in the data it is, such as ``$.lines[0].cost``."""
    return "$" + "".join(_step(step) for step in steps)


def _step(step: str | int) -> str:
    if isinstance(step, int):
        return f"[{step}]"
    return f".{step}" if _NAME.fullmatch(step) else f"[{_shown(step)}]"


def _any_of(types: Sequence[str]) -> str:
    return "of type " + " or ".join(types)


def _listed(values: Sequence[Any]) -> str:
    rest = len(values) - _MOST_NAMES
    listed = ", ".join(_shown(value) for value in values[:_MOST_NAMES])
    return f"{listed} and {rest} more" if rest > 0 else listed


def _shown(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 100 else f"{text[:100]}…"
