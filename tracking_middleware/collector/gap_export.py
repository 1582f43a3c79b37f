"""What the page of gaps shows, for a spreadsheet."""

from __future__ import annotations

from datetime import UTC, datetime
from http import HTTPStatus

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from .filtering.articles import ArticleFilters
from .filtering.days import day_of
from .filtering.urls import problems_of
from .gap_shares import shares_table
from .http.threads import threaded
from .insights.gap_counts import GapCounts
from .insights.persons import LiveError
from .pages.answers.answering import attached, waiting
from .pages.answers.tables import as_csv
from .pages.gaps_view import CSV, read_gaps_view


class GapExport:
    """Answers by the same filters as the page."""

    def __init__(self, counts: GapCounts, articles: ArticleFilters, *, zone: str) -> None:
        """``articles`` tell which events are of an author or a subject, ``zone`` what a day is."""
        self._counts = counts
        self._articles = articles
        self._zone = zone

    def route(self) -> Route:
        """Where it is."""
        return Route(CSV, threaded(self.answer))

    def answer(self, request: Request) -> Response:
        """All shares: 400 where a filter cannot be, 503 while they are being counted."""
        view = read_gaps_view(request.query_params)
        chosen = self._articles.choose(view.filter)
        if problems := [*problems_of(request.query_params), *chosen.problems]:
            return PlainTextResponse(" ".join(problems) + "\n", HTTPStatus.BAD_REQUEST)
        try:
            found = self._counts.ask(view.asked(day_of(datetime.now(UTC), self._zone)))
        except LiveError as error:
            return waiting(str(error))
        if found is None:
            return waiting("The gaps are being counted: ask again in a moment.")
        return attached(as_csv(*shares_table(found)), CSV)
