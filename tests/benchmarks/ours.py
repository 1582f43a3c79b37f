"""What is benchmarked: tracking_middleware in its default settings, issuing, and with an outbox."""

from __future__ import annotations

import time
from typing import Any, ClassVar

from tracking_middleware import Article, Settings, Tracker, current_page
from tracking_middleware.asgi import ASGIMiddleware
from tracking_middleware.wsgi import WSGIMiddleware

from .contestants import Contestant, Setup
from .sites import ASGIApp, Request, WSGIApp
from .visitors import ROOT_DOMAIN

_PATIENCE = 120


class Ours(Contestant):
    """The middleware, and a view that sets the title and attaches an ``Article``."""

    name = "tracking_middleware, identity='read'"
    about = "default settings but for buffer_size; the view sets page.title and attaches an Article"
    each = 1
    options: ClassVar[dict[str, Any]] = {}

    def __init__(self, setup: Setup) -> None:
        self.tracker = Tracker(
            Settings.from_mapping(
                {
                    "collector_url": setup.url,
                    "app_id": "benchmark",
                    "buffer_size": setup.capacity,
                    **self.options,
                    **self.own_options(setup),
                }
            )
        )

    def own_options(self, setup: Setup) -> dict[str, Any]:
        """Settings that depend on where it runs."""
        return {}

    def view(self, request: Request) -> None:
        story = request.story
        page = current_page()
        page.title = story.headline
        page.attach(
            Article(
                id=story.id,
                subject=story.subject,
                tags=story.tags,
                author=story.author,
                length=story.length,
                written=story.written,
                published=story.published,
                section=story.section,
                language=story.language,
            )
        )

    def wrap_wsgi(self, site: WSGIApp) -> WSGIApp:
        return WSGIMiddleware(site, tracker=self.tracker)

    def wrap_asgi(self, site: ASGIApp) -> ASGIApp:
        return ASGIMiddleware(site, tracker=self.tracker)

    def flush(self) -> None:
        self.tracker.flush(_PATIENCE)

    def held(self) -> int:
        stats = self.tracker.stats()
        return stats["buffered"] + stats["in_flight"] + stats["stored"]

    def close(self) -> None:
        self.tracker.close(0)


class OursIssuing(Ours):
    """The middleware that begins persons and sessions too."""

    name = "tracking_middleware, identity='issue'"
    about = "as above, with identity='issue' and the site's root domain as cookie_domain"
    options: ClassVar[dict[str, Any]] = {
        "identity": "issue",
        "secret_key": "a long random text that stays secret",
        "cookie_domain": ROOT_DOMAIN,
    }


class OursWithOutbox(Ours):
    """The middleware with events on disk before they are sent."""

    name = "tracking_middleware, outbox"
    about = "default settings, with an outbox (SQLite, as large as needed) in the system's temporary folder"

    def own_options(self, setup: Setup) -> dict[str, Any]:
        return {"outbox": str(setup.folder / "outbox.sqlite3"), "outbox_max_bytes": 8 << 30}

    def settle(self) -> None:
        deadline = time.monotonic() + _PATIENCE
        while (stats := self.tracker.stats())["buffered"] + stats["in_flight"]:
            if time.monotonic() > deadline:
                raise RuntimeError(f"page views were not stored within {_PATIENCE} s: {stats}")
            time.sleep(0.002)

    def begin_to_send(self) -> None:
        """Send what earlier processes left in the outbox, without waiting for it."""
        self.tracker.flush(0)
