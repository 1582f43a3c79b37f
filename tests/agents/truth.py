"""User agents whose class is known, what of them is kept out of tuning, and how well they are told apart.

``user_agents.tsv`` has the class, the operator and the user agent of each: facts out of two collections,
isbot's (The Unlicense) and the fixtures of Matomo's device-detector, a part of each, drawn by hashes. A
class is what the operator's own documents say, else the collection's category; where the tags of crawler-
user-agents say otherwise it is ``bot``, which class is open. Browsers are ``person``.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import NamedTuple

from tracking_middleware.agents import Agent, classify

_FILE = Path(__file__).with_name("user_agents.tsv")
_SALT = "8 "  # the first of 0, 1, 2 … that leaves no operator of the sixteen largest out whole


class Known(NamedTuple):
    """A user agent; ``operator`` is ``""`` of a person, ``agent_class`` is ``bot`` where it is open."""

    agent_class: str
    operator: str
    user_agent: str

    @property
    def is_person(self) -> bool:
        return self.agent_class == "person"

    @property
    def is_of_an_operator_left_out(self) -> bool:
        """Of the tenth of the operators that is kept out whole."""
        return bool(self.operator) and _hash(_SALT + self.operator) % 10 == 0

    @property
    def is_kept_out(self) -> bool:
        return self.is_of_an_operator_left_out or _hash(self.user_agent) % 3 == 0


def _hash(text: str) -> int:
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8])


@cache
def known() -> tuple[Known, ...]:
    """All of the table."""
    lines = _FILE.read_text(encoding="utf-8").splitlines()
    return tuple(Known(*line.split("\t")) for line in lines if not line.startswith("#"))


def kept_out() -> list[Known]:
    """A third of the user agents, and a tenth of the operators whole."""
    return [one for one in known() if one.is_kept_out]


def of_known_operators() -> list[Known]:
    """Of what is kept out, browsers and what belongs to operators of whom something else is not."""
    seen = {one.operator for one in known() if not one.is_kept_out}
    return [one for one in kept_out() if one.operator in seen and one.agent_class != "bot"]


class Score(NamedTuple):
    """How one class was found: how many there are, and how many were taken for it."""

    right: int
    support: int
    taken: int

    @property
    def precision(self) -> float:
        return self.right / self.taken if self.taken else 0.0

    @property
    def recall(self) -> float:
        return self.right / self.support if self.support else 0.0

    @property
    def f1(self) -> float:
        return 2 * self.right / (self.support + self.taken) if self.support + self.taken else 0.0


def scores(pairs: Iterable[tuple[str, str]]) -> dict[str, Score]:
    """By class, from pairs of what is true and what was said."""
    counted = Counter(pairs)
    classes = sorted({true for true, _ in counted})
    return {
        name: Score(
            right=counted[name, name],
            support=sum(number for (true, _), number in counted.items() if true == name),
            taken=sum(number for (_, said), number in counted.items() if said == name),
        )
        for name in classes
    }


def macro_f1(of: dict[str, Score]) -> float:
    """The mean of the classes' F1: each counts alike, however many it has."""
    return sum(score.f1 for score in of.values()) / len(of)


def bot_or_person() -> dict[str, Score]:
    """Of all that is kept out."""
    return scores((_bot_or_person(one.is_person), _said(classify(one.user_agent))) for one in kept_out())


def by_class() -> dict[str, Score]:
    """The nine classes, of what is kept out of known operators."""
    return scores((one.agent_class, classify(one.user_agent).agent_class) for one in of_known_operators())


def _said(agent: Agent) -> str:
    return _bot_or_person(not agent.is_agent)


def _bot_or_person(is_person: bool) -> str:
    return "person" if is_person else "bot"
