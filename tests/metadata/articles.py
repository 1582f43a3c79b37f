"""Articles in the manner of WordPress with its SEO plugins, and of other systems for news and blogs."""

# ruff: noqa: RUF001
from __future__ import annotations

import html
from datetime import UTC
from typing import Any

from .draft import Draft

ORG = "https://schema.org"


def wordpress_text(text: str) -> str:
    """As WordPress puts texts into JSON: typographic signs as numbers."""
    return "".join(f"&#{ord(letter)};" if letter in "’“”–&" else letter for letter in text)


def locale(tag: str) -> str:
    return tag.replace("-", "_") if "-" in tag else f"{tag}_{tag.upper()}"


def said_by_locale(tag: str) -> str:
    return locale(tag).replace("_", "-")


def yoast(draft: Draft) -> None:
    story = draft.story
    draft.title(f"{story.headline} - {story.site}")
    draft.canonical(f"{story.url}/")
    draft.og(
        og_locale=locale(story.language),
        og_type="article",
        og_title=f"{story.headline} - {story.site}",
        og_url=f"{story.url}/",
        og_site_name=story.site,
        article_published_time=story.published.isoformat(),
        article_modified_time=story.modified.isoformat(),
    )
    page = f"{story.url}/"
    draft.block(
        {
            "@context": ORG,
            "@graph": [
                {
                    "@type": "Article",
                    "@id": f"{page}#article",
                    "isPartOf": {"@id": page},
                    "author": {"name": story.authors[0], "@id": f"https://{story.host}/#/schema/person/1f"},
                    "headline": wordpress_text(story.headline),
                    "datePublished": story.published.isoformat(),
                    "dateModified": story.modified.isoformat(),
                    "mainEntityOfPage": {"@id": page},
                    "wordCount": story.words,
                    "keywords": [wordpress_text(tag) for tag in story.tags],
                    "articleSection": [wordpress_text(section) for section in story.sections],
                    "inLanguage": story.language,
                },
                {"@type": "WebPage", "@id": page, "url": page, "name": f"{story.headline} - {story.site}"},
                {"@type": "WebSite", "@id": f"https://{story.host}/#website", "name": story.site},
                {
                    "@type": ["Person"],
                    "@id": f"https://{story.host}/#/schema/person/1f",
                    "name": story.authors[0],
                },
            ],
        }
    )
    draft.article(
        id=f"/{story.slug}/",
        headline=story.headline,
        authors=list(story.authors[:1]),
        sections=list(story.sections),
        tags=list(story.tags),
        published=story.published,
        modified=story.modified,
        words=story.words,
        content_type="Article",
        language=story.language,
    )


def rank_math(draft: Draft) -> None:
    story = draft.story
    draft.title(f"{story.headline} &amp; more | {story.site}" if draft.number == 3 else story.headline)
    draft.canonical()
    draft.og(
        og_locale=locale(story.language),
        og_type="article",
        og_title=story.headline,
        og_site_name=story.site,
        article_tag=story.tags,
        article_section=story.sections[0],
        og_updated_time=story.modified.isoformat(),
        article_published_time=story.published.isoformat(),
        article_modified_time=story.modified.isoformat(),
    )
    draft.block(
        {
            "@context": ORG,
            "@graph": [
                {
                    "@type": ["NewsMediaOrganization", "Organization"],
                    "@id": "#organization",
                    "name": story.site,
                },
                {
                    "@type": "WebPage",
                    "@id": f"{story.url}#webpage",
                    "url": story.url,
                    "inLanguage": story.language,
                },
                {"@type": "Person", "@id": "#author", "name": story.authors[0], "url": "https://x.example"},
                {
                    "@type": "NewsArticle",
                    "headline": wordpress_text(story.headline),
                    "keywords": ", ".join(story.tags),
                    "datePublished": story.published.isoformat(),
                    "dateModified": story.modified.isoformat(),
                    "articleSection": wordpress_text(story.sections[0]),
                    "author": {"@id": "#author", "name": story.authors[0]},
                    "@id": f"{story.url}#richSnippet",
                    "isPartOf": {"@id": f"{story.url}#webpage"},
                    "inLanguage": story.language,
                    "mainEntityOfPage": {"@id": f"{story.url}#webpage"},
                },
            ],
        }
    )
    draft.article(
        headline=story.headline,
        authors=list(story.authors[:1]),
        sections=list(story.sections[:1]),
        tags=list(story.tags),
        published=story.published,
        modified=story.modified,
        content_type="NewsArticle",
        language=story.language,
    )


