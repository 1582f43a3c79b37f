"""Whether an encoded entity is as its schema says, in development: needs the extra ``collector``."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import msgspec

from ..errors import EntityError
from .declaring import classes_of
from .draft_4 import Schema
from .schema_export import ExportError, describe

_OWN = Path(__file__).parent / "schemas"
_NAME = re.compile(r"[A-Za-z_]{1,40}")
"""A step of a path that names a property, and is no id of anybody."""


def refuse_invalid(entity: object, uri: str, encoded: bytes) -> None:
    """Raises EntityError where an entity is not as its schema says, see ``problem_of``."""
    problem = problem_of(entity, uri, encoded)
    if problem:
        raise EntityError(problem)


def problem_of(entity: object, uri: str, encoded: bytes) -> str:
    """Where an entity is not as its schema says, and what that wants, without the value; else ``""``.

    The schema is the package's own, or that of the entity's class; of a plain dict that of the class that was
    declared with its URI. Of what has none nothing is said. Never raises.
    """
    kind = type(entity)
    if issubclass(kind, Mapping):
        kinds = classes_of(uri)
        kind = kinds[0] if len(kinds) == 1 else type(None)
    try:
        schema, validator = _compiled(uri, kind)  # type: ignore[arg-type]  # a class has a hash
        if validator is None:
            return ""
        error = next(validator.iter_errors(msgspec.json.decode(encoded)["data"]), None)
        if error is None:
            return ""
        name = "a dict" if isinstance(entity, Mapping) else type(entity).__qualname__
        return f"{name} ({uri}): {_path(error.instance_path)} {_wanted(schema, list(error.schema_path))}"
    except Exception as error:  # noqa: BLE001
        # a class of the application's may raise anything while it is looked at
        said = str(getattr(error, "message", ""))[:100]  # of its schema, as one that is none
        return f"{uri} could not be validated: {type(error).__name__}{said and f': {said}'}"


@lru_cache(maxsize=256)
def _compiled(uri: str, kind: type) -> tuple[Schema, Any]:
    import jsonschema_rs

    schema = _schema(uri, kind)
    if schema is None:
        return {}, None
    plain = {key: value for key, value in schema.items() if key not in {"$schema", "self"}}
    return plain, jsonschema_rs.Draft4Validator(plain, validate_formats=True)


def _schema(uri: str, kind: type) -> Schema | None:
    path = _OWN / uri.removeprefix("iglu:")
    if path.is_file():
        own: Schema = msgspec.json.decode(path.read_bytes())
        return own
    try:
        return None if kind is type(None) else describe(uri, kind)
    except ExportError:
        return None


def _path(steps: Iterable[str | int]) -> str:
    return "data" + "".join(
        f"[{step}]" if isinstance(step, int) else f".{step}" if _NAME.fullmatch(step) else "[…]"
        for step in steps
    )


def _wanted(schema: Any, steps: list[str | int]) -> str:
    """The keyword that is broken, and what it says; nothing of it comes from the data."""
    said: Any = schema
    for step in steps:
        said = said[step]
    return f"must be as its schema says: {steps[-1]} {msgspec.json.encode(said).decode()[:100]}"
