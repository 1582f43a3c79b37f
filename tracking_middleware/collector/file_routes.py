"""The routes of Journeys, Gaps and events over a file of a run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING, Protocol

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ..journeys.of_file import persons as asking
from .file_gaps import GAPS, gaps_page
from .file_journeys import JOURNEYS, Found, events_table, journeys_page, persons_table
from .file_wanted import Wanted, read_wanted
from .filtering.kinds import Hiding
from .gap_shares import shares_table
from .http.threads import threaded
from .insights import gaps
from .insights.asking import Answering, Made
from .insights.gap_counts import gaps_in
from .insights.gaps import Gaps
from .insights.of_file.journeys import event_id_of, journeys_in, row_of
from .pages.answers.answering import Answerer
from .pages.answers.asked import Asked
from .pages.answers.fields import Shown
from .pages.answers.parts import Place
from .pages.answers.tables import Column, Row
from .pages.panel import missing, panel
from .pages.parts.frame import Shell
from .pages.parts.html import Child, tag
from .pages.shown import Masking, shown, shown_journey
from .schemas.masking import HIDDEN
from .store.rows import StoredRow

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_EVENT = Place("/events", "Event", tab=JOURNEYS.path)
_MOST_PERSONS = 10
_MOST_EVENTS = 200
"""Of each of several persons, the newest."""
_MOST_OF_ONE = 1_000
_MOST_ROWS = 1_000
"""Persons in a file of comma-separated values."""


class Masks(Hiding, Masking, Protocol):
    """What knows the schemas, and hides by them."""

    @property
    def is_confidential(self) -> bool:
        """Whether everything is shown."""


class FilePages(Answerer):
    """What the routes answer."""

    def __init__(self, answering: Answering, shell: Shell, masks: Masks) -> None:
        super().__init__(answering, shell, masks)
        self._masks = masks

    def routes(self) -> list[Route]:
        """All of them."""
        return [
            Route(JOURNEYS.path, threaded(self.journeys)),
            Route(JOURNEYS.csv, threaded(self.journeys_csv)),
            Route(GAPS.path, threaded(self.gaps)),
            Route(GAPS.csv, threaded(self.gaps_csv)),
            Route("/events/{number:int}", threaded(self.event)),
        ]

    def journeys(self, request: Request) -> Response:
        """Persons, the last one that did something first, or one."""
        wanted = read_wanted(request.query_params)
        page = partial(journeys_page, wanted=wanted)
        return self._page(request, JOURNEYS, partial(self._journeys, wanted), page)

    def journeys_csv(self, request: Request) -> Response:
        """The same, for a spreadsheet: persons, or what one did."""
        wanted = read_wanted(request.query_params)
        if wanted.is_one:
            return self._file(request, JOURNEYS, partial(self._journeys, wanted), _events_of)
        return self._file(request, JOURNEYS, partial(self._persons, wanted), _persons_of)

    def gaps(self, request: Request) -> Response:
        """What the servers saw and the browsers did not report."""
        wanted = read_wanted(request.query_params)
        return self._page(request, GAPS, partial(self._gaps, wanted), partial(gaps_page, wanted=wanted))

    def gaps_csv(self, request: Request) -> Response:
        """The same, for a spreadsheet."""
        wanted = read_wanted(request.query_params)
        return self._file(request, GAPS, partial(self._gaps, wanted), _shares_of)

    def event(self, request: Request) -> Response:
        """One event alone."""
        number = int(request.path_params["number"])
        status = HTTPStatus.OK

        def page(found: StoredRow | None, asked: Asked, *_: object) -> tuple[Child, ...]:
            nonlocal status
            if found is None:
                status = HTTPStatus.NOT_FOUND
                return missing(number)
            address = f"{request.scope['scheme']}://{request.headers.get('host', '')}"
            return tag("h1", "Event", class_="hidden"), panel(found, address, find=partial(_others, asked))

        answer = self._page(request, _EVENT, partial(self._event, number), page)
        if status is HTTPStatus.NOT_FOUND:
            answer.status_code = status
        return answer

    def _event(
        self, number: int, asked: Asked, connection: DuckDBPyConnection, made: Made
    ) -> StoredRow | None:
        event_id = event_id_of(number)
        columns = None if event_id is None else asking.event_columns(connection, event_id)
        return None if columns is None else shown(row_of(columns), self._masks)

    def _journeys(self, wanted: Wanted, asked: Asked, connection: DuckDBPyConnection, made: Made) -> Found:
        if wanted.is_one:
            key = self._one(wanted, connection)
            keys, after = ([] if key is None else [key]), ""
        else:
            keys = asking.persons(connection, _asked(wanted, asked), most=_MOST_PERSONS + 1)
            after = keys[_MOST_PERSONS - 1] if len(keys) > _MOST_PERSONS else ""
            keys = keys[:_MOST_PERSONS]
        most = _MOST_OF_ONE if wanted.is_one else _MOST_EVENTS
        found = asking.doings(connection, keys, most=most)
        journeys = [shown_journey(each, self._masks) for each in journeys_in(found, keys)]
        return Found(journeys=journeys, identifiers=self._shown(found.identifiers), after=after)

    def _shown(self, identifiers: Sequence[asking.Identifier]) -> Sequence[asking.Identifier]:
        """Some are out of fields that may be confidential."""
        if self._masks.is_confidential:
            return identifiers
        return [
            each if each.kind in asking.SEARCHED_KINDS else replace(each, value=HIDDEN)
            for each in identifiers
        ]

    def _one(self, wanted: Wanted, connection: DuckDBPyConnection) -> str | None:
        if wanted.person:
            return asking.key_of(connection, wanted.person)
        event_id = event_id_of(wanted.event or 0)
        return None if event_id is None else asking.owner_of(connection, event_id)

    def _persons(
        self, wanted: Wanted, asked: Asked, connection: DuckDBPyConnection, made: Made
    ) -> list[asking.Person]:
        return asking.person_rows(connection, _asked(wanted, asked), most=_MOST_ROWS)

    def _gaps(self, wanted: Wanted, asked: Asked, connection: DuckDBPyConnection, made: Made) -> Gaps:
        wait = made.wait if wanted.wait is None else wanted.wait
        return gaps_in(connection, made, gaps.Asked(wait=wait, filter=asked.filter))


def _asked(wanted: Wanted, asked: Asked) -> asking.Persons:
    return asking.Persons(filter=asked.filter, text=wanted.text, after=wanted.after)


def _others(asked: Asked, _: str, value: str) -> str:
    return Wanted(text=value).url(JOURNEYS.path, asked)


def _events_of(found: Found, asked: Asked, shown: Shown) -> tuple[Sequence[Column], list[Row]]:
    return events_table(found.journeys)


def _persons_of(found: list[asking.Person], asked: Asked, shown: Shown) -> tuple[Sequence[Column], list[Row]]:
    return persons_table(found)


def _shares_of(found: Gaps, asked: Asked, shown: Shown) -> tuple[Sequence[Column], list[Row]]:
    return shares_table(found)