def wp_parsely(draft: Draft) -> None:
    story = draft.story
    draft.title(f"{story.headline} – {story.site}")
    draft.canonical()
    if draft.number % 2:
        draft.meta("parsely-title", story.headline)
        draft.meta("parsely-link", story.url)
        draft.meta("parsely-type", "post")
        draft.meta("parsely-pub-date", story.published.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"))
        draft.meta("parsely-section", story.sections[0])
        draft.meta("parsely-author", *story.authors)
        draft.meta("parsely-tags", ",".join(story.tags))
        draft.meta("parsely-post-id", f"wp-{story.number}")
        draft.article(id=f"wp-{story.number}")
    else:
        draft.block(
            {
                "@context": ORG,
                "@type": "NewsArticle",
                "headline": story.headline,
                "url": story.url,
                "mainEntityOfPage": {"@type": "WebPage", "@id": story.url},
                "articleSection": story.sections[0],
                "author": [{"@type": "Person", "name": name} for name in story.authors],
                "creator": list(story.authors),
                "dateCreated": "2020-01-01T00:00:00Z",
                "datePublished": story.published.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
                "dateModified": story.modified.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
                "keywords": list(story.tags),
                "identifier": f"wp-{story.number}",
            }
        )
        draft.article(id=f"wp-{story.number}", modified=story.modified, content_type="NewsArticle")
    draft.article(
        headline=story.headline,
        authors=list(story.authors),
        sections=list(story.sections[:1]),
        tags=list(story.tags),
        published=story.published,
    )


def jetpack(draft: Draft) -> None:
    """Open Graph alone."""
    story = draft.story
    draft.title(story.headline)
    if draft.number % 3:
        draft.canonical()
    else:
        draft.truth["canonical"] = None
    draft.og(
        og_type="article",
        og_title=story.headline,
        og_url=story.url,
        article_published_time=story.published.isoformat(),
        article_modified_time=story.modified.isoformat(),
        og_site_name=story.site,
        og_locale=locale(story.language),
        article_author="https://social.example/people/1",
    )
    draft.article(
        headline=story.headline,
        published=story.published,
        modified=story.modified,
        language=said_by_locale(story.language),
    )


def ghost(draft: Draft) -> None:
    story = draft.story
    url = f"{story.url}/"
    draft.title(story.headline)
    draft.canonical(url)
    draft.og(
        og_site_name=story.site,
        og_type="article",
        og_title=story.headline,
        og_url=url,
        article_published_time=story.published.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z"),
        article_modified_time=story.modified.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z"),
        article_tag=story.tags,
    )
    draft.block(
        {
            "@context": ORG,
            "@type": "Article",
            "publisher": {"@type": "Organization", "name": story.site},
            "author": {"@type": "Person", "name": story.authors[0], "sameAs": ["https://social.example/a"]},
            "headline": html.escape(story.headline),
            "url": url,
            "datePublished": story.published.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z"),
            "dateModified": story.modified.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z"),
            "keywords": ", ".join(map(html.escape, story.tags)),
            "mainEntityOfPage": url,
        }
    )
    draft.article(
        id=f"/{story.slug}/",
        headline=story.headline,
        authors=list(story.authors[:1]),
        tags=list(story.tags),
        published=story.published,
        modified=story.modified,
        content_type="Article",
    )


def drupal(draft: Draft) -> None:
    """Metatag with Dublin Core, and Schema.org Metatag on the odd ones."""
    story = draft.story
    draft.title(f"{story.headline} | {story.site}")
    draft.canonical()
    draft.meta("dcterms.title", story.headline)
    draft.meta("dcterms.creator", *story.authors)
    draft.meta("dcterms.subject", ";".join(story.tags))
    draft.meta("dcterms.date", story.published.strftime("%Y-%m-%d"))
    draft.meta("dcterms.language", story.language)
    draft.meta("dcterms.identifier", story.url)
    draft.og(og_type="article", og_title=story.headline, article_section=story.sections)
    draft.og(article_published_time=story.published.isoformat())
    draft.article(
        headline=story.headline,
        authors=list(story.authors),
        sections=list(story.sections),
        tags=list(story.tags),
        published=story.published,
        language=story.language,
    )
    if draft.number % 2:
        draft.block(
            {
                "@context": ORG,
                "@graph": [
                    {
                        "@type": "NewsArticle",
                        "name": story.headline,
                        "headline": story.headline,
                        "about": [story.subject],
                        "author": {"@type": "Person", "name": story.authors[0]},
                        "isAccessibleForFree": "True",
                        "datePublished": story.published.strftime("%Y-%m-%dT%H:%M:%S%z"),
                    }
                ],
            }
        )
        draft.article(
            authors=list(story.authors[:1]), subject=story.subject, content_type="NewsArticle", access="free"
        )


def wagtail(draft: Draft) -> None:
    story = draft.story
    draft.title(f"{story.site}: {story.headline}")
    draft.canonical()
    draft.head.append(draft.pen.tag("meta", itemprop="name", content=story.headline))
    draft.og(og_type="article", og_url=story.url, og_title=story.headline)
    thing: dict[str, Any] = {
        "@context": "http://schema.org/",
        "@type": "Article",
        "@id": story.url,
        "url": story.url,
        "headline": story.headline,
        "identifier": {"@type": "PropertyValue", "propertyID": "page", "value": story.number},
        "author": [{"@type": "Person", "name": name} for name in story.authors],
        "articleSection": list(story.sections),
        "dateModified": story.modified.isoformat(),
        "datePublished": story.published.isoformat(),
        "inLanguage": {"@type": "Language", "name": "Some", "alternateName": story.language},
    }
    draft.block(thing)
    draft.article(
        id=str(story.number),
        headline=story.headline,
        authors=list(story.authors),
        sections=list(story.sections),
        published=story.published,
        modified=story.modified,
        content_type="Article",
        language=story.language,
    )


def django_cms(draft: Draft) -> None:
    story = draft.story
    draft.title(story.headline)
    draft.canonical(draft.story.url)
    draft.og(
        og_type="Article",
        og_title=story.headline,
        article_author=story.authors[0],
        article_tag=story.tags,
        article_published_time=story.published.strftime("%Y-%m-%d %H:%M:%S%z"),
        article_modified_time=story.modified.strftime("%Y-%m-%d %H:%M:%S%z"),
    )
    draft.article(
        headline=story.headline,
        authors=list(story.authors[:1]),
        tags=list(story.tags),
        published=story.published,
        modified=story.modified,
    )


def hugo(draft: Draft) -> None:
    """Open Graph, minified; a page without a date has Go's zero."""
    story = draft.story
    draft.pen.quotes, draft.pen.closing = "mixed", ">"
    has_date = draft.number % 4 != 0
    draft.title(story.headline)
    draft.canonical(f"{story.url}/")
    draft.og(
        og_url=f"{story.url}/",
        og_site_name=story.site,
        og_title=story.headline,
        og_type="article",
        article_section=story.sections[0],
        article_published_time=story.published.isoformat() if has_date else "0001-01-01T00:00:00+00:00",
        article_modified_time=story.modified.isoformat() if has_date else "0001-01-01T00:00:00+00:00",
        article_tag=story.tags,
    )
    draft.head.append(draft.pen.tag("meta", itemprop="wordCount", content=str(story.words)))
    draft.article(
        id=f"/{story.slug}/",
        headline=story.headline,
        sections=list(story.sections[:1]),
        tags=list(story.tags),
        **({"published": story.published, "modified": story.modified} if has_date else {}),
    )


def jekyll(draft: Draft) -> None:
    story = draft.story
    draft.title(f"{story.headline} | {story.site}")
    draft.canonical(f"{story.url}.html")
    draft.url = f"{story.url}.html"
    draft.og(og_title=story.headline, og_type="article", og_locale=locale(story.language))
    draft.og(article_published_time=story.published.isoformat())
    draft.block(
        {
            "@context": ORG,
            "@type": "BlogPosting",
            "author": {"@type": "Person", "name": story.authors[0]},
            "dateModified": story.modified.isoformat(),
            "datePublished": story.published.isoformat(),
            "headline": story.headline,
            "mainEntityOfPage": {"@type": "WebPage", "@id": f"{story.url}.html"},
            "url": f"{story.url}.html",
        }
    )
    draft.article(
        id=f"/{story.slug}.html",
        headline=story.headline,
        authors=list(story.authors[:1]),
        published=story.published,
        modified=story.modified,
        content_type="BlogPosting",
        language=said_by_locale(story.language),
    )
