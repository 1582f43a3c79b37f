"""Micro 4's ``/micro/events`` and what belongs to it, and events as lines of a file."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from http import HTTPStatus
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

from ..filtering.articles import ArticleFilters
from ..filtering.days import written_bounds
from ..filtering.urls import problems_of, read_filter
from ..http.bodies import BodyRefusedError, read_body
from ..payload.json_text import encoded
from ..payload.times import iso
from ..store.rows import Query, StoredRow
from ..store.store import Store
from ..store.timelines import moment
from . import column_list, event_list
from .filters import MAX_FILTER, FilterError
from .line_forms import FORMS, LineForm
from .micro_routes import GZIPPED
from .showing import Showing

_CHUNK = 200
_EQUAL = ("app_id", "platform", "event_name", "domain_userid", "domain_sessionid", "user_id", "page", "text")
_MOMENTS = ("since", "until")
_SHARED = ("from", "to", "author", "subject")
_Passes = Callable[[Mapping[str, Any]], bool]
_Answer = Callable[[bytes], Mapping[str, Any]]


def routes(
    store: Store, showing: Showing, *, articles: ArticleFilters, zone: str, body_seconds: float = 30.0
) -> list[Route]:
    """The lists that Micro's own page asks for, and the exports.

    ``articles`` tell which events are of an author or a subject, ``zone`` what a day is.
    """
    shown = _Events(store, showing, articles, zone, body_seconds)
    return [
        Route("/micro/events", shown.list_events, methods=["POST"], middleware=GZIPPED),
        Route("/micro/timeline", shown.count, methods=["POST"]),
        Route("/micro/columns", shown.list_columns, methods=["GET"], middleware=GZIPPED),
        Route("/micro/columnStats", shown.describe_columns, methods=["POST"], middleware=GZIPPED),
        *(Route(f"/export.{name}", shown.exporter(form)) for name, form in FORMS.items()),
    ]


class _Events:
    """The routes that need the store."""

    def __init__(
        self, store: Store, showing: Showing, articles: ArticleFilters, zone: str, body_seconds: float
    ) -> None:
        self._store = store
        self._showing = showing
        self._body_seconds = body_seconds
        self._articles = articles
        self._zone = zone

    async def list_events(self, request: Request) -> Response:
        """A page of events, good and bad."""
        return await self._answer(request, lambda body: event_list.events(self._store, self._show, body))

    async def count(self, request: Request) -> Response:
        """How many events came when."""
        return await self._answer(request, lambda body: event_list.timeline(self._store, body))

    async def list_columns(self, _request: Request) -> Response:
        """The names of the columns that there are."""
        names = await run_in_threadpool(column_list.columns, self._store, self._show)
        return Response(encoded(names), media_type="application/json")

    async def describe_columns(self, request: Request) -> Response:
        """What columns can be filtered by, and for which values."""
        return await self._answer(
            request, lambda body: column_list.column_stats(self._store, self._show, body)
        )

    async def _answer(self, request: Request, answer: _Answer) -> Response:
        try:
            body = await read_body(request, most=MAX_FILTER, seconds=self._body_seconds)
            text = await run_in_threadpool(lambda: encoded(answer(body)))
        except BodyRefusedError as error:
            return PlainTextResponse(str(error), error.status, headers={"Connection": "close"})
        except FilterError as error:
            return PlainTextResponse(str(error), HTTPStatus.BAD_REQUEST)
        return Response(text, media_type="application/json")

    def exporter(self, form: LineForm) -> Callable[[Request], Any]:
        """A route that answers with a line for each good event, oldest first."""

        async def export(request: Request) -> Response:
            try:
                query = _query(request.query_params, self._zone)
                chosen = await run_in_threadpool(self._articles.choose, read_filter(request.query_params))
                if chosen.problems:
                    raise ValueError(" ".join(chosen.problems))
            except ValueError as error:
                return PlainTextResponse(str(error), HTTPStatus.BAD_REQUEST)
            return StreamingResponse(
                self._lines(query, self._articles.passing(chosen.filter), form), media_type=form.media_type
            )

        return export

    def _lines(self, query: Query, passes: _Passes, form: LineForm) -> Iterator[bytes]:
        """What there is when it begins, a chunk of events in memory at a time."""
        end = self._store.last_id()
        after = 0
        while after < end:
            listing = self._store.after(query, after=after, most=_CHUNK)
            after = end if listing.cursor is None else listing.cursor
            yield form.lines(self._show(row) for row in listing.rows if row.id <= end and passes(row.shape))

    def _show(self, row: StoredRow) -> StoredRow:
        return replace(row, shape=self._showing.shape(row.shape))


def _query(given: Mapping[str, str], zone: str) -> Query:
    """The filters of an export; raises ValueError with the names that there are, or says what is no day."""
    known = (*_EQUAL, *_MOMENTS, *_SHARED)
    if unknown := set(given) - set(known):
        raise ValueError(f"{', '.join(sorted(unknown))}: an export is filtered by {', '.join(known)}")
    if problems := problems_of(given):
        raise ValueError(" ".join(problems))
    begins, ends = written_bounds(read_filter(given), zone)
    moments = {name: iso(moment(given[name])) for name in _MOMENTS if name in given}
    texts = {name: given[name] for name in _EQUAL if name in given}
    query = Query(is_good=True, happened_since=begins, happened_until=ends)
    return replace(query, **texts, **moments)  # type: ignore[arg-type]
