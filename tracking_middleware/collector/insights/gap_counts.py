"""The gaps that the models find in the tables that pages are asked of."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC
from typing import TYPE_CHECKING

from ...journeys.gaps.unreported import unreported
from ...journeys.reading import questions
from ..filtering.kinds import Hiding, allowed, open_kinds
from ..payload.times import iso
from .asking import PATIENCE, Answering, Made
from .gaps import NOTHING, Asked, Gaps, by_dimension, left_out_of

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


def gaps_in(cursor: DuckDBPyConnection, made: Made, asked: Asked) -> Gaps:
    """What was found in these tables, on a connection of the question's own."""
    found = unreported(cursor, asked.filter, wait=asked.wait)
    shares = by_dimension(found.gap)
    return Gaps(
        all=shares["all"][0] if shares["all"] else NOTHING,
        browsers=shares["browser"],
        pages=shares["page"],
        days=shares["day"],
        silent=found.silent,
        left_out=left_out_of(found.left_out),
        counted_at=iso(made.read_at.replace(tzinfo=UTC)),
        events=made.events,
        is_cut=made.is_cut,
        timezone=made.answers.timezone,
    )


class GapCounts:
    """What any thread may ask of the collector's newest events; nothing confidential is filtered by."""

    def __init__(self, answering: Answering, hiding: Hiding) -> None:
        self._answering = answering
        self._hiding = hiding

    def ask(self, asked: Asked, *, patience: float = PATIENCE) -> Gaps | None:
        """As ``Answering.ask``: None where the first tables are being made; raises LiveError."""

        def question(cursor: DuckDBPyConnection, made: Made) -> Gaps:
            article = made.answers.article
            uris = [uri for uri, _ in questions.choices(cursor).fields]
            may, _ = allowed(asked.filter, open_kinds(article, uris, self._hiding), article)
            return gaps_in(cursor, made, replace(asked, filter=may))

        answer = self._answering.ask(question, patience=patience)
        return None if answer is None else answer[0]
