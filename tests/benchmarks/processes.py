"""The processes of a benchmark: the sink, and children that each measure one thing in a fresh interpreter."""

from __future__ import annotations

import http.client
import json
import logging
import os
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

_STOP_TIMEOUT = 5
_TREE = "TRACKING_BENCHMARK_TREE"
"""The environment variable with the checkout that a child is to import."""


@dataclass(frozen=True)
class Arrivals:
    """What reached the sink so far: events, POSTs, and when the last did (``time.monotonic``)."""

    events: int
    posts: int
    last_arrival: float


class Sink:
    """The sink as a process of its own; a context manager that ends it."""

    def __enter__(self) -> Self:
        self._process = start_module("sink")
        self.port = int(read_line(self._process))
        return self

    def __exit__(self, *_exception: object) -> None:
        stop(self._process)

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.port}"

    @contextmanager
    def behaving(self, mode: str) -> Iterator[None]:
        """``hang``, ``slow`` or ``refuse`` meanwhile, and well again."""
        self._order(mode)
        try:
            yield
        finally:
            self._order("well")

    def _order(self, mode: str) -> None:
        self._process.stdin.write(f"{mode}\n")
        self._process.stdin.flush()
        read_line(self._process)

    def arrivals(self, events: int = 0, *, within: float = 0.0) -> Arrivals:
        """What has arrived, at the latest when ``events`` have or ``within`` seconds are over."""
        return arrivals(self.port, events, within=within)


def arrivals(port: int, events: int, *, within: float) -> Arrivals:
    """What has arrived at the sink on ``port``: see ``Sink.arrivals``."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=within + 10)
    try:
        connection.request("GET", f"/await/{events}/{within}")
        return Arrivals(**json.loads(connection.getresponse().read()))
    finally:
        connection.close()


@contextmanager
def port_without_listener() -> Iterator[int]:
    """A loopback port that refuses connections, and that nobody else can take meanwhile."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        yield bound.getsockname()[1]


def measure_in_child(
    task: str, options: Mapping[str, Any], *, timeout: float, tree: Path | None = None
) -> dict[str, Any] | None:
    """What ``child.TASKS[task]`` finds in a fresh process; ``None`` where it took longer than ``timeout``.

    ``tree`` is a checkout whose package is measured instead of this one's.
    """
    child = start_module("child", task, json.dumps(options), tree=tree)
    try:
        output, _ = child.communicate(timeout=timeout)
    except subprocess.TimeoutExpired:
        return None
    finally:
        stop(child)
    if child.returncode:
        raise RuntimeError(f"the measurement {task} {dict(options)} ended with status {child.returncode}")
    return json.loads(output.splitlines()[-1])


def start_module(name: str, *arguments: str, tree: Path | None = None) -> subprocess.Popen[str]:
    """A module of the benchmarks as a process with pipes; ``tree`` as for ``measure_in_child``."""
    return subprocess.Popen(
        [sys.executable, "-m", f"{__package__}.{name}", *arguments],
        env={**os.environ, _TREE: str(tree or "")},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def read_line(process: subprocess.Popen[str]) -> str:
    """The next line that a process prints; raises RuntimeError where it has ended instead."""
    line = process.stdout.readline().strip()
    if not line:
        raise RuntimeError(f"{process.args} ended with status {process.wait(_STOP_TIMEOUT)}")
    return line


def stop(process: subprocess.Popen[str]) -> None:
    """End a process of ours, if it has not ended."""
    if not process.stdin.closed:
        process.stdin.close()
    if process.poll() is None:
        process.terminate()
    try:
        process.wait(_STOP_TIMEOUT)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    process.stdout.close()


def isolate() -> None:
    """Keep a process of the benchmarks to itself: no proxy, no peer's settings from outside, no log.

    Called before a peer is imported, since snowplow-tracker would configure the root logger then, and
    before the package is, which may be another checkout's.
    """
    if tree := os.environ.get(_TREE):
        sys.path.insert(0, tree)
    for name in [name for name in os.environ if name.startswith(("OTEL_", "POSTHOG_"))]:
        del os.environ[name]
    os.environ["NO_PROXY"] = os.environ["no_proxy"] = "*"
    logging.getLogger().addHandler(logging.NullHandler())
