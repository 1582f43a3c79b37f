"""``docs/doctor.md`` shows what the commands print."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from ...conftest import PATIENCE

ROOT = Path(__file__).resolve().parents[3]
DOCUMENT = (ROOT / "docs" / "doctor.md").read_text()
SITE = re.search(r"```python\n(.*?)```", DOCUMENT, re.DOTALL)[1]
SHOWN = re.findall(r"```console\n\$ (.*?)\n(.*?)```", DOCUMENT, re.DOTALL)
EACH_TIME = re.compile(r"\b[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}\b|\b1[789]\d{11}\b")
"""Ids and times, which are others each time; those of the cookie among them."""


@pytest.mark.parametrize(("command", "shown"), SHOWN, ids=[command[:40] for command, _ in SHOWN])
def test_what_is_shown_is_what_is_printed(tmp_path, command, shown):
    (tmp_path / "shop.py").write_text(SITE)
    name, *arguments = shlex.split(command)
    assert name == "tracking-middleware"
    paths = filter(None, (str(ROOT), os.environ.get("PYTHONPATH")))
    done = subprocess.run(
        [sys.executable, "-m", "tracking_middleware", *arguments],
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
    )
    assert done.stderr == ""
    assert EACH_TIME.sub("…", done.stdout) == EACH_TIME.sub("…", shown)
