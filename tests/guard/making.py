"""What scenarios are made of: settings, views, visitors, and the lanes that they are driven in."""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from tracking_middleware import Article, StructuredEvent, Tracker, current_page, track
from tracking_middleware.asgi import ASGIMiddleware
from tracking_middleware.wsgi import WSGIMiddleware

from . import driving
from .driving import Lane, Nowhere
from .requests import changed, environ_of, headers_of, page, scope_of

Options = dict[str, Any]
Visit = Callable[[int], tuple[int, tuple[str, str], tuple[tuple[str, str], ...]]]

ISSUING = {
    "identity": "issue",
    "secret_key": "a long random text that stays secret",
    "cookie_domain": "example.com",
}
PROXIED = {"trusted_proxies": 1}
MASKING = {"mask_paths": ["/articles/<article>/", "/articles/<article>", "/reset/<token>/"]}
CONSENTING = {"consent": lambda request: "full" if request.cookies.get("consent") == "full" else "none"}
FILTERING = {"before_send": lambda event: event}
_DAY, _MOMENT = date(2026, 1, 2), datetime(2026, 1, 2, 6, tzinfo=UTC)
_PATIENCE = 300


# --- views and visits ---


def no_view() -> None:
    """A site that knows nothing of the middleware."""


def title_and_entity() -> None:
    """What the view of an article does."""
    tell("Night trains return to the northern line", "Ada Byron")


def title_beyond_ascii() -> None:
    """The same elsewhere."""
    tell("Nachtzüge fahren wieder auf der Nordstrecke", "José Martí")


def tell(title: str, author: str) -> None:
    """Set the title, and attach an ``Article``."""
    shown = current_page()
    shown.title = title
    shown.attach(
        Article(
            id="a-17",
            subject="transport",
            tags=("trains", "long read"),
            author=author,
            length=1200,
            written=_DAY,
            published=_MOMENT,
            section="news",
            language="en",
        )
    )


def tracking_view() -> None:
    """A view that tracks an event."""
    track(StructuredEvent("checkout", "pay", label="card", value=Decimal("12.30")))


def visit(number: int) -> Any:
    """Somebody who was here before."""
    return number, page(number), headers_of(number)


def newcomer(number: int) -> Any:
    """Somebody without a cookie of the tracker."""
    return number, page(number), headers_of(number, is_new=True)


def style_sheet(number: int) -> Any:
    """A static file."""
    headers = changed(
        headers_of(number), accept="text/css,*/*;q=0.1", sec_fetch_dest="style", sec_fetch_mode="no-cors"
    )
    return number, (f"/static/site.{number:05}.css", "v=1"), headers


def xhr(number: int) -> Any:
    """A script that asks for data."""
    headers = changed(
        headers_of(number), accept="application/json", sec_fetch_dest="empty", sec_fetch_mode="cors"
    )
    return number, (f"/comments/{number:05}", "page=1"), headers


def proxied(number: int) -> Any:
    """Somebody whose request comes through a proxy."""
    forwarded = {"x_forwarded_for": f"203.0.113.{number % 250}", "x_forwarded_proto": "https"}
    return number, page(number), changed(headers_of(number), **forwarded, x_forwarded_host="www.example.com")


def beyond_ascii(number: int) -> Any:
    """A page whose address is not written in ASCII."""
    path, query = f"/größen/{number:05}/日本語", "q=%C3%BC%C3%A4&utm_campaign=%E6%97%A5"
    referer = f"https://www.example.com/stra%C3%9Fe/?page={number:05}"
    return number, (path, query), changed(headers_of(number), referer=referer)


# --- how a scenario is driven ---


def environs(visit: Visit) -> Callable[[range], list[Options]]:
    """The requests of some numbers, as WSGI has them."""
    return lambda numbers: [environ_of(*visit(number)) for number in numbers]


def scopes(visit: Visit) -> Callable[[range], list[Options]]:
    """The requests of some numbers, as ASGI has them."""
    return lambda numbers: [scope_of(*visit(number)) for number in numbers]


def fresh_file() -> str:
    """Where a file can be that is not there yet."""
    return str(Path(tempfile.mkdtemp(prefix="guard-")) / "outbox.sqlite3")


def tracker_to(delivery: Nowhere, options: Options) -> Tracker:
    """A tracker whose events go nowhere."""
    return Tracker(delivery=delivery, collector_url="http://127.0.0.1:9", app_id="guard", **options)


def wsgi(
    view: Callable[[], None] = no_view, visit: Visit = visit, *, events: int = 1, **options: Any
) -> Lane:
    """Requests through the WSGI middleware."""
    delivery = Nowhere()
    app = WSGIMiddleware(driving.wsgi_site(view), tracker=tracker_to(delivery, options))
    return Lane(
        prepare=environs(visit),
        serve=driving.serve_wsgi(app),
        check=delivery.expect(events),
    )


def asgi(
    view: Callable[[], None] = no_view, visit: Visit = visit, *, events: int = 1, **options: Any
) -> Lane:
    """Requests through the ASGI middleware."""
    delivery = Nowhere()
    app = ASGIMiddleware(driving.asgi_site(view), tracker=tracker_to(delivery, options))
    return Lane(
        prepare=scopes(visit),
        serve=driving.serve_asgi(app),
        check=delivery.expect(events),
    )


def returning(number: int) -> Any:
    """A newcomer with the cookies of a first answer."""
    given = driving.cookies_set_by(_issuing(), environ_of(*newcomer(number)))
    headers = dict(headers_of(number, is_new=True))
    return (
        number,
        page(number),
        changed(tuple(headers.items()), cookie="; ".join([headers["cookie"], *given])),
    )


@cache
def _issuing() -> WSGIMiddleware:
    return WSGIMiddleware(driving.wsgi_site(no_view), tracker=tracker_to(Nowhere(), ISSUING))


def delivering(
    view: Callable[[], None] = no_view,
    visit: Visit = visit,
    *,
    events: int = 1,
    arrive: str = "delivered",
    collector_url: str = "log:",
    **options: Any,
) -> Lane:
    """Page views from the buffer on, in one thread: ``close()`` does all where there is no other."""
    logging.disable(logging.CRITICAL)  # the log of events is where these end, and nobody reads it

    def prepare(numbers: range) -> list[Any]:
        given = {name: value() if name == "outbox" else value for name, value in options.items()}
        tracker = Tracker(collector_url=collector_url, app_id="guard", buffer_size=100_000, **given)
        site = WSGIMiddleware(driving.wsgi_site(view), tracker=tracker)
        driving.serve_wsgi(site)([environ_of(*visit(number)) for number in numbers])
        return [tracker, events * len(numbers)]

    def serve(made: list[Any]) -> None:
        tracker, expected = made
        tracker.close(_PATIENCE)
        stats = tracker.stats()
        if stats[arrive] != expected:
            raise RuntimeError(f"{expected} events were to be {arrive}: {stats}")

    return Lane(prepare, serve)
