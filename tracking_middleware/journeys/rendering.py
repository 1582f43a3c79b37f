"""The models as text in any dialect that sqlglot knows; nothing is executed here."""

from __future__ import annotations

from collections.abc import Iterator

from ..errors import TrackingError
from .models import MODELS, Model

_COMPONENTS = """-- {name}: the connected components of {edges} (a, b) as rows (node, label), every
-- node of one with the same label. How many rounds that takes depends on the data: a program runs it."""


class DialectError(TrackingError):
    """There is no such dialect, or a model cannot be said in it; the message says which."""


def dialects() -> list[str]:
    """The names of the dialects."""
    from sqlglot.dialects.dialect import Dialect

    return sorted(name for name in Dialect.classes if name)


def rendered(dialect: str) -> Iterator[str]:
    """A statement for each table, in the order in which they are made; raises DialectError."""
    if dialect not in dialects():
        raise DialectError(f"{dialect!r} is no dialect of sqlglot's: give one of {', '.join(dialects())}")
    for model in MODELS:
        yield _statement(model, dialect)


def _statement(model: Model, dialect: str) -> str:
    import sqlglot
    from sqlglot.errors import ErrorLevel, SqlglotError

    if model.kind == "components":
        return _COMPONENTS.format(name=model.name, edges=model.edges)
    comment = "\n".join(line for line in model.sql.splitlines() if line.startswith("--"))
    what = {"kept": "TABLE", "view": "VIEW", "working": "TEMPORARY TABLE", "working view": "VIEW"}[model.kind]
    try:
        text = sqlglot.transpile(
            f"CREATE {what} {model.name} AS\n{model.sql}",
            read="duckdb",
            write=dialect,
            pretty=True,
            comments=False,
            unsupported_level=ErrorLevel.IGNORE,
        )[0]
    except SqlglotError as error:
        first = str(error).partition("\n")[0]
        raise DialectError(f"{model.name} cannot be said in {dialect}: {first}") from None
    return f"{comment}\n{text};"
