"""Which fields of an article may be shown and filtered by: none that a schema calls confidential; pure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from ...journeys.answers.settings import Described


class Hiding(Protocol):
    """What knows the schemas."""

    def hides(self, uri: str, field: str) -> bool:
        """Whether a field of the data that a schema describes is not to be shown."""

    def knows(self, uri: str) -> bool:
        """Whether the schema is known at all."""


def open_kinds(described: Described, uris: Iterable[str], hiding: Hiding) -> frozenset[str]:
    """The kinds of fields (``title``, ``author``, …) that no version of those that were seen hides."""
    seen = {uri for uri in uris for schema in described.schemas if uri.startswith(schema.prefix)}
    return frozenset(
        kind
        for kind, names in described.fields.items()
        if not any(hiding.hides(uri, name) for uri in seen for name in names)
    )


def problem_of(kind: str, described: Described) -> str:
    """What is said where a filter of a kind that is not open is asked for."""
    if kind not in described.fields:
        return f"The configuration names no field for an article's {kind}: nothing is filtered by it."
    return f"The schema of the articles calls their {kind} confidential: nothing is filtered by it."
