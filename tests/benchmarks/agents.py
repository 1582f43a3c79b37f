"""Who is reading: how well it is told by the user agents that are kept out of tuning, and what that costs."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator

from tests.agents import truth
from tracking_middleware.agents import classify
from tracking_middleware.agents.classifying import remembered

from .figures import Row, Spread, Table

EVENTS = 100_000


def compare(*, quick: bool) -> Iterator[Table]:
    """What is found of the user agents that are kept out, and µs an event."""
    kept_out, of_known = truth.kept_out(), truth.of_known_operators()
    kinds = (
        ("bot or person", "all that is kept out", kept_out, truth.bot_or_person),
        ("nine classes", "kept-out user agents of known operators", of_known, truth.by_class),
    )
    for what, of, user_agents, told in kinds:
        yield _found(f"{what}, {of}, second table", told(truth.of_second(user_agents)))
        yield _found(f"{what}, {of}, both tables", told(user_agents))
    yield _cost(rounds=5 if quick else 15)


def _found(of: str, pairs: list[tuple[str, str]]) -> Table:
    scores = truth.scores(pairs)
    rows = [
        Row(name, (f"{one.precision:.3f}", f"{one.recall:.3f}", f"{one.f1:.3f}", str(one.support)))
        for name, one in scores.items()
    ]
    number = sum(one.support for one in scores.values())
    rows.append(Row("macro", (None, None, f"{truth.macro_f1(scores):.3f}", str(number))))
    person = scores["person"]
    low, high = truth.interval(pairs)
    note = (
        f"Macro F1 of 95 % of as many, drawn anew from these: {low:.3f} to {high:.3f}. "
        f"Browsers taken for something else: {person.support - person.right} of {person.support}."
    )
    return Table(f"Agents: {of}", ("precision", "recall", "F1", "support"), tuple(rows), (), (note,))


def _cost(*, rounds: int) -> Table:
    user_agents = [one.user_agent for one in truth.known() if not one.is_of_second]
    stream = _as_they_come(user_agents)
    rows = (
        Row(
            "events of a site, with what is remembered",
            (_took(lambda: _classify_all(stream), EVENTS, rounds),),
        ),
        Row(
            "a user agent that was just seen",
            (_took(lambda: _classify_all(stream[:1] * EVENTS), EVENTS, rounds),),
        ),
        Row("each for the first time", (_took(lambda: _afresh(user_agents), len(user_agents), rounds),)),
    )
    note = (
        f"CPU time. The events of a site: {EVENTS:,}, of {len(set(stream)):,} user agents, the n-th of which "
        "comes 1/n times as often as the first; nothing is remembered when they begin."
    )
    return Table("Agents: µs an event", ("µs",), rows, (), (note,))


def _as_they_come(user_agents: list[str]) -> list[str]:
    chosen = random.Random(1)
    shuffled = chosen.sample(user_agents, len(user_agents))
    return chosen.choices(shuffled, weights=[1 / number for number in range(1, len(shuffled) + 1)], k=EVENTS)


def _classify_all(user_agents: list[str]) -> None:
    for user_agent in user_agents:
        classify(user_agent)


def _afresh(user_agents: list[str]) -> None:
    remembered.cache_clear()
    _classify_all(user_agents)


def _took(work: Callable[[], None], number: int, rounds: int) -> Spread:
    """CPU time of one, in µs; each round begins with nothing remembered."""
    times = []
    for _ in range(rounds):
        remembered.cache_clear()
        begun = time.process_time()
        work()
        times.append((time.process_time() - begun) / number * 1e6)
    return Spread.of(times)
