"""Runs the models on DuckDB: from sources to the tables in one file, all of them or none."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import TrackingError
from .answers.making import make_answers
from .answers.spend import Spend
from .apart.forgotten import leave_out_forgotten
from .apart.moments import now
from .apart.separations import TABLE as SEPARATIONS
from .config import Config
from .file import first_line, opened
from .making import Making
from .models import MODELS, Model
from .preparing import classify, know_no_more, prepare, scratch_beside
from .sources.loading import load
from .state import State, write_state
from .summary import Summary, own_peak_memory, summary_of

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

Progress = Callable[[str, int, int], None]
"""What is being made, and how many of how many steps are done."""


class RunFailedError(TrackingError):
    """A table could not be made, for want of memory or of room on the disk; the message says which."""


@dataclass(frozen=True, slots=True)
class Beside:
    """What is kept beside the tables: ``also`` by the model that it is made after, ``finish`` at the end."""

    also: Mapping[str, Callable[[Making], None]]
    finish: Callable[[DuckDBPyConnection], None]


def run(
    sources: Sequence[Path],
    *,
    to: Path,
    config: Config,
    progress: Progress,
    as_of: datetime | None = None,
    spend: Sequence[Spend] | None = None,
    beside: Beside | None = None,
) -> Summary:
    """Make all tables anew of all events in the sources; with ``as_of``, of what was known then.

    That is the events that the collector had, and what was to be kept apart. ``spend`` takes the place of
    what campaigns cost by the file, which else stays. Raises HeldError,
    JourneysFileError, RunFailedError, and OSError where a source cannot be opened. Whatever is raised, the
    file has the tables that it had before.
    """
    begun = time.monotonic()
    steps: dict[str, float] = {}
    with ExitStack() as scope:
        connection = scope.enter_context(opened(to, config=config))
        connection.execute(SEPARATIONS)
        prepare(connection, config, known_at=as_of or now())
        scope.enter_context(scratch_beside(connection, to))
        with timed(steps, "sources"):
            present = load(connection, sources, tell=lambda name: progress(f"reading {name}", 0, len(MODELS)))
            leave_out_forgotten(connection)
        if as_of is not None:
            know_no_more(connection, as_of)
        state = State(config, as_of, spend)
        make_all(connection, present, state=state, progress=progress, steps=steps, beside=beside)
        return summary_of(
            lambda question: connection.execute(question).fetchall(),
            steps=steps,
            seconds=time.monotonic() - begun,
            peak_memory=own_peak_memory(),
        )


def make_all(
    connection: DuckDBPyConnection,
    present: Sequence[str],
    *,
    state: State,
    progress: Progress,
    steps: dict[str, float],
    beside: Beside | None = None,
) -> None:
    """Make all tables of ``staged_events``, which has something in its columns ``present``, at once.

    ``steps`` gets the seconds by table; raises RunFailedError.
    """
    classify(connection)
    with Making(connection, present, also=beside.also if beside else {}) as making:
        make(making, MODELS, progress=progress, steps=steps)
        connection.execute("BEGIN")
        making.put_in_place()
        progress("answers", len(MODELS), len(MODELS))
        with timed(steps, "answers"), named("answers"):
            make_answers(connection, state.config.answers, spend=state.spend)
        if beside:
            beside.finish(connection)
        write_state(connection, state)
        connection.execute("COMMIT")
    progress("done", len(MODELS), len(MODELS))


def make(making: Making, models: Sequence[Model], *, progress: Progress, steps: dict[str, float]) -> None:
    """Make some of the tables, those that they need being there; raises RunFailedError."""
    for number, model in enumerate(models):
        progress(model.name, number, len(MODELS))
        with timed(steps, model.name), named(model.name):
            making.make(model)


@contextmanager
def named(name: str) -> Iterator[None]:
    """Raises RunFailedError, which says that a table of that name could not be made, and why."""
    import duckdb

    try:
        yield
    except duckdb.Error as error:
        raise RunFailedError(f"the table {name} could not be made: {first_line(error)}") from error


@contextmanager
def timed(steps: dict[str, float], name: str) -> Iterator[None]:
    """Note the seconds that it takes."""
    begun = time.monotonic()
    yield
    steps[name] = time.monotonic() - begun
