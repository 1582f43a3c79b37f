"""PostgreSQL: working tables are temporary, kept ones stay in a schema; all in one transaction.

Kept tables are emptied and filled, not dropped: whatever reads them sees the run before until this one is
over, and keeps its grants and views.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, ClassVar

from ..models import MODELS
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
  AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""
"""Since when is told only of those of a role of ours."""
_MADE_OF = """
WITH RECURSIVE made_of (relation) AS (
    SELECT to_regclass(%s)::oid
    UNION
    SELECT r.ev_class
    FROM made_of AS m
    JOIN pg_depend AS d ON d.refobjid = m.relation AND d.refclassid = 'pg_class'::regclass
    JOIN pg_rewrite AS r ON r.oid = d.objid AND d.classid = 'pg_rewrite'::regclass
)
SELECT n.nspname, c.relname
FROM made_of AS m
JOIN pg_class AS c ON c.oid = m.relation
JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE c.relkind IN ('v', 'm')
ORDER BY 1, 2
"""
"""A view, and those that are made of a relation, of the views on it, and so on."""
_VIEWS = {"events", *(model.name for model in MODELS if model.kind == "view")}
"""Ours, which a run makes anew after the tables that they are made of."""


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
        self.place = f"the schema {schema}"

    def begin(self) -> None:
        with _told("the schema"):
            if not self._ask(_LOCK, self._schema)[0][0]:
                holder = "".join(
                    f": process {pid}" + (f", since {at:%H:%M:%S}" if at else "")
                    for pid, at in self._ask(_HOLDER, self._schema)
                )
                raise HeldError(f"another run makes the tables in the schema {self._schema}{holder}")
            if not self._ask("SELECT 1 FROM pg_namespace WHERE nspname = %s", self._schema):
                self._do(f"CREATE SCHEMA {_quoted(self._schema)}")
            for statement in (
                "SET LOCAL TimeZone = 'UTC'",
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

    def has(self, table: str) -> bool:
        return bool(self._ask("SELECT to_regclass(%s) IS NOT NULL", self._whole(table))[0][0])

    def before(self, table: str) -> str | None:
        return self._whole(table) if self.has(table) else None

    def _whole(self, table: str) -> str:
        return f"{_quoted(self._schema)}.{table}"

    def make(self, name: str, kind: Kind, query: str) -> None:
        with _told(name):
            if kind == "kept":
                self._keep(name, query)
                return
            what = {"view": "VIEW", "working": "TABLE", "working view": "VIEW"}[kind]
            where = f"{_quoted(self._schema)}." if kind == "view" else "pg_temp."
            if kind == "view" and not self._is_same(name, query):
                self._make_way(name)
            again = "OR REPLACE " if what == "VIEW" else ""
            self._do(f"CREATE {again}{what} {where}{name} AS {query}")
            if kind == "working":
                self._do(f"ANALYZE pg_temp.{name}")  # nobody else does for a temporary table

    def _keep(self, name: str, query: str) -> None:
        whole = self._whole(name)
        if self.has(name) and self._is_same(name, query):
            self._do(f"DELETE FROM {whole}")  # noqa: S608
            self._do(f"INSERT INTO {whole} {query}")
        else:
            self._make_way(name)
            self._do(f"DROP TABLE IF EXISTS {whole}")
            self._do(f"CREATE TABLE {whole} AS {query}")
        self._do(f"ANALYZE {whole}")

    def _is_same(self, name: str, query: str) -> bool:
        """Whether the columns that there are, in their order, are those of the query; where none are, too."""
        if not self.has(name):
            return True
        had = self._columns(self._whole(name))
        self._do(f"CREATE TEMPORARY TABLE columns_of_{name} AS SELECT * FROM ({query}) AS q LIMIT 0")  # noqa: S608
        wanted = self._columns(f"pg_temp.columns_of_{name}")
        self._do(f"DROP TABLE pg_temp.columns_of_{name}")
        return list(had.items()) == list(wanted.items())

    def _make_way(self, name: str) -> None:
        """Drop our views that are made of what gets other columns; raises EngineError where others are."""
        views = self._ask(_MADE_OF, self._whole(name))
        ours = [view for view in views if view[0] == self._schema and view[1] in _VIEWS]
        theirs = ", ".join(".".join(view) for view in views if view not in ours)
        if theirs:
            raise EngineError(
                f"{name} gets other columns by this version, and {theirs} is made of those that it has: "
                "drop that, run again, and make it again"
            )
        if ours:
            self._do(f"DROP VIEW {', '.join('.'.join(map(_quoted, view)) for view in ours)}")

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
        with suppress(EngineError), _told("the end"):  # a server that has gone has undone it by itself
            self._connection.rollback()  # which is waited for: of a mere close it hears some time later
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
