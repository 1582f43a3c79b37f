"""What a URL asks of the tables, within what may be shown, as HTML or as comma-separated values."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Generic, TypeAlias, TypeVar

from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response

from ....journeys.answers.settings import Answers
from ....journeys.live import LiveError
from ....journeys.reading import questions
from ....journeys.reading.asked import ARTICLES_BY, CAMPAIGNS_BY
from ...filtering.kinds import Hiding, allowed
from ...filtering.urls import exports_of
from ...insights.asking import MOMENT, PATIENCE, Answering, Made
from ..parts.frame import AGAIN, Shell
from ..parts.html import Child
from .agents import AGENTS, WAYS
from .asked import Asked, read_asked
from .campaigns import CAMPAIGNS
from .fields import Shown, shown_of
from .parts import Place, trouble_page
from .tables import Column, Row, as_csv

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_HEADERS = {"Cache-Control": "no-store"}
_WAITING = {**_HEADERS, "Retry-After": "3"}
Found = TypeVar("Found")
Question: TypeAlias = "Callable[[Asked, DuckDBPyConnection, Made], Found]"


@dataclass(frozen=True, slots=True)
class _Answer(Generic[Found]):
    """What was found, and what may be shown of it."""

    found: Found
    asked: Asked
    shown: Shown
    made: Made


class Answerer:
    """Answers questions. ``counts`` are of good and bad events, where there is a store."""

    def __init__(
        self,
        answering: Answering,
        shell: Shell,
        hiding: Hiding,
        *,
        counts: Callable[[], tuple[int, int]] | None = None,
    ) -> None:
        self._answering = answering
        self._shell = shell
        self._hiding = hiding
        self._counts = counts

    def _page(
        self,
        request: Request,
        place: Place,
        question: Question[Found],
        page: Callable[[Found, Asked, Shown, Made], tuple[Child, ...]],
    ) -> Response:
        try:
            answer = self._ask(_asked(request, place), question, patience=MOMENT)
        except LiveError as error:
            return self._html(place, trouble_page(place, str(error)), request, status=503)
        if answer is None:
            return self._html(place, trouble_page(place, None), request, headers=AGAIN)
        content = page(answer.found, answer.asked, answer.shown, answer.made)
        return self._html(place, content, request, exports=exports_of(answer.asked.filter))

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
            return waiting(str(error))
        if answer is None:
            return waiting("The tables are being made: ask again in a moment.")
        return attached(as_csv(*table(answer.found, answer.asked, answer.shown)), place.csv)

    def _ask(
        self, asked: Asked, question: Question[Found], *, patience: float = PATIENCE
    ) -> _Answer[Found] | None:
        """What may be shown of the answer to what may be asked."""

        def answered(connection: DuckDBPyConnection, made: Made) -> _Answer[Found]:
            shown = shown_of(questions.choices(connection), made.answers, self._hiding)
            may = _allowed(asked, shown, made.answers)
            return _Answer(self._found(question, may, connection, made), may, shown, made)

        answer = self._answering.ask(answered, patience=patience)
        return None if answer is None else answer[0]

    def _found(
        self, question: Question[Found], asked: Asked, connection: DuckDBPyConnection, made: Made
    ) -> Found:
        """What there is to a question; its pages show of it what may be shown at the moment."""
        return question(asked, connection, made)

    def _html(
        self,
        place: Place,
        content: tuple[Child, ...],
        request: Request,
        *,
        status: int = 200,
        exports: str = "",
        headers: Mapping[str, str] = _HEADERS,
    ) -> Response:
        counts = self._counts() if self._counts is not None else None
        page = self._shell.page(
            place.title,
            *content,
            path=place.tab or place.path,
            script=place.script,
            counts=counts,
            exports=exports,
            asked=request.query_params,
        )
        return HTMLResponse(page, status, headers=headers)


def _asked(request: Request, place: Place) -> Asked:
    ways = {CAMPAIGNS.path: CAMPAIGNS_BY, AGENTS.path: WAYS}
    return read_asked(request.query_params, ways=ways.get(place.path, ARTICLES_BY))


def waiting(why: str) -> Response:
    """Where there is no file yet."""
    return PlainTextResponse(f"{why}\n", 503, headers=_WAITING)


def attached(text: str, path: str) -> Response:
    """Comma-separated values, as a file of the path's name."""
    headers = {**_HEADERS, "Content-Disposition": f'attachment; filename="{path.removeprefix("/")}"'}
    return Response(text, media_type="text/csv; charset=utf-8", headers=headers)


def _allowed(asked: Asked, shown: Shown, answers: Answers) -> Asked:
    """What is asked without what is confidential."""
    may, problems = allowed(asked.filter, shown.kinds, answers.article)
    return replace(
        asked,
        problems=(*asked.problems, *problems),
        filter=may,
        by=asked.by if asked.by in {"article", *CAMPAIGNS_BY, *WAYS} | shown.kinds else "",
        field=asked.field if asked.field in shown.fields else None,
    )
