"""By what rules the tables in a file were made: a run goes on from them only while those are the same."""

from __future__ import annotations

import importlib.metadata
from collections.abc import Iterable
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import msgspec

from ... import agents
from ..answers.settings import Answers
from ..config import Config
from ..file import JourneysFileError
from ..models import ANSWERS, MODELS
from ..state import read_state

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_JOURNEYS = Path(__file__).parents[1]
_ROOMS = ("apart", "increments", "models")
_MODULES = (
    *("components.py", "given.py", "making.py", "preparing.py"),
    *("sources/columns.py", "sources/typed.py"),
)
_KEEP = "CREATE OR REPLACE TABLE rules_applied AS SELECT $rules AS rules"
_KEEP_ANSWERS = "CREATE OR REPLACE TABLE answers_applied AS SELECT $rules AS rules"
_SEPARATIONS = """
CREATE OR REPLACE TABLE separations_applied AS
SELECT DISTINCT p.kind_a, p.value_a, p.kind_b, p.value_b
FROM kept_apart AS p
CROSS JOIN journey_settings AS s
WHERE p.from_at IS NULL OR p.from_at <= CAST(s.known_at AS TIMESTAMP)
"""
_TABLES = "SELECT table_name FROM duckdb_tables() WHERE database_name = current_database()"
_VIEWS = "SELECT view_name FROM duckdb_views() WHERE database_name = current_database() AND NOT internal"
_ALL = f"{_TABLES} UNION ALL {_VIEWS}"


def refuse_others(connection: DuckDBPyConnection) -> None:
    """Raises JourneysFileError where the file has tables that no run made, and that one would replace."""
    kept = {name for (name,) in connection.execute(_ALL).fetchall()}
    theirs = sorted(kept.intersection(model.name for model in MODELS))
    if theirs and "event_rows" not in kept:
        raise JourneysFileError(
            f"the file has a table {theirs[0]} that no run made, and that this one would replace: "
            "name another file with --to"
        )


def can_go_on(connection: DuckDBPyConnection, config: Config) -> Literal["anew", "all", "on"]:
    """Whether a run goes ``on`` from the tables, makes ``all`` of their events again, or starts ``anew``.

    It starts from the sources where there are none, or those of a date. Raises JourneysFileError
    where a version made them that kept nothing to go on from.
    """
    kept = {name for (name,) in connection.execute(_TABLES).fetchall()}
    if "event_rows" not in kept:
        return "anew"
    state = read_state(connection)
    if state is None or "rules_applied" not in kept:
        raise JourneysFileError(
            "its tables are of a run that kept nothing to go on from: give all sources again, with --full"
        )
    if state.as_of is not None:
        return "anew"
    ((rules,),) = connection.execute("SELECT rules FROM rules_applied").fetchall()
    return "on" if rules == _rules(config) else "all"


def keep_rules(connection: DuckDBPyConnection, config: Config) -> None:
    """Note by what rules the tables are made; goes with the transaction that makes them."""
    connection.execute(_KEEP, {"rules": _rules(config)})
    connection.execute(_KEEP_ANSWERS, {"rules": _rules_of_answers(config)})
    connection.execute(_SEPARATIONS)


def answers_go_on(connection: DuckDBPyConnection, config: Config) -> bool:
    """Whether the answers in the file were made by the same rules."""
    kept = {name for (name,) in connection.execute(_TABLES).fetchall()}
    if "answers_applied" not in kept:
        return False
    ((rules,),) = connection.execute("SELECT rules FROM answers_applied").fetchall()
    return bool(rules == _rules_of_answers(config))


def _rules_of_answers(config: Config) -> str:
    models = sha256("\n".join(model.sql for model in ANSWERS).encode())
    return msgspec.json.encode([config.answers, models.hexdigest(), _digest(makes_answers())]).decode()


def _rules(config: Config) -> str:
    """A text that changes with whatever may change a row: the configuration, the models, what hashes."""
    same = replace(config, memory_limit="", threads=None, answers=Answers())
    models = sha256("\n".join(model.sql for model in MODELS if model.kind != "components").encode())
    versions = [importlib.metadata.version(name) for name in ("duckdb", "crawler-user-agents")]
    code = [_digest(files) for files in (makes_tables(), _classifies())]
    return msgspec.json.encode([same, models.hexdigest(), versions, *code]).decode()


def makes_tables() -> list[Path]:
    """The code that has SQL, or columns, of which rows of the tables are made; a room's as a whole.

    Not that which reads sources: its rows stay as they were read, and are what tables are made again of.
    """
    rooms = [file for room in _ROOMS for file in (_JOURNEYS / room).glob("*.py")]
    return sorted([*rooms, *(_JOURNEYS / name for name in _MODULES)])


def makes_answers() -> list[Path]:
    """The same of the answers, beside what makes the tables."""
    return sorted((_JOURNEYS / "answers").glob("*.py"))


def _classifies() -> list[Path]:
    """The classes of user agents are written down in that room's code."""
    return sorted(Path(agents.__file__).parent.glob("*.py"))


def _digest(files: Iterable[Path]) -> str:
    return sha256(b"\n".join(file.read_bytes() for file in files)).hexdigest()
