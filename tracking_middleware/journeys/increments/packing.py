"""When small groups of rows that runs leave in the file are put together, and places of rows that are gone.

DuckDB does it whenever a table is written, and writes all columns of a group anew for it. That may cost more
than all else that a run does which adds a little. So it waits until there are as many as the rows would fill.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_TABLES = ("event_nodes", "event_persons")
"""The largest of those that runs change; ``event_rows`` grows as the first does."""
FEW_GROUPS = 8
_ROWS_A_GROUP = 122_880
_GROUPS = """
SELECT count(DISTINCT row_group_id), (SELECT count(*) FROM kept.{table})
FROM pragma_storage_info('kept.{table}')
"""


def is_loose(connection: DuckDBPyConnection) -> bool:
    """Whether a large table has more than twice the groups of rows that its rows would fill, and a few."""
    for table in _TABLES:
        ((groups, rows),) = connection.execute(_GROUPS.format(table=table)).fetchall()
        if groups > FEW_GROUPS + 2 * rows // _ROWS_A_GROUP:
            return True
    return False


def leave_apart(connection: DuckDBPyConnection) -> None:
    """Put nothing together when the file is written, from now on until the connection is closed."""
    connection.execute("SET GLOBAL max_vacuum_tasks = 0")
