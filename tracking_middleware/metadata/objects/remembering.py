"""A page that goes into a cache, and comes from one: what is kept with it, and what is said of it again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import msgspec

from ...events.confidential import confidential_fields
from ...events.declaring import CacheableSchema, classes_of
from ...request.page import Page
from ...tally import Count
from .cached import CachedPage, packed
from .shown import Shown, begin_of

_UNTITLED = "title"
_ADDRESS = "url"


def remembered(
    shown: Shown, page: Page, *, title: str | None, address: str, is_named: bool, reads_titles: bool
) -> bytes:
    """What a cache is to keep with a page as it is now.

    The title that its render set (``title``) is the page's, unless it named a person as well (``is_named``);
    it is not missed where the page's own is read anyway. The entities are those that are declared as the
    page's, and what describes the objects that it shows; never a user id, a referrer, or what may be
    confidential.
    """
    left_out = []
    if is_named:
        title = None
    if title is None and page.title is not None and not reads_titles:
        left_out.append(_UNTITLED)
    if page.given_url:
        left_out.append(_ADDRESS)
    kept = []
    for schema, encoded in page.attached:
        if is_pages(schema, encoded):
            kept.append((str(schema), encoded))
        else:
            left_out.append(str(schema))
    said = page.entities
    for encoded, one in shown.described.items():
        if any(other.startswith(one.begin) for other in said):
            continue
        if one.is_cacheable and may_be_kept(one.entity, one.schema, encoded):
            kept.append((str(one.schema), encoded))
        else:
            left_out.append(str(one.schema))
    return packed(address, title, tuple(kept), tuple(left_out))


def is_pages(schema: str, encoded: bytes) -> bool:
    """Whether an attached entity is declared as the page's, and has nothing of a visitor's."""
    return isinstance(schema, CacheableSchema) and not _has(encoded, schema.visitors)


def may_be_kept(entity: object, schema: str, encoded: bytes) -> bool:
    """Whether what describes an object may be kept: it has nothing that is confidential, or a visitor's."""
    kinds: list[Any] = [type(entity), *classes_of(schema)]
    if any(confidential_fields(kind) for kind in kinds):
        return False
    return not isinstance(schema, CacheableSchema) or not _has(encoded, schema.visitors)


def _has(encoded: bytes, fields: tuple[str, ...]) -> bool:
    return bool(fields) and not msgspec.json.decode(encoded)["data"].keys().isdisjoint(fields)


def say_again(cached: CachedPage, page: Callable[[], Page], count: Count) -> None:
    """Say of a page what a cache had kept with it, but for what was said of it now; count what is missing."""
    if cached.title is not None and page().title is None:
        page().title = cached.title
    said = page().entities if cached.entities or cached.left_out else ()
    for schema, encoded in cached.entities:
        if not _is_said(schema, said):
            page().attach_encoded((schema, encoded))
    missing = list(_missing(cached, page(), said))
    if missing:
        count(
            "metadata_not_cached",
            f"a page came from a cache without {', '.join(missing)}, which its view gives: declare what "
            "is the page's with @entity(…, cacheable=True), or say it where it is said for each request",
        )


def _missing(cached: CachedPage, page: Page, said: tuple[bytes, ...]) -> Iterator[str]:
    for name in dict.fromkeys(cached.left_out):
        if name == _UNTITLED:
            is_said = page.title is not None
        elif name == _ADDRESS:
            is_said = bool(page.given_url)
        else:
            is_said = _is_said(name, said)
        if not is_said:
            yield name


def _is_said(schema: str, said: tuple[bytes, ...]) -> bool:
    begin = begin_of(schema)
    return any(encoded.startswith(begin) for encoded in said)
