"""Real servers in processes of their own; one that is missing is skipped, but fails with ``CI=true``."""

from __future__ import annotations

import contextlib
import importlib.util
import shutil
import threading
from http.server import ThreadingHTTPServer
from pathlib import Path

import pytest

from ..conftest import Sink, missing
from .serving import BIN, Running, reserved_port


def require(server):
    """What the server needs is there, and the processes of a group can be found."""
    program = server.command.split()[0]
    if shutil.which(BIN / program) is None:
        missing(program)
    if server.package and importlib.util.find_spec(server.package) is None:
        missing(server.package)
    if not Path("/proc/self/stat").exists():
        missing("/proc")


@pytest.fixture
def start(tmp_path):
    """Starts a server with the given settings; ready when it comes back. All of it is ended afterwards."""
    with contextlib.ExitStack() as stack:

        def start(server, *, wait=True, environ=None, **settings):
            require(server)
            port = stack.enter_context(reserved_port())
            running = Running(server, port=port, folder=tmp_path, settings=settings, environ=environ or {})
            stack.callback(lambda: print(running.log.read_text()))  # pytest shows it where a test failed
            stack.callback(running.kill)
            if wait:
                running.wait_until_ready()
            return running

        yield start


class LateSink(Sink):
    """A collector that comes up at a port where nobody listened before."""

    def __init__(self, port):
        super().__init__()
        self._late = ThreadingHTTPServer(("127.0.0.1", port), self._server.RequestHandlerClass)
        self._late.daemon_threads = True
        self._late_thread = threading.Thread(target=self._late.serve_forever, kwargs={"poll_interval": 0.01})
        self._late_thread.start()

    def close(self):
        self._late.shutdown()
        self._late.server_close()
        self._late_thread.join()
        super().close()


@pytest.fixture
def late_port():
    """A port where nobody listens, for a collector that comes up later."""
    with reserved_port() as port:
        yield port


@pytest.fixture
def start_late_sink(late_port):
    with contextlib.ExitStack() as stack:

        def start():
            sink = LateSink(late_port)
            stack.callback(sink.close)
            return sink

        yield start
