"""All that the collector knows of schemas: where they are, what is valid, and what is confidential."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from pathlib import Path

from .folders import check_folder
from .hiding import HidingSchemas
from .registries import FolderRegistry, HttpRegistry, Place, Registry
from .resolver import Resolver
from .resolver_file import ResolverFile, read_resolver_file
from .validation import UnknownSchemas, Validation

logger = logging.getLogger("tracking_middleware.collector.schemas")

_MOST_REMARKS = 20
_PACKAGE = Path(__file__).parents[2]
OWN = FolderRegistry(Place("tracking_middleware", 1_000), _PACKAGE / "events" / "schemas")
"""The package's own schemas."""
STANDARD = FolderRegistry(Place("standard schemas", 1_001), Path(__file__).parent / "standard")
"""What trackers send by default, so that it is known without a network."""


class Iglu:
    """Schemas from ``registries``, asked in their order, and from the package."""

    def __init__(
        self,
        registries: Sequence[Registry] = (),
        *,
        unknown_schemas: UnknownSchemas = "bad",
        cache_size: int = 500,
        cache_ttl: float | None = 60.0,
    ) -> None:
        """``cache_ttl`` is in seconds, None for as long as there is room.

        Raises SchemasError where a folder has files that cannot be used; logs what is odd in those that can.
        """
        for registry in registries:
            if isinstance(registry, FolderRegistry):
                _say(check_folder(registry.root))
        self.resolver = Resolver([*registries, OWN, STANDARD], cache_size=cache_size, cache_ttl=cache_ttl)
        self.hiding = HidingSchemas(self.resolver)
        self.validation = Validation(self.resolver, self.hiding, unknown_schemas=unknown_schemas)


def _say(remarks: Sequence[str]) -> None:
    rest = len(remarks) - _MOST_REMARKS
    for remark in remarks[:_MOST_REMARKS]:
        logger.warning("%s", remark)
    if rest > 0:
        logger.warning("and %d more of the kind", rest)


def load_iglu(
    *,
    folders: Sequence[str | Path] = (),
    registry_urls: Sequence[str] = (),
    api_keys: Mapping[str, str] | None = None,
    resolver_file: str | Path | None = None,
    unknown_schemas: UnknownSchemas = "bad",
) -> Iglu:
    """What the options of the command say; raises SchemasError.

    ``api_keys`` are what registries want to be shown, by their URLs.
    """
    keys = api_keys or {}
    listed = ResolverFile((), 500, 60.0) if resolver_file is None else read_resolver_file(Path(resolver_file))
    registries: list[Registry] = [FolderRegistry(Place(str(folder), -1), Path(folder)) for folder in folders]
    registries += [HttpRegistry(Place(url, -1), url, api_key=keys.get(url)) for url in registry_urls]
    return Iglu(
        [*registries, *listed.registries],
        unknown_schemas=unknown_schemas,
        cache_size=listed.cache_size,
        cache_ttl=listed.cache_ttl,
    )
