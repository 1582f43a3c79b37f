"""Rows of the store as they may be shown: the one way from the store to the page."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from ..journeys import Journey
from ..rows import StoredRow
from ..showing import Showing


def shown(row: StoredRow, showing: Showing) -> StoredRow:
    """The row with ``***`` for what is confidential."""
    return replace(row, shape=showing.shape(row.shape))


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
