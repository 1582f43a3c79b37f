"""The command: what it keeps, how it ends, and what it says where it cannot start."""

from __future__ import annotations

import os
import socket
import subprocess
import sys

import pytest

from ..conftest import PATIENCE, Collector
from .conftest import page_view


def run(*arguments):
    return subprocess.run(
        [sys.executable, "-m", "tracking_middleware", *arguments],
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )


def test_what_was_answered_survives_a_kill(tmp_path):
    path = str(tmp_path / "events.sqlite3")
    collector = Collector("--store", path)
    for n in range(20):
        assert collector.post(page_view(page=str(n))).status_code == 200
    collector.kill()
    again = Collector("--store", path)
    assert [shape["event"]["page_title"] for shape in again.good()] == [str(n) for n in range(19, -1, -1)]
    assert again.stop() == 0


def test_it_ends_with_0_when_told_to():
    assert Collector().stop() == 0


def test_it_starts_within_three_seconds_of_the_processor():
    """Counted in time of the processor, which others on the machine do not lengthen."""

    def spent():
        times = os.times()
        return times.children_user + times.children_system

    before = spent()
    assert Collector().stop() == 0
    assert 0 < spent() - before < 3


def test_a_port_in_use_is_said():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        done = run("collector", "--port", port)
    assert done.returncode == 1
    assert f"cannot listen on 127.0.0.1 port {port}" in done.stderr
    assert "Traceback" not in done.stderr


def test_of_two_ports_the_one_in_use_is_said():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        for ports in (["--port", "0", "--https-port", port], ["--port", port, "--https-port", "0"]):
            done = run("collector", *ports)
            assert done.returncode == 1
            assert f"cannot listen on 127.0.0.1 port {port}: " in done.stderr
            assert "Traceback" not in done.stderr


def test_one_port_for_both_is_said():
    done = run("collector", "--port", "9", "--https-port", "9")
    assert done.returncode == 1
    assert "--port and --https-port are both 9: HTTPS takes a port of its own" in done.stderr


@pytest.mark.parametrize("content", [None, b"this is no database, but long enough to be read as one" * 100])
def test_a_store_that_cannot_be_used_is_said_and_left_alone(tmp_path, content):
    path = tmp_path / "events.sqlite3"
    if content is None:
        path = tmp_path / "nowhere" / "events.sqlite3"
    else:
        path.write_bytes(content)
    done = run("collector", "--port", "0", "--store", str(path))
    assert done.returncode == 1
    assert f"cannot use {str(path)!r} as the store" in done.stderr
    assert "Traceback" not in done.stderr
    if content is not None:
        assert path.read_bytes() == content


@pytest.mark.parametrize("arguments", [(), ("colector",), ("collector", "--port", "many")])
def test_a_wrong_command_line_is_answered_with_the_usage(arguments):
    done = run(*arguments)
    assert done.returncode == 2
    assert "usage: tracking-middleware" in done.stderr
