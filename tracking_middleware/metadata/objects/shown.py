"""What a page has shown until now: what its templates were given, and what describes it."""

from __future__ import annotations

from .cached import CachedPage

MOST_CONTEXTS = 200
"""Templates of one page whose contexts are kept: forms have one for each of their fields."""


class Shown:
    """What templates of a page were given, until it is over: references alone."""

    __slots__ = (
        "contexts",
        "described",
        "has_looked",
        "left_out",
        "looked_at",
        "recalled",
        "remembered",
        "seen",
        "title_before",
    )

    def __init__(self) -> None:
        self.contexts: dict[int, object] = {}
        """By their ``id()``: a response may have what its template was given."""
        self.has_looked = 0
        """How many of the contexts were looked at."""
        self.left_out = 0
        """How many more there were."""
        self.looked_at = 0
        """How many values of theirs were looked at."""
        self.seen: set[int] = set()
        """The described objects, which the contexts hold, by their ``id()``."""
        self.described: dict[bytes, Described] = {}
        """What describes the page, by its encoding."""
        self.remembered: set[bytes] = set()
        """What caches were given to keep with the page, or copies of its response."""
        self.recalled: CachedPage | None = None
        """What a cache had kept with it."""
        self.title_before: str | None = None
        """The title that the page had before it was rendered for a cache."""

    def add(self, context: object) -> None:
        """A template was given this."""
        if len(self.contexts) < MOST_CONTEXTS:
            self.contexts.setdefault(id(context), context)
        elif id(context) not in self.contexts:
            self.left_out += 1


class Described:
    """An entity that describes an object: how its encoding begins, and whether it is the page's."""

    __slots__ = ("begin", "entity", "is_cacheable", "schema")

    def __init__(self, schema: str, entity: object, *, is_cacheable: bool) -> None:
        self.schema = schema
        self.begin = begin_of(schema)
        self.entity = entity
        self.is_cacheable = is_cacheable


def begin_of(schema: str) -> bytes:
    """How entities of a schema begin, in any version: a view that attached another one has said the same."""
    return f'{{"schema":"{schema.rpartition("/")[0]}/'.encode()
