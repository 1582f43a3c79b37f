"""The name of a schema: ``iglu:<vendor>/<name>/<format>/<version>``."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from .problems import quoted

_URI = re.compile(
    r"iglu:([A-Za-z0-9_.-]+)/([A-Za-z0-9_-]+)/([A-Za-z0-9_-]+)/([0-9]+-[0-9]+-[0-9]+)", re.ASCII
)
VERSION = re.compile(r"[1-9][0-9]*-(0|[1-9][0-9]*)-(0|[1-9][0-9]*)", re.ASCII)
"""Model, revision and addition; the first is 1-0-0."""


class SchemaKey(NamedTuple):
    """A schema's name in its parts."""

    vendor: str
    name: str
    format: str
    version: str

    @property
    def path(self) -> str:
        """Where it is in a registry, below ``schemas/``."""
        return "/".join(self)

    @property
    def uri(self) -> str:
        """As data names it."""
        return f"iglu:{self.path}"

    def is_path(self) -> bool:
        """Whether it can be a place in a registry; ``..`` as a vendor would lead out of it."""
        return not self.vendor.startswith(".")


@lru_cache(maxsize=4096)
def read_uri(uri: str) -> SchemaKey:
    """Raises ValueError where it is no Iglu URI."""
    match = _URI.fullmatch(uri) if len(uri) <= 1000 else None
    if match is None:
        raise ValueError(f"schema: {quoted(uri)} is no Iglu URI")
    return SchemaKey(*match.groups())
