"""What a page says of itself, beside what its view said, on the background thread."""

from __future__ import annotations

import re
from typing import cast
from urllib.parse import urlsplit, urlunsplit

from ..events.entities import MAX_ENTITY_BYTES, encode_entity, schema_of
from ..metadata.kept import KeptBody
from ..metadata.page import PageMetadata, Source, is_masked, read_page, read_title
from ..metadata.unpacking import UnknownCodingError
from ..request.page import Given
from .shared import Shared

_CAME_BY = re.compile("(?:utm_[a-z]+|gclid|msclkid|dclid|_sp)=")
"""Parameters that are the visit's and not the page's: what Enrich makes ``mkt_*`` and the link of."""
NOTHING_SAID = PageMetadata()


def described(given: Given, body: KeptBody, shared: Shared, url: str) -> Given:
    """What the application said of its page, and, of what it did not say, what the page itself does.

    ``url`` is that of the request. Never raises: a page that cannot be read costs no page view.
    """
    try:
        title, given_url, referrer, user_id, entities = given
        if shared.reads_titles_alone:
            return _read_title(body, shared, given_url or url), *given[1:]
        said = _read(body, shared, given_url or url)
        return (
            said.title if title is None else title,
            given_url or _canonical(said, url),
            referrer,
            user_id,
            _entities(entities, said, shared) if said.entities else entities,
        )
    except Exception:  # noqa: BLE001
        # a bug of ours, which must not cost the event
        shared.tally.failure("metadata")
        return given


def _content(body: KeptBody, shared: Shared) -> tuple[bytes, str] | None:
    """What was kept of a page, and its type; None where that is nothing to be read."""
    if body.is_given_up:
        shared.count("metadata_skipped")
        return None
    try:
        return body.content()
    except UnknownCodingError as error:
        shared.count("metadata_unreadable", str(error))
        return None


def _read_title(body: KeptBody, shared: Shared, url: str) -> str | None:
    """The title alone, in fewer steps."""
    content = _content(body, shared)
    if content is None or is_masked(url, shared.scrubbing):
        return None
    return read_title(*content)


def _read(body: KeptBody, shared: Shared, url: str) -> PageMetadata:
    """What a page's body says; what cannot be read is counted, and is nothing."""
    count, content = shared.count, _content(body, shared)
    if content is None:
        return NOTHING_SAID
    said = read_page(
        content[0],
        content_type=content[1],
        url=url,
        sources=cast("tuple[Source, ...]", shared.settings.metadata),
        scrubbing=shared.scrubbing,
    )
    for name in said.conflicts:
        count("metadata_conflict", f"a page's sources disagree about its {name}, and the first was taken")
    for name in said.unreadable:
        count("metadata_unreadable", f"the {name} of a page cannot be read, and nothing was taken from it")
    return said


def _canonical(said: PageMetadata, url: str) -> str | None:
    """The page's URL by its canonical link, with the campaign and the link that the visitor came by.

    One of another host says where the text is at home, and not which page of the site this is.
    """
    if said.canonical is None:
        return None
    try:
        own, canonical = urlsplit(url), urlsplit(said.canonical)
    except ValueError:
        return None
    if own.netloc.lower() != canonical.netloc.lower():
        return None
    came_by = [part for part in own.query.split("&") if _CAME_BY.match(part)]
    query = "&".join(filter(None, [canonical.query, *came_by]))
    return urlunsplit((own.scheme, own.netloc, canonical.path, query, ""))


def _entities(entities: tuple[bytes, ...], said: PageMetadata, shared: Shared) -> tuple[bytes, ...]:
    """The view's entities, and those that the page itself says and the view did not."""
    for entity in said.entities:
        # without its version: a view that attached the first Article has said what its page is about
        name = schema_of(entity).rpartition("/")[0]
        if any(encoded.startswith(f'{{"schema":"{name}/'.encode()) for encoded in entities):
            continue
        encoded = encode_entity(entity)[1]
        if len(entities) >= shared.max_entities:
            shared.count("too_many_entities")
        elif sum(map(len, entities)) + len(encoded) > MAX_ENTITY_BYTES:
            shared.count("entity_too_large")
        else:
            entities = (*entities, encoded)
    return entities
