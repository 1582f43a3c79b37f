"""What a file is asked that holds events, whatever kind of file it is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from .mentions import Mentions
from .persons import Facts, Person

Counts = Counter[str]
"""By what they are, such as ``events`` or ``dead letters``, how many."""
Told = Callable[[Counts], None]
"""Is told what is done as soon as it is, so that it is known if one is killed after that."""


@dataclass(frozen=True, slots=True)
class Found:
    """What a file has of a person, and which of the forms that were looked for its texts have."""

    counts: Counts = field(default_factory=Counter)
    seen: frozenset[str] = frozenset()


class Held(Protocol):
    """A file while it is looked into; every method raises InUseError and UnusableError."""

    def facts(self) -> Iterable[Facts]:
        """What its events say of whose they are."""

    def found(self, person: Person, mentions: Mentions) -> Found:
        """What there is of a person, and of others' events that name them."""

    def forget(self, person: Person, mentions: Mentions, told: Told) -> None:
        """Take it out; what came meanwhile too."""

    def write_over(self) -> None:
        """Leave nothing of what was taken out, now or ever before, in the bytes of the file and its log."""


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
