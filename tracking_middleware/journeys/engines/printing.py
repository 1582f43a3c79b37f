"""The models as text in any dialect that sqlglot knows, in the order in which they are made.

Printed SQL has no driver to count rounds: connected components are unrolled a stated number of times, and a
statement at the end fails where that was not enough.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime

from ...errors import TrackingError
from ..answers.given import given_rows
from ..components import EDGES, FOUND, HOOK, JUMP, LABELS, NODES, RELABEL, REWRITE
from ..config import Config
from ..given import BEFORE, REJECTED_LINES, RULES, USER_AGENTS, rule_rows, settings_row
from ..models import ANSWERS, MODELS, Model
from .texts import is_answered, own_text
from .translating import translated
from .warehouses.staging import STAGING

EXECUTED = ("duckdb", "postgres", "clickhouse", "spark")
"""The dialects in which a thousand histories are run in our tests."""
ROUNDS, JUMPS = 6, 5
_LABEL = """-- {dialect}: {what}.
-- Fill staged_events: the canonical columns, source, line, problem (NULL where an event is well), and before
-- all user_agents: each useragent with its agent_class, operator, product and proof."""
_NO_ANSWERS = "-- content, campaign_margin and what belongs to them are not said in this dialect."
_SETTLED = "SELECT 1 / CASE WHEN count(*) = 0 THEN 1 ELSE 0 END AS is_settled FROM {edges}"


class DialectError(TrackingError):
    """There is no such dialect, or a model cannot be said in it; the message says which."""


def dialects() -> list[str]:
    """The names of the dialects."""
    from sqlglot.dialects.dialect import Dialect

    return sorted(name for name in Dialect.classes if name)


def printed(dialect: str, *, config: Config | None = None) -> Iterator[str]:
    """A statement for each table, in the order in which they are made; raises DialectError."""
    if dialect not in dialects():
        raise DialectError(f"{dialect!r} is no dialect of sqlglot's: give one of {', '.join(dialects())}")
    yield _LABEL.format(dialect=dialect, what=_executed(dialect))
    if dialect in STAGING:
        yield "-- Your events, where they are in atomic.events as Snowplow's loader leaves them there."
        yield _created("staged_events", STAGING[dialect], "working", dialect)
    yield from _given(dialect, config or Config())
    for model in MODELS:
        if model.kind == "components":
            yield from _unrolled(model, dialect)
        else:
            yield _statement(model, dialect)
    if not is_answered(dialect):
        yield _NO_ANSWERS
        return
    for name, (kinds, rows) in given_rows((config or Config()).answers, ()).items():
        yield _table(name, _rows(kinds, rows), dialect)
    for model in ANSWERS:
        yield _statement(model, dialect)


def _executed(dialect: str) -> str:
    return "executed in our tests" if dialect in EXECUTED else "rendered, not executed here"


def _given(dialect: str, config: Config) -> Iterator[str]:
    settings = settings_row(config, known_at=datetime(9999, 1, 1, tzinfo=UTC).replace(tzinfo=None))
    kinds = {name: "VARCHAR" if isinstance(value, str) else "BIGINT" for name, value in settings.items()}
    yield _table("journey_settings", _rows(kinds, [tuple(settings.values())]), dialect)
    yield _table("transaction_rules", _rows(RULES, rule_rows(config)), dialect)
    yield _table("rejected_lines", _rows(REJECTED_LINES, []), dialect)
    yield f"-- {', '.join(USER_AGENTS)}: by tracking_middleware.agents.classify, or a list of your own"
    for name, (_, columns) in BEFORE.items():
        yield _table(name, _rows(columns, []), dialect)


def _rows(kinds: Mapping[str, str], rows: Sequence[Sequence[str | int]]) -> str:
    """A query of literals; with no rows one that has the columns."""
    nothing = ", ".join(f"CAST(NULL AS {kind}) AS {name}" for name, kind in kinds.items())
    if not rows:
        return f"SELECT * FROM (SELECT {nothing}) AS nothing WHERE 1 = 0"  # noqa: S608
    return " UNION ALL ".join(
        "SELECT "
        + ", ".join(
            f"CAST({_literal(value)} AS {kind}) AS {name}"
            for (name, kind), value in zip(kinds.items(), row, strict=True)
        )
        for row in rows
    )


def _literal(value: str | int) -> str:
    return str(value) if isinstance(value, int) else "'" + value.replace("'", "''") + "'"


def _statement(model: Model, dialect: str) -> str:
    comment = "\n".join(line for line in model.sql.splitlines() if line.startswith("--"))
    query = own_text(model.name, dialect)
    text = _created(model.name, query or _said(model.sql, model.name, dialect), model.kind, dialect)
    return f"{comment}\n{text}"


def _table(name: str, query: str, dialect: str) -> str:
    return _created(name, _said(query, name, dialect), "working", dialect)


def _said(query: str, name: str, dialect: str) -> str:
    from sqlglot.errors import SqlglotError

    try:
        return translated(query, dialect)
    except SqlglotError as error:
        first = str(error).partition("\n")[0]
        raise DialectError(f"{name} cannot be said in {dialect}: {first}") from None


def _created(name: str, query: str, kind: str, dialect: str) -> str:
    what = "VIEW" if kind == "view" else "TABLE"
    engine = " ENGINE = MergeTree ORDER BY tuple()" if dialect == "clickhouse" and what == "TABLE" else ""
    return f"CREATE {what} {name}{engine} AS\n{query};"


def _unrolled(model: Model, dialect: str) -> Iterator[str]:
    yield (
        f"-- {model.name}: the connected components of {model.edges}, in {ROUNDS} rounds of {JUMPS} jumps;\n"
        "-- the last statement fails where they were not enough."
    )
    names: dict[str, str] = {"edges": model.edges}
    steps = [("nodes", NODES), ("between", EDGES), ("labels", LABELS)]
    turn = [("parents", HOOK), *[("parents", JUMP)] * JUMPS]
    turn += [("labels", RELABEL), ("between", REWRITE)]
    for number, (kind, query) in enumerate(steps + turn * ROUNDS, start=1):
        given = names if kind == "nodes" or query is EDGES else {**names, "edges": names["between"]}
        name = f"{model.name}_{kind}_{number}"
        yield _table(name, query.format(**given), dialect)
        names[kind] = name
    yield _table(model.name, FOUND.format(**names), dialect)
    yield f"{_settled(names['between'], dialect)};"


def _settled(edges: str, dialect: str) -> str:
    """A statement that fails where there is an edge left."""
    if dialect == "clickhouse":
        return f"SELECT throwIf(count(*) > 0, 'not settled') AS is_settled FROM {edges}"  # noqa: S608
    if dialect == "duckdb":
        return f"SELECT CASE WHEN count(*) > 0 THEN error('not settled') END AS is_settled FROM {edges}"  # noqa: S608
    return _said(_SETTLED.format(edges=edges), edges, dialect)
