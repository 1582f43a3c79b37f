"""The journeys' file again, without a person: what runs go on from is copied, and the tables made of that.

What was never written into a file is in none of its bytes: DuckDB writes nothing over that it deletes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from ...journeys.answers.making import BY_EVENT
from ...journeys.answers.published import publish
from ...journeys.apart.forgotten import COLUMNS, TABLES, is_theirs, keep_forgotten
from ...journeys.apart.moments import now
from ...journeys.config import Config
from ...journeys.file import private
from ...journeys.increments.merging import columns_of
from ...journeys.increments.opened import TABLES as OPENED
from ...journeys.increments.running import make_again
from ...journeys.models import ANSWERS, MODELS
from ...journeys.sources.typed import all_columns
from ..in_use import UnusableError
from ..mentions import Mentions
from ..persons import Person

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

EVENT_TABLES = ("event_rows", "event_copies")
_GOES_ON = {"rejected", "spend", "persons", "renamed_persons"}
"""What the next run reads of the tables that runs make."""
_MADE = {model.name for model in (*MODELS, *ANSWERS) if model.kind in {"kept", "view"}} - _GOES_ON
_MADE |= {*EVENT_TABLES, *OPENED, *BY_EVENT, "event_nodes", "island_nodes"}
_TABLES = "SELECT table_name FROM duckdb_tables() WHERE database_name = 'kept' AND NOT temporary"
_VIEWS = """
SELECT view_name, sql FROM duckdb_views() WHERE database_name = 'kept' AND NOT internal AND NOT temporary
"""
_TEXTS = """
SELECT column_name FROM duckdb_columns()
WHERE database_name = 'kept' AND table_name = $table AND data_type = 'VARCHAR' ORDER BY column_index
"""
_FIND = """
INSERT INTO theirs
SELECT DISTINCT 'event', s.event_id
FROM (SELECT {columns} FROM kept.{table}) AS s
WHERE {theirs}
"""
_NOT_THEIRS = "event_id NOT IN (SELECT value FROM theirs WHERE kind = 'event')"
_PERSONS = """
INSERT INTO theirs
SELECT 'person', person_id FROM kept.event_persons GROUP BY person_id
HAVING bool_and(event_id IN (SELECT value FROM theirs WHERE kind = 'event'))
"""
_TRANSACTIONS = """
INSERT INTO theirs
SELECT 'transaction', value FROM kept.person_identifiers
WHERE kind = 'transaction' AND person_id IN (SELECT value FROM theirs WHERE kind = 'person')
EXCEPT
SELECT 'transaction', value FROM kept.person_identifiers
WHERE person_id NOT IN (SELECT value FROM theirs WHERE kind = 'person')
"""
_IS_THEIRS = "{column} IN (SELECT value FROM theirs)"
_IS_SURELY_THEIRS = "{column} IN (SELECT value FROM theirs WHERE length(value) >= 8)"
_NAMING = {
    *(
        "user_id",
        "domain_userid",
        "domain_sessionid",
        "network_userid",
        "event_id",
        "person_id",
        "session_id",
    ),
    *("value_a", "value_b", "key_value", "old", "new"),
}
"""Columns that have identifiers; in another a short one, as 7, may be a campaign's name."""
_AT_ONCE = 200
"""Identifiers in one pattern."""


def find_theirs(connection: DuckDBPyConnection, person: Person, also: Sequence[str]) -> list[str]:
    """Make the table ``theirs`` of a person's identifiers by kind; the ids of their events that there are."""
    connection.execute("CREATE OR REPLACE TEMP TABLE theirs (kind VARCHAR, value VARCHAR)")
    pairs = [*identifiers_of(person), *(("event", event_id) for event_id in also)]
    if pairs:
        given = {"kinds": [kind for kind, _ in pairs], "values": [value for _, value in pairs]}
        connection.execute("INSERT INTO theirs SELECT unnest($kinds), unnest($values)", given)
    for table in EVENT_TABLES:
        columns = all_columns(columns_of(connection, table))
        connection.execute(_FIND.format(columns=columns, table=table, theirs=is_theirs("theirs")))
    found = " UNION ".join(f"SELECT event_id FROM kept.{table}" for table in EVENT_TABLES)  # noqa: S608
    rows = connection.execute(
        f"SELECT value FROM theirs WHERE kind = 'event' AND value IN ({found}) GROUP BY value"  # noqa: S608
    ).fetchall()
    return [event_id for (event_id,) in rows]


def identifiers_of(person: Person) -> Iterator[tuple[str, str]]:
    """Their identifiers, each with its kind as ``COLUMNS`` of ``forgotten`` has it."""
    for kind, values in (
        ("user_id", person.user_ids),
        ("domain_userid", person.devices),
        ("session", person.sessions),
        ("network_userid", person.network_userids),
        ("event", person.event_ids),
    ):
        yield from ((kind, value) for value in sorted(values))


def find_named(connection: DuckDBPyConnection, table: str, mentions: Mentions) -> dict[int, str]:
    """The rows of others' events that name somebody, by their places, with all text of each."""
    where = _NOT_THEIRS if table in EVENT_TABLES else "true"
    names = [name for (name,) in connection.execute(_TEXTS, {"table": table}).fetchall()]
    found: dict[int, str] = {}
    if not names:
        return found
    text = f"concat_ws(' ', {', '.join(_quoted(name) for name in names)})"
    for pattern in _patterns(mentions):
        rows = connection.execute(
            f"SELECT rowid, {text} FROM kept.{_quoted(table)} "  # noqa: S608
            f"WHERE {where} AND regexp_matches({text}, $pattern)",
            {"pattern": pattern},
        ).fetchall()
        found |= {place: said for place, said in rows if mentions.found_in(said)}
    return found


