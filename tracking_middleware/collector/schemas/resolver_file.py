"""An Iglu resolver file: which registries there are, in which order, with what cache."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import msgspec

from ..payload.json_text import loaded
from .folders import SchemasError
from .registries import FolderRegistry, HttpRegistry, Place, Registry

_SCHEMA = re.compile(r"iglu:com\.snowplowanalytics\.iglu/resolver-config/jsonschema/1-0-[0-9]+")


class _Http(msgspec.Struct):
    uri: Annotated[str, msgspec.Meta(pattern=r"^https?://")]
    apikey: str | None = None


class _Embedded(msgspec.Struct):
    path: str


class _Connection(msgspec.Struct):
    http: _Http | None = None
    embedded: _Embedded | None = None


class _Repository(msgspec.Struct):
    name: str
    priority: int
    vendorPrefixes: list[str]  # noqa: N815
    connection: _Connection


class _Data(msgspec.Struct):
    cacheSize: Annotated[float, msgspec.Meta(ge=0)]  # noqa: N815
    repositories: list[_Repository]
    cacheTtl: Annotated[int, msgspec.Meta(ge=0)] | None = None  # noqa: N815


@dataclass(frozen=True, slots=True)
class ResolverFile:
    """What a resolver file says; ``cache_ttl`` in seconds."""

    registries: Sequence[Registry]
    cache_size: int
    cache_ttl: float | None


def read_resolver_file(path: Path) -> ResolverFile:
    """Raises SchemasError. A path of an embedded registry is a folder, seen from the file's own."""
    try:
        described = loaded(path.read_bytes())
        if not isinstance(described, dict) or not _SCHEMA.fullmatch(str(described.get("schema"))):
            raise ValueError("must be a self-describing JSON of resolver-config 1-0-*")
        data = msgspec.convert(described.get("data"), _Data)
        registries = [_registry(path, repository) for repository in data.repositories]
    except OSError as error:
        raise SchemasError(f"{path}: cannot be read: {error.strerror}") from None
    except (ValueError, msgspec.MsgspecError) as error:
        raise SchemasError(f"{path}: is no Iglu resolver file: {error}") from None
    return ResolverFile(registries, max(1, int(data.cacheSize)), data.cacheTtl)


def _registry(path: Path, repository: _Repository) -> Registry:
    place = Place(repository.name, repository.priority, tuple(repository.vendorPrefixes))
    connection = repository.connection
    if connection.http is not None:
        return HttpRegistry(place, connection.http.uri, api_key=connection.http.apikey)
    if connection.embedded is None:
        raise ValueError(f"repository {repository.name!r} has neither an http nor an embedded connection")
    root = path.parent / connection.embedded.path
    within: Any = root / "schemas"
    return FolderRegistry(place, within if within.is_dir() else root)
