"""What the newest events of the store say of articles, kept in memory: no request looks through all of them.

The newest are read first, a part at a time, each time somebody asks: so long and no longer.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from ...journeys.answers.settings import Described
from ..payload.json_text import decoded
from ..store.store import Store
from .said import Said, articles_of

MOST_EVENTS = 50_000
"""Good events that are looked at, the newest."""
_PATIENCE = 0.1
"""Seconds that one who asks goes on to read."""
_PART = 500
"""Ids that are read at once."""
_BOUNDS = """
SELECT coalesce((SELECT min(id) FROM summaries), 1), coalesce((SELECT max(id) FROM summaries), 0)
"""
_READ = """
SELECT id, CASE WHEN instr(shape, :name) > 0 THEN shape END FROM events
WHERE id BETWEEN :low AND :high AND is_good = 1
"""


class _Columns(msgspec.Struct, gc=False):
    event: Any = None
    contexts: Any = None


class _Shape(msgspec.Struct, gc=False):
    event: _Columns


_shape = msgspec.json.Decoder(_Shape)


@dataclass(frozen=True, slots=True)
class Counts:
    """How many entities name each author, how many each subject, and the schemas of all."""

    authors: Counter[str]
    subjects: Counter[str]
    uris: frozenset[str]


@dataclass(frozen=True, slots=True)
class _Part:
    """Ids that were read, how many of them are of good events, and what those say."""

    low: int
    high: int
    good: int
    said: Mapping[int, tuple[Said, ...]]
    counts: Counts


class NewestArticles:
    """Any thread may ask."""

    def __init__(self, store: Store, described: Described) -> None:
        self._store = store
        self._described = described
        self._names = tuple({schema.name: None for schema in described.schemas})
        self._lock = threading.Lock()
        self._parts: tuple[_Part, ...] = ()
        """Without a gap between them, the newest first."""
        self._is_whole = False
        self._counted: tuple[tuple[_Part, ...], Counts] | None = None

    @property
    def looked_at(self) -> int:
        """Good events of which it is known."""
        return sum(part.good for part in self._parts)

    @property
    def is_whole(self) -> bool:
        """Whether all were read that are to be."""
        return self._is_whole

    def said(self) -> Iterator[tuple[int, tuple[Said, ...]]]:
        """By the number of an event what it says, the newest part first."""
        for part in self._parts:
            yield from part.said.items()

    def counted(self) -> Counts:
        """What they name, and how often."""
        parts, known = self._parts, self._counted
        if known is None or known[0] is not parts:
            known = self._counted = (parts, _summed([part.counts for part in parts]))
        return known[1]

    def refresh(self, *, patience: float = _PATIENCE) -> None:
        """Read what is new, and go on with what is older; what somebody else reads now is not waited for."""
        if not self._lock.acquire(timeout=patience):
            return
        try:
            self._refresh(time.monotonic() + patience)
        finally:
            self._lock.release()

    def _refresh(self, deadline: float) -> None:
        with self._store.reading() as reading:
            lowest, last = reading.execute(_BOUNDS).fetchone()
        known = self._parts
        if known and not lowest <= known[0].high <= last:  # the store was emptied
            known = ()
        stop = known[0].high if known else lowest - 1
        parts = list(self._read_down(last, stop, deadline))
        if known and (not parts or parts[-1].low == stop + 1):  # else there would be a gap
            parts += known
            most = MOST_EVENTS - sum(part.good for part in parts)
            parts += self._read_down(parts[-1].low - 1, lowest - 1, deadline, most=most)
        self._keep(parts, lowest)

    def _keep(self, parts: list[_Part], lowest: int) -> None:
        """Put small parts together, and let go of what is too old."""
        good = sum(part.good for part in parts)
        while parts and (good - parts[-1].good >= MOST_EVENTS or parts[-1].high < lowest):
            good -= parts.pop().good
        while len(parts) > 1 and parts[0].high - parts[1].low < _PART:
            newer, older = parts[:2]
            said, counts = {**older.said, **newer.said}, _summed([older.counts, newer.counts])
            both = _Part(older.low, newer.high, older.good + newer.good, said, counts)
            parts[:2] = [both]
        self._is_whole = good >= MOST_EVENTS or not parts or parts[-1].low <= lowest
        self._parts = tuple(parts)

    def _read_down(
        self, high: int, stop: int, deadline: float, *, most: int = MOST_EVENTS
    ) -> Iterator[_Part]:
        """Parts from an id down to the one after ``stop``; one at least, where there is any."""
        while high > stop and most > 0:
            low = max(high - _PART, stop) + 1
            part = self._read(low, high)
            yield part
            high, most = low - 1, most - part.good
            if time.monotonic() > deadline:
                return

    def _read(self, low: int, high: int) -> _Part:
        good = 0
        said: dict[int, tuple[Said, ...]] = {}
        for name in self._names:
            with self._store.reading() as reading:
                rows = reading.execute(_READ, {"name": name, "low": low, "high": high}).fetchall()
            good = len(rows)
            for number, text in rows:
                if text is not None and (found := articles_of(_columns(text), self._described)):
                    said[number] = found
        return _Part(low, high, good, said, _counts_of(said))


def _counts_of(said: Mapping[int, tuple[Said, ...]]) -> Counts:
    articles = [each for found in said.values() for each in found]
    return Counts(
        authors=Counter(name for each in articles for name in each.authors),
        subjects=Counter(name for each in articles for name in each.subjects),
        uris=frozenset(each.uri for each in articles),
    )


def _summed(counts: Sequence[Counts]) -> Counts:
    authors, subjects = Counter[str](), Counter[str]()
    for each in counts:
        authors.update(each.authors)
        subjects.update(each.subjects)
    return Counts(authors, subjects, frozenset().union(*(each.uris for each in counts)))


def _columns(text: str) -> Mapping[str, Any]:
    """The columns that are looked into."""
    try:
        event = _shape.decode(text).event
    except (msgspec.MsgspecError, UnicodeError):  # half a surrogate pair is no text
        found: Mapping[str, Any] = decoded(text)["event"]
        return found
    return {"event": event.event, "contexts": event.contexts}
