"""A child: ``python -m tests.benchmarks.child TASK OPTIONS`` measures one thing and prints it as JSON."""

from __future__ import annotations

import json
import sys
import tempfile
from importlib import import_module
from pathlib import Path

from .processes import isolate

TASKS = {
    "deliver": ".delivery:deliver",
    "add": ".path:add",
    "load": ".load:put",
    "drive": ".client:drive",
    "pairs": ".client:pairs",
    "hold": ".memory:hold",
    "go_on": ".steady:go_on",
    "fill_outbox": ".growth:fill_outbox",
    "fill_store": ".growth:fill_store",
    "queue_again": ".growth:queue_again",
    "collect": ".collector:collect",
    "fill_collector": ".collector_growth:fill_collector",
    "ask_pages": ".pages:ask_pages",
    "run_journeys": ".journeys_run:run_journeys",
}
"""Functions from JSON's options and a folder of their own to a JSON object."""


def main(task: str, options: str) -> None:
    """Run one task."""
    isolate()
    module, _, name = TASKS[task].partition(":")
    measure = getattr(import_module(module, __package__), name)
    with tempfile.TemporaryDirectory(prefix="tracking-middleware-benchmark-") as folder:
        print(json.dumps(measure(**json.loads(options), folder=Path(folder))))


if __name__ == "__main__":
    main(*sys.argv[1:])
