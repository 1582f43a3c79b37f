"""The self-describing JSONs of an event: its entities in their wrapper, and what happened in another."""

from __future__ import annotations

import json
import math
import re
from typing import Any

import msgspec

from .json_text import CANNOT, TooDeepError, check_depth, loaded
from .problems import quoted
from .schema_key import read_uri
from .values import without_surrogates

_WRAPPER = "iglu:com.snowplowanalytics.snowplow"
_FIRST_CONTEXTS = f"{_WRAPPER}/contexts/jsonschema/1-0-0"
_CONTEXTS = (_FIRST_CONTEXTS, f"{_WRAPPER}/contexts/jsonschema/1-0-1")
_UNSTRUCT = (f"{_WRAPPER}/unstruct_event/jsonschema/1-0-0",)
"""The versions that Iglu Central has: with another the pipeline finds no schema."""

_DECODER = msgspec.json.Decoder()
_SURROGATE = re.compile(r"[\ud800-\udfff]|\\u[dD][89a-fA-F]")

Described = dict[str, Any]
"""An object of just ``schema``, which is an Iglu URI, and ``data``."""


def wrapped(entities: list[Described]) -> Described:
    """Entities as the columns ``contexts`` and ``derived_contexts`` have them."""
    return {"schema": f"{_WRAPPER}/contexts/jsonschema/1-0-1", "data": entities}


def as_unstruct_event(described: Described) -> Described:
    """What happened, as the column ``unstruct_event`` has it."""
    return {"schema": _UNSTRUCT[0], "data": described}


def read_contexts(text: str) -> Described:
    """The column ``contexts``; raises ValueError."""
    described = _read(text)
    _check_wrapper(described["schema"], _CONTEXTS)
    if not isinstance(described["data"], list):
        raise ValueError("data: must be an array of entities")
    if not described["data"] and described["schema"] == _FIRST_CONTEXTS:
        raise ValueError("data: must not be empty by contexts 1-0-0; send no entities at all, or 1-0-1")
    for entity in described["data"]:
        _check(entity)
    return wrapped(described["data"])


def read_unstruct_event(text: str) -> Described:
    """The column ``unstruct_event``; raises ValueError."""
    described = _read(text)
    _check_wrapper(described["schema"], _UNSTRUCT)
    _check(described["data"])
    return as_unstruct_event(described["data"])


def _check_wrapper(schema: str, known: tuple[str, ...]) -> None:
    if schema not in known:
        raise ValueError(f"schema: {quoted(schema)} is not {' or '.join(known)}")


def _read(text: str) -> Described:
    try:
        described = read_json(text)
    except TooDeepError:
        raise
    except ValueError as error:
        raise ValueError(f"is no JSON: {error}") from None
    if ("\\" in text or not text.isascii()) and _SURROGATE.search(text):
        described = json.loads(without_surrogates(json.dumps(described, ensure_ascii=False)))
    _check(described)
    return dict(described)


def read_json(text: str) -> Any:
    """What a JSON says, without the constants and numbers that only Python takes; raises ValueError."""
    check_depth(text)
    try:
        return _DECODER.decode(text)
    except CANNOT:  # half a surrogate pair, which is taken; else what is wrong is said by this one
        return loaded(text, parse_constant=_refuse, parse_float=_finite)


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is no number of JSON")


def _finite(digits: str) -> float:
    number = float(digits)
    if math.isinf(number):
        raise ValueError(f"{quoted(digits)} is too large a number")
    return number


def _check(value: object) -> None:
    uri = value.get("schema") if isinstance(value, dict) and value.keys() == {"schema", "data"} else None
    if not isinstance(uri, str):
        raise ValueError("must be a self-describing JSON: an object of exactly 'schema' and 'data'")
    read_uri(uri)
