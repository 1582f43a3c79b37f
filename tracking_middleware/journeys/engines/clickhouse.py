"""ClickHouse, over HTTP or in the process (chdb): tables are made in a database of their own, then moved.

It has no transactions: they are exchanged with those of the run before one after the other, in moments.
"""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, ClassVar, Protocol

from .engine import Engine, EngineError, HeldError, Kind, SourceError, marks_first

SETTINGS: dict[str, str | int] = {
    "aggregate_functions_null_for_empty": 1,
    "cast_keep_nullable": 1,
    "join_use_nulls": 1,
    "output_format_json_quote_64bit_integers": 0,
    "prefer_column_name_to_alias": 1,
    "session_timezone": "UTC",
    "union_default_mode": "DISTINCT",
}
"""With these, and with columns that may all be NULL, SQL means what it means elsewhere."""
_TYPES = {
    "VARCHAR": "Nullable(String)",
    "BIGINT": "Nullable(Int64)",
    "TIMESTAMP": "Nullable(DateTime64(6, 'UTC'))",
}
_ROWS_AT_ONCE = 10_000


class _Server(Protocol):
    """Where statements go."""

    def send(self, statement: str, *, database: str) -> str:
        """What it answers; raises EngineError."""

    def close(self) -> None:
        """Let go of it."""


class ClickHouse(Engine):
    """A server by the address of its HTTP interface, or a folder that chdb has its data in, and our database.

    Raises EngineError where it cannot be reached.
    """

    dialect: ClassVar[str] = "clickhouse"

    def __init__(self, address: str, *, schema: str) -> None:
        is_server = address.startswith(("http://", "https://"))
        self._server: _Server = _OverHttp(address) if is_server else _InProcess(address)
        self.is_in_process = not is_server
        self._schema, self._making = schema, f"{schema}_making"
        self.place = f"the database {schema}"
        self._database = "default"
        self._is_begun = False
        self._kept: list[str] = []
        self._views: dict[str, str] = {}
        self.rows("SELECT 1")

    def begin(self) -> None:
        with _told("the database"):
            self._do(f"CREATE DATABASE IF NOT EXISTS {_quoted(self._schema)}")
            held = self.rows(f"SELECT comment FROM system.databases WHERE name = {_text(self._making)}")  # noqa: S608
            if held:
                raise HeldError(
                    f"another run makes the tables in {self._schema}, {held[0][0]}; if it is over, "
                    f"DROP DATABASE {self._making}"
                )
            since = f"process {os.getpid()} on {socket.gethostname()}, since {datetime.now(UTC):%F %T} UTC"
            self._do(f"CREATE DATABASE {_quoted(self._making)} COMMENT {_text(since)}")
        self._is_begun, self._database = True, self._making

    def source(self, table: str) -> tuple[str, Mapping[str, str]]:
        database, _, name = table.rpartition(".")
        database = database or "default"
        if database == self._schema:
            raise SourceError(f"{table} is in the database {database}, which is for our tables: name another")
        where = f"database = {_text(database)} AND table = {_text(name)}"
        found = self.rows(f"SELECT name, type FROM system.columns WHERE {where} ORDER BY position")  # noqa: S608
        return (f"{_quoted(database)}.{_quoted(name)}" if found else table), dict(found)

    def has(self, table: str) -> bool:
        where = f"database = {_text(self._schema)} AND name = {_text(table)}"
        return bool(self.rows(f"SELECT 1 FROM system.tables WHERE {where}"))  # noqa: S608

    def before(self, table: str) -> str | None:
        return f"{_quoted(self._schema)}.{table}" if self.has(table) else None

    def make(self, name: str, kind: Kind, query: str) -> None:
        with _told(name):
            if kind in {"view", "working view"}:
                self._do(f"CREATE VIEW {name} AS {query}")
            else:
                self._create(name, query)
        if kind == "kept":
            self._kept.append(name)
        elif kind == "view":
            self._views[name] = query

    def _create(self, name: str, query: str) -> None:
        """With columns that may be NULL, since a window's row before, or a join's, is else an empty text."""
        described = self.rows(f"DESCRIBE TABLE ({query})")
        columns = ", ".join(f"{_quoted(column[0])} {_nullable(column[1])}" for column in described)
        self._do(f"CREATE TABLE {name} ({columns}) ENGINE = MergeTree ORDER BY tuple()")
        self._do(f"INSERT INTO {name} {query}")

    def fill(self, name: str, columns: Mapping[str, str], rows: Sequence[Sequence[Any]]) -> None:
        typed = ", ".join(f"{column} {_TYPES[kind]}" for column, kind in columns.items())
        with _told(name):
            self._do(f"CREATE TABLE {name} ({typed}) ENGINE = MergeTree ORDER BY tuple()")
            for first in range(0, len(rows), _ROWS_AT_ONCE):
                lines = "\n".join(json.dumps(list(row)) for row in rows[first : first + _ROWS_AT_ONCE])
                self._do(f"INSERT INTO {name} FORMAT JSONCompactEachRow\n{lines}")

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        answer = self._server.send(f"{query}\nFORMAT JSONCompactEachRow", database=self._database)
        return [tuple(json.loads(line)) for line in answer.splitlines()]

    def drop(self, name: str) -> None:
        self._do(f"DROP TABLE {name}")

    def finish(self) -> None:
        making, schema = _quoted(self._making), _quoted(self._schema)
        with _told("the whole"):
            for name in marks_first(self._kept):
                if self.has(name):
                    self._do(f"EXCHANGE TABLES {making}.{name} AND {schema}.{name}")
                else:
                    self._do(f"RENAME TABLE {making}.{name} TO {schema}.{name}")
            self._database = self._schema
            for name, query in self._views.items():
                self._do(f"CREATE OR REPLACE VIEW {name} AS {query} SETTINGS join_use_nulls = 1")

    def close(self) -> None:
        if self._is_begun:
            self._is_begun, self._database = False, "default"
            self._do(f"DROP DATABASE IF EXISTS {_quoted(self._making)}")
        self._server.close()

    def _do(self, statement: str) -> None:
        self._server.send(statement, database=self._database)


