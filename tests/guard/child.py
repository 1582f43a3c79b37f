"""What runs under valgrind: ``python -m tests.guard.child OPTIONS``, which are JSON.

All modules are loaded once; each scenario then has a fork of its own, so that none warms what another
uses. ``os.ctermid`` stands before and after what counts: valgrind writes down there what was counted since.
For each scenario that is done a line of JSON is printed, with the process that it ran in.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import sys
import threading
import traceback
from collections.abc import Callable, Iterable
from typing import Any

_WARM_UP = 200
_LOADED = ("asgi", "wsgi", "flask", "django", "delivery.http", "delivery.log", "delivery.outbox.file")


def main(options: str) -> None:
    """Run the scenarios, or with ``"only_load"`` nothing but the imports."""
    given = json.loads(options)
    sys.path.insert(0, given["tree"])  # after this module's own package was found
    package = importlib.import_module("tracking_middleware")
    if not package.__file__.startswith(given["tree"]):
        raise SystemExit(f"{given['tree']} holds no tracking_middleware: name a checkout")
    from . import django_site, flask_site, scenarios  # noqa: F401 - loaded before the forks

    for name in _LOADED:
        importlib.import_module(f"tracking_middleware.{name}")
    if not given["only_load"]:
        known = {scenario.__name__: scenario for scenario in scenarios.SCENARIOS}
        _fork_each([known[name] for name in given["only"]], given["count"], given["jobs"])


def _fork_each(scenarios: Iterable[Callable[[], Any]], count: int, jobs: int) -> None:
    running: dict[int, str] = {}
    for scenario in scenarios:
        if len(running) == jobs:
            _wait_for_one(running)
        pid = os.fork()
        if not pid:
            os._exit(_run(scenario, count))
        running[pid] = scenario.__name__
    while running:
        _wait_for_one(running)


def _wait_for_one(running: dict[int, str]) -> None:
    pid, status = os.wait()
    name = running.pop(pid)
    print(json.dumps({"scenario": name, "pid": pid, "status": status}), flush=True)


def _run(scenario: Callable[[], Any], count: int) -> int:
    """In the fork: the scenario; the process's exit status."""
    threading.Thread.start = _no_thread
    try:
        lane = scenario()
        lane.serve(lane.prepare(range(_WARM_UP)))
        lane.check(_WARM_UP)
        prepared = lane.prepare(range(_WARM_UP, _WARM_UP + count))
        gc.collect()
        gc.freeze()  # what waits to be served is no burden that a server would have
        os.ctermid()
        lane.serve(prepared)
        os.ctermid()
        lane.check(_WARM_UP + count)
    except BaseException:  # noqa: BLE001 - it is shown, and the parent must not go on in this process
        traceback.print_exc()
        return 1
    return 0


def _no_thread(_thread: threading.Thread) -> None:
    """As at the end of an interpreter: a delivery then does all in the thread that closes it."""
    raise RuntimeError("can't start new thread")


if __name__ == "__main__":
    main(sys.argv[1])
