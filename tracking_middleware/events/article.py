"""The second version of ``Article``: what a newsroom knows of a page, and what it showed of it to whom."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time
from typing import Literal

import msgspec
from msgspec.structs import force_setattr

from .declaring import declare

_LISTS = ("authors", "sections", "tags")
_TIMES = ("published", "modified")


@declare(
    "iglu:org.tracking_middleware/article/jsonschema/2-0-0", "entity", cacheable=True, visitors=("reader",)
)
class Article2(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a publisher knows of an article page; only ``id`` is required, and what is not known is not sent.

    ``sections`` is a path, the outermost first; ``headline_variant`` names the headline that was shown of
    those under test; ``published`` and ``modified`` are moments (a ``date`` is the begin of that day, local
    time); ``words`` is the length; ``content_type`` the site's own word (``"news"``, ``"video"``,
    ``"recipe"``); ``language`` a BCP 47 tag; ``edition`` that of the site, ``template`` what rendered it.
    A list that is given as one text is a list of that text.

    ``access`` is the article's, ``reader`` is the person's: it belongs to one answer, and an entity that has
    it is not kept with a page in a framework's cache, as others are.
    """

    id: str
    headline: str | None = None
    headline_variant: str | None = None
    authors: Sequence[str] = ()
    sections: Sequence[str] = ()
    subject: str | None = None
    tags: Sequence[str] = ()
    published: datetime | None = None
    modified: datetime | None = None
    words: int | None = None
    content_type: str | None = None
    access: Literal["free", "metered", "paid"] | None = None
    reader: Literal["anonymous", "registered", "subscriber"] | None = None
    language: str | None = None
    edition: str | None = None
    template: str | None = None

    def __post_init__(self) -> None:
        for name in _LISTS:
            value = getattr(self, name)
            if isinstance(value, str):  # its letters would be the list
                force_setattr(self, name, (value,))
            elif isinstance(value, list) and not value:  # nothing is known, as where it was not given
                force_setattr(self, name, ())
        for name in _TIMES:
            value = getattr(self, name)
            if isinstance(value, date) and not isinstance(value, datetime):  # the schema asks for a moment
                force_setattr(self, name, datetime.combine(value, time()))
