"""``python -m tests.guard``: count, and compare with the checked-in figures or with another checkout."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from . import figures
from .counting import JOBS, REQUESTS, ROOT, GuardError, count
from .scenarios import SCENARIOS

NAMES = [scenario.__name__ for scenario in SCENARIOS]


def main() -> int:
    """0 where every figure is within its bound."""
    parser = argparse.ArgumentParser(prog="python -m tests.guard", description=__doc__)
    parser.add_argument(
        "--only", nargs="+", choices=NAMES, default=NAMES, metavar="NAME", help=", ".join(NAMES)
    )
    parser.add_argument("--renew", action="store_true", help="write the figures of this interpreter anew")
    parser.add_argument(
        *("--tree",),
        type=Path,
        nargs="+",
        metavar="PATH",
        help="count the package of these checkouts instead, side by side; each is compared with the first",
    )
    parser.add_argument("--requests", type=int, default=REQUESTS, help="of each scenario (only with --tree)")
    parser.add_argument("--jobs", type=int, default=JOBS, help="how many run at once")
    arguments = parser.parse_args()
    try:
        if arguments.tree:
            return _compare_trees(arguments)
        found = count(ROOT, arguments.only, jobs=arguments.jobs)
    except GuardError as error:
        print(f"guard: {error}", file=sys.stderr)
        return 2
    if arguments.renew:
        figures.renew(found)
        print(f"{figures.PATH} has the figures of {figures.here().interpreter}; look at the difference")
        return 0
    return figures.report(found, known=NAMES)


def _compare_trees(arguments: argparse.Namespace) -> int:
    counted = [
        count(tree, arguments.only, requests=arguments.requests, jobs=arguments.jobs)
        for tree in arguments.tree
    ]
    print("".join([f"{'instructions':<28}", *(f"{tree.name[-16:]:>18}" for tree in arguments.tree)]))
    for name in arguments.only:
        first = counted[0][name]
        ratios = "".join(f"{each[name]:>11,} {each[name] / first:>6.3f}" for each in counted[1:])
        print(f"{name:<28}{first:>18,}{ratios}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
