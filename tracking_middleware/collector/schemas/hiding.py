"""The schemas that call something confidential, for all that shows events."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ..payload.schema_key import read_uri
from .folders import schemas_in
from .masking import hides
from .registries import FolderRegistry, Schema
from .resolver import Resolver

_SECONDS = 2.0
_ALL: Schema = {"confidential": True}


class HidingSchemas(Mapping[str, Schema]):
    """By Iglu URI, the schemas with something confidential.

    Its names are those of the folders, and those that a registry has given so far. What a registry over HTTP
    might say and cannot be asked is confidential as a whole: nobody knows what it would say.
    """

    def __init__(self, resolver: Resolver) -> None:
        self._resolver = resolver
        self._has_http = resolver.may_wait
        for registry in resolver.registries:
            if isinstance(registry, FolderRegistry):
                for uri, schema in schemas_in(registry.root).items():
                    if hides(schema):
                        resolver.hiding.setdefault(uri, schema)

    def __getitem__(self, uri: str) -> Schema:
        schema = self._find(uri)
        if schema is None:
            raise KeyError(uri)
        return schema

    def __contains__(self, uri: object) -> bool:
        return isinstance(uri, str) and self._find(uri) is not None

    def __iter__(self) -> Iterator[str]:
        return iter(list(self._resolver.hiding))

    def __len__(self) -> int:
        return len(self._resolver.hiding)

    def __bool__(self) -> bool:
        """Whether anything may be confidential."""
        return self._has_http or bool(self._resolver.hiding)

    def _find(self, uri: str) -> Schema | None:
        try:
            key = read_uri(uri)
        except ValueError:
            return None
        lookup = self._resolver.lookup(key, _SECONDS)
        if lookup.state in {"unreachable", "unusable"}:
            return _ALL
        return self._resolver.hiding.get(uri) if lookup.schema is not None else None
