"""A run on any engine: from one table of events to ours, in as many statements as there are models."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from ..apart.moments import now
from ..config import Config
from ..crawlers import classified
from ..given import BEFORE, REJECTED_LINES, RULES, USER_AGENTS, rule_rows, settings_row
from ..models import MODELS, Model
from ..summary import Summary, summary_of
from .engine import Engine
from .rounds import find_components
from .staged import staged_query
from .texts import own_text
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
Progress = Callable[[str, int, int], None]
"""What is being made, and how many of how many steps are done."""


def run_on(engine: Engine, *, table: str, config: Config, progress: Progress) -> Summary:
    """Make all tables anew of the events in a table of the engine's.

    Raises HeldError, SourceError, EngineError; whatever is raised, the tables of the run before are there.
    """
    begun = time.monotonic()
    steps: dict[str, float] = {}
    source, given = engine.source(table)
    query = staged_query(source, given, engine.dialect)
    engine.begin()
    progress(f"reading {source}", 0, len(MODELS))
    with _timed(steps, "sources"):
        engine.make("staged_events", "working view", query)
        _fill_given(engine, config)
    for number, model in enumerate(MODELS):
        progress(model.name, number, len(MODELS))
        with _timed(steps, model.name):
            _make(engine, model)
    summary = summary_of(engine.rows, steps=steps, seconds=time.monotonic() - begun)
    engine.finish()
    progress("done", len(MODELS), len(MODELS))
    return summary


def _fill_given(engine: Engine, config: Config) -> None:
    """What the models ask for beside the events: the configuration, user agents, what the run before said."""
    settings = settings_row(config, known_at=now())
    kinds = {name: "VARCHAR" if isinstance(value, str) else "BIGINT" for name, value in settings.items()}
    engine.fill("journey_settings", kinds, [tuple(settings.values())])
    engine.fill("transaction_rules", RULES, rule_rows(config))
    engine.fill("rejected_lines", REJECTED_LINES, [])
    found = engine.rows("SELECT DISTINCT useragent FROM staged_events WHERE useragent IS NOT NULL")
    engine.fill("user_agents", USER_AGENTS, list(classified(useragent for (useragent,) in found)))
    if engine.before("separations") is None:
        engine.make("separations", "kept", translated(_NO_SEPARATION, engine.dialect))
    for name, (table, columns) in BEFORE.items():
        place = engine.before(table)
        question = f"SELECT {', '.join(columns)} FROM {place}"  # noqa: S608
        engine.fill(name, columns, engine.rows(question) if place else [])


def _make(engine: Engine, model: Model) -> None:
    if model.kind == "components":
        find_components(engine, edges=model.edges, into=model.name)
        return
    query = own_text(model.name, engine.dialect) or translated(model.sql, engine.dialect)
    if model.name == "events":
        engine.make_events(query)
        return
    engine.make(model.name, model.kind, query)


@contextmanager
def _timed(steps: dict[str, float], name: str) -> Iterator[None]:
    begun = time.monotonic()
    yield
    steps[name] = time.monotonic() - begun
