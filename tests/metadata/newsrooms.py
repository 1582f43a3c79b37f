"""Articles in the manner of systems for newsrooms, of hosted blogs, of journals; and some in old charsets."""

from __future__ import annotations

from datetime import UTC

from .articles import ORG, locale, said_by_locale
from .draft import Draft


def arc(draft: Draft) -> None:
    story = draft.story
    tier, access = [("metered", "metered"), ("locked", "paid"), ("free", "free")][draft.number % 3]
    draft.title(f"{story.headline} - {story.site}")
    draft.canonical(f"{story.url}/")
    draft.head.append(
        '<script>window.Fusion={"globalContent":{"@type":"Article","headline":"no</title>"}};</script>'
    )
    draft.og(og_type="article", og_title=story.headline, article_content_tier=tier, og_site_name=story.site)
    draft.block(
        {
            "@context": "http://schema.org",
            "@type": "NewsArticle",
            "url": f"{story.url}/",
            "mainEntityOfPage": {"@type": "WebPage", "@id": f"{story.url}/"},
            "headline": story.headline,
            "identifier": f"ARC{story.number}",
            "author": [{"@type": "Person", "name": name} for name in story.authors],
            "articleSection": story.sections[0],
            "keywords": list(story.tags),
            "datePublished": story.published.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.123Z"),
            "dateModified": story.modified.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.123Z"),
            "isAccessibleForFree": False if access != "free" else "true",
            "hasPart": {"@type": "WebPageElement", "isAccessibleForFree": False, "cssSelector": ".paywall"},
        },
        {"@context": "http://schema.org", "@type": "Organization", "name": story.site, "url": "/"},
    )
    draft.article(
        id=f"ARC{story.number}",
        headline=story.headline,
        authors=list(story.authors),
        sections=list(story.sections[:1]),
        tags=list(story.tags),
        published=story.published.replace(microsecond=123000),
        modified=story.modified.replace(microsecond=123000),
        content_type="NewsArticle",
        access=access,
    )


def brightspot(draft: Draft) -> None:
    """An array, with the article among lists of others."""
    story = draft.story
    draft.title(story.headline)
    draft.canonical()
    draft.meta("brightspot.contentId", "0001")
    draft.block(
        [
            {
                "@context": ORG,
                "@type": "ListItem",
                "position": 1,
                "item": {"@type": "NewsArticle", "headline": "x"},
            },
            {
                "@context": ORG,
                "@type": ["ReportageNewsArticle", "Article"],
                "url": story.url,
                "headline": story.headline,
                "author": [{"@context": ORG, "@type": "Person", "name": name} for name in story.authors],
                "articleSection": list(story.sections),
                "about": {"@type": "Thing", "name": story.subject},
                "datePublished": story.published.isoformat(),
                "wordCount": str(story.words),
            },
            {
                "@context": ORG,
                "@type": "ItemList",
                "itemListElement": [
                    {"@type": "ListItem", "item": {"@type": "NewsArticle", "headline": "other"}}
                ],
            },
        ]
    )
    draft.article(
        headline=story.headline,
        authors=list(story.authors),
        sections=list(story.sections),
        subject=story.subject,
        published=story.published,
        words=story.words,
        content_type="ReportageNewsArticle",
    )


def chorus(draft: Draft) -> None:
    """Parse.ly's tag that has all in one, beside Open Graph."""
    story = draft.story
    draft.title(f"{story.headline} - {story.site}")
    draft.canonical()
    page = {
        "title": story.headline,
        "link": story.url,
        "type": "post",
        "post_id": story.number,
        "pub_date": story.published.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "section": story.sections[0],
        "authors": list(story.authors),
        "tags": list(story.tags),
    }
    draft.meta("parsely-page", draft.pen.json(page))
    draft.og(og_type="article", og_title=story.headline, og_site_name=story.site)
    draft.og(article_modified_time=story.modified.isoformat())
    draft.article(
        id=str(story.number),
        headline=story.headline,
        authors=list(story.authors),
        sections=list(story.sections[:1]),
        tags=list(story.tags),
        published=story.published,
        modified=story.modified,
    )


