"""Whether a registry has a schema: a folder or a URL, as a command names it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from ...payload.schema_key import read_uri
from ..folders import LAYOUT, SchemasError, UnusableError
from ..http import RefusedError, UnreachableError
from ..registries import FolderRegistry, HttpRegistry, Place, Registry, Schema

State = Literal["found", "not_found", "refused", "unreachable", "unusable"]

SECONDS = 6.0
"""How long one question may take."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a registry said of a schema.

    ``refused``: it answered HTTP 401 or 403, or leads to another host, so that nobody knows whether it has
    one. ``unreachable``: it did not answer, or not in time. ``unusable``: what is there is no such schema.
    ``sentence`` says the state in words, with the registry's name.
    """

    state: State
    sentence: str
    schema: Schema | None = None


def registry_at(place: str, *, api_key: str | None = None) -> Registry:
    """The registry at a URL (without its ``/schemas``), or in a folder that is there.

    Raises SchemasError where the place is neither, or a folder of other things.
    """
    if "://" in place:
        if not _is_web_url(place):
            raise SchemasError(f"{place}: is no registry's URL: give one such as https://iglu.example.com")
        named = re.sub(r"(?<=://)[^/?#]*@", "", place)  # its password is for nobody who reads an answer
        return HttpRegistry(Place(named), place.rstrip("/").removesuffix("/schemas"), api_key=api_key)
    if not Path(place).is_dir():
        raise SchemasError(f"{place}: is no folder, and no URL that begins with http:// or https://")
    _check_layout(Path(place))
    return FolderRegistry(Place(place), Path(place))


def ask(registry: Registry, uri: str, *, seconds: float = SECONDS) -> Answer:
    """Whether a registry has the schema of an Iglu URI. Never raises; takes little more than ``seconds``."""
    name = registry.place.name
    try:
        key = read_uri(uri)
        schema = registry.find(key, seconds) if key.is_path() else None
    except RefusedError as error:
        return Answer(state="refused", sentence=f"{name} {error}")
    except UnreachableError as error:
        return Answer(state="unreachable", sentence=f"{name} {error}")
    except (UnusableError, ValueError) as error:
        return Answer(state="unusable", sentence=f"{name}, {uri}: {error}")
    if schema is None:
        return Answer(state="not_found", sentence=f"{name} has no {uri}")
    return Answer(state="found", sentence=f"{name} has {uri}", schema=schema)


def ask_all(
    uri: str,
    places: Sequence[str],
    *,
    api_keys: Mapping[str, str] | None = None,
    seconds: float = SECONDS,
) -> Answer:
    """The first answer of several places that found it, else the first that is no plain "has none".

    Raises SchemasError where a place is neither a URL nor a folder, or there is no place.
    """
    if not places:
        raise SchemasError("there is no registry to ask: give a folder or a URL")
    keys = api_keys or {}
    answers = []
    for registry in [registry_at(place, api_key=keys.get(place)) for place in places]:
        answer = ask(registry, uri, seconds=seconds)
        if answer.state == "found":
            return answer
        answers.append(answer)
    return next((answer for answer in answers if answer.state != "not_found"), answers[0])


def _check_layout(folder: Path) -> None:
    """Raises SchemasError where a folder is full, and not of schemas: it would have none of all."""
    try:
        is_full = any(not path.name.startswith(".") for path in folder.iterdir())
        if not is_full or next(folder.glob("*/*/jsonschema/*"), None):
            return
    except OSError as error:
        raise SchemasError(f"{folder}: cannot be read: {error.strerror}") from None
    within = folder / "schemas"
    hint = f": did you mean {within}?" if within.is_dir() else ""
    raise SchemasError(f"{folder}: has no schemas, which would be its {LAYOUT}{hint}")


def _is_web_url(text: str) -> bool:
    try:
        parts = urlsplit(text)
        return parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False
