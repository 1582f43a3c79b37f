"""The journey of one visitor, as the models find it in what the collector has."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import httpx

from .processes import DemoError


def journey_of(domain_userid: str, collector: str, folder: Path) -> str:
    """The line of time that the command prints; raises DemoError where there is none."""
    events, tables = folder / "events.tsv", folder / "journeys.duckdb"
    try:
        events.write_bytes(httpx.get(f"{collector}/export.tsv", timeout=30).raise_for_status().content)
    except httpx.HTTPError as error:
        raise DemoError(f"the collector gives no events: {error}") from error
    _command("run", str(events), "--to", str(tables))
    return _command("show", domain_userid, "--journeys", str(tables))


def _command(*arguments: str) -> str:
    line = [sys.executable, "-m", "tracking_middleware", "journeys", *arguments]
    done = subprocess.run(line, capture_output=True, text=True, timeout=120, check=False)
    if done.returncode != 0:
        raise DemoError(f"journeys {arguments[0]} failed:\n{done.stderr}")
    return done.stdout
