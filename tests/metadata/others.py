"""Systems with a habit that the reader had to learn: tags in one text, citations for identifiers."""

# ruff: noqa: RUF001
from __future__ import annotations

import html
from datetime import UTC, datetime
from typing import Any

from .articles import ORG, locale, said_by_locale
from .draft import Draft


def zulu(moment: datetime) -> str:
    """As JavaScript writes moments."""
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"


def persons(names: tuple[str, ...]) -> list[dict[str, Any]]:
    return [{"@type": "Person", "name": name} for name in names]


def all_in_one_seo(draft: Draft) -> None:
    """WordPress with All in One SEO: categories and tags in one text for the section."""
    story, page = draft.story, f"{draft.story.url}/"
    author = {"@id": f"https://{story.host}/author/a/#author"}
    draft.title(f"{story.headline} - {story.site}")
    draft.canonical(page)
    draft.og(
        og_type="article", og_title=f"{story.headline} - {story.site}", og_site_name=f"{story.site} - News"
    )
    draft.og(og_locale=locale(story.language), og_url=page)
    posting = {
        "@type": "BlogPosting",
        "@id": f"{page}#blogposting",
        "name": f"{story.headline} - {story.site}",
        "headline": story.headline,
        "author": author,
        "datePublished": story.published.isoformat(),
        "dateModified": story.modified.isoformat(),
        "inLanguage": story.language,
        "mainEntityOfPage": {"@id": f"{page}#webpage"},
        "articleSection": ", ".join([*story.sections, *story.tags]),
    }
    writer = {"@type": "Person", **author, "name": story.authors[0]}
    shown = {"@type": "WebPage", "@id": f"{page}#webpage", "url": page, "name": story.headline}
    draft.block({"@context": ORG, "@graph": [posting, writer, shown]})
    draft.article(
        id=f"/{story.slug}/",
        headline=story.headline,
        authors=[story.authors[0]],
        published=story.published,
        modified=story.modified,
        content_type="BlogPosting",
        language=story.language,
    )


def newspaper(draft: Draft) -> None:
    """A list of the article and its page; tags in one text; writers as addresses of their pages."""
    story = draft.story
    draft.title(f"{story.headline} | {story.sections[0]} | {story.site}")
    draft.canonical()
    draft.og(og_type="article", og_title=story.headline, og_url=story.url, og_site_name=f"the {story.site}")
    draft.og(article_published_time=zulu(story.published), article_modified_time=zulu(story.modified))
    draft.og(article_section=story.sections[0], article_tag=",".join(story.tags))
    draft.og(article_author=f"https://{story.host}/profile/ada")
    thing = {
        "@context": ORG,
        "@type": "NewsArticle",
        "@id": f"https://amp.{story.host}/{story.slug}",
        "isAccessibleForFree": True,
        "isPartOf": {"@type": ["CreativeWork", "Product"], "name": story.site, "productID": "x:basic"},
        "author": persons(story.authors),
        "datePublished": zulu(story.published),
        "dateModified": zulu(story.modified),
        "headline": story.headline,
        "mainEntityOfPage": story.url,
    }
    draft.block([thing, {"@type": "WebPage", "@context": ORG, "@id": story.url}])
    draft.article(
        headline=story.headline,
        authors=list(story.authors),
        sections=[story.sections[0]],
        tags=list(story.tags),
        published=story.published,
        modified=story.modified,
        content_type="NewsArticle",
        access="free",
    )


def docusaurus(draft: Draft) -> None:
    story = draft.story
    draft.title(f"{story.headline} | {story.site}")
    draft.canonical()
    draft.og(og_type="article", og_title=f"{story.headline} | {story.site}", og_locale=locale(story.language))
    draft.og(article_published_time=zulu(story.published), article_tag=",".join(story.tags))
    draft.og(article_author="https://x.example/ada,https://x.example/bob")
    thing = {
        "@context": ORG,
        "@type": "BlogPosting",
        "@id": story.url,
        "mainEntityOfPage": story.url,
        "url": story.url,
        "headline": story.headline,
        "name": story.headline,
        "datePublished": zulu(story.published),
        "author": persons(story.authors),
        "keywords": [],
        "isPartOf": {"@type": "Blog", "@id": f"https://{story.host}/blog", "name": "Blog"},
    }
    draft.block(thing)
    draft.article(
        headline=story.headline,
        authors=list(story.authors),
        tags=list(story.tags),
        published=story.published,
        content_type="BlogPosting",
        language=said_by_locale(story.language),
    )


