"""Rows of the store as they may be shown: the one way from the store to the page."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any, Protocol

from ..insights.journeys import Journey, Step
from ..store.rows import StoredRow

_SAID_TWICE = "badRows"
"""The pipeline's own form of a bad row, for Micro's API: it quotes what the page says in sentences."""


class Masking(Protocol):
    """What knows the schemas."""

    def shape(self, shape: dict[str, Any]) -> dict[str, Any]:
        """What Micro's API shows of an event, with ``***`` for what is confidential."""


def shown(row: StoredRow, showing: Masking) -> StoredRow:
    """The row with ``***`` for what is confidential."""
    return replace(
        row, shape={name: part for name, part in showing.shape(row.shape).items() if name != _SAID_TWICE}
    )


def shown_all(rows: Iterable[StoredRow], showing: Masking) -> list[StoredRow]:
    """Several rows."""
    return [shown(row, showing) for row in rows]


def shown_journey(journey: Journey, showing: Masking) -> Journey:
    """All rows of a journey."""
    return replace(
        journey,
        sessions=tuple(
            replace(session, steps=_shown_steps(session.steps, showing)) for session in journey.sessions
        ),
        off_browser=_shown_steps(journey.off_browser, showing),
    )


def _shown_steps(steps: Iterable[Step], showing: Masking) -> tuple[Step, ...]:
    return tuple(replace(step, rows=tuple(shown_all(step.rows, showing))) for step in steps)
