"""The page of gaps over a file of a run; pure."""

from __future__ import annotations

from .file_journeys import JOURNEYS
from .file_wanted import Wanted
from .insights.asking import Made
from .insights.gaps import Gaps
from .pages.answers.asked import Asked
from .pages.answers.fields import Shown
from .pages.answers.parts import Place, filters, made_of, nothing_passes
from .pages.gaps import counting, measured, nothing
from .pages.gaps_view import LEAD, WAITS
from .pages.parts.controls import select
from .pages.parts.html import Child, tag

GAPS = Place("/gaps", "Gaps")


def gaps_page(gaps: Gaps, asked: Asked, shown: Shown, made: Made, *, wanted: Wanted) -> tuple[Child, ...]:
    """All of it. Days and pages lead to the persons that were there."""
    wait = made.wait if wanted.wait is None else wanted.wait
    waits = [(str(number), f"{number} s" if number else "none") for number in sorted({*WAITS, made.wait})]
    chosen = select("wait", "Time to report", waits, str(wait))
    return (
        *LEAD,
        filters(asked, shown, GAPS, chosen, hidden={}),
        _shown(gaps, asked),
        counting(f"All events in {made.file} are looked at.", gaps.left_out, wait=wait),
        tag(
            "p",
            tag("a", "CSV", href=wanted.url(GAPS.csv, asked), class_="button", download=True),
            class_="foot",
        ),
        made_of(made),
    )


def _shown(gaps: Gaps, asked: Asked) -> Child:
    if not gaps.all.total:
        return nothing_passes(asked, GAPS) if asked.is_filtered else nothing(gaps.left_out)

    def on_day(day: str) -> str:
        return Wanted().url(JOURNEYS.path, asked.on(day))

    def on_page(page: str) -> str:
        return Wanted(text=page).url(JOURNEYS.path, asked)

    return measured(gaps, on_day=on_day, on_page=on_page)
