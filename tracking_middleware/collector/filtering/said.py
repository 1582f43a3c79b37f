"""What an event says of the article on its page, as the model ``event_fields`` reads it; pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ...journeys.answers.settings import Described
from ...journeys.reading.asked import Filter
from ..payload.json_text import encoded
from ..payload.values import without_surrogates


@dataclass(frozen=True, slots=True)
class Said:
    """One entity: its schema's URI, and who wrote the article on which subject."""

    uri: str
    authors: frozenset[str]
    subjects: frozenset[str]

    def passes(self, given: Filter) -> bool:
        """Whether the author and the subject that are asked for are this one's."""
        return (not given.author or given.author in self.authors) and (
            not given.subject or given.subject in self.subjects
        )


def articles_of(event: Mapping[str, Any], described: Described) -> tuple[Said, ...]:
    """The articles on a page view, by its columns; nothing of any other event."""
    contexts = event.get("contexts")
    if event.get("event") != "page_view" or not isinstance(contexts, dict):
        return ()
    entities = contexts.get("data")
    return tuple(_articles(entities, described)) if isinstance(entities, list) else ()


def _articles(entities: list[Any], described: Described) -> Iterator[Said]:
    for entity in entities:
        if not isinstance(entity, dict):
            continue
        uri, data = entity.get("schema"), entity.get("data")
        if not isinstance(uri, str) or not isinstance(data, dict):
            continue
        is_article = any(uri.startswith(schema.prefix) for schema in described.schemas)
        if is_article and any(_values(data, described, "id")):
            authors, subjects = (frozenset(_values(data, described, kind)) for kind in ("author", "subject"))
            yield Said(uri, authors, subjects)


def _values(data: Mapping[str, Any], described: Described, kind: str) -> Iterator[str]:
    """The values of all fields of a kind, each of a list by itself; an object is none."""
    for name in described.fields.get(kind, ()):
        found = data.get(name)
        for value in found if isinstance(found, list) else (found,):
            if value is not None and not isinstance(value, dict | list) and (text := _text(value)):
                yield text


def _text(value: Any) -> str:
    """As DuckDB writes a value of JSON."""
    if not isinstance(value, str):
        return encoded(value)
    return value if value.isascii() else without_surrogates(value)
