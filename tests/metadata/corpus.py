"""The pages: ten of each system, some of them damaged in ways that leave their meaning."""

from __future__ import annotations

import codecs
import random
from collections.abc import Callable, Iterator

from . import articles, held_back, newsrooms, others, shops
from .draft import Draft, Page
from .pen import Pen
from .story import story_of

System = Callable[[Draft], None]

SYSTEMS: dict[str, System] = {
    "WordPress, Yoast": articles.yoast,
    "WordPress, Rank Math": articles.rank_math,
    "WordPress, Parse.ly": articles.wp_parsely,
    "WordPress, Jetpack": articles.jetpack,
    "Newspack": newsrooms.newspack,
    "Ghost": articles.ghost,
    "Drupal": articles.drupal,
    "Wagtail": articles.wagtail,
    "django CMS": articles.django_cms,
    "Hugo": articles.hugo,
    "Jekyll": articles.jekyll,
    "Arc": newsrooms.arc,
    "Brightspot": newsrooms.brightspot,
    "Chorus": newsrooms.chorus,
    "Escenic": newsrooms.escenic,
    "Squarespace": newsrooms.squarespace,
    "Blogger": newsrooms.blogger,
    "Substack": newsrooms.substack,
    "Medium": newsrooms.medium,
    "TYPO3": newsrooms.typo3,
    "Joomla": newsrooms.joomla,
    "Open Journal Systems": newsrooms.journal,
    "Shopify": shops.shopify,
    "WooCommerce": shops.woocommerce,
    "Magento": shops.magento,
    "lists of articles": shops.lists,
    "pages that say little": shops.bare,
    "broken templates": shops.templated,
    **others.SYSTEMS,
}
HELD_BACK: dict[str, System] = {
    "live blogs": held_back.liveblog,
    "Next.js": held_back.next_js,
    "repositories": held_back.repository,
    "PrestaShop": held_back.prestashop,
    "encyclopedias": held_back.wiki,
    "WordPress, SEOPress": held_back.seopress,
    "Craft CMS, SEOmatic": held_back.seomatic,
    "HubSpot": held_back.hubspot,
    "BigCommerce": held_back.bigcommerce,
}
_IN_OLD_CHARSETS = {"Escenic"}
PAGES_OF_EACH = 10


def pages(systems: dict[str, System], seed: str) -> Iterator[Page]:
    """The pages of systems; another seed gives others."""
    for name, system in systems.items():
        for number in range(PAGES_OF_EACH):
            yield page_of(name, system, number, seed)


def page_of(name: str, system: System, number: int, seed: str) -> Page:
    """One page; every third is damaged."""
    key = f"{seed} {name} {number}"
    chance = random.Random(f"{key} pen")
    story = story_of(key, is_latin=name in _IN_OLD_CHARSETS)
    draft = Draft(story=story, pen=Pen(chance), number=number)
    system(draft)
    if number % 3 == 2:
        chance.choice(DAMAGES)(draft)
    page = draft.finished(name)
    if name not in _IN_OLD_CHARSETS and chance.random() < 0.08:
        return _in_utf_16(page)
    return page


def _in_utf_16(page: Page) -> Page:
    body = codecs.BOM_UTF16_LE + page.body.decode().encode("utf-16-le")
    return Page(
        system=page.system,
        number=page.number,
        url=page.url,
        body=body,
        content_type="text/html",
        truth=page.truth,
    )


def _broken_block(draft: Draft) -> None:
    """A comma too many, in a block of something else."""
    draft.head.append('<script type="application/ld+json">{"@type": "WebSite", "name": "x",}</script>')


def _cut_block(draft: Draft) -> None:
    draft.foot.append('<script type="application/ld+json">{"@type": "NewsArticle", "headline": "cut')


def _old_copy(draft: Draft) -> None:
    """What a template left in a comment."""
    old = '<title>old</title><meta property="og:title" content="old"><link rel="canonical" href="/old">'
    draft.head.insert(0, f"<!-- {old}\n--><!---->")


def _line_breaks(draft: Draft) -> None:
    """Breaks that JSON does not allow within a text, in a block that says nothing of the page."""
    draft.head.append('<script type="application/ld+json">{"@type":"WebSite","name":"a\n\tb"}</script>')


def _twice(draft: Draft) -> None:
    """Every tag once more, as where two plugins print the same."""
    draft.head += [part for part in draft.head if not part.startswith("<title")]


def _early_body(draft: Draft) -> None:
    """An element in the head, which ends it: all that follows stands in the body."""
    draft.head.insert(0, "<div><img src=/x.gif></div>")


def _empty_tags(draft: Draft) -> None:
    draft.head.insert(0, '<meta property="og:title" content=""><meta name="parsely-title" content=" "><meta>')


def _no_quotes_closed(draft: Draft) -> None:
    draft.foot.append("<p class='never><title>late</title>")


def _comment_open(draft: Draft) -> None:
    draft.foot.append('<!-- <meta property="og:type" content="video">')


DAMAGES = [
    *(_broken_block, _cut_block, _old_copy, _line_breaks, _twice, _early_body, _empty_tags),
    *(_no_quotes_closed, _comment_open),
]
