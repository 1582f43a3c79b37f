"""What the tables of the journeys have of a person, row by row."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from ..holding import Reading
from ..texts import masked_columns
from .journeys_copy import find_persons

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_COLUMNS = """
SELECT c.table_name, list(c.column_name ORDER BY c.column_index)
FROM duckdb_columns() AS c
JOIN duckdb_tables() AS t ON t.table_oid = c.table_oid AND t.database_name = c.database_name
WHERE c.database_name = 'kept' AND NOT t.temporary AND c.table_name <> 'event_nodes'
GROUP BY c.table_name ORDER BY c.table_name
"""
_BY = {"event_id": "event", "person_id": "person", "old": "person", "new": "person"}
"""Columns that say whose a row is, and by which of a person's identifiers."""
_MONEY = {"value", "margin"}


def rows_of(connection: DuckDBPyConnection, reading: Reading) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each with the name of its table; ``theirs`` is there. Money is hidden where not all is shown."""
    find_persons(connection)
    for table, columns in connection.execute(_COLUMNS).fetchall():
        by = [name for name in columns if name in _BY]
        if not by:
            continue
        where = " OR ".join(
            f"CAST({name} AS VARCHAR) IN (SELECT t.value FROM theirs AS t WHERE t.kind = '{_BY[name]}')"  # noqa: S608
            for name in by
        )
        found = connection.execute(f'SELECT * FROM kept."{table}" WHERE {where}')  # noqa: S608
        names = [name for name, *_ in found.description or ()]
        hides_money = not reading.shows_confidential and "kind" not in names
        for row in found.fetchall():
            there = {name: value for name, value in zip(names, row, strict=True) if value is not None}
            if hides_money:
                there |= dict.fromkeys(_MONEY & there.keys(), "***")
            yield table, masked_columns(there, reading.mask)
