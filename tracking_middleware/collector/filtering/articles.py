"""Filters by author and subject, of what events say of articles; nothing confidential is filtered by."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ...journeys.answers.settings import Described
from ...journeys.reading.asked import Filter
from ..store.store import Store
from .kinds import Hiding, allowed, open_kinds
from .newest import NewestArticles
from .said import Said, articles_of

_MOST = 200
"""Choices of a filter, those that most events name."""
_KINDS = ("author", "subject")


@dataclass(frozen=True, slots=True)
class Chosen:
    """A filter as it may be applied, ``problems`` in sentences; of what ``authors`` and ``subjects`` there is
    a choice. ``ids`` are events that pass by author and subject, in their order, None where those are open.
    """

    filter: Filter
    problems: tuple[str, ...]
    authors: Sequence[str]
    subjects: Sequence[str]
    ids: tuple[int, ...] | None


class ArticleFilters:
    """What any thread may ask."""

    def __init__(self, store: Store, described: Described, hiding: Hiding) -> None:
        """``described`` says what an article is."""
        self._described = described
        self._hiding = hiding
        self._newest = NewestArticles(store, described)

    def choose(self, given: Filter) -> Chosen:
        """What a filter finds in the newest events, as far as they are read."""
        self._newest.refresh()
        counts = self._newest.counted()
        kinds = open_kinds(self._described, counts.uris, self._hiding)
        may, problems = allowed(given, kinds, self._described)
        return Chosen(
            filter=may,
            problems=problems,
            authors=_most(counts.authors) if "author" in kinds else (),
            subjects=_most(counts.subjects) if "subject" in kinds else (),
            ids=self._ids(may) if may.author or may.subject else None,
        )

    def told(self) -> str:
        """A sentence on what was looked at for author and subject."""
        so_far = "" if self._newest.is_whole else " so far: reload to look further"
        return (
            "Author and subject are those of the articles on page views, so all other events are left out. "
            f"They were looked for in the newest {self._newest.looked_at:,} events{so_far}."
        )

    def passing(self, given: Filter) -> Callable[[Mapping[str, Any]], bool]:
        """Tells of any event, by what the store has of it, whether it passes by author and subject."""
        if not (given.author or given.subject):
            return lambda _: True
        return lambda shape: self._passes(shape, given)

    def _passes(self, shape: Mapping[str, Any], given: Filter) -> bool:
        said = articles_of(shape.get("event") or {}, self._described)
        return any(each.passes(given) and not self._is_hidden(each, given) for each in said)

    def _is_hidden(self, said: Said, given: Filter) -> bool:
        """Whether to pass would tell what the schema of this very entity calls confidential."""
        asked = [kind for kind in _KINDS if getattr(given, kind)]
        names = (name for kind in asked for name in self._described.fields.get(kind, ()))
        return any(self._hiding.hides(said.uri, name) for name in names)

    def _ids(self, given: Filter) -> tuple[int, ...]:
        author, subject = given.author, given.subject
        return tuple(
            sorted(
                number
                for number, said in self._newest.said()
                for each in said
                if (not author or author in each.authors) and (not subject or subject in each.subjects)
            )
        )


def _most(counts: Counter[str]) -> list[str]:
    """Those that are named most first."""
    return sorted(counts, key=lambda name: (-counts[name], name))[:_MOST]
