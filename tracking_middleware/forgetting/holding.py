"""What a file is asked that holds events, whatever kind of file it is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Literal, Protocol

from .mentions import Mentions
from .persons import Facts, Given, Person

Counts = Counter[str]
"""By what they are, such as ``events`` or ``dead letters``, how many."""
What = Literal["forget", "anonymize"]
"""What becomes of events that are older than they may be."""
Told = Callable[[Counts], None]
"""Is told what is done as soon as it is, so that it is known if one is killed after that."""


@dataclass(frozen=True, slots=True)
class Found:
    """What a file has of a person, and which of the forms that were looked for its texts have."""

    counts: Counts = field(default_factory=Counter)
    seen: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """How rows are shown: ``mask`` hides what is confidential in self-describing JSON."""

    mask: Callable[[Any], Any]
    shows_confidential: bool


class Held(Protocol):
    """A file while it is looked into; every method raises InUseError and UnusableError."""

    def facts(self) -> Iterable[Facts]:
        """What its events say of whose they are."""

    def linked(self, given: Given) -> Person:
        """Whoever else the file takes for the same person, beyond what its events say."""

    def sources(self) -> tuple[str, ...]:
        """Where what ``found`` found was read from, and is still."""

    def rows(self, person: Person, reading: Reading) -> Iterable[tuple[str, dict[str, Any]]]:
        """All that there is of a person, each row with the name of what it is one of."""

    def found(self, person: Person, mentions: Mentions) -> Found:
        """What there is of a person, and of others' events that name them."""

    def forget(self, person: Person, mentions: Mentions, told: Told) -> None:
        """Take it out; what came meanwhile too."""

    def write_over(self) -> None:
        """Leave nothing of what was taken out, now or ever before, in the bytes of the file and its log."""

    def older(self, what: What, before: datetime) -> Counts:
        """How many there are that came before a moment (in UTC, without a zone) and are to be changed."""

    def change(self, what: What, before: datetime, told: Told) -> None:
        """Take them out, or their identifiers; nothing of that stays in the bytes of the file."""


class Holding(Protocol):
    """A file that may have a person's events."""

    @property
    def kind(self) -> str:
        """The name of the option that gives it."""

    @property
    def path(self) -> Path:
        """Where it is."""

    def opened(self, *, wait: float) -> AbstractContextManager[Held]:
        """The file, to be looked into; who else has it is waited for so many seconds."""
