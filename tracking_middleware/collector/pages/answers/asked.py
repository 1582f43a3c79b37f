"""What a page of answers is asked for, from its URL and back; pure. The URL is all there is to a view."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from urllib.parse import urlencode

from ....journeys.reading.asked import ARTICLES_BY, Field, Filter
from ...filtering.urls import parameters_of, plain_text, problems_of, read_filter

_FIELD = re.compile(r"([A-Za-z0-9_.-]{1,128}/[A-Za-z0-9_-]{1,128}):([A-Za-z_][A-Za-z0-9_.$-]{0,127})")
_SORT = re.compile(r"-?[a-z_]{1,40}")
EVERYTHING = Filter()


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """``by`` is what rows are of, ``field`` a field of any entity in its place; ``sort`` is a column, with
    ``-`` before it the largest first; ``id`` an article's; ``model`` is how conversions are credited.
    ``problems`` are sentences on what of it cannot be applied.
    """

    filter: Filter = EVERYTHING
    by: str = ""
    field: Field | None = None
    sort: str = ""
    id: str = ""
    model: str = ""
    problems: tuple[str, ...] = ()

    @property
    def shared(self) -> dict[str, str]:
        """The filters that other pages take over."""
        return parameters_of(self.filter)

    @property
    def is_filtered(self) -> bool:
        """Whether anything is left out."""
        return bool(self.shared)

    @property
    def said_by(self) -> str:
        """What rows are of, as the URL says it."""
        return self.by if self.field is None else f"{self.field.entity}:{self.field.name}"

    def on(self, day: str) -> Asked:
        """The same of one day, as ISO 8601 has it."""
        known = date.fromisoformat(day)
        return replace(self, filter=replace(self.filter, since=known, until=known))

    def url(self, path: str, **changes: Any) -> str:
        """The URL of this view on a page, with changes."""
        asked = replace(self, **changes)
        given = {
            **({"id": asked.id} if asked.id else {}),
            **asked.shared,
            **({"by": asked.said_by} if asked.said_by else {}),
            **({"model": asked.model} if asked.model else {}),
            **({"sort": asked.sort} if asked.sort else {}),
        }
        return path + (f"?{urlencode(given)}" if given else "")


def read_asked(parameters: Mapping[str, str], *, ways: tuple[str, ...] = ARTICLES_BY) -> Asked:
    """The view that a URL asks for; what makes no sense is passed over. ``ways`` are what rows may be of."""
    by = parameters.get("by", "")
    field = _FIELD.fullmatch(by)
    sort, model = parameters.get("sort", ""), parameters.get("model", "")
    return Asked(
        filter=read_filter(parameters),
        problems=tuple(problems_of(parameters)),
        by=by if by in ways else "",
        field=Field(*field.groups()) if field else None,
        sort=sort if _SORT.fullmatch(sort) else "",
        id=plain_text(parameters.get("id", "")),
        model=model if model.isascii() and model.isidentifier() and len(model) < 20 else "",
    )
