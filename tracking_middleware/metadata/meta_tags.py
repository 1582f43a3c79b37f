"""What the meta tags of Open Graph, Parse.ly and Dublin Core say of an article, or of a product."""

from __future__ import annotations

import json
import re
from typing import Any

from .json_ld import Thing
from .markup import Markup
from .values import (
    LONGEST_HEADLINE,
    category_path,
    currency_of,
    identifier_of,
    known,
    language_of,
    moment_of,
    names_of,
    price_of,
    sections_of,
    split_names,
    text_of,
)

_TIERS = {"free": "free", "metered": "metered", "locked": "paid"}
"""``article:content_tier`` of Facebook's, in the words of ``Article2``."""
_AVAILABILITIES = {
    **dict.fromkeys(("instock", "in stock", "in_stock", "available"), "in stock"),
    **dict.fromkeys(("oos", "out of stock", "outofstock", "out_of_stock"), "out of stock"),
    **dict.fromkeys(("preorder", "pre-order", "pre order"), "preorder"),
    **dict.fromkeys(("backorder", "available for order"), "backorder"),
}
_BRANDED = r"\s+(?:[-|\u2013\u2014·•»/:]|::)\s+{site}\Z"


def opengraph_type(markup: Markup) -> str:
    """``og:type`` (ogp.me)."""
    return (markup.meta("og:type") or "").strip().lower()


def opengraph_article(markup: Markup) -> dict[str, Any]:
    """The tags ``article:*`` and the like of a page that says that it is an article."""
    return known(
        {
            "headline": _unbranded(markup),
            "authors": names_of(markup.all_metas("article:author", "og:article:author")),
            "sections": sections_of(markup.all_metas("article:section", "og:article:section")),
            "tags": split_names(markup.all_metas("article:tag", "og:article:tag")),
            "published": moment_of(markup.meta("article:published_time", "og:article:published_time")),
            "modified": moment_of(
                markup.meta("article:modified_time", "og:article:modified_time", "og:updated_time")
            ),
            "access": _TIERS.get((markup.meta("article:content_tier") or "").strip().lower()),
            "language": language_of(markup.meta("og:locale")),
        }
    )


def opengraph_product(markup: Markup) -> dict[str, Any]:
    """The tags ``product:*`` of a page that says that it is a product's."""
    status = (markup.meta("product:availability", "og:availability") or "").strip().lower()
    amount = markup.meta("product:sale_price:amount", "product:price:amount", "og:price:amount")
    currency = markup.meta("product:sale_price:currency", "product:price:currency", "og:price:currency")
    return known(
        {
            "id": identifier_of(markup.meta("product:retailer_item_id", "product:retailer_part_no")),
            "name": _unbranded(markup),
            "category": text_of(category_path(markup.meta("product:category") or "")),
            "price": price_of(amount),
            "currency": currency_of(currency),
            "brand": text_of(markup.meta("product:brand", "og:brand")),
            "inventory_status": _AVAILABILITIES.get(status),
        }
    )


def parsely_article(markup: Markup) -> dict[str, Any] | None:
    """Parse.ly's tags, one each or all in ``parsely-page``; ``None`` where they do not tell of a post."""
    page = _parsely_page(markup)
    kind = page.get("type") or markup.meta("parsely-type")
    title = page.get("title") or markup.meta("parsely-title")
    date = page.get("pub_date") or markup.meta("parsely-pub-date")
    if not title or (str(kind).strip().lower() != "post" if kind else not date):
        return None
    tags = page.get("tags") or markup.meta("parsely-tags")
    section = page.get("section") or markup.meta("parsely-section")
    return known(
        {
            "id": identifier_of(page.get("post_id") or markup.meta("parsely-post-id")),
            "headline": text_of(title, longest=LONGEST_HEADLINE),
            "authors": names_of(
                page.get("authors") or page.get("author") or markup.all_metas("parsely-author")
            ),
            "sections": names_of(section),
            "tags": split_names(tags),
            "published": moment_of(date),
        }
    )


def is_dublin_core_article(markup: Markup) -> bool:
    """Whether ``DC.type`` says that it is an article, in the words that journals' systems have."""
    kinds = [*markup.metas.get("dc.type", ()), *markup.metas.get("dcterms.type", ())]
    return any("article" in kind.lower() for kind in kinds) or "dc.type.articletype" in markup.metas


def dublin_core_article(markup: Markup) -> dict[str, Any]:
    """Elements and terms of Dublin Core, as ``DC.``, ``DCTERMS.`` or with a colon."""
    return known(
        {
            "id": _dublin_core_id(markup),
            "headline": text_of(markup.meta(*_terms("title")), longest=LONGEST_HEADLINE),
            "authors": names_of(markup.all_metas(*_terms("creator", "creator.personalname"))),
            "tags": [
                *dict.fromkeys(
                    name
                    for text in markup.all_metas(*_terms("subject"))
                    for name in names_of([part for part in text.split(";") if part.strip()])
                )
            ],
            "published": moment_of(markup.meta(*_terms("date.issued", "issued", "date", "date.created"))),
            "modified": moment_of(markup.meta(*_terms("date.modified", "modified"))),
            "language": language_of(markup.meta(*_terms("language"))),
        }
    )


def _terms(*names: str) -> list[str]:
    return [f"{prefix}{name}" for name in names for prefix in ("dc.", "dcterms.", "dc:", "dcterms:")]


def _dublin_core_id(markup: Markup) -> str | None:
    """An identifier that is no address of the page, and no citation of it: a DOI, a number."""
    texts = markup.all_metas(*_terms("identifier.doi")) or markup.all_metas(*_terms("identifier"))
    ids = (identifier_of(text) for text in texts if re.fullmatch(r"[^\s/]\S*", text.strip()))
    return next((text for text in ids if text), None)


def _unbranded(markup: Markup) -> str | None:
    """``og:title`` without the site's name at its end, which the protocol has a tag of its own for."""
    title = text_of(markup.meta("og:title"), longest=LONGEST_HEADLINE)
    site = text_of(markup.meta("og:site_name"))
    if title is None or site is None:
        return title
    return re.sub(_BRANDED.format(site=re.escape(site)), "", title) or None


def _parsely_page(markup: Markup) -> Thing:
    text = markup.meta("parsely-page")
    try:
        page = json.loads(text, strict=False) if text else {}
    except (ValueError, RecursionError):
        return {}
    return page if isinstance(page, dict) else {}
