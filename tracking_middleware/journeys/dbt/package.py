"""The files of the package, and how they come into a folder.

Each begins with a mark, so that what is written again replaces what was, and nothing else: a folder with
other things in it is left alone, and the seeds, which are yours, stay as they are.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ...errors import TrackingError
from ..answers.given import SPEND
from ..config import Config
from ..engines.translating import translated
from ..given import BEFORE
from ..models import MODELS
from ..sources.columns import COLUMNS
from ..sources.typed import NEEDED
from .answers import ANSWER_COLUMNS
from .described import described_models
from .models import casts, escaped, model_files, steps_of_components
from .written import yaml

PROJECT = "tracking_journeys"
"""The package's name in dbt."""
DIALECTS = ("duckdb", "postgres", "spark")
SEPARATIONS, COSTS = "seeds/separations.csv", "seeds/campaign_costs.csv"
_TEXTS = Path(__file__).parent / "macros"
_MARK = "Written by tracking-middleware journeys dbt: changes are lost when it writes again."
_README = """# Journeys

{mark}

The tables of `tracking-middleware journeys` for {dialect}, out of `{table}`:

```console
dbt build
```

Your `profiles.yml` says as `tracking_journeys` where the tables go.
`dbt_project.yml` has the table of events as `vars`; in a project of your own add this folder to
`packages.yml` as `local`, and set the `+schema` of its models.

`seeds/separations.csv` takes two identifiers that are to be kept apart a line, such as
`user_id,123,domain_userid,0fe32fa0-bb3f-51a6-affe-7f7ffb6ed55c,`, and from when on that is known (UTC; always
where it is empty); `seeds/campaign_costs.csv` what a campaign cost on a day. Both are yours and never written
again.
Articles, conversions and returns are those of the `journeys.toml` that this was written with.
"""
_SETTLED = """-- Edges that lead from one component to another: there must be none.
SELECT e.a, e.b
FROM {{ ref('EDGES') }} AS e
LEFT JOIN {{ ref('COMPONENTS') }} AS x ON x.node = e.a
LEFT JOIN {{ ref('COMPONENTS') }} AS y ON y.node = e.b
WHERE x.label IS NULL OR y.label IS NULL OR x.label <> y.label
"""
_UNREADABLE = """
SELECT c.campaign, c.day, c.cost, c.currency
FROM campaign_costs AS c
WHERE coalesce(c.campaign, '') = ''
    OR NOT regexp_matches(coalesce(c.day, ''), '^[0-9]{4}-[0-9]{2}-[0-9]{2}$')
    OR NOT regexp_matches(coalesce(c.cost, ''), '^-?[0-9]{1,12}([.][0-9]{1,6})?$')
    OR NOT regexp_matches(coalesce(c.currency, ''), '^[A-Z]{3}$')
"""


_SEEDS = {"separations": BEFORE["kept_apart"][1], "campaign_costs": SPEND}


class FolderError(TrackingError):
    """The folder has something else in it; the message says what."""


def package_files(dialect: str, *, table: str, config: Config) -> Mapping[str, str]:
    """By its path, the text of each file; ``table`` is ``schema.name``."""
    schema, _, name = table.rpartition(".")
    files = {
        "README.md": _README.format(mark=_MARK, dialect=dialect, table=table),
        "dbt_project.yml": _yaml(_project(dialect, schema=schema, name=name)),
        "models/sources.yml": _yaml(_sources()),
        "models/schema.yml": _yaml({"version": 2, "models": list(described_models())}),
        "seeds/seeds.yml": _yaml(_seeds()),
        SEPARATIONS: ",".join(BEFORE["kept_apart"][1]) + "\n",
        COSTS: ",".join(SPEND) + "\n",
    }
    queries = [*model_files(dialect, config), *_macros(dialect), *_settled(), _costs(dialect)]
    return files | {path: f"{{#- {_MARK} -#}}\n{text}" for path, text in queries}


def write_package(files: Mapping[str, str], folder: Path) -> None:
    """Raises FolderError where something that this did not write is in the way, before it writes; OSError."""
    _check(files, folder)
    for old in _ours(folder):
        old.unlink()
    for path, text in files.items():
        file = folder / path
        if path in {SEPARATIONS, COSTS} and file.exists():
            continue
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")


def _check(files: Mapping[str, str], folder: Path) -> None:
    if folder.exists() and not folder.is_dir():
        raise FolderError(f"{folder} is no folder: name one, or a new one")
    if folder.exists() and any(folder.iterdir()) and not _is_ours(folder / "dbt_project.yml"):
        raise FolderError(f"{folder} is not empty, and no package that this wrote: name another folder")
    there = [folder / path for path in files if path not in {SEPARATIONS, COSTS}]
    folders = {(folder / path).parent for path in files}
    others = [str(path) for path in there if path.exists() and not _is_ours(path)]
    if others := [*others, *(str(path) for path in sorted(folders) if path.exists() and not path.is_dir())]:
        them = "them" if len(others) > 1 else "it"
        raise FolderError(
            f"{', '.join(others)}: this did not write {them}, and writes a file of that name: "
            f"rename {them}, or name another folder"
        )


