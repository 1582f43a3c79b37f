"""A run on any engine: from one table of events to ours, in as many statements as there are models."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from ..answers.given import SPEND_BEFORE, given_rows
from ..answers.spend import Spend
from ..apart.moments import now
from ..apart.separations import KINDS
from ..components import join_components
from ..config import Config
from ..given import BEFORE, REJECTED_LINES, RULES, USER_AGENTS, agent_rows, rule_rows, settings_row
from ..models import ANSWERS, FIRST_POWERS, LAST_POWERS, MODELS, Model
from ..summary import Summary, own_peak_memory, summary_of
from .engine import MARKS, Engine, EngineError, SourceError
from .staged import staged_query
from .texts import is_answered, own_text
from .translating import translated

_NO_SEPARATION = """
SELECT k.kind_a, k.value_a, k.kind_b, k.value_b, k.from_at
FROM (
    SELECT
        CAST(NULL AS VARCHAR) AS kind_a, CAST(NULL AS VARCHAR) AS value_a, CAST(NULL AS VARCHAR) AS kind_b,
        CAST(NULL AS VARCHAR) AS value_b, CAST(NULL AS TIMESTAMP) AS from_at
) AS k
WHERE k.from_at IS NOT NULL
"""
_BEFORE = "spend_of_before"
Progress = Callable[[str, int, int], None]
"""What is being made, and how many of how many steps are done."""


def run_on(
    engine: Engine,
    *,
    table: str,
    config: Config,
    progress: Progress,
    spend: Sequence[Spend] | None = None,
) -> Summary:
    """Make all tables anew of the events in a table of the engine's.

    ``spend`` takes the place of what campaigns cost by the tables that there are, which else stays.
    Raises HeldError, SourceError, EngineError; whatever is raised, the tables of the run before are there.
    """
    begun = time.monotonic()
    steps: dict[str, float] = {}
    source, given = engine.source(table)
    query = staged_query(source, given, engine.dialect)
    engine.begin()
    models = (*MODELS, *ANSWERS) if is_answered(engine.dialect) else MODELS
    _refuse_others(engine, models)
    progress(f"reading {source}", 0, len(models))
    with _timed(steps, "sources"):
        engine.make("staged_events", "working view", query)
        _fill_given(engine, config, spend)
    powers = FIRST_POWERS
    for number, model in enumerate(models):
        progress(model.name, number, len(models))
        with _timed(steps, model.name):
            if model.before and not _goes_on(engine, powers):
                continue
            powers = model.name if model.before else powers
            _make(engine, model, powers)
    summary = summary_of(
        engine.rows,
        steps=steps,
        seconds=time.monotonic() - begun,
        peak_memory=own_peak_memory() if engine.is_in_process else None,
    )
    engine.finish()
    progress("done", len(models), len(models))
    return summary


def _refuse_others(engine: Engine, models: Sequence[Model]) -> None:
    """Raises SourceError where there are tables that no run made, and that this one would replace."""
    if any(engine.has(mark) for mark in MARKS):
        return
    names = ["event_rows", *(model.name for model in models if model.kind in {"kept", "view"})]
    theirs = next((name for name in sorted(names) if engine.has(name)), None)
    if theirs is not None:
        raise SourceError(
            f"{engine.place} has a table {theirs} that no run made, and that this one would replace: "
            "name another with --schema"
        )


def _goes_on(engine: Engine, powers: str) -> bool:
    """Whether any path does after so many steps; where none does, twice as many change nothing."""
    return bool(engine.rows(f"SELECT 1 AS one FROM {powers} WHERE power > 0 LIMIT 1"))  # noqa: S608


def _fill_given(engine: Engine, config: Config, spend: Sequence[Spend] | None) -> None:
    """What the models ask for beside the events: the configuration, user agents, what the run before said."""
    settings = settings_row(config, known_at=now())
    kinds = {name: "VARCHAR" if isinstance(value, str) else "BIGINT" for name, value in settings.items()}
    engine.fill("journey_settings", kinds, [tuple(settings.values())])
    engine.fill("transaction_rules", RULES, rule_rows(config))
    engine.fill("rejected_lines", REJECTED_LINES, [])
    found = engine.rows("SELECT DISTINCT useragent FROM staged_events WHERE useragent IS NOT NULL")
    engine.fill("user_agents", USER_AGENTS, agent_rows(useragent for (useragent,) in found))
    if engine.before("separations") is None:
        engine.make("separations", "kept", translated(_NO_SEPARATION, engine.dialect))
    for name, (table, columns) in BEFORE.items():
        place = engine.before(table)
        question = f"SELECT {', '.join(columns)} FROM {place}"  # noqa: S608
        kept = engine.rows(question) if place else []
        if table == "separations":
            _refuse_wrong(kept)
        engine.fill(name, columns, kept)
    for name, (asked, rows) in given_rows(config.answers, _spent(engine, spend)).items():
        engine.fill(name, asked, rows)


def _refuse_wrong(separations: Sequence[Sequence[Any]]) -> None:
    """They were written by hand: one that names nothing would keep nothing apart, and say nothing."""
    for kind_a, value_a, kind_b, value_b, _ in separations:
        for kind, value in ((kind_a, value_a), (kind_b, value_b)):
            if kind not in KINDS or not value:
                raise EngineError(
                    f"the table separations keeps {kind}={value} apart, which is no identifier: "
                    f"the kinds are {', '.join(KINDS)}, with a value each"
                )


def _spent(engine: Engine, spend: Sequence[Spend] | None) -> Sequence[tuple[str, ...]]:
    if spend is not None:
        return [row.texts for row in spend]
    place = engine.before("spend")
    return (
        engine.rows(translated(SPEND_BEFORE.format(table=_BEFORE), engine.dialect).replace(_BEFORE, place))
        if place
        else []
    )


def _make(engine: Engine, model: Model, powers: str) -> None:
    if model.kind == "components":
        join_components(_Working(engine), edges=model.edges, into=model.name)
        return
    sql = model.sql.replace(LAST_POWERS, powers)
    query = own_text(model.name, engine.dialect) or translated(sql, engine.dialect)
    if model.name == "events":
        engine.make_events(query)
        return
    engine.make(model.name, model.kind, query)


class _Working:
    """Working tables of an engine, out of queries in DuckDB's language."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.rows, self.drop = engine.rows, engine.drop

    def make(self, name: str, query: str) -> None:
        self._engine.make(name, "working", translated(query, self._engine.dialect))


@contextmanager
def _timed(steps: dict[str, float], name: str) -> Iterator[None]:
    begun = time.monotonic()
    yield
    steps[name] = time.monotonic() - begun
