"""What the same site shows and tracks in every framework."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Annotated

from tracking_middleware import Article, Confidential, StructuredEvent, current_page, event, track

ARTICLE = Article(
    id="a-1", subject="rivers", tags=["water", "stone"], author="Ada", length=3, written=date(2026, 1, 2)
)
HTML = "<!doctype html><title>Grüße</title><p>A page</p>"
CHUNKS = (b"<!doctype html>", b"<p>one</p>", b"<p>two</p>")
PUBLIC = "public, max-age=60"
COOKIES = ("one=1; Path=/", "two=2; Path=/")

first_chunk_seen = threading.Event()
"""Set by a test when the client has the first chunk of ``/slow``; the second waits for it."""

kept_pages = []
"""Pages that views kept beyond their response."""


@event("iglu:com.acme/order_placed/jsonschema/1-0-0")
@dataclass(frozen=True)
class OrderPlaced:
    """What a shop's server knows, and its browser does not."""

    sku: str
    margin: Annotated[Decimal, Confidential]


ORDER_PLACED = OrderPlaced("RS-1", Decimal("12.5"))


class SiteError(Exception):
    """What the site's broken pages raise."""


class ForbiddenError(Exception):
    """What the site makes a page of."""


def fill_page():
    """What a view does: a title and an entity."""
    page = current_page()
    page.title = "A page"
    page.attach(ARTICLE)


def order(query):
    """What a view does that tracks an event; the body is its ``event_id``, the query may set consent."""
    page = current_page()
    event_id = track(ORDER_PLACED, entities=[ARTICLE])
    if "consent=" in query:  # after the event
        page.consent = query.partition("consent=")[2].partition("&")[0]
    return f"{event_id} {page.seal()}".encode()


def after_response():
    """What is done when the visitor has the answer."""
    track(StructuredEvent("order", "packed"), entities=[ARTICLE])


def exported():
    """A download that tracks when it was made, and nothing before."""
    yield b"a,b\n"
    track(StructuredEvent("orders", "exported"))


async def async_exported():
    for chunk in exported():
        yield chunk


def title_in_template():
    """Called from within a template's rendering."""
    current_page().title = "Set in a template"
    return ""


def stream():
    """A streamed page that goes on building its page view."""
    yield CHUNKS[0]
    current_page().title = "Set while streaming"
    yield CHUNKS[1]
    current_page().attach(ARTICLE)
    yield CHUNKS[2]


def broken_stream():
    """A streamed page that breaks midway."""
    yield CHUNKS[0]
    raise SiteError("midway")


def slow_stream():
    """A streamed page whose second chunk is made when the client has the first."""
    yield CHUNKS[0]
    assert first_chunk_seen.wait(15)
    yield CHUNKS[1]


async def async_stream():
    for chunk in stream():
        yield chunk


async def async_broken_stream():
    yield CHUNKS[0]
    raise SiteError("midway")


async def async_slow_stream():
    import asyncio

    yield CHUNKS[0]
    assert await asyncio.to_thread(first_chunk_seen.wait, 15)
    yield CHUNKS[1]
