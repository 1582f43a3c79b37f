"""Rows of the store as they may be shown: the one way from the store to the page."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from ..insights.journeys import Journey
from ..micro.showing import Showing
from ..store.rows import StoredRow

_SAID_TWICE = "badRows"
"""The pipeline's own form of a bad row, for Micro's API: it quotes what the page says in sentences."""


def shown(row: StoredRow, showing: Showing) -> StoredRow:
    """The row with ``***`` for what is confidential."""
    return replace(
        row, shape={name: part for name, part in showing.shape(row.shape).items() if name != _SAID_TWICE}
    )


def shown_all(rows: Iterable[StoredRow], showing: Showing) -> list[StoredRow]:
    """Several rows."""
    return [shown(row, showing) for row in rows]


def shown_journey(journey: Journey, showing: Showing) -> Journey:
    """All rows of a journey."""
    return replace(
        journey,
        sessions=tuple(
            replace(session, rows=tuple(shown_all(session.rows, showing))) for session in journey.sessions
        ),
        off_browser=tuple(shown_all(journey.off_browser, showing)),
    )
