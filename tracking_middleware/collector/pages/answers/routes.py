"""The routes of the pages of answers: what a URL asks of the tables, as HTML or as comma-separated values."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ....journeys.reading import questions
from ....journeys.reading.agents import AGENTS_BY, Agents, agents
from ....journeys.reading.asked import Article, Articles, Campaigns
from ...filtering.kinds import Hiding
from ...http.threads import threaded
from ...insights.asking import Answering, Made
from ...insights.robots import Robots
from ..parts.frame import Shell
from .agents import AGENTS, agents_page
from .agents import file_of as agents_file
from .answering import Answerer, Found, Question
from .article import ARTICLE, article_page, days_of
from .articles import ARTICLES, articles_page, table_of
from .asked import Asked
from .campaigns import CAMPAIGNS, EARNED, MODELS, campaigns_page, earned_of, sessions_of
from .kept import Kept

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

TABS = ((ARTICLES.title, ARTICLES.path), (AGENTS.title, AGENTS.path), (CAMPAIGNS.title, CAMPAIGNS.path))


class AnswerPages(Answerer):
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
        super().__init__(answering, shell, hiding, counts=counts)
        self._robots = robots
        self._kept = Kept()

    def routes(self) -> list[Route]:
        """All of them."""
        return [
            Route(ARTICLES.path, threaded(self.articles)),
            Route(ARTICLES.csv, threaded(self.articles_csv)),
            Route(ARTICLE.path, threaded(self.article)),
            Route(ARTICLE.csv, threaded(self.article_csv)),
            Route(AGENTS.path, threaded(self.agents)),
            Route(AGENTS.csv, threaded(self.agents_csv)),
            Route(CAMPAIGNS.path, threaded(self.campaigns)),
            Route(CAMPAIGNS.csv, threaded(self.campaigns_csv)),
            Route(EARNED.csv, threaded(self.earned_csv)),
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
        return self._file(request, AGENTS, self._agents, partial(agents_file, robots=self._robots))

    def _found(
        self, question: Question[Found], asked: Asked, connection: DuckDBPyConnection, made: Made
    ) -> Found:
        """Tables that are as they were have the same answers, in whatever order they are shown."""
        key = (question, replace(asked, sort="", problems=()))
        return self._kept.found(made, key, lambda: question(asked, connection, made))

    def _agents(self, asked: Asked, connection: DuckDBPyConnection, _: Made) -> Agents:
        return agents(connection, asked.filter, by=asked.by if asked.by in AGENTS_BY else "product")

    def _article(self, asked: Asked, connection: DuckDBPyConnection, _: Made) -> Article:
        return questions.article(connection, asked.filter, asked.id)

    def _campaigns(self, asked: Asked, connection: DuckDBPyConnection, _: Made) -> Campaigns:
        model = asked.model if asked.model in MODELS else next(iter(MODELS))
        return questions.campaigns(connection, asked.filter, by=asked.by or "campaign", model=model)

    def _articles(self, asked: Asked, connection: DuckDBPyConnection, _: Made) -> Articles:
        return questions.articles(connection, asked.filter, by=asked.by or "article", field=asked.field)
