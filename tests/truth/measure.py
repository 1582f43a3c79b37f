"""Precision and recall of what the journeys say, against what is true."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tracking_middleware.journeys.config import Config
from tracking_middleware.journeys.driver import run
from tracking_middleware.journeys.file import opened

from .events import write_world
from .world import Truth, World


@dataclass(frozen=True)
class Score:
    """Of pairs: how many of those that were said are right, how many of those that there are were said."""

    said: int
    right: int
    there: int
    found: int

    @property
    def precision(self) -> float:
        return self.right / self.said if self.said else 1.0

    @property
    def recall(self) -> float:
        return self.found / self.there if self.there else 1.0

    def __str__(self) -> str:
        return f"{self.precision:.4f} / {self.recall:.4f}"


@dataclass(frozen=True)
class Result:
    """What is true of a world, and what the tables say: the person by session, the session by event."""

    truth: Truth
    person_of: Mapping[str, str]
    session_of: Mapping[str, str]
    pairs: set[tuple[str, str]]
    missing: tuple[float, float, float]


def result_of(world: World, *, config: Config | None = None) -> Result:
    """Make a world, run the models on it, and read what they say."""
    config = config or Config(threads=1)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        truth = write_world(world, folder / "events.tsv")
        run([folder / "events.tsv"], to=folder / "journeys.duckdb", config=config, progress=lambda *_: None)
        with opened(folder / "journeys.duckdb", config=config, read_only=True) as connection:

            def rows(question: str) -> list[tuple[Any, ...]]:
                return connection.execute(question).fetchall()

            return Result(
                truth=truth,
                person_of=_of_sessions(rows, truth),
                session_of=dict(
                    rows("SELECT event_id, session_id FROM event_persons WHERE session_id IS NOT NULL")
                ),
                pairs=set(
                    rows("SELECT server_event_id, browser_event_id FROM page_views WHERE seen_by = 'both'")
                ),
                missing=rows("SELECT share, low, high FROM adblock_gap WHERE dimension = 'all'")[0],
            )


def _of_sessions(rows: Callable[[str], list[tuple[Any, ...]]], truth: Truth) -> dict[str, str]:
    """By true session, the person most of its events were given to."""
    votes: dict[str, Counter[str]] = {}
    for event, person in rows("SELECT event_id, person_id FROM event_persons"):
        if event in truth.session_of:
            votes.setdefault(truth.session_of[event], Counter())[person] += 1
    return {session: counter.most_common(1)[0][0] for session, counter in votes.items()}


CLASSES: Mapping[str, Callable[[Truth, str], bool]] = {
    "can be known": lambda truth, session: truth.is_traced[session] and not truth.is_left[session],
    "the same and what is left": lambda truth, session: truth.is_traced[session],
    "shared, at most one user_id": lambda truth, session: not truth.is_traced[session],
    "shared by several, left": lambda truth, session: truth.is_traced[session] and truth.is_left[session],
}
"""Of sessions: whose owner can be known; the same with what is left on browsers of several; and the two kinds
in which nobody could tell."""


def persons(result: Result, said: Mapping[str, str], kind: str) -> Score:
    """Of pairs of sessions of one class: said to be one person's, and being it; recall of what is known."""
    truth = result.truth
    sessions = [s for s in said if s in truth.person_of and CLASSES[kind](truth, s)]
    return _score(
        ((said[s], truth.person_of[s]) for s in sessions),
        ((said[s], truth.trace_of[s]) for s in sessions),
    )


def persons_in_all(result: Result, said: Mapping[str, str]) -> Score:
    """The same over all sessions and against all pairs that are one person's, known or not."""
    both = [(said[s], result.truth.person_of[s]) for s in said if s in result.truth.person_of]
    return _score(both, both)


def last_user(result: Result) -> dict[str, str]:
    """What the naive rule says: a session is that of whoever was seen last under its cookie."""
    truth = result.truth
    return {
        s: truth.last_user_of.get(life, life) for s, life in truth.life_of.items() if s in result.person_of
    }


def only_seen(result: Result) -> dict[str, str]:
    """What the careful rule says: a session is that of the user_id seen in it, else the cookie's."""
    truth = result.truth
    return {
        s: truth.user_of_session.get(s, life) for s, life in truth.life_of.items() if s in result.person_of
    }


def page_views(result: Result) -> Score:
    """Of pairs of page views of the two sides."""
    right = len(result.pairs & result.truth.pairs)
    return Score(len(result.pairs), right, len(result.truth.pairs), right)


def sessions(result: Result) -> Score:
    """Of pairs of events: said to be of one session, and being it."""
    both = [
        (said, result.truth.session_of[e])
        for e, said in result.session_of.items()
        if e in result.truth.session_of
    ]
    missing = [(e, s) for e, s in result.truth.session_of.items() if e not in result.session_of]
    return _score(both, both + missing)


def _score(said: Iterable[tuple[Hashable, Hashable]], there: Iterable[tuple[Hashable, Hashable]]) -> Score:
    """From (what is said, what is true): precision of the first, recall of the second."""
    said, there = list(said), list(there)
    return Score(
        said=_pairs(Counter(a for a, _ in said)),
        right=_pairs(Counter(said)),
        there=_pairs(Counter(b for _, b in there)),
        found=_pairs(Counter(there)),
    )


def _pairs(counter: Counter[Any]) -> int:
    return sum(number * (number - 1) // 2 for number in counter.values())
