"""Precision and recall by field."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from tracking_middleware import Article2
from tracking_middleware.events.commerce import Product
from tracking_middleware.metadata.page import PageMetadata, read_page
from tracking_middleware.privacy.redaction import Scrubbing

from .draft import Page

SOURCES = ("title", "canonical", "json-ld", "parsely", "opengraph", "dublin-core")
_SCRUBBING = Scrubbing(secrets=frozenset({"token"}))


@dataclass(kw_only=True)
class Score:
    """Of a field: how often it was right, wrong, and missing where it is true."""

    right: int = 0
    wrong: int = 0
    missed: int = 0
    where: list[str] = field(default_factory=list)

    @property
    def precision(self) -> float:
        return self.right / (self.right + self.wrong) if self.right + self.wrong else 1.0

    @property
    def recall(self) -> float:
        return self.right / (self.right + self.missed) if self.right + self.missed else 1.0


def scores(pages: Iterable[Page]) -> dict[str, Score]:
    """By field, over some pages."""
    found: dict[str, Score] = defaultdict(Score)
    for page in pages:
        truth, said = true_fields(page), said_fields(read(page))
        for name in {**truth, **said}:
            score = found[name]
            is_right = name in truth and truth[name] == said.get(name)
            score.right += is_right
            score.wrong += name in said and not is_right
            score.missed += name in truth and not is_right
            if not is_right:
                score.where.append(f"{page.system} {page.number}: {said.get(name)!r} for {truth.get(name)!r}")
    return dict(found)


def read(page: Page) -> PageMetadata:
    return read_page(
        page.body, content_type=page.content_type, url=page.url, sources=SOURCES, scrubbing=_SCRUBBING
    )


def true_fields(page: Page) -> dict[str, Any]:
    """What is true, by field; what is not there is true of nothing."""
    fields = {name: value for name, value in page.truth.items() if isinstance(value, str)}
    for kind in ("article", "product"):
        fields |= {f"{kind}.{name}": value for name, value in page.truth.get(kind, {}).items()}
    return fields


def said_fields(said: PageMetadata) -> dict[str, Any]:
    """What was read, by the same names."""
    fields: dict[str, Any] = {"title": said.title, "canonical": said.canonical}
    for entity in said.entities:
        kind = {Article2: "article", Product: "product"}[type(entity)]
        fields |= {f"{kind}.{name}": getattr(entity, name) for name in entity.__struct_fields__}
    return {name: value for name, value in fields.items() if value not in (None, (), [])}
