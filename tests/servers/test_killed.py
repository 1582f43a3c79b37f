"""With an outbox a server whose processes are killed loses no event: the next one sends them."""

from __future__ import annotations

import subprocess
import sys

import pytest

from .arrivals import assert_once_each, paths
from .serving import ROOT, SERVERS, Load, wait_until


def ledger(path):
    """Where the events of an outbox file are, by the command that tells."""
    if not path.exists():
        return {}
    command = [sys.executable, "-m", "tracking_middleware", "outbox", "status", str(path)]
    printed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return {place: int(events) for place, events in (line.split() for line in printed.splitlines())}


@pytest.mark.parametrize("server", SERVERS, ids=str)
def test_sigkill_with_an_outbox_loses_no_event(server, start, late_port, start_late_sink, tmp_path):
    outbox = tmp_path / "outbox.sqlite3"
    settings = {
        "collector_url": f"http://127.0.0.1:{late_port}",
        "outbox": outbox,
        "timeout": 0.5,  # a dead process's lease runs out after three of these
        "max_backoff": 0.2,
        "linger": 0.1,
    }
    first = start(server, **settings)
    with Load(first) as load:
        load.wait_until_under_way()
    wait_until(lambda: ledger(outbox).get("stored") == len(load.answered), "all events are in the outbox")
    first.kill()

    sink = start_late_sink()
    second = start(server, **settings)
    sink.wait(lambda events: len(events) >= len(load.answered))
    second.terminate()
    assert_once_each(sink.events, load.answered)
    assert set(paths(sink.events)) == set(load.answered)
    assert ledger(outbox)["delivered"] == len(load.answered)
