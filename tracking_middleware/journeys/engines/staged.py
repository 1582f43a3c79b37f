"""``staged_events`` out of a table of the engine's: the canonical columns that it has, in canonical types.

A text may be of whatever type. A time, a number, a boolean has to be one: what could not be read as such
would end the run somewhere in the middle.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from ..sources.columns import COLUMNS, JSON_COLUMNS
from ..sources.typed import NEEDED, all_columns
from .engine import SourceError
from .translating import translated

_TABLE = "table_of_events"
"""Stands in a query for the table's name, which the engine quotes as it likes."""
_KEY = "^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$"
_WRAPPED = re.compile(r"(?:nullable|lowcardinality)\((.*)\)")
_WHOLE = {"smallint", "integer", "int", "bigint", "tinyint", "hugeint"} | {
    f"{sign}int{bits}" for sign in ("", "u") for bits in (8, 16, 32, 64)
}
_NUMBERS = _WHOLE | {
    "numeric",
    "decimal",
    "real",
    "float",
    "double",
    "double precision",
    "float32",
    "float64",
}
_MOMENTS = {
    *("timestamp", "timestamp without time zone", "timestamp_ntz", "datetime", "datetime64"),
    *("timestamp with time zone", "timestamp_ltz"),
}
_FITTING = {
    "TIMESTAMP": ("a time", _MOMENTS),
    "BOOLEAN": ("a boolean", {"boolean", "bool"}),
    "BIGINT": ("a whole number", _WHOLE),
    "DOUBLE": ("a number", _NUMBERS),
    "DECIMAL(18,2)": ("a number", _NUMBERS),
}
_FIRST, _LAST = "'0001-01-01 00:00:00'", "'9999-12-31 23:59:59.999999'"
"""As of a file; PostgreSQL's and Spark's times go on, and some are infinite. ClickHouse's end before."""
_MONEY_BELOW, _DOUBLE_BELOW = "9999999999999999.995", "1.7976931348623157e308"
_NOTHING = "1e-307"
"""PostgreSQL ends the statement at a numeric that is nearer to 0 than a double can be."""
_TEXTS = {"text", "varchar", "character varying", "string", "character", "char", "bpchar"}
_JSON = {"json", "jsonb"}
_NESTED = ("array", "struct", "map", "tuple", "nested")
"""How the types begin that are cast to texts which only look like JSON."""


def staged_query(table: str, given: Mapping[str, str], dialect: str) -> str:
    """The query that fills ``staged_events``, in the engine's language.

    ``table`` is the engine's name of it, ``given`` its columns with their types. Raises SourceError.
    """
    present = {name: _base(kind) for name, kind in given.items() if name in COLUMNS}
    _check(table, given, present)
    values = ", ".join(f"{_value(name, kind, dialect)} AS {name}" for name, kind in present.items())
    cases = " ".join(_problems(present, dialect))
    values += "".join(f", given.{name} AS given_{name}" for name in _limited(present, dialect))
    place = f"'{table.replace(chr(39), chr(39) * 2)}' AS source, CAST(NULL AS BIGINT) AS line"
    typed = f"SELECT {values} FROM {_TABLE} AS given"  # noqa: S608
    query = f"SELECT {all_columns(present)}, {place}, CASE {cases} END AS problem FROM ({typed}) AS typed"  # noqa: S608
    return translated(query, dialect).replace(_TABLE, table)


def _base(kind: str) -> str:
    """``decimal`` for ``Nullable(Decimal(18, 2))``."""
    kind = kind.lower()
    while (wrapped := _WRAPPED.fullmatch(kind)) is not None:
        kind = wrapped[1]
    return re.sub(r"\(.*?\)", "", kind).strip()


def _check(table: str, given: Mapping[str, str], present: Mapping[str, str]) -> None:
    missing = [name for name in NEEDED if name not in present]
    wrong = [
        f"{name} is {given[name]} and must be {_FITTING[COLUMNS[name]][0]}"
        for name, kind in present.items()
        if COLUMNS[name] in _FITTING and kind not in _FITTING[COLUMNS[name]][1]
    ]
    wrong += [
        f"{name} is {given[name]} and must be self-describing JSON, as text or of the engine's own type"
        for name in JSON_COLUMNS
        if present.get(name, "").startswith(_NESTED)
    ]
    if not given:
        raise SourceError(f"there is no table {table}")
    if missing or wrong:
        wrong += [f"{name} is missing" for name in missing]
        raise SourceError(f"the table {table} is none of events: {'; '.join(wrong)}")
    for name in ("contexts", "unstruct_event"):
        apart = sorted(column for column in given if column.startswith(f"{name}_"))
        if apart and name not in present:
            raise SourceError(
                f"the table {table} has {apart[0]} and no {name}: give a view that has {name} as "
                f"self-describing JSON, or one without the columns {name}_…, of which nothing would be read"
            )


def _value(name: str, kind: str, dialect: str) -> str:
    wanted, column = COLUMNS[name], f"given.{name}"
    if wanted == "VARCHAR":
        text = column if kind in _TEXTS else f"CAST({column} AS VARCHAR)"
        one_id = f"lower({text})" if name == "event_id" else text  # however its letters are written
        return f"bytewise(nullif({one_id}, ''))"
    if wanted == "TIMESTAMP":
        has_zone = dialect == "postgres" and kind == "timestamp with time zone"
        return f"{column} AT TIME ZONE 'UTC'" if has_zone else f"CAST({column} AS TIMESTAMP)"
    if (limit := _limited({name: kind}, dialect).get(name)) is not None:
        small = (
            f"WHEN {column} BETWEEN -{_NOTHING} AND {_NOTHING} THEN 0.0 " if limit == _DOUBLE_BELOW else ""
        )
        is_one = f"{column} > -{limit} AND {column} < {limit}"
        return f"CASE {small}WHEN {is_one} THEN CAST({column} AS {wanted}) END"
    return f"CAST({column} AS {wanted})"


def _limited(present: Mapping[str, str], dialect: str) -> Mapping[str, str]:
    """Numbers that may be too large for their type, or none (NaN is above all), by what they are below."""
    limits = {"DECIMAL(18,2)": _MONEY_BELOW}
    found = {name: limits[COLUMNS[name]] for name in present if COLUMNS[name] in limits}
    if dialect == "postgres":  # whose numeric goes beyond what a double can be
        found |= {
            name: _DOUBLE_BELOW
            for name, kind in present.items()
            if COLUMNS[name] == "DOUBLE" and kind in {"numeric", "decimal"}
        }
    return found


def _problems(present: Mapping[str, str], dialect: str) -> Iterator[str]:
    for name in NEEDED:
        yield f"WHEN {name} IS NULL THEN '{name} is missing'"
    yield f"WHEN NOT regexp_matches(event_id, '{_KEY}') THEN 'event_id is no UUID'"
    limited = _limited(present, dialect)
    for name, kind in present.items():
        if name in JSON_COLUMNS and kind not in _JSON:
            yield f"WHEN {name} IS NOT NULL AND NOT json_valid({name}) THEN '{name} is no JSON'"
        elif name in limited:
            yield f"WHEN given_{name} IS NOT NULL AND {name} IS NULL THEN '{name} is no number'"
        elif COLUMNS[name] == "TIMESTAMP" and dialect != "clickhouse":
            is_one = f"{name} BETWEEN CAST({_FIRST} AS TIMESTAMP) AND CAST({_LAST} AS TIMESTAMP)"
            yield f"WHEN NOT ({is_one}) THEN '{name} is no time of the years 1 to 9999'"