def lists_of_posts(draft: Draft) -> None:
    """What Docusaurus and Contao say of a page that lists posts: nothing of it is the page's own."""
    story = draft.story
    draft.url = f"https://{story.host}/news.html"
    draft.title(f"News - {story.site}")
    draft.canonical(draft.url)
    draft.og(og_type="website", og_title="News")
    posts = [
        {"@type": "NewsArticle", "headline": story.headline, "url": f"/news/{number}.html"}
        for number in range(1 + draft.number % 3)
    ]
    if draft.number % 2:
        draft.block({"@context": ORG, "@type": "Blog", "@id": draft.url, "blogPost": posts})
    else:
        draft.block({"@context": ORG, "@graph": [{"@type": "WebPage"}, *posts]})


def wiki_seo(draft: Draft) -> None:
    """MediaWiki with WikiSEO: the page's address for an identifier."""
    story = draft.story
    draft.url = f"https://{story.host}/wiki/{story.number}"
    draft.title(f"{story.headline} – {story.site}")
    draft.canonical(draft.url)
    thing = {
        "@context": "http://schema.org",
        "@type": "Article",
        "headline": f"{story.headline} – {story.site}",
        "mainEntityOfPage": story.headline,
        "identifier": draft.url,
        "url": draft.url,
        "dateModified": zulu(story.modified),
        "datePublished": zulu(story.published),
        "author": {"@type": "Organization", "name": story.site},
    }
    draft.block(thing)
    draft.article(
        id=f"/wiki/{story.number}",
        headline=f"{story.headline} – {story.site}",
        authors=[story.site],
        published=story.published,
        modified=story.modified,
        content_type="Article",
    )


def eprints(draft: Draft) -> None:
    """A repository: days without a time, a citation among the identifiers."""
    story = draft.story
    draft.url = f"https://{story.host}/{story.number}/"
    draft.title(f"{story.headline} - {story.site}")
    names = [", ".join(reversed(name.rsplit(" ", 1))) for name in story.authors]
    draft.meta("DC.title", story.headline)
    draft.meta("DC.creator", *names)
    draft.meta("DC.subject", *story.tags)
    draft.meta("DC.date", "2026-03")
    draft.meta("DC.type", "Article", "PeerReviewed")
    draft.meta("DC.language", "en")
    draft.meta(
        "DC.identifier", f"{draft.url}1/paper.pdf", f"{names[0]} (2026) A paper. Journal, 4 (2). pp. 1-12."
    )
    draft.article(
        id=f"/{story.number}/", headline=story.headline, authors=names, tags=list(story.tags), language="en"
    )


def labrador(draft: Draft) -> None:
    """A newsroom's block with escaped texts, and tags in one text."""
    story = draft.story
    draft.title(story.headline)
    draft.canonical()
    draft.og(og_type="article", og_title=story.headline, article_tag=", ".join(story.tags))
    draft.og(article_section=story.sections[0], article_author=story.authors)
    thing = {
        "@context": "http://schema.org",
        "@type": "NewsArticle",
        "headline": html.escape(story.headline),
        "mainEntityOfPage": {"@type": "WebPage", "@id": story.url},
        "datePublished": zulu(story.published),
        "author": [{**person, "email": "a@x.example"} for person in persons(story.authors)],
    }
    draft.block(thing)
    draft.article(
        headline=story.headline,
        authors=list(story.authors),
        sections=[story.sections[0]],
        tags=list(story.tags),
        published=story.published,
        content_type="NewsArticle",
    )


SYSTEMS = {
    "WordPress, All in One SEO": all_in_one_seo,
    "newspapers": newspaper,
    "Docusaurus": docusaurus,
    "lists of posts": lists_of_posts,
    "MediaWiki, WikiSEO": wiki_seo,
    "EPrints": eprints,
    "Labrador": labrador,
}
