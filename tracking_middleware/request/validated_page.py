"""A page that looks whether its entities are as their schemas say: ``validate_entities``, for development."""

from __future__ import annotations

from ..events.validating import problem_of
from .page import Page


class ValidatedPage(Page, eq=False):
    """What would not validate is left out and counted, as is what cannot be encoded."""

    __repr__ = object.__repr__

    def _encode(self, entity: object) -> tuple[str, bytes] | None:
        encoded = Page._encode(self, entity)
        problem = "" if encoded is None else problem_of(entity, *encoded)
        if problem:
            self._count("entity_invalid", problem)
            return None
        return encoded
