"""The command: many cases, how many a second, the slowest, and what was found."""

from __future__ import annotations

import argparse
import heapq
import sys
import time
import traceback
from collections import Counter

from .serving import close_loop
from .targets import SEED, TARGETS, attack, cases_of


def main(arguments=None):
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--cases", type=int, default=100_000, help="how many in all")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--only", choices=TARGETS, help="one target, with all the cases")
    parser.add_argument("--first", type=int, default=0, help="the number of the first case")
    parser.add_argument("--case", type=int, help="one case of --only, with its traceback")
    options = parser.parse_args(arguments)
    if options.case is not None and not options.only:
        parser.error("--case needs --only")
    names = [options.only] if options.only else list(TARGETS)
    found, ran, begun = Counter(), 0, time.perf_counter()
    slowest = []
    for name in names:
        if options.case is not None:
            cases = range(options.case, options.case + 1)
        else:
            count = options.cases if options.only else cases_of(name, options.cases)
            cases = range(options.first, options.first + count)
        ran += len(cases)
        _run(name, options, cases, found, slowest)
    for seconds, name, case in sorted(slowest, reverse=True):
        print(f"slowest: {seconds * 1000:8.1f} ms  --only {name} --seed {options.seed} --case {case}")
    took = time.perf_counter() - begun
    failures = sum(found.values())
    print(f"{ran} cases, seed {options.seed}, {took:.0f} s, {ran / took:.0f} a second, {failures} failures")
    close_loop()
    return 1 if failures else 0


def _run(name, options, cases, found, slowest):
    kinds = Counter()

    def on_failure(failure):
        found[name] += 1
        kind = f"{type(failure.error).__name__} {str(failure.error)[:40]}"
        kinds[kind] += 1
        if kinds[kind] <= 2:
            print(failure, flush=True)
        if options.case is not None:
            traceback.print_exception(failure.error)

    def on_time(case, seconds):
        heapq.heappush(slowest, (seconds, name, case))
        if len(slowest) > 5:
            heapq.heappop(slowest)

    begun = time.perf_counter()
    attack(name, options.seed, cases, on_failure=on_failure, on_time=on_time)
    rate = len(cases) / (time.perf_counter() - begun)
    print(f"{name:14} {len(cases):8} cases {rate:8.0f} a second  {found[name]} failures", flush=True)


if __name__ == "__main__":
    sys.exit(main())
