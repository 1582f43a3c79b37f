"""Our models as dbt's: what fills a table, with ``ref()`` in place of the names of other tables."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from ..answers.given import SPEND, given_rows
from ..components import EDGES, FOUND, HOOK, JUMP, LABELS, NODES, RELABEL, REWRITE
from ..config import Config
from ..engines.staged import staged_query
from ..engines.texts import own_text
from ..engines.translating import translated
from ..given import BEFORE, REJECTED_LINES, RULES, rule_rows, settings_row
from ..models import ANSWERS, MODELS, Model
from ..sources.columns import COLUMNS
from .user_agents import names_query, user_agents_query

ALL_MODELS = (*MODELS, *ANSWERS)
_GIVEN = (
    *("staged_events", "journey_settings", "transaction_rules", "rejected_lines", "agent_names"),
    *("user_agents", *BEFORE),
)
_ASKED = (
    "answer_settings",
    "answer_carriers",
    "answer_fields",
    "attribution_models",
    "zone_given",
    "spend_given",
)
NAMES = frozenset({*_GIVEN, *_ASKED, *(model.name for model in ALL_MODELS)})
"""Every table that ``ref()`` is for, the seeds aside."""
_CTE = re.compile(r"\b(\w+) AS (?:MATERIALIZED )?\(")
_FROM = re.compile(r"\b(FROM|JOIN) (?:scratch\.)?(\w+)\b( AS\b)?")
_EVENTS = "table_of_events"
_NOW = datetime(9999, 1, 1, tzinfo=UTC).replace(tzinfo=None)
"""Stands for when the run begins."""
_JINJA = re.compile(r"\{[{%#]")
_STEPS = {
    "nodes": (NODES, "edges"),
    "edges": (EDGES, "edges, nodes"),
    "labels": (LABELS, "nodes"),
    "hook": (HOOK, "edges"),
    "jump": (JUMP, "parents"),
    "relabel": (RELABEL, "labels, parents"),
    "rewrite": (REWRITE, "edges, parents"),
    "found": (FOUND, "labels, nodes"),
}


def model_files(dialect: str, config: Config) -> Iterator[tuple[str, str]]:
    """The path and the text of each model."""
    for name, (kind, query) in _given(dialect, config).items():
        yield f"models/given/{name}.sql", _text(query, kind, dialect)
    for model in ALL_MODELS:
        folder = "tables" if model.kind in {"kept", "view"} else "working"
        yield f"models/{folder}/{model.name}.sql", _model(model, dialect)


def description_of(model: Model) -> str:
    """What a row of it is, as the comment of its SQL says."""
    if model.kind == "components":
        return f"One row a node of {model.edges}: all nodes that edges join have one label, one of them."
    lines = [line[2:].strip() for line in model.sql.splitlines() if line.startswith("--")]
    return " ".join(lines).replace("``", "`")


def steps_of_components(dialect: str) -> str:
    """A macro for each step of the rounds."""
    return "\n\n".join(
        f"{{% macro component_{name}({given}) -%}}\n  {_step(query, given, dialect)}\n{{%- endmacro %}}"
        for name, (query, given) in _STEPS.items()
    )


def _step(query: str, given: str, dialect: str) -> str:
    tables = given.split(", ")
    text = translated(query.format(**{name: f"given_{name}" for name in tables}), dialect)
    for name in tables:
        text = re.sub(rf"\bgiven_{name}\b", f"{{{{ {name} }}}}", text)
    return text


def with_refs(sql: str) -> str:
    """``ref()`` in place of the names of our tables, but where a query calls a part of its own so."""
    own = set(_CTE.findall(sql))

    def put(found: re.Match[str]) -> str:
        word, name, alias = found.groups()
        if name not in NAMES or name in own:
            return found[0]
        return f"{word} {{{{ ref('{name}') }}}}{alias or f' AS {name}'}"

    # ``IS DISTINCT FROM`` is no FROM, and what follows it no table
    return _FROM.sub(put, sql)


def escaped(sql: str) -> str:
    """As Jinja leaves it."""
    return _JINJA.sub(lambda found: f"{{{{ '{found[0]}' }}}}", sql)


def _model(model: Model, dialect: str) -> str:
    if model.kind == "components":
        return _components(model, dialect)
    text = with_refs(escaped(_query(model, dialect)))
    if model.name == "persons":  # which are read before they are replaced
        text = f"-- depends_on: {{{{ ref('persons_before') }}}}\n{text}"
    comment = "\n".join(line for line in model.sql.splitlines() if line.startswith("--"))
    kind = "view" if model.kind in {"view", "working view"} else "table"
    return _text(f"{comment}\n{text}", kind, dialect)


def _query(model: Model, dialect: str) -> str:
    """Without its comment; in DuckDB's language it is there already, and reads better as it is."""
    if dialect == "duckdb":
        return "\n".join(line for line in model.sql.splitlines() if not line.startswith("--"))
    return own_text(model.name, dialect) or translated(model.sql, dialect)


