"""What ``journeys run`` tells while it works, and what it made."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from typing import TextIO

from ..journeys.answers.settings import Answers
from ..journeys.summary import Summary

_BAR = 24


class Told:
    """Progress on a stream: a bar on a terminal, a line for each table elsewhere."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._is_terminal = stream.isatty() and os.environ.get("TERM") != "dumb"

    def step(self, name: str, done: int, steps: int) -> None:
        """What is being made, and how many steps are done."""
        if not self._is_terminal:
            print(f"{done:>3}/{steps} {name}", file=self._stream, flush=True)
            return
        full = _BAR * done // steps
        line = f"[{'#' * full}{'.' * (_BAR - full)}] {name}"
        width = shutil.get_terminal_size().columns - 1
        print(f"\r{line[:width]:<{width}}", end="", file=self._stream, flush=True)

    def end(self) -> None:
        """Leave the line, whatever happened."""
        if self._is_terminal:
            print(file=self._stream, flush=True)


def summary_lines(summary: Summary, place: str, *, answers: Answers) -> Iterator[str]:
    """What a run made, a line each; of conversions and returns where ``answers`` asks for them."""
    seen = ", ".join(f"{number} by {_by(side)}" for side, number in summary.seen_by.items())
    yield f"events      {summary.events:>10}  ({summary.duplicates} duplicates set aside)"
    yield f"persons     {summary.persons:>10}  ({summary.merges} of more than one identifier)"
    yield f"page views  {sum(summary.seen_by.values()):>10}  ({seen or 'none'})"
    if summary.left_out:
        left_out = ", ".join(f"{number} {reason}" for reason, number in summary.left_out.items())
        yield f"{'':24}(of the server's, not in adblock_gap: {left_out})"
    yield f"rejected    {summary.rejected:>10}"
    if summary.shared:
        yield f"shared      {summary.shared:>10}  (identifiers of too many: nothing merged through them)"
    if summary.renamed:
        yield f"renamed     {summary.renamed:>10}  (persons whose key has changed)"
    yield from _earned(summary, answers)
    memory = "" if summary.peak_memory is None else f", {summary.peak_memory / 1e6:.0f} MB at the most"
    yield f"{summary.seconds:.1f} s{memory}; the tables are in {place}"


def _earned(summary: Summary, answers: Answers) -> Iterator[str]:
    if answers.conversion is not None:
        unknown = f"{summary.unknown_values} without a value, {summary.unknown_margins} without a margin"
        told = unknown if summary.conversions else "nothing has the schema and the id that [conversion] names"
        yield f"conversions {summary.conversions:>10}  ({told})"
    if answers.returned is not None:
        yield f"returns     {summary.returns:>10}  ({summary.waiting} of conversions that are not there yet)"


def _by(side: str) -> str:
    return {"both": "both sides", "server": "the server alone", "browser": "the browser alone"}[side]
