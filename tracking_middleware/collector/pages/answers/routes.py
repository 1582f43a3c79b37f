"""The routes of the pages of answers: what a URL asks of the tables, as HTML or as comma-separated values."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Generic, TypeAlias, TypeVar

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route

from ....journeys.answers.settings import Answers
from ....journeys.live import LiveError
from ....journeys.reading import questions
from ....journeys.reading.agents import AGENTS_BY, Agents, agents
from ....journeys.reading.asked import ARTICLES_BY, CAMPAIGNS_BY, Article, Articles, Campaigns
from ...filtering.kinds import Hiding, problem_of
from ...insights.asking import Answering, Made
from ...insights.robots import Robots
from ..parts.frame import Shell
from ..parts.html import Child
from .agents import AGENTS, WAYS, agents_page
from .agents import table_of as agents_table
from .article import ARTICLE, article_page, days_of
from .articles import ARTICLES, articles_page, table_of
from .asked import Asked, read_asked
from .campaigns import CAMPAIGNS, EARNED, MODELS, campaigns_page, earned_of, sessions_of
from .fields import Shown, shown_of
from .parts import Place, trouble_page
from .tables import Column, Row, as_csv

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_HEADERS = {"Cache-Control": "no-store"}
_WAITING = {**_HEADERS, "Retry-After": "3"}
TABS = ((ARTICLES.title, ARTICLES.path), (AGENTS.title, AGENTS.path), (CAMPAIGNS.title, CAMPAIGNS.path))
Found = TypeVar("Found")
Question: TypeAlias = "Callable[[Asked, DuckDBPyConnection], Found]"


@dataclass(frozen=True, slots=True)
class _Answer(Generic[Found]):
    """What was found, and what may be shown of it."""

    found: Found
    asked: Asked
    shown: Shown
    made: Made


class AnswerPages:
    """What the routes answer. ``counts`` are of good and bad events, where there is a store."""

    def __init__(
        self,
        answering: Answering,
        shell: Shell,
        hiding: Hiding,
        *,
        counts: Callable[[], tuple[int, int]] | None = None,
        robots: Robots | None = None,
    ) -> None:
        self._answering = answering
        self._shell = shell
        self._hiding = hiding
        self._counts = counts
        self._robots = robots

    def routes(self) -> list[Route]:
        """All of them."""
        return [
            Route(ARTICLES.path, _threaded(self.articles)),
            Route(ARTICLES.csv, _threaded(self.articles_csv)),
            Route(ARTICLE.path, _threaded(self.article)),
            Route(ARTICLE.csv, _threaded(self.article_csv)),
            Route(AGENTS.path, _threaded(self.agents)),
            Route(AGENTS.csv, _threaded(self.agents_csv)),
            Route(CAMPAIGNS.path, _threaded(self.campaigns)),
            Route(CAMPAIGNS.csv, _threaded(self.campaigns_csv)),
            Route(EARNED.csv, _threaded(self.earned_csv)),
        ]

    def articles(self, request: Request) -> Response:
        """What is read."""
        return self._page(request, ARTICLES, self._articles, articles_page)

    def articles_csv(self, request: Request) -> Response:
        """The same, for a spreadsheet."""
        return self._file(request, ARTICLES, self._articles, table_of)

    def article(self, request: Request) -> Response:
        """One article."""
        return self._page(request, ARTICLE, self._article, article_page)

    def article_csv(self, request: Request) -> Response:
        """Its days, for a spreadsheet."""
        return self._file(request, ARTICLE, self._article, days_of)

    def campaigns(self, request: Request) -> Response:
        """Where sessions came from, and what they earned."""
        return self._page(request, CAMPAIGNS, self._campaigns, campaigns_page)

    def campaigns_csv(self, request: Request) -> Response:
        """Where they came from, for a spreadsheet."""
        return self._file(request, CAMPAIGNS, self._campaigns, sessions_of)

    def earned_csv(self, request: Request) -> Response:
        """What they earned, for a spreadsheet."""
        return self._file(request, EARNED, self._campaigns, earned_of)

    def agents(self, request: Request) -> Response:
        """Which agents read what."""
        return self._page(request, AGENTS, self._agents, partial(agents_page, robots=self._robots))

    def agents_csv(self, request: Request) -> Response:
        """The same, for a spreadsheet."""
        return self._file(request, AGENTS, self._agents, partial(agents_table, robots=self._robots))

    def _agents(self, asked: Asked, connection: DuckDBPyConnection) -> Agents:
        return agents(connection, asked.filter, by=asked.by if asked.by in AGENTS_BY else "product")

    def _article(self, asked: Asked, connection: DuckDBPyConnection) -> Article:
        return questions.article(connection, asked.filter, asked.id)

    def _campaigns(self, asked: Asked, connection: DuckDBPyConnection) -> Campaigns:
        model = asked.model if asked.model in MODELS else next(iter(MODELS))
        return questions.campaigns(connection, asked.filter, by=asked.by or "campaign", model=model)

    def _articles(self, asked: Asked, connection: DuckDBPyConnection) -> Articles:
        return questions.articles(connection, asked.filter, by=asked.by or "article", field=asked.field)

    def _page(
        self,
        request: Request,
        place: Place,
        question: Question[Found],
        page: Callable[[Found, Asked, Shown, Made], tuple[Child, ...]],
    ) -> Response:
        try:
            answer = self._ask(_asked(request, place), question)
        except LiveError as error:
            return self._html(place, trouble_page(place, str(error)), request, status=503)
        if answer is None:
            return self._html(place, trouble_page(place, None), request)
        return self._html(place, page(answer.found, answer.asked, answer.shown, answer.made), request)

    def _file(
        self,
        request: Request,
        place: Place,
        question: Question[Found],
        table: Callable[[Found, Asked, Shown], tuple[Sequence[Column], list[Row]]],
    ) -> Response:
        try:
            answer = self._ask(_asked(request, place), question)
        except LiveError as error:
            return PlainTextResponse(f"{error}\n", 503, headers=_WAITING)
        if answer is None:
            return PlainTextResponse(
                "The tables are being made: ask again in a moment.\n", 503, headers=_WAITING
            )
        text = as_csv(*table(answer.found, answer.asked, answer.shown))
        name = place.csv.removeprefix("/")
        headers = {**_HEADERS, "Content-Disposition": f'attachment; filename="{name}"'}
        return Response(text, media_type="text/csv; charset=utf-8", headers=headers)

    def _ask(self, asked: Asked, question: Question[Found]) -> _Answer[Found] | None:
        """What may be shown of the answer to what may be asked."""

        def allowed(connection: DuckDBPyConnection, made: Made) -> _Answer[Found]:
            shown = shown_of(questions.choices(connection), made.answers, self._hiding)
            may = _allowed(asked, shown, made.answers)
            return _Answer(question(may, connection), may, shown, made)

        answer = self._answering.ask(allowed)
        return None if answer is None else answer[0]

    def _html(
        self, place: Place, content: tuple[Child, ...], request: Request, *, status: int = 200
    ) -> Response:
        counts = self._counts() if self._counts is not None else None
        page = self._shell.page(
            place.title,
            *content,
            path=place.tab or place.path,
            script="page.js",
            counts=counts,
            asked=request.query_params,
        )
        return HTMLResponse(page, status, headers=_HEADERS)


def _asked(request: Request, place: Place) -> Asked:
    ways = {CAMPAIGNS.path: CAMPAIGNS_BY, AGENTS.path: WAYS}
    return read_asked(request.query_params, ways=ways.get(place.path, ARTICLES_BY))


def _threaded(page: Callable[[Request], Response]) -> Callable[[Request], object]:
    """Asking the tables and making HTML of it must not keep the trackers waiting."""

    async def endpoint(request: Request) -> Response:
        return await run_in_threadpool(page, request)

    return endpoint


def _allowed(asked: Asked, shown: Shown, answers: Answers) -> Asked:
    """What is asked without what is confidential: to filter by it would tell as well."""
    closed = [
        kind for kind in ("author", "subject") if getattr(asked.filter, kind) and kind not in shown.kinds
    ]
    return replace(
        asked,
        problems=(*asked.problems, *(problem_of(kind, answers.article) for kind in closed)),
        filter=replace(
            asked.filter,
            author=asked.filter.author if "author" in shown.kinds else "",
            subject=asked.filter.subject if "subject" in shown.kinds else "",
        ),
        by=asked.by if asked.by in {"article", *CAMPAIGNS_BY, *WAYS} | shown.kinds else "",
        field=asked.field if asked.field in shown.fields else None,
    )
