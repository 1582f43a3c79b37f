"""What the run asks of an engine: to make tables of queries, to hold rows, to answer."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, ClassVar, Literal

from ...errors import TrackingError

Kind = Literal["kept", "view", "working", "working view"]
MARKS = ("event_persons", "person_identifiers")
"""Where one of these is, a run made the tables. A killed one may have left either away, never both."""


class EngineError(TrackingError):
    """The engine did not do what it was asked for; the message has what it says."""


class SourceError(TrackingError):
    """The table of events cannot be read as such; the message says which columns are wrong, and how."""


class HeldError(TrackingError):
    """Another run is at work on the same tables; the message says which."""


class Engine(ABC):
    """A connection to an engine, and the place in it that has our tables.

    ``kept`` tables and views are there when all is done, the ``working`` ones go. Until ``finish`` whoever
    reads sees the tables of the run before.
    """

    dialect: ClassVar[str]
    place: str
    """Where our tables are, as it is said to a user: ``the schema journeys``."""
    is_in_process: bool = False
    """Whether it works in this process, so that the memory of this process is what a run needs."""

    @abstractmethod
    def begin(self) -> None:
        """Raises HeldError where another run is at work."""

    @abstractmethod
    def source(self, table: str) -> tuple[str, Mapping[str, str]]:
        """The whole name of a table, and by their names the types of its columns as the engine writes them.

        There are none where there is no such table. Raises EngineError, and SourceError where a run would
        replace that table.
        """

    @abstractmethod
    def has(self, table: str) -> bool:
        """Whether anything of that name is where our tables go, whoever made it."""

    @abstractmethod
    def before(self, table: str) -> str | None:
        """What to call a table of the run before in a query; None where there is none."""

    @abstractmethod
    def make(self, name: str, kind: Kind, query: str) -> None:
        """Make a table or a view of a query in the engine's language."""

    def make_events(self, query: str) -> None:
        """Make ``events`` of the query that fills it: a table of what is there, and a view of that name."""
        self.make("event_rows", "kept", query)
        self.make("events", "view", "SELECT * FROM event_rows")

    @abstractmethod
    def fill(self, name: str, columns: Mapping[str, str], rows: Sequence[Sequence[Any]]) -> None:
        """Make a working table of rows; the types are DuckDB's."""

    @abstractmethod
    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """What a query in the engine's language says."""

    @abstractmethod
    def drop(self, name: str) -> None:
        """Let go of a working table."""

    @abstractmethod
    def finish(self) -> None:
        """Put the kept tables in the place of those of the run before."""

    @abstractmethod
    def close(self) -> None:
        """Let go of all that was not finished."""


def marks_first(names: Iterable[str]) -> list[str]:
    """The names in their order, but MARKS before all: with these a killed run's tables are known as ours."""
    return sorted(names, key=lambda name: name not in MARKS)
