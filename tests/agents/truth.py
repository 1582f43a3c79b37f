"""User agents whose class is known, what of them is kept out of tuning, and how well they are told apart.

The tables have the class, the operator and the user agent of each, which are facts: ``user_agents.tsv`` out
of two collections, isbot's (The Unlicense) and the fixtures of Matomo's device-detector, and
``user_agents_second.tsv``, which was made when the first had been measured many times, out of those of
Crawler-Detect, arcjet's well-known-bots, browscap, WhichBrowser (MIT), uap-core, woothee, Yauaa (Apache-2.0),
ua-parser-js (AGPL-3.0), the rest of Matomo's (LGPL-3.0), and out of public code; parts of each, drawn by
hashes.

A class is what the operator's own documents say (``documented.tsv``), else the collections' category; where
they, or the tags of crawler-user-agents, say different ones, it is ``bot``, which class is open. Browsers are
``person``. Programs that people use for something else, as for mail, office work, feeds or music, are left
out of the second: some collections have them among the crawlers and others do not.
"""

from __future__ import annotations

import hashlib
import random
import re
from collections import Counter
from collections.abc import Iterable
from functools import cache
from operator import itemgetter
from pathlib import Path
from typing import NamedTuple

from tracking_middleware.agents import Agent, classify

_FIRST, _SECOND = "user_agents.tsv", "user_agents_second.tsv"
_SALT = "8 "  # the first of 0, 1, 2 … that leaves no operator of the sixteen largest out whole


class Known(NamedTuple):
    """A user agent; ``operator`` is ``""`` of a person, ``agent_class`` is ``bot`` where it is open."""

    agent_class: str
    operator: str
    user_agent: str
    is_of_second: bool = False

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
    """All of both tables."""
    first = tuple(Known(*row) for row in _rows(_FIRST))
    return first + tuple(Known(*row, is_of_second=True) for row in _rows(_SECOND))


class Documented(NamedTuple):
    """What an operator says of a product that names itself so in a user agent, and where."""

    product: str
    agent_class: str
    operator: str
    address: str


@cache
def documented() -> tuple[Documented, ...]:
    """Of the products whose operators say what they are for."""
    return tuple(Documented(*row) for row in _rows("documented.tsv"))


def documented_of(user_agent: str) -> Documented | None:
    """The product that is named first of these; a tool only where the user agent begins with it."""
    found = []
    for one in documented():
        at = re.search(rf"(?<![\w-]){re.escape(one.product)}(?![\w-])", user_agent, re.IGNORECASE)
        if at is not None and (one.agent_class != "tool" or at.start() == 0 or "Headless" in one.product):
            found.append((at.start(), one))
    return min(found, key=itemgetter(0))[1] if found else None


def _rows(name: str) -> list[list[str]]:
    lines = Path(__file__).with_name(name).read_text(encoding="utf-8").splitlines()
    return [line.split("\t") for line in lines if not line.startswith("#")]


def kept_out() -> list[Known]:
    """A third of the user agents, and a tenth of the operators whole."""
    return [one for one in known() if one.is_kept_out]


def of_second(user_agents: Iterable[Known]) -> list[Known]:
    """Those of the second table alone."""
    return [one for one in user_agents if one.is_of_second]


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


def bot_or_person(of: Iterable[Known]) -> list[tuple[str, str]]:
    """Pairs of what is true and what is said."""
    return [(_bot_or_person(one.is_person), _said(classify(one.user_agent))) for one in of]


def by_class(of: Iterable[Known]) -> list[tuple[str, str]]:
    """The same, by the nine classes."""
    return [(one.agent_class, classify(one.user_agent).agent_class) for one in of]


def interval(pairs: list[tuple[str, str]], *, drawn: int = 1000) -> tuple[float, float]:
    """Where 95 % of the macro-F1 lie of as many pairs, each drawn anew from these."""
    chosen = random.Random(1)
    found = sorted(macro_f1(scores(chosen.choices(pairs, k=len(pairs)))) for _ in range(drawn))
    return found[drawn * 25 // 1000], found[drawn * 975 // 1000]


def _said(agent: Agent) -> str:
    return _bot_or_person(not agent.is_agent)


def _bot_or_person(is_person: bool) -> str:
    return "person" if is_person else "bot"
