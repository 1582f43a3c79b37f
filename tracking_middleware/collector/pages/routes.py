"""The routes of the page: what a URL asks for, from the store, through ``Showing``, into HTML."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from ..filtering.articles import ArticleFilters, Chosen
from ..filtering.days import day_of
from ..filtering.urls import exports_of, problems_of
from ..http.threads import threaded
from ..insights.ahead import Ahead
from ..insights.asking import MOMENT, Answering
from ..insights.gap_counts import GapCounts
from ..insights.gaps import EVERYTHING, Gaps
from ..insights.journey_rows import journey_with, journeys, journeys_named
from ..insights.journeys import Journey
from ..insights.persons import LiveError
from ..micro.showing import Showing
from ..store.rows import Query
from ..store.store import Store
from .bad import bad_filters, bad_page, groups_of, reasons_of
from .gaps import gaps_page
from .gaps_view import read_gaps_view, said_of_articles, views_of
from .journeys import journeys_page
from .live import Events, Timeline, events_chart, live_page
from .panel import missing, panel
from .parts.controls import remarks, shared_fields
from .parts.frame import AGAIN, Shell
from .parts.html import Child, Element, document, tag
from .parts.lines import line_of
from .parts.scale import BUCKETS, span_until
from .shown import shown, shown_all, shown_journey
from .stream import Ending, Streams
from .view import SPANS, View, read_number, read_view, said_of_days

_HEADERS = {"Cache-Control": "no-store"}
_MOST_LINES = 100
_PATIENCE = 0.1
"""Seconds that the chart is counted."""
_MOST_BAD = 1_000
_MOST_PERSONS = 10


def routes(
    store: Store,
    showing: Showing,
    shell: Shell,
    ending: Ending,
    *,
    answering: Answering,
    articles: ArticleFilters,
    zone: str,
) -> list[Route]:
    """All routes of the page. The streams end when ``ending`` is called.

    ``articles`` tell which events are of an author or a subject, ``zone`` what a day is.
    """
    pages = _Pages(store, showing, shell, answering, articles, zone=zone)
    streams = Streams(store, showing, ending, articles=articles, zone=zone)
    return [
        Route("/", threaded(pages.live)),
        Route("/micro/ui", threaded(pages.live)),
        Route("/journeys", threaded(pages.journeys)),
        Route("/gaps", threaded(pages.gaps)),
        Route("/bad", threaded(pages.bad)),
        Route("/events/{number:int}", threaded(pages.event)),
        Route("/ui/chart", threaded(pages.chart)),
        Route("/ui/stream", streams.open),
        shell.assets.route(),
    ]


class _Pages:
    """What the routes answer."""

    def __init__(
        self,
        store: Store,
        showing: Showing,
        shell: Shell,
        answering: Answering,
        articles: ArticleFilters,
        *,
        zone: str,
    ) -> None:
        self._store = store
        self._showing = showing
        self._shell = shell
        self._gaps = GapCounts(answering, showing)
        self._articles = articles
        self._zone = zone
        self._ahead = Ahead(answering)

    def live(self, request: Request) -> Response:
        """The events, by the filters in the URL."""
        (view, chosen), address = self._asked(request), _address(request)
        said = [*problems_of(request.query_params), *chosen.problems, *self._said_of(view)]
        if view.first_day or view.last_day:
            said.append("The list and its chart are in the order in which events came.")
        opened = None if view.open is None else self._panel(view.open, address)
        content = live_page(self._events(view, chosen, said), opened, address=address)
        return self._answer(request, "Live", *content, path="/", script="live.js", exports=view.exports)

    def event(self, request: Request) -> Response:
        """One event alone."""
        number = int(request.path_params["number"])
        found = self._panel(number, _address(request))
        heading = tag("h1", f"Event {number}", class_="hidden")
        content: tuple[Child, ...] = missing(number) if found is None else (heading, found)
        status = 404 if found is None else 200
        return self._answer(request, f"Event {number}", *content, path="", script="page.js", status=status)

    def _asked(self, request: Request) -> tuple[View, Chosen]:
        """What the URL asks for, as far as it may be."""
        view = read_view(request.query_params)
        chosen = self._articles.choose(view.filter)
        return replace(view, author=chosen.filter.author, subject=chosen.filter.subject), chosen

    def chart(self, request: Request) -> Response:
        """The chart alone, which the script puts in the place of the old one."""
        view, chosen = self._asked(request)
        timeline = self._timeline(view.query(zone=self._zone, ids=chosen.ids), view)
        return HTMLResponse(document(events_chart(timeline, view)), headers=_HEADERS)

    def _timeline(self, query: Query, view: View) -> Timeline:
        span = span_until(datetime.now(UTC), SPANS[view.span])
        buckets, since = self._store.counted_back(
            query, since=span.since, until=span.until, buckets=BUCKETS, patience=_PATIENCE
        )
        return Timeline(buckets, span, since)

    def journeys(self, request: Request) -> Response:
        """Persons, the last one that did something first."""
        parameters = request.query_params
        view, chosen = self._asked(request)
        found: Sequence[Journey] = ()
        cursor, trouble = None, None
        try:
            found, cursor = self._journeys(view, chosen, parameters)
        except LiveError as error:
            trouble = str(error)
        content = journeys_page(
            [shown_journey(journey, self._showing) for journey in found],
            cursor=cursor,
            view=view,
            filters=shared_fields(
                view.filter, apps=self._apps(), authors=chosen.authors, subjects=chosen.subjects
            ),
            remarks=remarks([*problems_of(parameters), *chosen.problems, *self._said_of_persons(view)]),
            is_one="event" in parameters,
            address=_address(request),
            trouble=trouble,
        )
        status = 200 if trouble is None else 503
        return self._answer(
            request,
            "Journeys",
            *content,
            path="/journeys",
            script="journeys.js",
            status=status,
            exports=exports_of(view.filter),
        )

    def _said_of_persons(self, view: View) -> Iterator[str]:
        """What is to be known of the filters where persons are listed."""
        if view.filter != EVERYTHING:
            yield "Persons are those of whom an event passes the filters; what they did is shown whole."
            yield from self._said_of(view)

    def _apps(self) -> list[str]:
        return [name for name, _ in self._store.facets().app_ids]

    def _journeys(
        self, view: View, chosen: Chosen, parameters: Mapping[str, str]
    ) -> tuple[Sequence[Journey], int | None]:
        """Those that are asked for, and where earlier ones go on."""
        query = view.shared.query(zone=self._zone, ids=chosen.ids)
        event, before = (read_number(parameters.get(name, "")) for name in ("event", "before"))
        with self._store.reading() as connection:
            if "event" in parameters:
                one = None if event is None else journey_with(connection, event)
                return ([one] if one else []), None
            if view.q:
                return journeys_named(connection, view.q, before=before, most=_MOST_PERSONS, query=query)
            return journeys(connection, before=before, most=_MOST_PERSONS, query=query)

    def gaps(self, request: Request) -> Response:
        """What the servers saw and the browsers did not report."""
        view = read_gaps_view(request.query_params)
        chosen = self._articles.choose(view.filter)
        view = replace(view, filter=chosen.filter)
        asked = view.asked(day_of(datetime.now(UTC), self._zone))
        views = views_of(asked)
        found: Gaps | None = None
        trouble = None
        try:
            found = self._gaps.ask(asked, patience=MOMENT)
        except LiveError as error:
            trouble = str(error)
        content = gaps_page(
            found,
            view,
            views,
            self._apps(),
            zone=self._zone,
            authors=chosen.authors,
            subjects=chosen.subjects,
            problems=[*problems_of(request.query_params), *chosen.problems, *said_of_articles(asked)],
            trouble=trouble,
        )
        status = 200 if trouble is None else 503
        exports = replace(views, event="").exports
        answer = self._answer(
            request, "Gaps", *content, path="/gaps", script="page.js", status=status, exports=exports
        )
        if found is None and trouble is None:
            answer.headers.update(AGAIN)
        return answer

    def bad(self, request: Request) -> Response:
        """What could not be read, by reason."""
        view = read_view(request.query_params)
        only = replace(view.shared, kind="bad")
        rows = self._store.latest(only.query(zone=self._zone), most=_MOST_BAD).rows
        is_filtered = only != View(kind="bad")
        reasons = reasons_of(rows) if is_filtered else self._store.bad_reasons()
        content = bad_page(
            [replace(reason, first=shown(reason.first, self._showing)) for reason in reasons],
            groups_of(shown_all(rows, self._showing)),
            looked_at=len(rows),
            address=_address(request),
            filters=bad_filters(view, self._apps(), problems_of(request.query_params)),
            is_filtered=is_filtered,
        )
        return self._answer(request, "Bad", *content, path="/bad", script="page.js", exports=None)

    def _events(self, view: View, chosen: Chosen, said: Sequence[str]) -> Events:
        last = self._store.last_id()
        query = view.query(zone=self._zone, ids=chosen.ids)
        listing = self._store.latest(query, before=view.before, most=_MOST_LINES)
        return Events(
            view=view,
            lines=[line_of(row) for row in shown_all(listing.rows, self._showing)],
            cursor=listing.cursor,
            last=last,
            facets=self._store.facets(),
            timeline=self._timeline(query, view),
            authors=chosen.authors,
            subjects=chosen.subjects,
            remarks=said,
        )

    def _said_of(self, view: View) -> Iterator[str]:
        """What is to be known of the filters of the list."""
        if view.first_day or view.last_day:
            yield said_of_days(self._zone)
        if view.author or view.subject:
            yield self._articles.told()

    def _panel(self, number: int, address: str) -> Element | None:
        row = self._store.get(number) if number <= 2**62 else None
        return None if row is None else panel(shown(row, self._showing), address)

    def _answer(
        self,
        request: Request,
        title: str,
        *content: Child,
        path: str,
        script: str,
        status: int = 200,
        exports: str | None = "",
    ) -> Response:
        self._ahead.look()
        page = self._shell.page(
            title,
            *content,
            path=path,
            script=script,
            counts=self._store.counts(),
            exports=exports,
            asked=request.query_params,
        )
        return HTMLResponse(page, status, headers=_HEADERS)


def _address(request: Request) -> str:
    """Where this collector is, as the one who asks calls it."""
    # not request.url, which reads the query string too: that may be no text at all
    return f"{request.scope['scheme']}://{request.headers.get('host', '')}"
