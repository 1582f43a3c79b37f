"""The collector as an ASGI app: its routes put together, those that show events behind their guards."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from starlette.applications import Starlette
from starlette.routing import BaseRoute, Match, Route
from starlette.types import ASGIApp, Receive, Scope, Send

from ..journeys.config import Config
from . import pages
from .filtering.articles import ArticleFilters
from .gap_export import GapExport
from .http.guards import guarded
from .http.targets import in_origin_form
from .insights.answer_tables import AnswerTables
from .insights.asking import Answering
from .insights.gap_counts import GapCounts
from .insights.robots import Robots
from .intake.options import TrackerOptions
from .intake.tracker_routes import TP2, Trackers
from .micro import events_routes, iglu_routes, micro_routes
from .micro.showing import Showing
from .pages.answers.routes import TABS, AnswerPages
from .pages.parts.assets import Assets
from .pages.parts.frame import Shell
from .schemas.iglu import Iglu
from .store.store import Row, Store

_TABS = (("Live", "/"), ("Journeys", "/journeys"), *TABS, ("Gaps", "/gaps"), ("Bad", "/bad"))
_POSTS = f"/{TP2}"


def create_app(
    store: Store,
    iglu: Iglu | None = None,
    *,
    token: str | None = None,
    host: str | None = None,
    options: TrackerOptions | None = None,
    body_seconds: float = 30.0,
    heard: Callable[[Sequence[Row]], None] | None = None,
    ending: pages.Ending | None = None,
    config: Config | None = None,
    robots: Robots | None = None,
) -> ASGIApp:
    """The collector as an ASGI app over ``store``; without ``iglu`` it knows the package's own schemas.

    What a schema calls confidential is kept in the store as it was sent, and shown as ``***``. With a
    ``token`` the page and ``/micro/…`` ask for it; ``host`` is a name of the collector that its page may
    be asked for by, besides those of this machine. ``options`` and ``heard`` are as in ``Trackers``. A
    body must arrive within ``body_seconds``. The page's open streams end when ``ending`` is called.
    ``config`` says what articles and conversions are, ``robots`` what the site forbids agents.
    """
    iglu = iglu or Iglu()
    showing = Showing(iglu.hiding)
    answers = (config or Config()).answers
    articles, zone = ArticleFilters(store, answers.article, showing), answers.timezone
    shell = Shell(Assets(), _TABS)
    ending = pages.Ending() if ending is None else ending
    answering = Answering(AnswerTables(store, config))
    ending.stop(answering.end)
    # a list of routes for each module that shows events: another is added here
    shown: list[Route] = [
        *pages.routes(store, showing, shell, ending, answering=answering, articles=articles, zone=zone),
        GapExport(GapCounts(answering, showing), articles, zone=zone).route(),
        *AnswerPages(answering, shell, showing, counts=store.counts, robots=robots).routes(),
        *micro_routes.routes(store, showing, body_seconds=body_seconds),
        *events_routes.routes(store, showing, body_seconds=body_seconds, articles=articles, zone=zone),
        *iglu_routes.routes(iglu),
    ]
    shown += micro_routes.unknown_routes(shown)
    trackers = Trackers(store, iglu.validation, options, body_seconds=body_seconds, heard=heard)
    return _Sides(
        shown,
        guarded(_routed(shown), token=token, host=host),
        _routed(trackers.routes()),
        trackers.take_tp2,
    )


def _routed(routes: Sequence[BaseRoute]) -> Starlette:
    app = Starlette(routes=routes)
    app.router.redirect_slashes = False  # an event that is redirected is lost
    return app


class _Sides:
    """Two apps in one: what shows events, guarded, and what takes them, open to every tracker.

    Nearly all that comes are POSTs to one path, which has an app of its own: the same, without routes.
    A route is guarded because it is in the list of those that show, not because of its path.
    """

    def __init__(self, shown: Sequence[BaseRoute], showing: ASGIApp, taking: ASGIApp, posts: ASGIApp) -> None:
        self._shown = shown
        self._showing = showing
        self._taking = taking
        self._posts = posts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            scope = in_origin_form(scope)
            if scope["method"] == "POST" and scope["path"] == _POSTS and not scope.get("root_path"):
                await self._posts(scope, receive, send)
                return
        side = self._showing if self._is_shown(scope) else self._taking
        await side(scope, receive, send)

    def _is_shown(self, scope: Scope) -> bool:
        if scope["type"] != "http":
            return bool(scope["type"] == "websocket")
        return any(route.matches(scope)[0] is not Match.NONE for route in self._shown)
