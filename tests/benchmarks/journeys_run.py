"""A full run of the journeys in a process of its own: seconds, CPU seconds and memory, also by table."""

from __future__ import annotations

import resource
import time
from pathlib import Path
from typing import Any

from tracking_middleware.journeys.config import Config
from tracking_middleware.journeys.increments.running import run

from .processes import measure_in_child

_PATIENCE = 1800.0


def in_child(source: Path) -> dict[str, Any]:
    """Run it; raises RuntimeError where it does not come to its end."""
    found = measure_in_child("run_journeys", {"source": str(source)}, timeout=_PATIENCE)
    if found is None:
        raise RuntimeError(f"a run of {source} took more than {_PATIENCE:.0f} s")
    return found


def run_journeys(*, source: str, folder: Path) -> dict[str, Any]:
    """What it took: a task of a child, which the command would do with ``--full``."""
    watch = _Watch()
    summary = run(
        [Path(source)], to=folder / "journeys.duckdb", config=Config(), progress=watch.step, is_full=True
    )
    watch.step("", 0, 0)
    return {
        "events": summary.events,
        "seconds": summary.seconds,
        "cpu": _cpu(),
        "memory": max(memory for *_, memory in watch.steps.values()),
        "steps": watch.steps,
        "sources": watch.sources,
    }


class _Watch:
    """Notes what each step took, as the next one is told of."""

    def __init__(self) -> None:
        self.steps: dict[str, tuple[float, float, float]] = {}
        """Seconds, CPU seconds, and the highest memory in MiB, by table."""
        self.sources = (0.0, 0.0)
        self._name, self._at, self._cpu = "opening", time.monotonic(), _cpu()

    def step(self, name: str, _done: int, _of: int) -> None:
        now, cpu = time.monotonic(), _cpu()
        taken = (now - self._at, cpu - self._cpu)
        if self._name.startswith("reading "):
            self.sources = (self.sources[0] + taken[0], self.sources[1] + taken[1])
        self.steps[self._name.partition(" ")[0]] = (*taken, _peak())
        self._name, self._at, self._cpu = name, now, cpu


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def _peak() -> float:
    """The highest memory since this was asked last, in MiB; since the start where the system says no more."""
    try:
        lines = Path("/proc/self/status").read_text().splitlines()
        Path("/proc/self/clear_refs").write_text("5")
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM:"))