def newspack(draft: Draft) -> None:
    """JSON-LD of one plugin, Parse.ly's tags of another, which say the same."""
    story = draft.story
    draft.title(story.headline)
    draft.canonical()
    draft.meta("parsely-title", story.headline)
    draft.meta("parsely-type", "post")
    draft.meta("parsely-post-id", str(story.number))
    draft.meta("parsely-author", *story.authors)
    draft.meta("parsely-section", story.sections[0])
    draft.block(
        {
            "@context": {"@vocab": "https://schema.org/"},
            "@type": "NewsArticle",
            "headline": story.headline,
            "author": [{"@type": "Person", "name": name} for name in story.authors],
            "datePublished": story.published.isoformat(),
            "mainEntityOfPage": True,
        }
    )
    draft.article(
        id=str(story.number),
        headline=story.headline,
        authors=list(story.authors),
        sections=list(story.sections[:1]),
        published=story.published,
        content_type="NewsArticle",
    )


def escenic(draft: Draft) -> None:
    """An old site in Windows-1252: said by its header, by its own tag, or by nothing."""
    story = draft.story
    draft.charset = "cp1252"
    said = draft.number % 3
    draft.content_type = ["text/html; charset=ISO-8859-1", "text/html", "text/html;charset=windows-1252"][
        said
    ]
    if said == 1:
        draft.head.append('<meta http-equiv="Content-Type" content="text/html; charset=iso-8859-1">')
    draft.title(f"{story.headline} - {story.site}")
    draft.canonical()
    draft.og(og_type="article", og_title=story.headline, article_section=story.sections[0])
    draft.meta("DC.Creator", *story.authors)
    draft.meta("DC.date.issued", story.published.isoformat())
    draft.meta("DC.identifier", f"1.{story.number}")
    draft.article(
        id=f"1.{story.number}",
        headline=story.headline,
        authors=list(story.authors),
        sections=list(story.sections[:1]),
        published=story.published,
    )


def squarespace(draft: Draft) -> None:
    story = draft.story
    draft.title(f"{story.headline} — {story.site}")
    draft.canonical()
    draft.og(og_site_name=story.site, og_type="article", og_title=f"{story.headline} — {story.site}")
    draft.block(
        {
            "@context": "http://schema.org",
            "@type": "WebSite",
            "url": f"https://{story.host}",
            "name": story.site,
        },
        {
            "@context": "http://schema.org",
            "@type": "Article",
            "name": f"{story.headline} — {story.site}",
            "headline": story.headline,
            "url": story.url,
            "author": story.authors[0],
            "datePublished": story.published.strftime("%Y-%m-%dT%H:%M:%S%z"),
            "dateModified": story.modified.strftime("%Y-%m-%dT%H:%M:%S%z"),
        },
        {"@context": "http://schema.org", "@type": "LocalBusiness", "name": story.site, "address": ""},
    )
    draft.article(
        headline=story.headline,
        authors=list(story.authors[:1]),
        published=story.published,
        modified=story.modified,
        content_type="Article",
    )


def blogger(draft: Draft) -> None:
    """Single quotes; no ``og:type``; the block in a CDATA section, or in a comment."""
    story = draft.story
    draft.pen.quotes, draft.pen.closing = "'", "/>"
    draft.title(f"{story.site}: {story.headline}")
    draft.canonical(f"{story.url}.html")
    draft.og(og_url=f"{story.url}.html", og_title=story.headline)
    wrapping = ["//<![CDATA[\n{}\n//]]>", "/*<![CDATA[*/ {} /*]]>*/", "<!--\n{}\n-->", "{};"][
        draft.number % 4
    ]
    draft.block(
        {
            "@context": "http://schema.org",
            "@type": "BlogPosting",
            "mainEntityOfPage": {"@type": "WebPage", "@id": f"{story.url}.html"},
            "headline": story.headline,
            "datePublished": story.published.isoformat(),
            "dateModified": story.modified.isoformat(),
            "author": {"@type": "Person", "name": story.authors[0]},
        },
        wrapping=wrapping,
    )
    draft.article(
        id=f"/{story.slug}.html",
        headline=story.headline,
        authors=list(story.authors[:1]),
        published=story.published,
        modified=story.modified,
        content_type="BlogPosting",
    )


def substack(draft: Draft) -> None:
    story = draft.story
    is_free = draft.number % 2 == 0
    draft.title(f"{story.headline} - by {story.authors[0]}")
    draft.canonical()
    draft.og(og_type="article", og_title=story.headline)
    draft.foot.append(
        draft.pen.block(
            {
                "@context": ORG,
                "@type": "NewsArticle",
                "url": story.url,
                "mainEntityOfPage": story.url,
                "headline": story.headline,
                "datePublished": story.published.isoformat(),
                "dateModified": story.modified.isoformat(),
                "isAccessibleForFree": is_free,
                "author": [
                    {"@type": "Person", "name": name, "identifier": "user:1"} for name in story.authors
                ],
            }
        )
    )
    draft.article(
        headline=story.headline,
        authors=list(story.authors),
        published=story.published,
        modified=story.modified,
        content_type="NewsArticle",
        **({"access": "free"} if is_free else {}),
    )


