"""From columns of text, or of whatever types a file has, to the typed columns of ``staged_events``.

The SQL here is put together from the table of columns alone, never from what was read.
"""

from __future__ import annotations

from .columns import COLUMNS, JSON_COLUMNS

_KEY = "^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$"

STAGED_EVENTS = f"""
CREATE OR REPLACE TEMP TABLE staged_events (
    {", ".join(f"{name} {kind}" for name, kind in COLUMNS.items())},
    source VARCHAR, line BIGINT, problem VARCHAR
)
"""
"""A row is an event as it was read; one with a ``problem`` is set aside."""


def typed_select(*, present: dict[str, str], line: str) -> str:
    """The columns of a ``SELECT`` out of a relation whose columns ``present`` has with their types.

    What is not there is NULL, as is empty text; ``line`` is an expression for where in its file a row is.
    The relation has its file's name as ``filename``.
    """
    values = [f"{_value(name, present.get(name))} AS {name}" for name in COLUMNS]
    problems = " ".join(_problems(present))
    return f"{', '.join(values)}, filename AS source, {line} AS line, CASE {problems} END AS problem"


def _value(name: str, given: str | None) -> str:
    wanted = COLUMNS[name]
    if given is None:
        return f"CAST(NULL AS {wanted})"
    if given == wanted != "VARCHAR":
        return name
    if wanted == "VARCHAR":
        return f"nullif({_text(name, given)}, '')"
    if wanted == "TIMESTAMP":
        return f"{_moment(name, given)} AT TIME ZONE 'UTC'"
    return f"TRY_CAST({_filled(name, given)} AS {wanted})"


def _text(name: str, given: str) -> str:
    return name if given == "VARCHAR" else f"CAST({name} AS VARCHAR)"


def _filled(name: str, given: str) -> str:
    return f"nullif({name}, '')" if given == "VARCHAR" else name


def _moment(name: str, given: str) -> str:
    """With an offset or without; what has none is UTC, which is the connection's time zone."""
    return f"TRY_CAST({_filled(name, given)} AS TIMESTAMPTZ)"


def _problems(present: dict[str, str]) -> list[str]:
    cases = []
    for name in ("event_id", "collector_tstamp"):
        missing = f"{_text(name, present[name])} IS NULL OR {_text(name, present[name])} = ''"
        is_missing = missing if name in present else "true"
        cases.append(f"WHEN {is_missing} THEN '{name} is missing'")
    if "event_id" in present:
        is_key = f"regexp_matches({_text('event_id', present['event_id'])}, '{_KEY}')"
        cases.append(f"WHEN NOT {is_key} THEN 'event_id is no UUID'")
    for name, given in present.items():
        wanted = COLUMNS.get(name, given)
        if name in JSON_COLUMNS and given == "VARCHAR":
            filled = _filled(name, given)
            cases.append(f"WHEN {filled} IS NOT NULL AND NOT json_valid({name}) THEN '{name} is no JSON'")
        elif wanted not in {"VARCHAR", given}:
            cast = _moment(name, given) if wanted == "TIMESTAMP" else f"TRY_CAST({name} AS {wanted})"
            is_there = f"{_filled(name, given)} IS NOT NULL"
            cases.append(f"WHEN {is_there} AND {cast} IS NULL THEN '{name} is no {_said(wanted)}'")
    return cases


def _said(kind: str) -> str:
    return {"TIMESTAMP": "time", "BIGINT": "whole number", "BOOLEAN": "0 or 1"}.get(kind, "number")
