"""Run another project's own test suite twice, without the middleware and with it, and compare.

Run: ``python -m tests.strangers --project falcon --folder PATH``, where PATH has a checkout of the project.
Nothing is fetched, and nothing is written into the folder; what the suite needs has to be installed.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ET
from collections import Counter
from pathlib import Path

from .around import PROJECTS

HERE = Path(__file__).resolve().parent


def outcomes(folder: Path, arguments: list[str], project: str = "") -> dict[str, str]:
    """By test, how it went; with ``project`` with ours around its apps."""
    # ours is loaded by a name of its own: theirs have a package called tests as well
    places = [str(folder / "src"), str(folder), str(HERE)]
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join(places), "PYTHONDONTWRITEBYTECODE": "1"}
    with tempfile.TemporaryDirectory() as at:
        report = Path(at) / "report.xml"
        command = [sys.executable, "-m", "pytest", "-q", "-o", "addopts=", "-p", "no:cacheprovider"]
        command += ["--tb=short", "--timeout=120", f"--junitxml={report}", *arguments]
        if project:
            command += ["-p", "around"]
            environ["STRANGER"] = project
        done = subprocess.run(command, cwd=folder, env=environ, capture_output=True, text=True, check=False)
        if not report.exists():
            sys.exit(f"the suite did not run:\n{done.stdout[-3000:]}{done.stderr[-3000:]}")
        if project:
            print("\n".join(line for line in done.stdout.splitlines() if line.startswith("around:")))
            if os.environ.get("STRANGERS_SHOW"):
                print(done.stdout)
        return dict(_outcome(case) for case in ET.parse(report).iter("testcase"))


def _outcome(case: ET.Element) -> tuple[str, str]:
    kinds = [child.tag for child in case if child.tag in {"failure", "error", "skipped"}]
    return f"{case.get('classname')}::{case.get('name')}", kinds[0] if kinds else "passed"


def main() -> int:
    """Print how many tests went how, and those that ours made fail; 1 where there are any."""
    parser = argparse.ArgumentParser(prog="python -m tests.strangers", description=__doc__)
    parser.add_argument("--project", required=True, choices=PROJECTS)
    parser.add_argument("--folder", required=True, type=Path)
    options, arguments = parser.parse_known_args()
    folder = options.folder.resolve()
    bare = outcomes(folder, arguments)
    ours = outcomes(folder, arguments, options.project)
    for name, went in (("without ours", bare), ("with ours", ours)):
        counts = ", ".join(f"{count} {kind}" for kind, count in sorted(Counter(went.values()).items()))
        print(f"{options.project} {name}: {counts}")
    worse = [test for test, kind in bare.items() if kind == "passed" and ours.get(test) != "passed"]
    for test in worse:
        print(f"only with ours: {test}: {ours.get(test, 'did not run')}")
    return 1 if worse else 0


if __name__ == "__main__":
    sys.exit(main())
