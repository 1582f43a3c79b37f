"""The collector and the sites as processes on free loopback ports; each is ended, whatever happens."""

from __future__ import annotations

import os
import queue
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import httpx

EXAMPLES = Path(__file__).resolve().parent.parent
START_TIMEOUT = 30
STOP_TIMEOUT = 10


class DemoError(Exception):
    """Why the demo cannot go on."""


class Processes:
    """A group of processes with their logs; a context manager that ends them all."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="tracking-middleware-demo-")
        self.folder = Path(self._folder.name)
        self._running: dict[str, subprocess.Popen] = {}

    def __enter__(self) -> Processes:
        return self

    def __exit__(self, *_exception: object) -> None:
        for process in reversed(self._running.values()):
            process.terminate()
        for process in reversed(self._running.values()):
            try:
                process.wait(STOP_TIMEOUT)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            if process.stdout:
                process.stdout.close()
        self._folder.cleanup()

    def start_collector(self) -> str:
        """Its address, from the line it prints when it is ready."""
        command = [sys.executable, "-m", "tracking_middleware", "collector", "--port", "0"]
        command += ["--schemas", str(EXAMPLES / "schemas")]
        process = self._start("collector", command, cwd=EXAMPLES, environment={}, stdout=subprocess.PIPE)
        first_line: queue.Queue[str] = queue.Queue()
        threading.Thread(target=lambda: first_line.put(process.stdout.readline()), daemon=True).start()
        try:
            line = first_line.get(timeout=START_TIMEOUT)
        except queue.Empty:
            line = ""
        address = line.rpartition(" ")[2].strip()
        if not address.startswith("http"):
            raise DemoError(f"the collector did not start:\n{self.log_of('collector')}")
        return address

    def start_site(self, site: str, environment: Mapping[str, str]) -> str:
        """The site's address. Its socket is made here, so that nothing can take the port meanwhile."""
        with socket.create_server(("127.0.0.1", 0)) as listener:
            descriptor = listener.fileno()
            self._start(
                site,
                _command(site, descriptor),
                cwd=EXAMPLES / site,
                environment=environment,
                pass_fds=[descriptor],
            )
            address = f"http://127.0.0.1:{listener.getsockname()[1]}"
        self._wait_until_answering(site, address)
        return address

    def run(self, name: str, command: Sequence[str], *, cwd: Path, environment: Mapping[str, str]) -> None:
        """Run a command to its end; raises DemoError where it fails."""
        process = self._start(name, command, cwd=cwd, environment=environment)
        if process.wait(START_TIMEOUT) != 0:
            raise DemoError(f"{name} failed:\n{self.log_of(name)}")

    def log_of(self, name: str) -> str:
        """The last lines of a process's log."""
        lines = (self.folder / f"{name}.log").read_text(errors="replace").splitlines()
        return "\n".join(lines[-20:])

    def _start(
        self,
        name: str,
        command: Sequence[str],
        *,
        cwd: Path,
        environment: Mapping[str, str],
        stdout: int | None = None,
        pass_fds: Sequence[int] = (),
    ) -> subprocess.Popen:
        with open(self.folder / f"{name}.log", "wb") as log:
            process = subprocess.Popen(
                command,
                cwd=cwd,
                env={**os.environ, **environment},
                stdin=subprocess.DEVNULL,
                stdout=log if stdout is None else stdout,
                stderr=log,
                text=True,
                pass_fds=pass_fds,
            )
        self._running[name] = process
        return process

    def _wait_until_answering(self, site: str, address: str) -> None:
        deadline = time.monotonic() + START_TIMEOUT
        while time.monotonic() < deadline:
            if self._running[site].poll() is not None:
                break
            try:
                # robots.txt is no page view, whatever the answer
                httpx.get(f"{address}/robots.txt", timeout=START_TIMEOUT)
            except httpx.TransportError:
                continue
            return
        raise DemoError(f"{site} did not start:\n{self.log_of(site)}")


def _command(site: str, descriptor: int) -> list[str]:
    """How each site is served, on the socket with this descriptor."""
    serve_on = str(EXAMPLES / "demo" / "waitress_on.py")
    return {
        "newsroom": [
            sys.executable,
            "-m",
            "gunicorn",
            "--workers=2",
            f"--bind=fd://{descriptor}",
            "newsroom.wsgi",
        ],
        "shop": [sys.executable, serve_on, str(descriptor)],
        "magazine": [sys.executable, "-m", "uvicorn", "magazine:app", f"--fd={descriptor}"],
    }[site]
