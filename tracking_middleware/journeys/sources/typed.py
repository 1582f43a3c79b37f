"""From columns of text, or of whatever types a file has, to the typed columns of an event.

The SQL here is put together from the table of columns alone, never from what was read.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from .columns import COLUMNS, JSON_COLUMNS

_KEY = "^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$"
_FIRST, _LAST = "TIMESTAMPTZ '0001-01-01 00:00:00+00'", "TIMESTAMPTZ '9999-12-31 23:59:59.999999+00'"
"""The pipeline's times end with the year 9999 as well; DuckDB's do not, and some are infinite."""
NEEDED = ("event_id", "collector_tstamp")
"""What no event is without."""
PLACE = {"source": "VARCHAR", "line": "BIGINT", "problem": "VARCHAR"}
"""Where a row was read, and what is wrong with it: one with a ``problem`` is set aside."""


def typed_select(present: Mapping[str, str], *, line: str, is_checked: bool = False) -> str:
    """The columns of a ``SELECT`` out of a relation whose columns ``present`` has with their types.

    Empty text is NULL; ``line`` is an expression for where in its file a row is. The relation has its file's
    name as ``filename``. With ``is_checked`` no row of it has a problem.
    """
    values = [f"{_value(name, given)} AS {name}" for name, given in present.items()]
    values += [f"CAST(NULL AS {COLUMNS[name]}) AS {name}" for name in NEEDED if name not in present]
    problem = "CAST(NULL AS VARCHAR)" if is_checked else f"CASE {' '.join(_problems(present))} END"
    return f"{', '.join(values)}, filename AS source, {line} AS line, {problem} AS problem"


def all_columns(present: Collection[str]) -> str:
    """The canonical columns out of a relation that has some of them; NULL where it has none."""
    return ", ".join(
        name if name in present else f"CAST(NULL AS {kind}) AS {name}" for name, kind in COLUMNS.items()
    )


def _value(name: str, given: str) -> str:
    wanted = COLUMNS[name]
    if given == wanted != "VARCHAR":
        return name
    if name == "event_id":  # one id, however its letters are written
        return f"lower(nullif({as_text(name, given)}, ''))"
    if wanted == "VARCHAR":
        return f"nullif({as_text(name, given)}, '')"
    if wanted == "TIMESTAMP":
        return f"{_moment(name, given)} AT TIME ZONE 'UTC'"
    return f"TRY_CAST({_filled(name, given)} AS {wanted})"


def as_text(name: str, given: str) -> str:
    """A column of a type as text; bytes, which some writers leave texts, are NULL where they are no UTF-8."""
    if given == "BLOB":
        return f"try(decode({name}))"
    return name if given == "VARCHAR" else f"CAST({name} AS VARCHAR)"


def _filled(name: str, given: str) -> str:
    return f"nullif({as_text(name, given)}, '')" if given in {"VARCHAR", "BLOB"} else name


def _moment(name: str, given: str) -> str:
    """With an offset or without; what has none is UTC, which is the connection's time zone."""
    return f"TRY_CAST({_filled(name, given)} AS TIMESTAMPTZ)"


def _problems(present: Mapping[str, str]) -> list[str]:
    cases = [
        f"WHEN {name} IS NOT NULL AND {as_text(name, given)} IS NULL THEN '{name} is no UTF-8'"
        for name, given in present.items()
        if given == "BLOB"
    ]
    for name in NEEDED:
        is_missing = f"coalesce({as_text(name, present[name])}, '') = ''" if name in present else "true"
        cases.append(f"WHEN {is_missing} THEN '{name} is missing'")
    if "event_id" in present:
        is_key = f"regexp_matches({as_text('event_id', present['event_id'])}, '{_KEY}')"
        cases.append(f"WHEN NOT {is_key} THEN 'event_id is no UUID'")
    for name, given in present.items():
        if (wrong := _wrong(name, given)) is not None:
            cases.append(f"WHEN {_filled(name, given)} IS NOT NULL AND {wrong}")
    return cases


def _wrong(name: str, given: str) -> str | None:
    """When a value that is there cannot be read, and what is said of it."""
    wanted = COLUMNS[name]
    if name in JSON_COLUMNS:
        return f"NOT json_valid({as_text(name, given)}) THEN '{name} is no JSON'"
    if wanted == "TIMESTAMP":
        is_one = f"coalesce({_moment(name, given)} BETWEEN {_FIRST} AND {_LAST}, false)"
        return f"NOT {is_one} THEN '{name} is no time of the years 1 to 9999'"
    if wanted in {"VARCHAR", given}:
        return None
    return f"TRY_CAST({_filled(name, given)} AS {wanted}) IS NULL THEN '{name} is no {_said(wanted)}'"


def _said(kind: str) -> str:
    return {"BIGINT": "whole number", "BOOLEAN": "0 or 1"}.get(kind, "number")
