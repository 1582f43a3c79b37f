"""What is attacked, how often each, and how a case is run."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass

from . import adapters, collector, frameworks, values
from .oracle import logged

SEED = 20_260_101
"""The seed where none is given."""


@dataclass(frozen=True)
class Target:
    """A thing that is attacked; ``share`` is its part of all cases, in hundredths."""

    name: str
    attack: Callable
    share: int


TARGETS = {
    target.name: target
    for target in (
        Target("wsgi", adapters.wsgi, 16),
        Target("asgi", adapters.asgi, 14),
        Target("flask", frameworks.flask_site, 2),
        Target("starlette", frameworks.starlette_site, 2),
        Target("django-sync", frameworks.django_sync, 2),
        Target("django-async", frameworks.django_async, 1),
        Target("collector", collector.app, 5),
        Target("rows", collector.rows, 14),
        Target("identity", values.identity, 12),
        Target("urls", values.urls, 12),
        Target("headers", values.headers, 8),
        Target("tokens", values.tokens, 6),
        Target("encoder", values.encoder, 6),
    )
}


@dataclass(frozen=True)
class Failure:
    """A case that broke a promise, and how to see it again."""

    target: str
    seed: int
    case: int
    error: BaseException

    def __str__(self):
        error = f"{type(self.error).__name__}: {self.error}"
        again = f"python -m tests.fuzz --only {self.target} --seed {self.seed} --case {self.case}"
        return f"{error:.1500}\n  {again}"


def attack(name, seed, cases, *, on_failure, on_time=None):
    """Run the cases of a target; ``on_failure`` gets each Failure, ``on_time`` each case and its seconds."""
    target = TARGETS[name]
    with logged() as log:
        for case in cases:
            begun = time.perf_counter()
            try:
                target.attack(random.Random(f"{seed} {name} {case}"), log)
                log.check()
            except Exception as error:  # noqa: BLE001
                # whatever it is, it is a finding
                log.lines.clear()
                on_failure(Failure(name, seed, case, error))
            if on_time is not None:
                on_time(case, time.perf_counter() - begun)


def cases_of(name, total):
    """How many of all cases are this target's."""
    return max(1, total * TARGETS[name].share // 100)
