"""The official Python tracker, in a process of its own (it sets up logging at import)."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from ..conftest import PATIENCE
from .expected import ENTITY, EVENT, STRUCTURED, TITLE, assert_all_arrived

CLIENT = Path(__file__).with_name("python_client.py")


@pytest.mark.parametrize("base64", [True, False], ids=["base64", "plain"])
@pytest.mark.parametrize(("method", "version"), [("post", "tp2"), ("get", "tp1")])
def test_what_the_python_tracker_sends_arrives(collector, method, version, base64):
    told = {
        "port": collector.client.base_url.port,
        "method": method,
        "base64": base64,
        "title": TITLE,
        "structured": STRUCTURED,
        "event": EVENT,
        "entity": ENTITY,
    }
    done = subprocess.run(
        [sys.executable, str(CLIENT)],
        input=json.dumps(told),
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )
    assert done.returncode == 0, done.stderr
    assert_all_arrived(collector, platform="pc", version=version)
