"""Counts a tree's scenarios: valgrind around a child, and what it wrote down."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ..benchmarks.processes import Sink
from .scenarios import COLLECTOR

ROOT = Path(__file__).resolve().parents[2]
REQUESTS = 2_000
"""Requests, or events, of a scenario."""
JOBS = 2
_PATIENCE = 3600


class GuardError(Exception):
    """Nothing could be counted; the message says what to do."""


def count(tree: Path, names: Sequence[str], *, requests: int = REQUESTS, jobs: int = JOBS) -> dict[str, int]:
    """Instructions per request of the scenarios by name; raises GuardError.

    ``tree`` is a checkout whose package is counted, with the scenarios of this one.
    """
    if shutil.which("valgrind") is None:
        raise GuardError("there is no valgrind: install the system's package of that name")
    with tempfile.TemporaryDirectory(prefix="tracking-middleware-guard-") as folder, Sink() as sink:
        environ = {
            "PATH": os.environ["PATH"],
            "LANG": "C.UTF-8",
            "NO_PROXY": "*",
            "PYTHONHASHSEED": "0",
            "PYTHONPYCACHEPREFIX": f"{folder}/compiled",
            "TMPDIR": folder,
            COLLECTOR: sink.url,
        }
        options = {"tree": str(tree.resolve()), "only": list(names), "count": requests, "jobs": jobs}
        _run([], {**options, "only_load": True}, environ)  # else compiling were what takes longest
        tool = ["valgrind", "--quiet", "--tool=callgrind", "--dump-before=ctermid"]
        out = f"--callgrind-out-file={folder}/counted.%p"
        lines = _run([*tool, out], {**options, "only_load": False}, environ)
        done = [json.loads(line) for line in lines if line.startswith("{")]
        failed = [each["scenario"] for each in done if each["status"]]
        if failed:
            raise GuardError(f"failed, as it says above: {', '.join(failed)}")
        return {each["scenario"]: _counted(Path(folder), each["pid"]) // requests for each in done}


def _run(before: list[str], options: dict[str, Any], environ: dict[str, str]) -> list[str]:
    command = [*before, sys.executable, "-m", f"{__package__}.child", json.dumps(options)]
    with subprocess.Popen(
        command, cwd=ROOT, env=environ, stdout=subprocess.PIPE, text=True, process_group=0
    ) as process:
        try:
            output, _ = process.communicate(timeout=_PATIENCE)
        except subprocess.TimeoutExpired:
            raise GuardError(f"nothing came of it within {_PATIENCE} s") from None
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)  # its forks as well
    if process.returncode:
        raise GuardError(f"the child ended with status {process.returncode}, as it says above")
    return output.splitlines()


def _counted(folder: Path, pid: int) -> int:
    """What was counted between the two marks: the second part that valgrind wrote of this process."""
    part = folder / f"counted.{pid}.2"
    for line in part.read_text().splitlines():
        if line.startswith("totals: "):
            return int(line.removeprefix("totals: "))
    raise GuardError(f"{part.name} has no total: the valgrind here writes what this one does not read")
