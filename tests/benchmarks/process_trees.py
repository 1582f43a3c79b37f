"""What processes and all that they started use, as Linux tells it in ``/proc``."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Used:
    """CPU seconds, those of ended children too; memory in MiB, each page counted once (PSS)."""

    cpu: float
    memory: float

    def or_more(self, other: Used) -> Used:
        """The more of each."""
        return Used(max(self.cpu, other.cpu), max(self.memory, other.memory))


def used_by(roots: Iterable[int]) -> Used:
    """What these and those below them use now."""
    every = list(dict.fromkeys(pid for root in roots for pid in _below(root)))
    return Used(sum(map(_cpu, every)), sum(map(_memory, every)))


def _below(pid: int) -> Iterator[int]:
    yield pid
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            children = task.read_text().split()
        except OSError:  # it has ended meanwhile
            continue
        for child in children:
            yield from _below(int(child))


def _cpu(pid: int) -> float:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return sum(map(int, fields[11:15])) / _TICKS


def _memory(pid: int) -> float:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0.0
    return sum(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024
