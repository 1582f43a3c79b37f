"""Models that an engine needs a text of its own for: no other is said in two ways."""

from __future__ import annotations

from functools import cache
from pathlib import Path

_FOLDER = Path(__file__).parent


@cache
def own_text(model: str, dialect: str) -> str | None:
    """What fills the table in that engine's language; None where the model's own text is translated."""
    path = _FOLDER / f"{model}.{'spark' if dialect == 'databricks' else dialect}.sql"
    return path.read_text().strip() if path.exists() else None


def is_answered(dialect: str) -> bool:
    """Whether the tables that answer analysts' questions can be made in it."""
    return dialect == "duckdb" or own_text("event_fields", dialect) is not None


def own_texts() -> frozenset[tuple[str, str]]:
    """The pairs of model and dialect that have one."""
    names = (path.name.split(".") for path in _FOLDER.glob("*.sql"))
    return frozenset((model, dialect) for model, dialect, _ in names)