def find_persons(connection: DuckDBPyConnection) -> None:
    """Add to ``theirs`` the keys of persons who are nobody else, and the numbers of their orders."""
    there = {name for (name,) in connection.execute(_TABLES).fetchall()}
    if {"event_persons", "person_identifiers"} <= there:
        connection.execute(_PERSONS)
        connection.execute(_TRANSACTIONS)


class Copying:
    """Makes ``fresh`` of what the database ``kept`` of a connection has, without a person."""

    def __init__(
        self,
        connection: DuckDBPyConnection,
        person: Person,
        mentions: Mentions,
        *,
        fresh: Path,
        config: Config,
    ) -> None:
        """``connection`` has been asked for ``find_theirs``."""
        self._connection = connection
        self._person = person
        self._mentions = mentions
        self._fresh = fresh
        self._config = config

    def run(self) -> None:
        """Copy, and make the tables of the copy; the file it is of stays as it is.

        Raises UnusableError, and what DuckDB does; nothing of the copy is left then.
        """
        self._clear()
        try:
            with private():
                self._copy()
                make_again(self._fresh, config=self._config)
            # closing a file that does not get into its place on the disk raises nothing, and leaves its log
            if Path(f"{self._fresh}.wal").exists():
                raise UnusableError(f"{self._fresh} could not be written whole: is the disk full?")
        except Exception:
            self._clear()
            raise

    def _clear(self) -> None:
        for path in (self._fresh, Path(f"{self._fresh}.wal")):
            path.unlink(missing_ok=True)

    def _copy(self) -> None:
        connection, moment = self._connection, now()
        where = str(self._fresh).replace("'", "''")  # a statement that attaches takes no parameters
        connection.execute(f"ATTACH '{where}' AS fresh")
        there = {name for (name,) in connection.execute(_TABLES).fetchall()}
        self._find()
        for table in EVENT_TABLES:
            self._events(table)
        for table in sorted(there - _MADE - {*EVENT_TABLES}):
            self._others(table)
        publish(connection, database="kept", to="fresh", moment=moment)
        self._mark(moment)
        connection.execute("DETACH fresh")

    def _find(self) -> None:
        """Add to ``theirs`` what follows from the events in it."""
        find_persons(self._connection)

    def _mark(self, moment: datetime) -> None:
        """Say what runs are to leave out."""
        found = self._connection.execute("SELECT kind, value FROM theirs GROUP BY ALL").fetchall()
        known = [(kind, value) for kind, value in found if kind in COLUMNS]
        keep_forgotten(self._connection, known, database="fresh", until=moment)

    def _events(self, table: str) -> None:
        connection = self._connection
        named = find_named(connection, table, self._mentions)
        connection.execute(
            f"CREATE OR REPLACE TEMP TABLE named_rows AS SELECT *, rowid AS place FROM kept.{table} "  # noqa: S608
            "WHERE rowid IN (SELECT unnest($places))",
            {"places": list(named)},
        )
        self._rename(table)
        connection.execute(
            f"CREATE TABLE fresh.{table} AS SELECT * FROM kept.{table} "  # noqa: S608
            f"WHERE {_NOT_THEIRS} AND rowid NOT IN (SELECT place FROM named_rows)"
        )
        connection.execute(f"INSERT INTO fresh.{table} SELECT * EXCLUDE (place) FROM named_rows")  # noqa: S608

    def _rename(self, table: str) -> None:
        names = [name for (name,) in self._connection.execute(_TEXTS, {"table": table}).fetchall()]
        kept = [name for name in names if name not in {"event_id", "source"}]
        columns = ", ".join(map(_quoted, kept))
        rows = self._connection.execute(f"SELECT place, {columns} FROM named_rows").fetchall()  # noqa: S608
        sets = ", ".join(f"{_quoted(name)} = ?" for name in kept)
        for place, *texts in rows:
            changed = [None if text is None else self._mentions.taken_from(text) for text in texts]
            self._connection.execute(f"UPDATE named_rows SET {sets} WHERE place = ?", [*changed, place])  # noqa: S608

    def _others(self, table: str) -> None:
        """A table that no run makes, or that the next goes on from: without rows that have the person."""
        connection, name = self._connection, _quoted(table)
        named = [] if table in TABLES else list(find_named(connection, table, self._mentions))
        texts = [each for (each,) in connection.execute(_TEXTS, {"table": table}).fetchall()]
        own = [] if table in TABLES else texts
        tests = [(_IS_THEIRS if each in _NAMING else _IS_SURELY_THEIRS, _quoted(each)) for each in own]
        is_theirs = " OR ".join(test.format(column=column) for test, column in tests) or "false"
        connection.execute(
            f"CREATE TABLE fresh.{name} AS SELECT * FROM kept.{name} "  # noqa: S608
            f"WHERE rowid NOT IN (SELECT unnest($places)) AND NOT coalesce({is_theirs}, false)",
            {"places": named},
        )


def _patterns(mentions: Mentions) -> Iterator[str]:
    forms = [*mentions.anywhere, *(form for forms in mentions.by_word.values() for form in forms)]
    for first in range(0, len(forms), _AT_ONCE):
        yield "|".join(map(re.escape, forms[first : first + _AT_ONCE]))


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
