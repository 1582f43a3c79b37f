"""Contestants: each tracks the page views of the benchmarked site in its own way, ours and the peers."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import ClassVar

from .sites import ASGIApp, Request, WSGIApp, asgi_site, wsgi_site
from .visitors import Visit, Visitors


@dataclass(frozen=True)
class Setup:
    """What a contestant gets: the port of its collector, how much it may hold back, a folder of its own."""

    port: int
    capacity: int = 200_000
    folder: Path | None = None

    @property
    def url(self) -> str:
        """The collector's address."""
        return f"http://127.0.0.1:{self.port}"


class Contestant:
    """The bare app, and the base of the others: they add a view's work, or a middleware, or both."""

    name: ClassVar[str] = "bare app"
    about: ClassVar[str] = ""
    """How it is configured, for the notes under a table."""
    bare: ClassVar[str] = "bare"
    """The key of the same app without tracking, whose cost is taken off."""
    protocol: ClassVar[str] = ""
    """``WSGI`` or ``ASGI`` where it has but one of them."""
    each: ClassVar[int] = 0
    """Events that arrive of each page view."""

    def __init__(self, setup: Setup) -> None:
        """Get ready to track."""

    def visit(self, visitors: Visitors) -> Visit:
        """Who comes."""
        return visitors.with_cookies()

    def view(self, request: Request) -> None:
        """What the view of an article does for tracking."""

    def wrap_wsgi(self, site: WSGIApp) -> WSGIApp:
        """The site with the contestant's middleware, if it has one."""
        return site

    def wrap_asgi(self, site: ASGIApp) -> ASGIApp:
        """The site with the contestant's middleware, if it has one."""
        return site

    def wsgi_app(self) -> WSGIApp:
        """The site, tracked."""
        return self.wrap_wsgi(wsgi_site(self.view))

    def asgi_app(self) -> ASGIApp:
        """The site, tracked."""
        return self.wrap_asgi(asgi_site(self.view))

    def flush(self) -> None:
        """Send what is waiting, and wait until that is done."""

    def settle(self) -> None:
        """Wait until what was tracked is where it will wait for being sent."""

    def held(self) -> int:
        """How many page views it has taken and not delivered."""
        return 0

    def close(self) -> None:
        """End its threads."""


_PLACES = {
    "bare": ".contestants:Contestant",
    "ours": ".ours:Ours",
    "ours-issuing": ".ours:OursIssuing",
    "ours-outbox": ".ours:OursWithOutbox",
    "ours-proxy": ".lanes:OursBehindProxy",
    "ours-masks": ".lanes:OursMasking",
    "ours-consent": ".lanes:OursConsenting",
    "ours-before-send": ".lanes:OursFiltering",
    "ours-non-ascii": ".lanes:OursBeyondASCII",
    "ours-track": ".lanes:OursTracking",
    "bare-django": ".frameworks:DjangoSite",
    "ours-django": ".frameworks:OursInDjango",
    "bare-flask": ".frameworks:FlaskSite",
    "ours-flask": ".frameworks:OursInFlask",
    "bare-fastapi": ".frameworks:FastAPISite",
    "ours-fastapi": ".frameworks:OursInFastAPI",
    "opentelemetry": ".peers.opentelemetry:OpenTelemetry",
    "opentelemetry-attributes": ".peers.opentelemetry:OpenTelemetryWithAttributes",
    "snowplow": ".peers.snowplow:SnowplowAsync",
    "snowplow-sync": ".peers.snowplow:SnowplowSync",
    "posthog": ".peers.posthog:PostHog",
    "segment": ".peers.segment:Segment",
    "starlette-session": ".peers.starlette_session:StarletteSession",
}
"""Where each is; a peer is imported where it is measured and nowhere else."""


def contestant(key: str) -> type[Contestant]:
    """The contestant of this key; a new one needs a class, and a line above."""
    module, _, name = _PLACES[key].partition(":")
    return getattr(import_module(module, __package__), name)
