"""Gaps as the page shows them, of what a file of a run says; pure."""

from __future__ import annotations

from datetime import UTC

from ....journeys.of_file.gaps import Unreported
from ...payload.times import iso
from ..asking import Made
from ..gaps import NOTHING, Gaps, by_dimension, left_out_of


def gaps_in(found: Unreported, made: Made) -> Gaps:
    """What was found in the tables of a run."""
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
        is_cut=False,
        timezone=made.answers.timezone,
    )
