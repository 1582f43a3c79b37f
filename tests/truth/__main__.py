"""``python -m tests.truth [--persons N] [--seeds N …]``: how much of what is true the journeys find out."""

from __future__ import annotations

import argparse
from collections.abc import Iterator

from tracking_middleware.journeys.config import Config

from . import measure
from .world import World

WORLDS = {
    "ids on 60 % of views": {},
    "reload-heavy, no ids": {"page_ids": 0.0, "loads": 30.0, "reloads": 1.0, "views": 8},
    "no ids, clocks off by 30 s": {"page_ids": 0.0, "clock": 30.0, "loads": 300.0, "views": 8},
}
"""Beside the first, what is hard about pairing page views."""


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.truth", description=__doc__)
    parser.add_argument(
        "--persons", type=int, default=3000, metavar="N", help="in each world (default: 3000)"
    )
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3], metavar="N")
    arguments = parser.parse_args()
    for seed in arguments.seeds:
        print(f"seed {seed}: precision / recall")
        for line in lines(seed, arguments.persons):
            print(f"  {line}", flush=True)


def lines(seed: int, number: int) -> Iterator[str]:
    """What is found in the worlds of one seed."""
    for name, differs in WORLDS.items():
        result = measure.result_of(World(seed=seed, persons=number, **differs))
        yield f"page-view pairs, {name:<39} {measure.page_views(result)}  ({result.truth.events} events)"
        if not differs:
            yield from _of_persons(result)
            yield f"{'sessions, pairs of events':<56} {measure.sessions(result)}"
            share, low, high = result.missing
            missing = 1 - len(result.truth.pairs) / result.truth.served
            yield f"share without the browser {missing:.4f}, said {share:.4f} in [{low:.4f}, {high:.4f}]"
    careful = measure.result_of(
        World(seed=seed, persons=number), config=Config(threads=1, anonymous="session")
    )
    said = measure.persons_in_all(careful, careful.person_of)
    yield f"{'persons, anonymous = session, all':<56} {said}"


def _of_persons(result: measure.Result) -> Iterator[str]:
    said = result.person_of
    rules = {
        "the last user_id": measure.last_user(result),
        "sessions alone": measure.only_seen(result),
    }
    for name, rule in {"our rule": said, **rules}.items():
        for kind in measure.CLASSES:
            yield f"{f'persons by {name}: {kind}':<56} {measure.persons(result, rule, kind)}"
        yield f"{f'persons by {name}: in all':<56} {measure.persons_in_all(result, rule)}"


if __name__ == "__main__":
    main()
