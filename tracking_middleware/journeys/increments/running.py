"""Keeps the tables of a file current: what is new is read, and what it touches made anew."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from .. import driver
from ..answers.making import make_answers
from ..answers.spend import Spend
from ..apart.forgotten import leave_out_forgotten
from ..apart.moments import now
from ..config import Config
from ..driver import Beside, Progress, make, named, timed
from ..file import JourneysFileError, opened
from ..making import Making, TemporaryMaking
from ..models import MODELS
from ..preparing import classify, prepare, scratch_beside
from ..sources.loading import load
from ..state import State, write_state
from ..summary import Summary, own_peak_memory, summary_of
from .islands import find_new_nodes, find_no_nodes, keep_islands
from .merging import ANSWERS_BY_ISLAND, OVER_ALL, columns_of, count_all, current_answers, merge, replace_all
from .opened import INSTEAD, keep_opened, opened_nothing
from .packing import is_loose, leave_apart
from .reading import FileState, files_in, find_new, keep_files, unread
from .rules import answers_go_on, can_go_on, keep_rules, refuse_others
from .staging import name_new, stage_all, stage_new, stage_touched
from .touched import find_touched

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_NAMES = [model.name for model in MODELS]
_OF_NEW = MODELS[1 : _NAMES.index("event_keys") + 1]
"""Without ``rejected``: what is new of that has been found already."""
_OF_TOUCHED = tuple(
    model
    for model in MODELS[_NAMES.index("events") + 1 :]
    if model.kind != "view" and model.name not in OVER_ALL
)
_COPIES = "SELECT * EXCLUDE (place, problem) FROM repeated_events WHERE place > 1"


def run(
    sources: Sequence[Path],
    *,
    to: Path,
    config: Config,
    progress: Progress,
    as_of: datetime | None = None,
    is_full: bool = False,
    spend: Sequence[Spend] | None = None,
) -> Summary:
    """Add what is new in the sources to the tables of a file.

    Where there are none yet, with ``is_full``, and with ``as_of`` (of what was known then), all tables are
    made anew of the sources. ``spend`` takes the place of what campaigns cost by the file, which else stays.
    Raises HeldError, JourneysFileError, RunFailedError, and OSError where a source cannot be opened. Whatever
    is raised, the file has the tables that it had before.
    """
    begun = time.monotonic()
    files = files_in(sources)
    with ExitStack() as scope:
        connection = scope.enter_context(opened(to, config=config))
        refuse_others(connection)
        how = "anew" if is_full or as_of is not None else can_go_on(connection, config)
        if how == "anew" and not sources:
            raise JourneysFileError(
                f"{to} has no tables to go on from, or those of a date: give the sources to make them of"
            )
        if how != "anew":
            scope.enter_context(scratch_beside(connection, to))
            increment = _Increment(
                connection=connection,
                config=config,
                progress=progress,
                is_all=how == "all",
                with_answers=how == "on" and answers_go_on(connection, config),
                spend=spend,
            )
            return increment.run(files, begun=begun)
    finish = partial(_finish, config=config, files=list(files.values()) if as_of is None else [])
    beside = Beside(_ALSO, finish)
    return driver.run(
        sources, to=to, config=config, progress=progress, as_of=as_of, spend=spend, beside=beside
    )


def make_again(to: Path, *, config: Config) -> None:
    """Make all tables of a file anew of the events that it has; raises as ``run`` does."""
    with ExitStack() as scope:
        connection = scope.enter_context(opened(to, config=config))
        scope.enter_context(scratch_beside(connection, to))
        increment = _Increment(
            connection=connection,
            config=config,
            progress=lambda *_: None,
            is_all=True,
            with_answers=False,
            spend=None,
        )
        increment.run({}, begun=time.monotonic())


def _keep_copies(making: Making) -> None:
    making.keep("event_copies", _COPIES)


_ALSO = {"duplicates": _keep_copies, "event_keys": keep_islands, **keep_opened()}
"""What is kept of all events, beside the tables."""
_ALSO_OF_NEW = {"duplicates": _keep_copies, "event_keys": find_new_nodes, **keep_opened(prefix="new_")}


def _finish(connection: DuckDBPyConnection, *, config: Config, files: Sequence[FileState]) -> None:
    """What else the next run needs in order to go on from here."""
    keep_files(connection, files, anew=True)
    keep_rules(connection, config)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Increment:
    """One run that goes on from the tables of the one before."""

    connection: DuckDBPyConnection
    config: Config
    progress: Progress
    is_all: bool
    with_answers: bool
    """Whether the answers of the file are by the rules that there are now."""
    spend: Sequence[Spend] | None
    steps: dict[str, float] = field(default_factory=dict)

    def run(self, files: Mapping[Path, FileState], *, begun: float) -> Summary:
        """Read what is new, make what it touches beside, and put that into the file."""
        connection, steps = self.connection, self.steps
        prepare(connection, self.config, known_at=now())
        changed = list(unread(connection, files))
        with timed(steps, "sources"):
            present = load(connection, changed, tell=self._reading)
            leave_out_forgotten(connection)
            find_new(connection, present, kept=columns_of(connection, "event_rows"))
        if self.is_all:
            self._make_all(present)
        else:
            self._make_touched(present)
        with timed(steps, "merged"), named("the whole"):
            self._merge([files[path] for path in changed])
        self.progress("done", len(MODELS), len(MODELS))
        return summary_of(
            lambda question: connection.execute(question).fetchall(),
            steps=steps,
            seconds=time.monotonic() - begun,
            peak_memory=own_peak_memory(),
        )

    def _reading(self, name: str) -> None:
        self.progress(f"reading {name}", 0, len(MODELS))

    def _make_all(self, present: Sequence[str]) -> None:
        with timed(self.steps, "staged"), named("staged_events"):
            whole = stage_all(self.connection, present)
        classify(self.connection)
        self.connection.execute("USE scratch")
        with Making(self.connection, whole, also=_ALSO) as making:
            make(making, MODELS, progress=self.progress, steps=self.steps)
            making.put_in_place()
        self.connection.execute("USE kept")

    def _make_touched(self, present: Sequence[str]) -> None:
        """What is new by itself, as far as the keys; then the islands that those touch, from there on."""
        connection = self.connection
        if connection.execute("SELECT 1 FROM scratch.new_rows LIMIT 1").fetchall():
            with timed(self.steps, "staged"), named("staged_events"):
                whole = stage_new(connection, present)
            classify(connection)
            with TemporaryMaking(connection, whole, also=_ALSO_OF_NEW) as making:
                make(making, _OF_NEW, progress=self.progress, steps=self.steps)
            name_new(connection, whole)
        else:
            find_no_nodes(connection)
            opened_nothing(connection)
        models = (*_OF_TOUCHED, *(ANSWERS_BY_ISLAND if self.with_answers else ()))
        with timed(self.steps, "touched"), named("touched_ids"):
            find_touched(connection)
            stage_touched(connection, models)
        with TemporaryMaking(connection, (), instead=INSTEAD) as making:
            make(making, models, progress=self.progress, steps=self.steps)
        connection.execute("DROP VIEW temp.events")

    def _merge(self, files: Sequence[FileState]) -> None:
        connection = self.connection
        current = current_answers(connection) if self.with_answers else {}
        connection.execute("BEGIN")
        if self.is_all:
            replace_all(connection)
        else:
            if not is_loose(connection):
                leave_apart(connection)
            merge(connection, with_answers=self.with_answers)
        count_all(connection)
        make_answers(connection, self.config.answers, spend=self.spend, current=current)
        keep_files(connection, files, anew=False)
        keep_rules(connection, self.config)
        write_state(connection, State(self.config))
        connection.execute("COMMIT")
