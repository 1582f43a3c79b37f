"""``python -m tests.metadata``: precision and recall; ``--show SYSTEM NUMBER`` prints a page."""

from __future__ import annotations

import argparse
import sys

from .corpus import HELD_BACK, SYSTEMS, page_of, pages
from .score import scores, true_fields

PRECISION, RECALL = 0.99, 0.97


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.metadata")
    parser.add_argument("--seed", default="1")
    parser.add_argument("--show", nargs=2, metavar=("SYSTEM", "NUMBER"))
    parser.add_argument("--wrong", action="store_true", help="say where it is wrong")
    arguments = parser.parse_args()
    if arguments.show:
        name, number = arguments.show
        page = page_of(name, {**SYSTEMS, **HELD_BACK}[name], int(number), arguments.seed)
        sys.stdout.write(page.body.decode(errors="replace") + f"\n\n{page.url}\n{true_fields(page)}\n")
        return 0
    is_met = True
    for title, systems in (("pages", SYSTEMS), ("held back", HELD_BACK)):
        made = list(pages(systems, arguments.seed))
        print(f"{title}: {len(made)} of {len(systems)} systems and kinds\n")
        print(f"{'field':<26}{'true':>6}{'precision':>11}{'recall':>9}")
        for name, score in sorted(scores(made).items()):
            print(f"{name:<26}{score.right + score.missed:>6}{score.precision:>11.3f}{score.recall:>9.3f}")
            is_met = is_met and score.precision >= PRECISION and score.recall >= RECALL
            for place in score.where if arguments.wrong else ():
                print(f"    {place}")
        print()
    return 0 if is_met else 1


if __name__ == "__main__":
    sys.exit(main())