def _components(model: Model, dialect: str) -> str:
    options = f"""pre_hook="{{{{ find_components(ref('{model.edges}')) }}}}", """
    options += 'post_hook="DROP TABLE {{ found_components() }}"'
    body = (
        f"-- depends_on: {{{{ ref('{model.edges}') }}}}\nSELECT node, label FROM {{{{ found_components() }}}}"
    )
    return _text(body, "table", dialect, options)


def _text(query: str, kind: str, dialect: str, options: str = "") -> str:
    """With its configuration; PostgreSQL knows nothing of a new table until it has looked at it."""
    if kind == "table" and dialect == "postgres":
        options = options.replace('post_hook="', 'post_hook=["ANALYZE {{ this }}", "')
        options = f"{options}]" if options else 'post_hook="ANALYZE {{ this }}"'
    more = f", {options}" if options else ""
    return f"{{{{ config(materialized='{kind}'{more}) }}}}\n{query}\n"


def _given(dialect: str, config: Config) -> dict[str, tuple[str, str]]:
    """What the models ask for beside one another, and whether that is a table or a view."""
    given = {
        "staged_events": ("view", _staged(dialect)),
        "journey_settings": ("table", _settings(dialect, config)),
        "transaction_rules": ("table", _rules(dialect, config)),
        "rejected_lines": ("view", _nothing(REJECTED_LINES, dialect)),
        "agent_names": ("table", escaped(names_query(dialect))),
        "user_agents": ("table", _user_agents(dialect)),
    }
    for name, (table, columns) in BEFORE.items():
        listed = ", ".join(columns)
        if table == "separations":
            text = f"SELECT {listed} FROM {{{{ ref('separations') }}}}"  # noqa: S608
        else:
            nothing = _nothing(columns, dialect)
            text = f'{{{{ rows_before("{table}", "{listed}", "{nothing}") }}}}'
        given[name] = ("table", text)
    for name, (kinds, rows) in given_rows(config.answers, ()).items():
        given[name] = ("table", _listed(kinds, rows, dialect))
    listed = ", ".join(SPEND)
    given["spend_given"] = ("view", f"SELECT {listed} FROM {{{{ ref('campaign_costs') }}}}")  # noqa: S608
    return given


def casts(dialect: str) -> Mapping[str, str]:
    """By the type of a column, how ``#`` is cast to it."""
    return {
        kind: translated(f"SELECT CAST(given_column AS {kind})", dialect)
        .removeprefix("SELECT ")
        .replace("given_column", "#")
        for kind in dict.fromkeys(COLUMNS.values())
    }


def _staged(dialect: str) -> str:
    """As for any table of the engine's, but that which columns it has is only known when it is read."""
    kinds = {
        name: {"VARCHAR": "text", "TIMESTAMP": "timestamp"}.get(kind, kind) for name, kind in COLUMNS.items()
    }
    text = escaped(staged_query(_EVENTS, kinds, dialect))
    text = text.replace(
        f"'{_EVENTS}'", "'{{ source('collected', 'events').render() | replace(\"'\", \"''\") }}'"
    )
    text = re.sub(rf"\b{_EVENTS}\b", "({{ canonical_columns(source('collected', 'events')) }})", text)
    return text.replace("pg_temp.is_json", "{{ is_json() }}")


def _settings(dialect: str, config: Config) -> str:
    row = settings_row(config, known_at=_NOW)
    kinds = {name: "BIGINT" if isinstance(value, int) else "VARCHAR" for name, value in row.items()}
    text = escaped(translated(_row(kinds, row), dialect))
    return text.replace(str(row["known_at"]), "{{ run_started_at.strftime('%Y-%m-%d %H:%M:%S.%f') }}")


def _rules(dialect: str, config: Config) -> str:
    return _listed(RULES, rule_rows(config), dialect)


def _listed(kinds: Mapping[str, str], rows: Sequence[Sequence[Any]], dialect: str) -> str:
    """A query of literals."""
    texts = [_row(kinds, dict(zip(kinds, row, strict=True))) for row in rows]
    return escaped(translated(" UNION ALL ".join(texts), dialect)) if texts else _nothing(kinds, dialect)


def _row(kinds: Mapping[str, str], values: Mapping[str, str | int]) -> str:
    listed = (
        f"CAST('{str(value).replace(chr(39), chr(39) * 2)}' AS {kinds[name]}) AS {name}"
        for name, value in values.items()
    )
    return f"SELECT {', '.join(listed)}"


def _nothing(kinds: Mapping[str, str], dialect: str) -> str:
    """No row of these columns."""
    listed = ", ".join(f"CAST(NULL AS {kind}) AS {name}" for name, kind in kinds.items())
    return translated(f"SELECT * FROM (SELECT {listed}) AS nothing WHERE 1 = 0", dialect)  # noqa: S608


def _user_agents(dialect: str) -> str:
    query = re.sub(r"@(\w+)@", r"{{ ref('\1') }}", escaped(user_agents_query(dialect)))
    return f"-- By the names and expressions that agents are known by.{query}"
