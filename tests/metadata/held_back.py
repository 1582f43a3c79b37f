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


def seopress(draft: Draft) -> None:
    """WordPress with SEOPress: times without an offset in the block, with one in the tags."""
    story, page = draft.story, f"{draft.story.url}/"
    draft.title(f"{story.headline} - {story.site}")
    draft.canonical(page)
    draft.og(og_type="article", og_title=f"{story.headline} - {story.site}", og_site_name=story.site)
    draft.og(article_published_time=story.published.isoformat(), article_author="https://facebook.example/x")
    draft.og(article_section=story.sections[0], article_tag=story.tags, og_locale=locale(story.language))
    draft.block(
        {
            "@context": f"{ORG}/",
            "@type": "NewsArticle",
            "datePublished": story.published.replace(tzinfo=None).isoformat(),
            "mainEntityOfPage": {"@type": "WebPage", "@id": page},
            "headline": story.headline,
            "author": {"@type": "Person", "name": story.authors[0], "url": f"https://{story.host}/author/a"},
        }
    )
    draft.article(
        id=f"/{story.slug}/",
        headline=story.headline,
        authors=[story.authors[0]],
        sections=[story.sections[0]],
        tags=list(story.tags),
        published=story.published,
        content_type="NewsArticle",
        language=said_by_locale(story.language),
    )


def seomatic(draft: Draft) -> None:
    """Craft CMS with SEOmatic: everybody by their name alone."""
    story = draft.story
    owner, maker = ({"@id": f"https://{story.host}/#{name}"} for name in ("identity", "creator"))
    draft.title(f"{story.site} | {story.headline}")
    draft.canonical()
    draft.og(og_type="website", og_title=story.headline)
    thing = {
        "@type": "Article",
        "author": owner,
        "creator": maker,
        "dateModified": story.modified.isoformat(),
        "datePublished": story.published.isoformat(),
        "headline": story.headline,
        "inLanguage": story.language.lower(),
        "mainEntityOfPage": story.url,
        "url": story.url,
    }
    named = [
        {**owner, "@type": "Organization", "name": story.site},
        {**maker, "@type": "Person", "name": "X"},
    ]
    draft.block({"@context": ORG, "@graph": [thing, *named]})
    draft.article(
        headline=story.headline,
        authors=[story.site],
        published=story.published,
        modified=story.modified,
        content_type="Article",
        language=story.language.lower(),
    )


def hubspot(draft: Draft) -> None:
    """Times as numbers, which nobody knows the unit of."""
    story = draft.story
    draft.title(story.headline)
    draft.canonical()
    draft.block(
        {
            "@context": ORG,
            "@type": "BlogPosting",
            "mainEntityOfPage": {"@type": "WebPage", "@id": story.url},
            "headline": story.headline,
            "datePublished": str(int(story.published.timestamp() * 1000)),
            "author": {"@type": "Person", "name": story.authors[0]},
        }
    )
    draft.article(headline=story.headline, authors=[story.authors[0]], content_type="BlogPosting")


def bigcommerce(draft: Draft) -> None:
    """The category in breadcrumbs, in a block of their own; the price again in tags."""
    story, url = draft.story, f"{draft.story.url}/"
    price = draft.pen.chance.randrange(1, 900)
    draft.url = url
    draft.title(f"{story.headline} - {story.site}")
    draft.canonical(url)
    draft.og(og_type="product", og_title=story.headline, product_price_amount=str(price))
    draft.og(product_price_currency="USD", og_availability="instock")
    way = [(f"https://{story.host}/", "Home"), (f"https://{story.host}/tea/", "Tea"), (url, story.headline)]
    steps = [
        {"@type": "ListItem", "position": place, "item": {"@id": link, "name": name}}
        for place, (link, name) in enumerate(way, 1)
    ]
    offer = {
        "@type": "Offer",
        "priceCurrency": "USD",
        "price": f"{price}.00",
        "availability": f"{ORG}/InStock",
        "url": url,
    }
    thing = {
        "@type": "Product",
        "name": story.headline,
        "sku": f"S{story.number}",
        "url": url,
        "offers": offer,
    }
    draft.block(
        {"@context": ORG, "@type": "BreadcrumbList", "itemListElement": steps},
        {"@context": ORG, **thing, "brand": {"@type": "Brand", "name": "Acme"}},
    )
    draft.product(
        id=f"S{story.number}",
        name=story.headline,
        category="Tea",
        price=price,
        currency="USD",
        brand="Acme",
        inventory_status="in stock",
    )
