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
        for what, said in found(seed, arguments.persons):
            print(f"  {what:<60} {said}", flush=True)


def found(seed: int, number: int) -> Iterator[tuple[str, str]]:
    """What is found in the worlds of one seed: of what, and precision / recall."""
    for name, differs in WORLDS.items():
        result = measure.result_of(World(seed=seed, persons=number, **differs))
        yield f"page-view pairs, {name} ({result.truth.events} events)", str(measure.page_views(result))
        if not differs:
            yield from _of_persons(result)
            yield "sessions, pairs of events", str(measure.sessions(result))
            share, low, high = result.missing
            missing = 1 - len(result.truth.pairs) / result.truth.served
            yield "share without the browser", f"{missing:.4f}, said {share:.4f} in [{low:.4f}, {high:.4f}]"
    careful = measure.result_of(
        World(seed=seed, persons=number), config=Config(threads=1, anonymous="session")
    )
    yield "persons, anonymous = session: in all", str(measure.persons_in_all(careful, careful.person_of))


def _of_persons(result: measure.Result) -> Iterator[tuple[str, str]]:
    last, alone = measure.last_user(result), measure.only_seen(result)
    rules = {"our rule": result.person_of, "the last user_id": last, "sessions alone": alone}
    for name, rule in rules.items():
        for kind in measure.CLASSES:
            yield f"persons by {name}: {kind}", str(measure.persons(result, rule, kind))
        yield f"persons by {name}: in all", str(measure.persons_in_all(result, rule))


if __name__ == "__main__":
    main()
