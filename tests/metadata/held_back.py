"""Systems that the reader was not made by: a check that it has not learnt the others by heart."""

from __future__ import annotations

from datetime import UTC

from .articles import ORG, locale, said_by_locale
from .draft import Draft


def liveblog(draft: Draft) -> None:
    story = draft.story
    draft.title(f"Live: {story.headline}")
    draft.canonical()
    update = {"@type": "BlogPosting", "headline": "An update", "datePublished": "2026-01-01T00:00:00Z"}
    draft.block(
        {
            "@type": "LiveBlogPosting",
            "@context": "http://schema.org",
            "@id": story.url,
            "headline": story.headline,
            "coverageStartTime": story.published.isoformat(),
            "datePublished": story.published.isoformat(),
            "author": {"@type": "Organization", "name": story.site},
            "about": {"@type": "Event", "name": story.subject, "startDate": "2026-01-01"},
            "liveBlogUpdate": [update, update],
        }
    )
    draft.article(
        headline=story.headline,
        authors=[story.site],
        subject=story.subject,
        published=story.published,
        content_type="LiveBlogPosting",
    )


def next_js(draft: Draft) -> None:
    """A rendered component: the block in the body, the same again in the data of the script."""
    story = draft.story
    draft.title(story.headline)
    draft.canonical()
    draft.og(og_type="article", og_title=story.headline, article_published_time=story.published.isoformat())
    draft.og(article_author=story.authors, article_tag=story.tags, og_locale=locale(story.language))
    thing = {
        "@context": ORG,
        "@type": "Article",
        "headline": story.headline,
        "author": [{"@type": "Person", "name": name} for name in story.authors],
        "datePublished": story.published.astimezone(UTC).isoformat(timespec="milliseconds"),
    }
    draft.foot.append(draft.pen.block(thing))
    draft.foot.append(f'<script id="__NEXT_DATA__" type="application/json">{draft.pen.json(thing)}</script>')
    draft.article(
        headline=story.headline,
        authors=list(story.authors),
        tags=list(story.tags),
        published=story.published,
        content_type="Article",
        language=said_by_locale(story.language),
    )


def repository(draft: Draft) -> None:
    """Dublin Core with colons, and Open Graph that says that it is an article."""
    story = draft.story
    draft.title(f"{story.headline} : {story.site}")
    draft.canonical()
    draft.og(og_type="article")
    draft.meta("DCTERMS:title", story.headline)
    draft.meta("DC.creator", *story.authors)
    draft.meta("DCTERMS.issued", story.published.isoformat())
    draft.meta("DC.identifier", story.url, f"hdl:1234/{story.number}")
    draft.article(
        id=f"hdl:1234/{story.number}",
        headline=story.headline,
        authors=list(story.authors),
        published=story.published,
    )


def prestashop(draft: Draft) -> None:
    story = draft.story
    price = draft.pen.chance.randrange(1, 900)
    draft.title(story.headline)
    draft.canonical(f"{story.url}.html")
    draft.url = f"{story.url}.html?utm_source=mail"
    draft.block(
        {
            "@context": "https://schema.org/",
            "@type": "Product",
            "name": story.headline,
            "category": "Tea",
            "sku": f"P{story.number}",
            "mpn": "other",
            "brand": {"@type": "Thing", "name": "Acme"},
            "aggregateRating": {"@type": "AggregateRating", "ratingValue": "4.5"},
            "offers": {
                "@type": "AggregateOffer",
                "lowPrice": price,
                "highPrice": price,
                "priceCurrency": "EUR",
                "availability": "https://schema.org/LimitedAvailability",
            },
        }
    )
    draft.product(
        id=f"P{story.number}",
        name=story.headline,
        category="Tea",
        price=price,
        currency="EUR",
        brand="Acme",
        inventory_status="limited availability",
    )


def wiki(draft: Draft) -> None:
    """An encyclopedia's article with its teasers, whose pages are read below ``/amp`` too."""
    story = draft.story
    draft.title(f"{story.headline} - Encyclopedia")
    draft.canonical()
    draft.url = f"{story.url}/amp?page=2"
    draft.block(
        {
            "@context": "https://schema.org",
            "@type": "http://schema.org/Article",
            "name": story.headline,
            "url": story.url.replace("www.", "m."),
            "mainEntity": "https://data.example/Q1",
            "author": {"@type": "Organization", "name": "Contributors"},
            "dateModified": story.modified.isoformat(),
        },
        {"@context": "https://schema.org", "@type": "Article", "name": "Next", "url": f"{story.url}-next"},
    )
    draft.article(
        headline=story.headline, authors=["Contributors"], modified=story.modified, content_type="Article"
    )
