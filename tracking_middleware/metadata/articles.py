"""Articles of schema.org, by the fields of ``Article2``."""

from __future__ import annotations

from typing import Any

from .json_ld import Thing, Things, types_of
from .values import (
    LONGEST_HEADLINE,
    identifier_of,
    known,
    language_of,
    listed,
    marked_up_text,
    moment_of,
    names_of,
    sections_of,
    split_names,
    words_of,
)

ARTICLES = frozenset(
    {
        *(
            "Article",
            "NewsArticle",
            "BlogPosting",
            "LiveBlogPosting",
            "Report",
            "TechArticle",
            "APIReference",
        ),
        *("ScholarlyArticle", "MedicalScholarlyArticle", "SatiricalArticle", "AdvertiserContentArticle"),
        *("AnalysisNewsArticle", "AskPublicNewsArticle", "BackgroundNewsArticle", "OpinionNewsArticle"),
        *("ReportageNewsArticle", "ReviewNewsArticle"),
    }
)
"""Schema.org's Article and what is one."""
_FREE = frozenset({"true", "http://schema.org/true", "https://schema.org/true"})


def article_fields(thing: Thing, things: Things) -> dict[str, Any]:
    """What a thing says of its article; what it does not say, or may have wrong, is not there.

    ``isAccessibleForFree`` that is false is not taken: it does not tell metered from paid.
    """
    return known(
        {
            "id": _identifier(thing.get("identifier")),
            "headline": _headline(thing),
            "authors": names_of(things.resolved(thing.get("author") or thing.get("creator"))),
            "sections": sections_of(thing.get("articleSection")),
            "subject": _subject(things.resolved(thing.get("about"))),
            "tags": split_names(things.resolved(thing.get("keywords"))),
            "published": moment_of(thing.get("datePublished")),
            "modified": moment_of(thing.get("dateModified")),
            "words": words_of(thing.get("wordCount")),
            "content_type": _type(thing),
            "access": "free" if str(thing.get("isAccessibleForFree")).lower() in _FREE else None,
            "language": language_of(thing.get("inLanguage")),
        }
    )


def _headline(thing: Thing) -> str | None:
    texts = (marked_up_text(thing.get(name), longest=LONGEST_HEADLINE) for name in ("headline", "name"))
    return next((text for text in texts if text), None)


def _identifier(value: Any) -> str | None:
    """Of several the first; of a ``PropertyValue`` its value."""
    for part in value if isinstance(value, list) else [value]:
        text = identifier_of(part.get("value") if isinstance(part, dict) else part)
        if text:
            return text
    return None


def _subject(about: Any) -> str | None:
    """What it is about, where it is about one thing."""
    things = list(listed(about))
    return marked_up_text(things[0], longest=LONGEST_HEADLINE) if len(things) == 1 else None


def _type(thing: Thing) -> str | None:
    """The type, where there is one that says it."""
    types = sorted(types_of(thing) & ARTICLES - {"Article"}) or ["Article"]
    return types[0] if len(types) == 1 else None
