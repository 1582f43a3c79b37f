"""Schemas in files: what a folder in the layout of an Iglu registry holds, and what in it cannot be used."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ..payload.json_text import TooDeepError, loaded
from ..payload.schema_key import VERSION
from .cost import MOST_DEPTH
from .dialect.references import leads_outside, outside_references, refusal_of
from .masking import objects_in, referred

LAYOUT = "<vendor>/<name>/jsonschema/<version>"


class SchemasError(Exception):
    """Schemas cannot be read; the message says which files, and what is wrong with each."""


class UnusableError(ValueError):
    """What is in a schema's place cannot be used as that schema; the message says why."""


def check_folder(root: Path) -> list[str]:
    """What the pipeline makes little of, a line for each file, which can be used all the same.

    Raises SchemasError, a line for each file that cannot be used: without it something confidential might
    be shown.
    """
    problems: list[str] = []
    remarks: list[str] = []
    for path in _files(root):
        try:
            schema = read_schema(path, uri_of(path, root))
        except UnusableError as problem:
            problems.append(f"{path}: {problem}")
        else:
            remarks += (f"{path}: {remark}" for remark in _remarks(schema))
    if problems:
        raise SchemasError("\n".join(problems))
    return remarks


def schemas_in(root: Path) -> dict[str, Any]:
    """Every schema of a folder by its Iglu URI; those that cannot be used are left out."""
    found = {}
    for path in _files(root):
        uri = uri_of(path, root)
        try:
            found[uri] = read_schema(path, uri)
        except UnusableError:
            continue
    return found


def uri_of(path: Path, root: Path) -> str:
    """The Iglu URI that a file's place stands for."""
    return "iglu:" + "/".join(path.relative_to(root).parts)


def read_schema(path: Path, uri: str) -> dict[str, Any]:
    """The schema in a file; raises UnusableError where it is none, or another than its place says."""
    if not VERSION.fullmatch(path.name):
        raise UnusableError(f"{path.name!r} is no version: name the file like 1-0-0")
    try:
        schema = loaded(path.read_bytes(), most_depth=MOST_DEPTH)
    except OSError as error:
        raise UnusableError(f"cannot be read: {error.strerror}") from None
    except TooDeepError as error:
        raise UnusableError(str(error)) from None
    except ValueError as error:
        raise UnusableError(f"is no JSON: {error}") from None
    if not isinstance(schema, dict):
        raise UnusableError("must be a JSON object, as a schema is")
    check_schema(schema, uri)
    return schema


def check_schema(schema: dict[str, Any], uri: str) -> None:
    """Raises UnusableError where it is another schema, or not clear of what is confidential."""
    _check_self(schema, uri)
    _check_confidential(schema)


def _remarks(schema: dict[str, Any]) -> Iterator[str]:
    for reference in outside_references(schema):
        yield (
            f"the $ref {reference!r} leads out of the schema: as in the pipeline it is an empty one, which"
            " allows anything"
        )
    refusal = refusal_of(schema)
    if refusal is not None:
        yield f"{refusal}. Data with it is bad"


def _files(root: Path) -> list[Path]:
    try:
        files = [path for path in _within(root, 3) if path.parent.name == "jsonschema"]
    except OSError as error:
        raise SchemasError(f"{error.filename}: cannot be read: {error.strerror}") from None
    if not files:
        raise SchemasError(f"{root}: has no schemas, which would be its {LAYOUT}")
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


def _check_self(schema: dict[str, Any], uri: str) -> None:
    itself = schema.get("self")
    if itself is None:
        return
    parts = ("vendor", "name", "format", "version")
    named = [itself.get(part) for part in parts] if isinstance(itself, dict) else [None]
    if uri != "iglu:" + "/".join(map(str, named)):
        raise UnusableError(f"its 'self' names another schema than its place, which is that of {uri}")


def _check_confidential(schema: dict[str, Any]) -> None:
    for part in objects_in(schema):
        for key, value in part.items():
            # where these are objects they are the schemas of properties with such a name
            if key == "confidential" and not isinstance(value, bool | dict):
                raise UnusableError(f"'confidential' must be true or false, not {value!r}")
            if key == "$ref" and isinstance(value, str) and not leads_outside(value):
                _check_reference(value, schema)
            if key in {"properties", "patternProperties"} and not isinstance(value, dict):
                raise UnusableError(f"{key!r} must be an object")


def _check_reference(reference: str, root: dict[str, Any]) -> None:
    try:
        referred(root, reference)
    except LookupError:
        raise UnusableError(f"the $ref {reference!r} leads nowhere within the schema") from None
