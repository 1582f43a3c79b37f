"""Snowplow's own Python tracker, called in the view."""

from __future__ import annotations

import logging

import requests
from snowplow_tracker import AsyncEmitter, Emitter, PageView, SelfDescribingJson, Subject, Tracker
from snowplow_tracker.event_store import InMemoryEventStore

from ..contestants import Contestant, Setup
from ..sites import ASGIApp, Request, threaded_asgi_site
from .facts import article_data, visitor_of

_SCHEMA = "iglu:org.tracking_middleware/article/jsonschema/1-0-0"

# it logs each POST at INFO; a site in production would not want that
logging.getLogger("snowplow_tracker.emitters").setLevel(logging.CRITICAL)


class SnowplowAsync(Contestant):
    """Its ``AsyncEmitter``: batches, sent by a thread of its own."""

    name = "snowplow-tracker, AsyncEmitter"
    each = 1
    about = (
        "batch_size 50, a keep-alive requests.Session, request_timeout 5 s, event store as large as needed, "
        "encode_base64=False (cheaper); the view reads the cookie by hand and tracks a PageView with a "
        "Subject and one context"
    )

    def __init__(self, setup: Setup) -> None:
        self.tracker = Tracker(
            namespace="server", emitters=self._emitter(setup), app_id="benchmark", encode_base64=False
        )

    def _emitter(self, setup: Setup) -> Emitter:
        return AsyncEmitter(
            "127.0.0.1",
            protocol="http",
            port=setup.port,
            batch_size=50,
            request_timeout=5,
            session=requests.Session(),
            event_store=event_store(setup.capacity),
        )

    def view(self, request: Request) -> None:
        visitor, story = visitor_of(request), request.story
        subject = (
            Subject()
            .set_platform("srv")
            .set_useragent(request.header("user-agent"))
            .set_ip_address(request.address)
            .set_lang(request.header("accept-language"))
        )
        if visitor.domain_userid:
            subject.set_domain_user_id(visitor.domain_userid)
            subject.set_domain_session_id(visitor.domain_sessionid)
            subject.set_domain_session_index(int(visitor.domain_sessionidx))
        self.tracker.track(
            PageView(
                page_url=request.url,
                page_title=story.headline,
                referrer=request.header("referer"),
                event_subject=subject,
                context=[SelfDescribingJson(_SCHEMA, article_data(story))],
            )
        )

    def flush(self) -> None:
        self.tracker.flush()

    def held(self) -> int:
        emitter = self.tracker.emitters[0]
        return emitter.event_store.size() + sum(map(len, list(emitter.queue.queue)))


class SnowplowSync(SnowplowAsync):
    """Its default: ``Emitter``, which POSTs in the thread that tracks the tenth event."""

    name = "snowplow-tracker, Emitter (its default)"
    about = (
        "batch_size 10 (default), a keep-alive requests.Session, request_timeout 5 s; under ASGI the view "
        "runs in a thread pool"
    )

    def asgi_app(self) -> ASGIApp:
        return threaded_asgi_site(self.view)

    def _emitter(self, setup: Setup) -> Emitter:
        return Emitter(
            "127.0.0.1", protocol="http", port=setup.port, request_timeout=5, session=requests.Session()
        )


class SnowplowWaiting(SnowplowSync):
    """The same with a store that grows, since its batch is never full."""

    def _emitter(self, setup: Setup) -> Emitter:
        self._store = event_store(setup.capacity)
        return self._emitter_to(setup.port)

    def sender_to(self, port: int) -> Emitter:
        """An emitter of the same store to another collector."""
        return self._emitter_to(port)

    def _emitter_to(self, port: int) -> Emitter:
        return Emitter(
            "127.0.0.1",
            protocol="http",
            port=port,
            batch_size=10**9,
            request_timeout=60,
            session=requests.Session(),
            event_store=self._store,
        )


def event_store(capacity: int) -> InMemoryEventStore:
    """Its store, with room for so many events instead of 10,000."""
    return InMemoryEventStore(logging.getLogger("snowplow_tracker.emitters"), buffer_capacity=capacity)