class _OverHttp:
    def __init__(self, address: str) -> None:
        import httpx

        self._client = httpx.Client(base_url=address, timeout=None)  # noqa: S113  a table takes its time

    def send(self, statement: str, *, database: str) -> str:
        import httpx

        try:
            answer = self._client.post("/", content=statement, params={**SETTINGS, "database": database})
        except httpx.HTTPError as error:
            raise EngineError(f"ClickHouse cannot be reached: {error}") from None
        if answer.is_error:
            raise EngineError(answer.text.strip())
        return answer.text

    def close(self) -> None:
        self._client.close()


class _InProcess:
    def __init__(self, folder: str) -> None:
        if not folder:
            raise EngineError("ClickHouse: give the address of its HTTP interface, or a folder for chdb")
        try:
            from chdb.session import Session
        except ImportError:
            raise EngineError("ClickHouse in the process needs chdb: pip install chdb") from None
        self._session = Session(folder)
        for name, value in SETTINGS.items():
            self._session.query(f"SET {name} = {_text(value) if isinstance(value, str) else value}")

    def send(self, statement: str, *, database: str) -> str:
        try:
            self._session.query(f"USE {_quoted(database)}")
            answer = self._session.query(statement)
        except RuntimeError as error:
            raise EngineError(str(error).strip()) from None
        return str(answer.data())

    def close(self) -> None:
        self._session.close()


def _nullable(kind: str) -> str:
    kind = kind.removeprefix("LowCardinality(").removesuffix(")") if kind.startswith("LowCard") else kind
    return kind if kind.startswith(("Nullable(", "Array(", "Tuple(", "Map(")) else f"Nullable({kind})"


def _quoted(name: str) -> str:
    return "`" + name.replace("\\", "\\\\").replace("`", "\\`") + "`"


def _text(value: str) -> str:
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"


@contextmanager
def _told(name: str) -> Iterator[None]:
    try:
        yield
    except EngineError as error:
        raise EngineError(f"{name} could not be made in ClickHouse: {error}") from error
