"""A person in the tables of the journeys: found by the journeys' own links, and left out of a new file."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...journeys.config import Config
from ...journeys.file import HeldError, JourneysFileError, first_line, opened
from ...journeys.increments.merging import columns_of
from ...journeys.sources.typed import all_columns
from ...journeys.state import read_state
from ..holding import Counts, Found, Reading, Told, What
from ..in_use import UnusableError, in_use
from ..mentions import Mentions
from ..persons import Facts, Given, Person
from ..texts import facts_of_columns
from .journeys_ageing import Ageing, older_in
from .journeys_copy import EVENT_TABLES, Copying, find_named, find_theirs
from .linked import linked
from .reading import rows_of

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_PAUSE = 0.05
_FACTS = "SELECT DISTINCT user_id, domain_userid, domain_sessionid, network_userid FROM ({rows})"
_CROSSINGS = """
SELECT event_id, user_id, domain_userid, domain_sessionid, network_userid, contexts, derived_contexts
FROM ({rows})
WHERE contains(coalesce(contexts, ''), '/cross_navigation/')
   OR contains(coalesce(derived_contexts, ''), '/cross_navigation/')
"""
_TABLES = "SELECT table_name FROM duckdb_tables() WHERE database_name = 'kept'"
_SOURCES = """
SELECT DISTINCT source FROM ({rows}) WHERE event_id IN (SELECT value FROM theirs WHERE kind = 'event')
"""


@dataclass(frozen=True, slots=True)
class JourneysFile:
    """The file that ``tracking-middleware journeys run`` makes."""

    path: Path
    kind: str = "journeys"

    @contextmanager
    def opened(self, *, wait: float) -> Iterator[HeldJourneys]:
        """See ``Holding``. Nobody else has it meanwhile, so that no run's work is lost."""
        import duckdb

        path = self.path.resolve()  # a new file takes the place of the old one, and not of a link to it
        if not path.is_file():
            raise UnusableError(f"{self.path} is no file of journeys: there is no such file")
        with path.open("rb") as stream:
            if stream.read(15) == b"SQLite format 3":
                raise UnusableError(
                    f"{self.path} is no file of journeys, but one of SQLite: --store or --outbox?"
                )
        with ExitStack() as scope:
            connection = scope.enter_context(_waited_for(path, wait))
            try:
                held = HeldJourneys(connection, path)
                yield held
            except duckdb.Error as error:
                raise UnusableError(f"{self.path} cannot be used: {first_line(error)}") from error


@contextmanager
def _waited_for(path: Path, wait: float) -> Iterator[DuckDBPyConnection]:
    deadline = time.monotonic() + wait
    with ExitStack() as scope:
        while True:
            try:
                connection = scope.enter_context(opened(path, config=Config()))
                break
            except HeldError:
                if time.monotonic() >= deadline:
                    raise in_use(path, wait) from None
                time.sleep(_PAUSE)
            except JourneysFileError as error:
                raise UnusableError(str(error)) from None
        yield connection


class HeldJourneys:
    """The file while it is looked into; see ``Held``."""

    def __init__(self, connection: DuckDBPyConnection, path: Path) -> None:
        self._connection = connection
        self._path = path
        there = {name for (name,) in connection.execute(_TABLES).fetchall()}
        if not {*EVENT_TABLES} <= there:
            raise UnusableError(f"{path} is no file of journeys: it has no table event_rows of a run")
        state = read_state(connection)
        if state is None or state.as_of is not None:
            raise UnusableError(
                f"{path} cannot be made anew: its tables are of a date, or of a version that does not say "
                "how. Take it away, and make it again of sources without the person"
            )
        self._config = state.config
        connection.execute("CHECKPOINT kept")  # its log is in the file then, and empty
        self._rows = " UNION ALL ".join(
            f"SELECT {all_columns(columns_of(connection, table))}, source FROM kept.{table}"  # noqa: S608
            for table in EVENT_TABLES
        )

    def facts(self) -> Iterator[Facts]:
        """See ``Held``."""
        found = self._connection.execute(_FACTS.format(rows=self._rows)).fetchall()
        yield from (Facts(*row) for row in found)
        yield from (facts for _, facts in self._crossings())

    def linked(self, given: Given) -> Person:
        """See ``Held``: whoever the tables take for the person, an order's events too."""
        return linked(self._connection, given)

    def rows(self, person: Person, reading: Reading) -> Iterator[tuple[str, dict[str, Any]]]:
        """See ``Held``: of each table the rows of their events, or of the persons that they are."""
        find_theirs(self._connection, person, self._owned_by_crossing(person))
        yield from rows_of(self._connection, reading)

    def found(self, person: Person, mentions: Mentions) -> Found:
        """See ``Held``."""
        counts: Counter[str] = Counter()
        seen: set[str] = set()
        theirs = find_theirs(self._connection, person, self._owned_by_crossing(person))
        counts["events"] = len(theirs)
        for table in EVENT_TABLES:
            named = find_named(self._connection, table, mentions)
            counts["others' events that name them"] += len(named)
            for text in named.values():
                seen |= mentions.found_in(text)
        return Found(Counter({what: number for what, number in counts.items() if number}), frozenset(seen))

    def sources(self) -> tuple[str, ...]:
        """Where the events were read from that ``found`` found: those have them still."""
        return tuple(
            sorted(name for (name,) in self._connection.execute(_SOURCES.format(rows=self._rows)).fetchall())
        )

    def forget(self, person: Person, mentions: Mentions, told: Told) -> None:
        """See ``Held``: a file beside gets all but the person, and takes the place of this one."""
        found = self.found(person, mentions)
        fresh = self._path.with_name(f".{self._path.name}.unfinished")
        Copying(self._connection, person, mentions, fresh=fresh, config=self._config).run()
        fresh.replace(self._path)
        told(found.counts)

    def older(self, what: What, before: datetime) -> Counts:
        """See ``Held``; by the moment that the collector had it."""
        return older_in(self._connection, what, before)

    def change(self, what: What, before: datetime, told: Told) -> None:
        """See ``Held``: by a file beside, as ``forget``."""
        if not (found := self.older(what, before)):
            return
        fresh = self._path.with_name(f".{self._path.name}.unfinished")
        Ageing(self._connection, what, before, fresh=fresh, config=self._config).run()
        fresh.replace(self._path)
        self.write_over()
        told(found)

    def write_over(self) -> None:
        """See ``Held``: the file is a new one; what runs put aside went when it was opened."""
        self._connection.close()
        Path(f"{self._path}.wal").unlink(missing_ok=True)

    def _owned_by_crossing(self, person: Person) -> list[str]:
        return [event_id for event_id, facts in self._crossings() if person.owns(facts)]

    def _crossings(self) -> Iterator[tuple[str, Facts]]:
        names = ("user_id", "domain_userid", "domain_sessionid", "network_userid")
        for event_id, *ids, contexts, derived in self._connection.execute(
            _CROSSINGS.format(rows=self._rows)
        ).fetchall():
            given = dict(zip(names, ids, strict=True))
            yield event_id, facts_of_columns({**given, "contexts": contexts, "derived_contexts": derived})
