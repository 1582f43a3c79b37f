"""Events that wait to be sent, wherever they are kept: whose they are, and how they are taken out."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from ..holding import Counts, Found, Reading, Told, What
from ..mentions import Mentions
from ..persons import Facts, Given, Person
from ..texts import facts_of_parameters, readable, readable_parameters
from .nameless import nameless_parameters

_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001  in UTC, as all moments are
_WAITING, _SENDING, _DEAD, _NAMED = (
    "events that wait",
    "events that are being sent",
    "dead letters",
    "others' events that name them",
)


class WaitingEvent(NamedTuple):
    """An event that is kept to be sent, or was given up for a reason."""

    number: int
    payload: bytes
    reason: str
    is_dead: bool
    is_leased: bool

    @property
    def parameters(self) -> dict[str, Any]:
        """What is sent; nothing of what nobody can read."""
        try:
            found = json.loads(self.payload)
        except ValueError:
            return {}
        return found if isinstance(found, dict) else {}

    @property
    def text(self) -> str:
        """All that it says."""
        return f"{self.payload.decode('utf-8', 'replace')} {readable(self.parameters)} {self.reason}"

    @property
    def place(self) -> str:
        """Where it is counted."""
        return _DEAD if self.is_dead else _SENDING if self.is_leased else _WAITING


class HeldWaiting(ABC):
    """What ``Held`` asks of any of them; a child reads and writes its rows."""

    @abstractmethod
    def events(self, *, after: int = 0, most: int | None = None) -> Iterator[WaitingEvent]:
        """Events in their order, those with numbers above ``after``; with ``most``, so many of them."""

    @abstractmethod
    def take_out(self, numbers: list[int]) -> None:
        """Delete events by their numbers, some at a time."""

    @abstractmethod
    def put(self, changed: dict[int, bytes], *, are_anonymous: bool) -> None:
        """Give events another payload, some at a time; ``are_anonymous`` from then on, or as they were."""

    @abstractmethod
    def write_over(self) -> None:
        """See ``Held``."""

    @abstractmethod
    def may_have_left(self) -> bool:
        """Whether anything of what was deleted before may be there yet."""

    def linked(self, _given: Given) -> Person:
        """See ``Held``: it links nobody."""
        return Person()

    def sources(self) -> tuple[str, ...]:
        """See ``Held``: events were sent here."""
        return ()

    def facts(self) -> Iterator[Facts]:
        """See ``Held``."""
        for event in self.events():
            yield facts_of_parameters(event.parameters)

    def rows(self, person: Person, reading: Reading) -> Iterator[tuple[str, dict[str, Any]]]:
        """See ``Held``: the parameters that are sent."""
        for event in self.events():
            if (what := _what(event, person, is_named=False)) is not None:
                reason = {"reason": event.reason} if event.is_dead else {}
                yield what, {**reason, **readable_parameters(event.parameters, reading.mask)}

    def found(self, person: Person, mentions: Mentions) -> Found:
        """See ``Held``."""
        counts: Counter[str] = Counter()
        seen: set[str] = set()
        for event in self.events():
            named = mentions.found_in(event.text)
            seen |= named
            if (what := _what(event, person, is_named=bool(named))) is not None:
                counts[what] += 1
        return Found(counts, frozenset(seen))

    def forget(self, person: Person, mentions: Mentions, told: Told) -> None:
        """See ``Held``."""
        found: dict[int, str] = {}
        changed: dict[int, bytes] = {}
        for event in self.events():
            is_named = bool(mentions.found_in(event.text))
            if (what := _what(event, person, is_named=is_named)) is not None:
                found[event.number] = what
                if what == _NAMED:
                    changed[event.number] = _without(event, mentions)
        self.take_out([number for number in found if number not in changed])
        self.put(changed, are_anonymous=False)
        told(Counter(found.values()))

    def older(self, what: What, before: datetime) -> Counts:
        """See ``Held``; by the moment that an event was made."""
        return Counter(event.place for event in self._older(what, before))

    def change(self, what: What, before: datetime, told: Told) -> None:
        """See ``Held``."""
        found = {event.number: event for event in self._older(what, before)}
        if what == "forget":
            self.take_out(list(found))
        else:
            changed = {
                number: _payload_of(nameless_parameters(event.parameters)) for number, event in found.items()
            }
            self.put(changed, are_anonymous=True)
        told(Counter(event.place for event in found.values()))
        if found or self.may_have_left():
            self.write_over()

    def _older(self, what: What, before: datetime) -> Iterator[WaitingEvent]:
        moment = (before - _EPOCH) // timedelta(milliseconds=1)
        for event in self.events():
            parameters = event.parameters
            made = str(parameters.get("dtm", ""))
            is_older = made.isascii() and made.isdigit() and len(made) < 16 and int(made) < moment
            if is_older and (what == "forget" or nameless_parameters(parameters) != parameters):
                yield event


def _what(event: WaitingEvent, person: Person, *, is_named: bool) -> str | None:
    """What an event is to a person; None where it is nothing."""
    parameters = event.parameters
    facts = facts_of_parameters(parameters)
    is_theirs = (
        person.owns(facts)
        or person.owns_by_network(facts)
        or str(parameters.get("eid", "")).lower() in person.event_ids
    )
    if is_theirs:
        return event.place
    return _NAMED if is_named else None


def _without(event: WaitingEvent, mentions: Mentions) -> bytes:
    """Somebody else's event without the person."""
    if not (parameters := event.parameters):
        return mentions.taken_from(event.payload.decode("utf-8", "replace")).encode()
    return _payload_of(mentions.taken_from_all(parameters))


def _payload_of(parameters: dict[str, Any]) -> bytes:
    return json.dumps(parameters, ensure_ascii=False, separators=(",", ":")).encode()
