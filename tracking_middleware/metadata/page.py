"""Reading a page: its title, its canonical URL, and the article or the product that it says it is about."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import urlsplit

import msgspec
from msgspec.structs import replace

from ..events.article import Article2
from ..events.commerce import Product
from ..privacy.redaction import Scrubbing, redact_path
from ..privacy.urls import clean_page_url
from ..settings.path_masks import NO_MASKS
from .articles import ARTICLES, article_fields
from .charset import ascii_like, decoded
from .json_ld import Key, Things, about_the_page, key_of, read_things
from .markup import Markup, absolute, read_markup
from .merging import merged
from .meta_tags import (
    dublin_core_article,
    is_dublin_core_article,
    opengraph_article,
    opengraph_product,
    opengraph_type,
    parsely_article,
)
from .products import PRODUCTS, product_fields
from .scanning import first_title
from .values import shown_title

Source = Literal["title", "canonical", "json-ld", "parsely", "opengraph", "dublin-core"]
"""Where something is read from."""
WITHOUT_EXTRA: frozenset[Source] = frozenset({"title"})
"""What is read without the extra ``[metadata]``."""
_REQUIRED = ("id", "category", "price", "currency")


class PageMetadata(msgspec.Struct, frozen=True, kw_only=True):
    """What a page says; ``None`` and nothing where it does not, or may have it wrong.

    ``canonical`` is scrubbed as the page's own URL is. ``conflicts`` names what the page's sources disagree
    about, where the first of them was taken. ``unreadable`` names the sources that could not be read.
    """

    title: str | None = None
    canonical: str | None = None
    entities: tuple[Article2 | Product, ...] = ()
    conflicts: tuple[str, ...] = ()
    unreadable: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Page:
    """A page that is being read."""

    markup: Markup
    things: Things
    sources: tuple[Source, ...]
    url: str
    own: set[Key]
    scrubbing: Scrubbing
    conflicts: list[str] = field(default_factory=list)


def read_page(
    body: bytes,
    *,
    content_type: str,
    url: str,
    sources: tuple[Source, ...],
    scrubbing: Scrubbing,
) -> PageMetadata:
    """What a page of HTML says, by those sources and in their order. Never raises.

    ``body`` is the page or its begin, ``content_type`` its header, ``url`` the page's own. Nothing is read on
    paths that have masked segments: their page may say what the path does.
    """
    title = None
    try:
        if is_masked(url, scrubbing):
            return PageMetadata()
        body, codec = ascii_like(body, content_type)
        title = _title(body, codec) if "title" in sources else None
        if WITHOUT_EXTRA.issuperset(sources):
            return PageMetadata(title=title)
        return replace(_read(body, codec, url, sources, scrubbing), title=title)
    except Exception:  # noqa: BLE001
        # whatever a page or the parser comes up with; nothing of it may cost the event
        return PageMetadata(title=title, unreadable=("html",))


def read_title(body: bytes, content_type: str) -> str | None:
    """The title that a page of HTML says, with what ``read_page`` says of it; the page may be its begin."""
    return _title(*ascii_like(body, content_type))


def is_masked(url: str, scrubbing: Scrubbing) -> bool:
    """Whether the path of a URL has segments that are masked, or cannot be read, so that nobody knows."""
    if scrubbing.masks is NO_MASKS:
        return False
    try:
        path = urlsplit(url).path
    except ValueError:
        return True
    return redact_path(path, scrubbing) != path


def _title(body: bytes, codec: str) -> str | None:
    found = first_title(body)
    return None if found is None else shown_title(decoded(found, codec))


def _read(
    body: bytes, codec: str, url: str, sources: tuple[Source, ...], scrubbing: Scrubbing
) -> PageMetadata:
    """What a page says beside its title."""
    markup = read_markup(body, codec, url)
    things = read_things(markup.blocks if "json-ld" in sources else [])
    page = _Page(
        markup=markup, things=things, sources=sources, url=url, own=_own(markup, url), scrubbing=scrubbing
    )
    canonical = _canonical(page) if "canonical" in sources else None
    entities = tuple(entity for entity in (_article(page), _product(page)) if entity is not None)
    return PageMetadata(
        canonical=canonical,
        entities=entities,
        conflicts=tuple(page.conflicts),
        unreadable=("json-ld",) if things.unreadable else (),
    )


def _own(markup: Markup, url: str) -> set[Key]:
    """The page by all addresses that it has."""
    shared = absolute(markup.meta("og:url", "parsely-link") or "", markup.base)
    return {key_of(address) for address in (url, shared, *markup.canonicals) if address}


def _canonical(page: _Page) -> str | None:
    """The canonical URL; ``None`` where links disagree, as search engines have it (RFC 6596)."""
    links = page.markup.canonicals
    if len(links) > 1:
        page.conflicts.append("canonical")
    return (clean_page_url(links[0], page.scrubbing) or None) if len(links) == 1 else None


def _article(page: _Page) -> Article2 | None:
    said: list[dict[str, Any]] = []
    is_article = False
    for source in page.sources:
        found, says_so = _article_by(source, page)
        said.extend(found)
        is_article = is_article or says_so
    if not is_article:
        return None
    fields, conflicts = merged(said)
    name = fields.pop("id", None) or _path(page)
    if name is None:
        return None
    page.conflicts.extend(conflicts)
    return Article2(id=name, **fields)


def _article_by(source: Source, page: _Page) -> tuple[list[dict[str, Any]], bool]:
    """What a source says of the article, and whether it says that the page is one."""
    markup, things = page.markup, page.things
    if source == "json-ld":
        own = about_the_page(things.of_types(ARTICLES), page.own, markup.base)
        return [article_fields(thing, things) for thing in own], bool(own)
    if source == "parsely":
        fields = parsely_article(markup)
        return ([], False) if fields is None else ([fields], True)
    if source == "opengraph" and opengraph_type(markup) == "article":
        return [opengraph_article(markup)], True
    if source == "dublin-core":
        return [dublin_core_article(markup)], is_dublin_core_article(markup)
    return [], False


def _product(page: _Page) -> Product | None:
    """The product, where all is known that the schema asks for."""
    said: list[dict[str, Any]] = []
    for source in page.sources:
        if source == "json-ld":
            own = about_the_page(page.things.of_types(PRODUCTS), page.own, page.markup.base)
            said.extend(product_fields(thing, page.things, page.markup.base) for thing in own)
        elif source == "opengraph" and opengraph_type(page.markup) in {
            "product",
            "product.item",
            "og:product",
        }:
            said.append(opengraph_product(page.markup))
    fields, conflicts = merged(said)
    if not all(name in fields for name in _REQUIRED):
        return None
    page.conflicts.extend(conflicts)
    return Product(**fields)


def _path(page: _Page) -> str | None:
    """The path of the canonical URL, with the query that it has, else of the page's own: the last resort."""
    links = page.markup.canonicals
    cleaned = clean_page_url(links[0] if len(links) == 1 else page.url.partition("?")[0], page.scrubbing)
    parts = urlsplit(cleaned)
    path = f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"
    return path if cleaned and len(path) <= 255 else None