def medium(draft: Draft) -> None:
    story = draft.story
    draft.title(f"{story.headline} | by {story.authors[0]} | {story.site}")
    draft.canonical()
    draft.meta("parsely-post-id", f"{story.number:x}")
    draft.og(og_type="article", og_title=story.headline, article_author="https://m.example/@a")
    draft.og(article_published_time=story.published.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z"))
    draft.block(
        {
            "@context": "http://schema.org",
            "@type": "NewsArticle",
            "@id": story.url,
            "identifier": f"{story.number:x}",
            "headline": story.headline,
            "name": story.headline,
            "dateCreated": story.published.isoformat(),
            "datePublished": story.published.isoformat(),
            "dateModified": story.modified.isoformat(),
            "author": {"@type": "Person", "name": story.authors[0], "url": "https://m.example/@a"},
            "creator": [story.authors[0]],
            "mainEntityOfPage": story.url,
        }
    )
    draft.article(
        id=f"{story.number:x}",
        headline=story.headline,
        authors=list(story.authors[:1]),
        published=story.published,
        modified=story.modified,
        content_type="NewsArticle",
    )


def typo3(draft: Draft) -> None:
    """Open Graph with times in the manner of mail, and a relative canonical link."""
    story = draft.story
    draft.title(story.headline)
    draft.head.append(draft.pen.tag("base", href=f"https://{story.host}/"))
    draft.head.append(draft.pen.tag("link", rel="canonical", href=f"/{story.slug}"))
    draft.truth["canonical"] = story.url
    draft.og(og_type="article", og_title=story.headline, og_locale=locale(story.language))
    draft.og(article_published_time=story.published.strftime("%a, %d %b %Y %H:%M:%S %z"))
    draft.article(headline=story.headline, published=story.published, language=said_by_locale(story.language))


def joomla(draft: Draft) -> None:
    """A graph whose article is what its page is about."""
    story = draft.story
    draft.title(f"{story.headline} - {story.site}")
    draft.canonical()
    draft.block(
        {
            "@context": ORG,
            "@graph": [
                {"@type": "Organization", "@id": f"https://{story.host}/#org", "name": story.site},
                {
                    "@type": "WebPage",
                    "@id": f"{story.url}#webpage",
                    "url": story.url,
                    "mainEntity": {"@id": f"{story.url}#a"},
                },
                {
                    "@type": "Article",
                    "@id": f"{story.url}#a",
                    "headline": story.headline,
                    "inLanguage": story.language,
                    "articleSection": story.sections[0],
                    "author": {"@id": f"https://{story.host}/#person"},
                    "dateModified": story.modified.isoformat(),
                },
                {"@type": "Person", "@id": f"https://{story.host}/#person", "name": story.authors[0]},
            ],
        }
    )
    draft.article(
        headline=story.headline,
        authors=list(story.authors[:1]),
        sections=list(story.sections[:1]),
        modified=story.modified,
        content_type="Article",
        language=story.language,
    )


def journal(draft: Draft) -> None:
    """Dublin Core of a journals' system, which says that it is an article."""
    story = draft.story
    draft.title(f"{story.headline} | {story.site}")
    draft.canonical()
    draft.meta("DC.Creator.PersonalName", *story.authors)
    draft.meta("DC.Date.issued", story.published.strftime("%Y-%m-%d"))
    draft.meta("DC.Date.modified", story.modified.strftime("%Y-%m-%d"))
    draft.meta("DC.Identifier", str(story.number))
    draft.meta("DC.Identifier.DOI", f"10.5555/j.{story.number}")
    draft.meta("DC.Language", story.language[:2])
    draft.meta("DC.Subject", *story.tags)
    draft.meta("DC.Title", story.headline)
    draft.meta("DC.Type", "Text.Serial.Journal")
    draft.meta("DC.Type.articleType", "Articles")
    draft.article(
        id=f"10.5555/j.{story.number}",
        headline=story.headline,
        authors=list(story.authors),
        tags=list(story.tags),
        language=story.language[:2],
    )