def _is_ours(path: Path) -> bool:
    return path.is_file() and _MARK.encode() in path.read_bytes()  # what others write may be no UTF-8


def _ours(folder: Path) -> Iterator[Path]:
    """What was written before, which may have another name now."""
    for place in ("models", "macros", "tests"):
        for path in sorted((folder / place).rglob("*.sql")):
            if _is_ours(path):
                yield path


def _yaml(content: Mapping[str, Any]) -> str:
    return f"# {_MARK}\n{yaml(content)}"


def _project(dialect: str, *, schema: str, name: str) -> dict[str, Any]:
    project: dict[str, Any] = {
        "name": PROJECT,
        "version": "1.0.0",
        "config-version": 2,
        "require-dbt-version": [">=1.8.0", "<2.0.0"],
        "profile": PROJECT,
        "flags": {"send_anonymous_usage_stats": False},
        "vars": {PROJECT: {"events_schema": schema, "events_table": name}},
        "models": {PROJECT: {"given": {"+tags": ["working"]}, "working": {"+tags": ["working"]}}},
        "seeds": {PROJECT: {name: _seed(kinds, dialect) for name, kinds in _SEEDS.items()}},
    }
    if dialect == "postgres":
        project["on-run-start"] = ["{{ make_is_json() }}"]
    if dialect == "spark":
        project["on-run-start"] = [
            "SET spark.sql.session.timeZone = UTC",
            "SET spark.sql.ansi.enabled = true",
        ]
    return project


def _seed(kinds: Mapping[str, str], dialect: str) -> dict[str, Any]:
    text = {"postgres": 'text collate "C"', "spark": "string"}.get(dialect, "varchar")
    types = {name: text if kind == "VARCHAR" else "timestamp" for name, kind in kinds.items()}
    return {"+column_types": types, "+quote_columns": False}


def _sources() -> dict[str, Any]:
    events = {
        "name": "events",
        "identifier": "{{ var('events_table') }}",
        "description": "One row an event, with the canonical column names; columns may be missing but "
        f"{' and '.join(NEEDED)}. Contexts and unstruct_event are self-describing JSON.",
    }
    source = {"name": "collected", "schema": "{{ var('events_schema') }}", "tables": [events]}
    return {"version": 2, "sources": [source]}


def _seeds() -> dict[str, Any]:
    told = {
        "kind_a": "user_id, domain_userid, network_userid, token or transaction",
        "value_a": "one identifier",
        "kind_b": "of which kind the other is",
        "value_b": "the other identifier",
        "from_at": "from when on that is known, UTC; always where empty",
    }
    apart = "One row two identifiers that are to be kept apart, as if they had never met. Yours to fill."
    costs = "One row what a campaign cost on a day: `spend` is made of them. Yours to fill."
    seeds = [
        _described("separations", apart, told),
        _described("campaign_costs", costs, ANSWER_COLUMNS["spend"]),
    ]
    return {"version": 2, "seeds": seeds}


def _described(name: str, description: str, columns: Mapping[str, str]) -> dict[str, Any]:
    listed = [{"name": column, "description": text} for column, text in columns.items()]
    return {"name": name, "description": description, "columns": listed}


def _macros(dialect: str) -> Iterator[tuple[str, str]]:
    analyze = "{%- do run_query('ANALYZE ' ~ relation) -%}" if dialect == "postgres" else ""
    given = {
        "@CASTS@": repr(dict(casts(dialect))),
        "@WANTED@": repr(dict(COLUMNS)),
        "@NEEDED@": repr(NEEDED),
        "@PROJECT@": PROJECT,
        "@USING@": "USING parquet " if dialect == "spark" else "",
        "@ANALYZE@": analyze,
        "@STEPS@": steps_of_components(dialect),
    }
    for path in sorted(_TEXTS.glob("*.sql")):
        if path.stem == "is_json" and dialect != "postgres":
            continue
        text = path.read_text()
        for mark, value in given.items():
            text = text.replace(mark, value)
        yield f"macros/{path.name}", text


def _costs(dialect: str) -> tuple[str, str]:
    """A test of the seed, as ``--spend`` is checked; without it a model would fail, or say nothing."""
    query = escaped(translated(_UNREADABLE, dialect))
    query = query.replace("FROM campaign_costs", "FROM {{ ref('campaign_costs') }}")
    comment = "-- Lines that cannot be read: write 1234.50 as cost, 2026-03-14 as day, EUR as currency."
    return "tests/campaign_costs_can_be_read.sql", f"{comment}\n{query}\n"


def _settled() -> Iterator[tuple[str, str]]:
    """A test for each of the components: an edge that leads from one to another is wrong."""
    for model in MODELS:
        if model.kind == "components":
            text = _SETTLED.replace("EDGES", model.edges).replace("COMPONENTS", model.name)
            yield f"tests/{model.name}_settled.sql", text
