"""What was tracked in a test: a sequence of events, and ways to choose among them and to ask for one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NoReturn, Protocol, overload

from .data import TrackedData
from .leaks import leaks, place
from .report import Skipped, differences, report, skipped_line
from .tracked_event import TrackedEvent, is_schema, said, schema_of_kind

__unittest = True  # unittest leaves the frames of such a module out of a failure


class Source(Protocol):
    """Where the events of a test come from."""

    def events(self) -> list[TrackedEvent]:
        """All so far, oldest first."""

    def skipped(self) -> list[Skipped]:
        """The requests that were no page views."""

    def errors(self) -> dict[str, int]:
        """What could not be used since the test began, by the names in ``stats()["errors"]``."""

    def confidential_values(self) -> list[Any]:
        """Every confidential value in what was tracked."""

    def problems(self, described: Sequence[TrackedData], folders: Sequence[str]) -> list[str]:
        """What is not as its schema in one of the folders says, a sentence each."""

    def silence(self) -> str:
        """Why there may be neither events nor skipped requests; ``""`` where there are some."""

    def places(self) -> list[tuple[str, str]]:
        """Texts that were written during the test and may be seen by others, each with a name."""


@dataclass(frozen=True, eq=False, repr=False)
class Selection(Sequence[TrackedEvent]):
    """Some of the events that were tracked, oldest first; what is tracked later comes in too."""

    _source: Source
    _said: str = "event"
    _is_wanted: Callable[[TrackedEvent], bool] = lambda _event: True
    _near: Callable[[], list[str]] = list

    @property
    def page_views(self) -> Selection:
        """The page views."""
        return self._choose("page view", lambda event: event.name == "page_view")

    @property
    def structured(self) -> Selection:
        """The structured events."""
        return self._choose("structured event", lambda event: event.name == "structured")

    def of(self, kind: type | str) -> Selection:
        """The events of an ``@event`` class, or of a schema, which may be given without its version."""
        wanted = schema_of_kind(kind, "event")
        return self._choose(said(kind), lambda event: is_schema(event.schema, wanted))

    def where(self, **wanted: Any) -> Selection:
        """Those with these values, by the names of ``TrackedEvent``; raises TypeError at an unknown one."""
        unknown = wanted.keys() - set(TrackedEvent.__slots__)
        if unknown:
            names = ", ".join(sorted(unknown))
            raise TypeError(f"an event has no {names}: it has {', '.join(TrackedEvent.__slots__)}")
        sentence = f"{self._said} with {', '.join(f'{name}={value!r}' for name, value in wanted.items())}"
        chosen = self._choose(sentence, lambda event: not differences(event, wanted))
        near = tuple(self)
        return replace(chosen, _near=lambda: [line for event in near for line in differences(event, wanted)])

    def one(self) -> TrackedEvent:
        """The only event; raises AssertionError, with all that was tracked, where it is not one."""
        __tracebackhide__ = True
        found = self._found()
        if len(found) != 1:
            self._fail(f"expected one {self._said}, found {len(found)}")
        return found[0]

    def none(self) -> None:
        """Raises AssertionError, with all that was tracked, where there is any."""
        __tracebackhide__ = True
        if found := len(self):
            self._fail(f"expected no {self._said}, found {found}")

    def entity(self, kind: type | str) -> Any:
        """The data of the entity of this class or schema on the only event; see ``TrackedEvent.entity``."""
        __tracebackhide__ = True
        having = self._choose(f"{self._said} with {said(kind)}", lambda event: bool(event.entities_of(kind)))
        return having.one().entity(kind)

    @overload
    def __getitem__(self, index: int) -> TrackedEvent: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[TrackedEvent]: ...
    def __getitem__(self, index: int | slice) -> TrackedEvent | Sequence[TrackedEvent]:
        __tracebackhide__ = True
        found = self._found()
        if isinstance(index, int) and not -len(found) <= index < len(found):
            raise IndexError(self._told(f"expected {self._said} number {index}, found {len(found)}"))
        return found[index]

    def __iter__(self) -> Iterator[TrackedEvent]:
        return iter(self._found())

    def __len__(self) -> int:
        return len(self._found())

    def __repr__(self) -> str:
        found = self._found()
        return repr(found) if found else f"<no {self._said}: {'; '.join(self._notes()) or 'nothing skipped'}>"

    def _found(self) -> list[TrackedEvent]:
        return [event for event in self._source.events() if self._is_wanted(event)]

    def _choose(self, said: str, is_wanted: Callable[[TrackedEvent], bool]) -> Selection:
        within = self._is_wanted
        return Selection(self._source, said, lambda event: within(event) and is_wanted(event))

    def _fail(self, expected: str) -> NoReturn:
        __tracebackhide__ = True
        raise AssertionError(self._told(expected))

    def _told(self, expected: str) -> str:
        return report(expected, self._source.events(), [*self._near(), *self._notes()])

    def _notes(self) -> list[str]:
        """Why something may be missing."""
        source = self._source
        notes = [skipped_line(skip) for skip in source.skipped()]
        notes += [f"error: {name} {count}" for name, count in source.errors().items()]
        return [*notes, silence] if (silence := source.silence()) else notes


@dataclass(frozen=True, eq=False, repr=False)
class TrackedEvents(Selection):
    """All that was tracked in a test, in this process and by any thread; no event leaves it.

    What was tracked in a request is here when the response has ended, and what was tracked in a
    transaction when that has committed; one that a ``TestCase`` never commits counts as if it had.
    """

    _schemas: Sequence[str] = ()

    @property
    def skipped(self) -> list[Skipped]:
        """The requests that were no page views, and why."""
        return self._source.skipped()

    @property
    def errors(self) -> dict[str, int]:
        """What could not be used in this test, by the names in ``stats()["errors"]``."""
        return self._source.errors()

    def assert_no_confidential_leak(self, *shown: Any) -> None:
        """Raises AssertionError where a confidential value that was tracked shows where others may see it.

        Looked at are all log records of the test, the headers of the responses, and what is given:
        responses of any test client, text, bytes. Values shorter than three characters cannot be told
        from other text, and are not looked for.
        """
        __tracebackhide__ = True
        given = [(f"{type(thing).__name__} that was given", place(thing)) for thing in shown]
        found = leaks(self._source.confidential_values(), [*self._source.places(), *given])
        if found:
            raise AssertionError(f"a confidential value shows in: {'; '.join(found)}")

    def assert_schema_valid(self, *schemas: str | Path) -> None:
        """Raises AssertionError where a tracked event or entity is not as its schema says, or has none.

        ``schemas`` are folders in the layout of an Iglu registry, ``<vendor>/<name>/jsonschema/<version>``;
        those of pytest's option ``tracking_schemas`` count too. It needs the extra ``[collector]``.
        """
        __tracebackhide__ = True
        described = [each for event in self for each in event.described()]
        found = self._source.problems(described, [*self._schemas, *map(str, schemas)])
        if found:
            raise AssertionError("\n".join(["what was tracked is not as its schemas say:", *found]))
