"""Which fields of an article may be shown and filtered by: none that a schema calls confidential; pure."""

from __future__ import annotations

from collections.abc import Container, Iterable
from dataclasses import replace
from typing import Protocol

from ...journeys.answers.settings import Described
from ...journeys.reading.asked import Filter


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


def allowed(given: Filter, kinds: Container[str], described: Described) -> tuple[Filter, tuple[str, ...]]:
    """A filter without what is not among the open ``kinds``, since to filter by it would tell as well.

    And a sentence for each that is left out.
    """
    closed = [kind for kind in ("author", "subject") if getattr(given, kind) and kind not in kinds]
    return (
        replace(
            given,
            author="" if "author" in closed else given.author,
            subject="" if "subject" in closed else given.subject,
        ),
        tuple(_problem_of(kind, described) for kind in closed),
    )


def _problem_of(kind: str, described: Described) -> str:
    """What is said where a filter of a kind that is not open is asked for."""
    if kind not in described.fields:
        return f"The configuration names no field for an article's {kind}: nothing is filtered by it."
    return f"The schema of the articles calls their {kind} confidential: nothing is filtered by it."
