"""The schemas that say what is confidential: the package's own, and those of a folder."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from .masking import Schemas, objects_in, referred

_OWN = Path(__file__).parent.parent / "schemas"
_VERSION = re.compile(r"[1-9][0-9]*-[0-9]+-[0-9]+")
_LAYOUT = "<vendor>/<name>/jsonschema/<version>"


class SchemasError(Exception):
    """Schemas cannot be read; the message says which files, and what is wrong with each."""


def read_schemas(folder: str | Path | None = None) -> Schemas:
    """The package's own schemas and those of a folder in the layout of an Iglu registry, by their Iglu URI.

    Raises SchemasError, a line for each file that cannot be used: without it something confidential
    might be shown.
    """
    schemas: dict[str, Any] = {}
    problems: list[str] = []
    for root in [_OWN] if folder is None else [_OWN, Path(folder)]:
        for path in _files(root):
            uri = "iglu:" + "/".join(path.relative_to(root).parts)
            try:
                schemas[uri] = _read(path, uri)
            except ValueError as problem:
                problems.append(f"{path}: {problem}")
    if problems:
        raise SchemasError("\n".join(problems))
    return schemas


def _files(root: Path) -> list[Path]:
    try:
        files = [path for path in _within(root, 3) if path.parent.name == "jsonschema"]
    except OSError as error:
        raise SchemasError(f"{error.filename}: cannot be read: {error.strerror}") from None
    if not files:
        raise SchemasError(f"{root}: has no schemas, which would be its {_LAYOUT}")
    return files


def _within(folder: Path, depth: int) -> Iterator[Path]:
    """What is so many folders further down; a glob would pass over folders that it may not read."""
    for path in sorted(folder.iterdir()):
        if path.name.startswith("."):
            continue
        if depth == 0:
            yield path
        elif path.is_dir():
            yield from _within(path, depth - 1)


def _read(path: Path, uri: str) -> Any:
    """The schema in a file; raises ValueError where it is none, or another than its place says."""
    if not _VERSION.fullmatch(path.name):
        raise ValueError(f"{path.name!r} is no version: name the file like 1-0-0")
    try:
        schema = json.loads(path.read_bytes())
    except OSError as error:
        raise ValueError(f"cannot be read: {error.strerror}") from None
    except (ValueError, RecursionError) as error:
        raise ValueError(f"is no JSON: {error}") from None
    if not isinstance(schema, dict):
        raise ValueError("must be a JSON object, as a schema is")
    _check_self(schema, uri)
    _check(schema)
    return schema


def _check_self(schema: dict[str, Any], uri: str) -> None:
    itself = schema.get("self")
    if itself is None:
        return
    parts = ("vendor", "name", "format", "version")
    named = [itself.get(part) for part in parts] if isinstance(itself, dict) else [None]
    if uri != "iglu:" + "/".join(map(str, named)):
        raise ValueError(f"its 'self' names another schema than its place, which is that of {uri}")


def _check(schema: dict[str, Any]) -> None:
    """Raise ValueError where it is not clear what a schema says of confidential values."""
    for part in objects_in(schema):
        for key, value in part.items():
            # where these are objects they are the schemas of properties with such a name
            if key == "confidential" and not isinstance(value, bool | dict):
                raise ValueError(f"'confidential' must be true or false, not {value!r}")
            if key == "$ref" and isinstance(value, str):
                _check_reference(value, schema)
            if key in {"properties", "patternProperties"} and not isinstance(value, dict):
                raise ValueError(f"{key!r} must be an object")


def _check_reference(reference: str, root: dict[str, Any]) -> None:
    try:
        referred(root, reference)
    except LookupError:
        raise ValueError(f"the $ref {reference!r} leads nowhere within the schema") from None
