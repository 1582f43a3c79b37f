"""PostgreSQL: working tables are temporary, kept ones stay in a schema; all in one transaction.

Kept tables are emptied and filled, not dropped: whatever reads them sees the run before until this one is
over, and keeps its grants and views.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, ClassVar

from .engine import Engine, EngineError, HeldError, Kind, SourceError

if TYPE_CHECKING:
    from psycopg import Connection

_TYPES = {"VARCHAR": 'text COLLATE "C"', "TIMESTAMP": "timestamp", "DOUBLE": "double precision"}
"""DuckDB's names of types that PostgreSQL has not, and text whose order is that of its bytes."""
_COLUMNS = """
SELECT a.attname, format_type(a.atttypid, NULL)
FROM pg_attribute AS a
WHERE a.attrelid = to_regclass(%s) AND a.attnum > 0 AND NOT a.attisdropped
ORDER BY a.attnum
"""
_PLACE = """
SELECT n.nspname, c.relname FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE c.oid = to_regclass(%s)
"""
_LOCK = "SELECT pg_try_advisory_xact_lock(hashtext('tracking_middleware journeys'), hashtext(%s))"
_HOLDER = """
SELECT a.pid, a.query_start FROM pg_locks AS l JOIN pg_stat_activity AS a ON a.pid = l.pid
WHERE l.locktype = 'advisory' AND l.granted
  AND l.classid = hashtext('tracking_middleware journeys')::oid AND l.objid = hashtext(%s)::oid
"""


_IS_JSON = """
CREATE FUNCTION pg_temp.is_json(given text) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
    PERFORM given::json;
    RETURN true;
EXCEPTION WHEN OTHERS THEN
    RETURN false;
END $$
"""
"""Versions before 16 have no ``IS JSON``."""


class Postgres(Engine):
    """A database, by its connection string (as the environment says where empty), and our schema in it.

    Raises EngineError where it cannot be reached.
    """

    dialect: ClassVar[str] = "postgres"

    def __init__(self, address: str, *, schema: str) -> None:
        import psycopg

        try:
            self._connection: Connection[tuple[Any, ...]] = psycopg.connect(address, autocommit=False)
        except psycopg.Error as error:
            raise EngineError(f"PostgreSQL cannot be reached: {str(error).strip()}") from None
        self._schema = schema

    def begin(self) -> None:
        with _told("the schema"):
            if not self._ask(_LOCK, self._schema)[0][0]:
                holder = "".join(
                    f": process {pid}, since {at:%H:%M:%S}" for pid, at in self._ask(_HOLDER, self._schema)
                )
                raise HeldError(f"another run makes the tables in the schema {self._schema}{holder}")
            for statement in (
                "SET LOCAL TimeZone = 'UTC'",
                f"CREATE SCHEMA IF NOT EXISTS {_quoted(self._schema)}",
                f"SET LOCAL search_path = {_quoted(self._schema)}, public",
                _IS_JSON,
            ):
                self._do(statement)

    def source(self, table: str) -> tuple[str, Mapping[str, str]]:
        with _told(table):
            found = self._ask(_PLACE, table)
            if not found:
                return table, {}
            if found[0][0] == self._schema:
                raise SourceError(
                    f"{table} is in the schema {self._schema}, which is for our tables: name another"
                )
            whole = ".".join(map(_quoted, found[0]))
            return whole, self._columns(whole)

    def _columns(self, table: str) -> Mapping[str, str]:
        return dict(self._ask(_COLUMNS, table))

    def before(self, table: str) -> str | None:
        name = f"{_quoted(self._schema)}.{table}"
        return name if self._columns(name) else None

    def make(self, name: str, kind: Kind, query: str) -> None:
        with _told(name):
            if kind == "kept":
                self._keep(name, query)
                return
            what = {"view": "VIEW", "working": "TABLE", "working view": "VIEW"}[kind]
            where = f"{_quoted(self._schema)}." if kind == "view" else "pg_temp."
            again = "OR REPLACE " if what == "VIEW" else ""
            self._do(f"CREATE {again}{what} {where}{name} AS {query}")
            if kind == "working":
                self._do(f"ANALYZE pg_temp.{name}")  # nobody else does for a temporary table

    def _keep(self, name: str, query: str) -> None:
        whole = f"{_quoted(self._schema)}.{name}"
        had = self._columns(whole)
        if had:
            self._do(f"CREATE TEMPORARY TABLE columns_of_{name} AS SELECT * FROM ({query}) AS q LIMIT 0")  # noqa: S608
            wanted = self._columns(f"pg_temp.columns_of_{name}")
            self._do(f"DROP TABLE pg_temp.columns_of_{name}")
            if list(had.items()) == list(wanted.items()):
                self._do(f"DELETE FROM {whole}")  # noqa: S608
                self._do(f"INSERT INTO {whole} {query}")
                self._do(f"ANALYZE {whole}")
                return
            self._do(f"DROP TABLE {whole}")
        self._do(f"CREATE TABLE {whole} AS {query}")
        self._do(f"ANALYZE {whole}")

    def fill(self, name: str, columns: Mapping[str, str], rows: Sequence[Sequence[Any]]) -> None:
        typed = ", ".join(f"{column} {_TYPES.get(kind, kind)}" for column, kind in columns.items())
        with _told(name):
            self._do(f"CREATE TEMPORARY TABLE {name} ({typed})")
            statement = f"COPY pg_temp.{name} FROM STDIN".encode()
            with self._connection.cursor() as cursor, cursor.copy(statement) as copy:
                for row in rows:
                    copy.write_row(row)
            self._do(f"ANALYZE pg_temp.{name}")

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        with _told("an answer"):
            return self._ask(query)

    def drop(self, name: str) -> None:
        with _told(name):
            self._do(f"DROP TABLE pg_temp.{name}")

    def finish(self) -> None:
        with _told("the whole"):
            self._connection.commit()

    def close(self) -> None:
        self._connection.close()

    def _do(self, statement: str) -> None:
        self._connection.execute(statement.encode())

    def _ask(self, question: str, *given: str) -> list[tuple[Any, ...]]:
        return self._connection.execute(question.encode(), given or None).fetchall()


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


@contextmanager
def _told(name: str) -> Iterator[None]:
    import psycopg

    try:
        yield
    except psycopg.Error as error:
        raise EngineError(f"{name} could not be made in PostgreSQL: {str(error).strip()}") from error
