"""The servers, each a command line, and how one is started, asked, loaded and ended."""

from __future__ import annotations

import contextlib
import functools
import http.client
import os
import shlex
import signal
import socket
import subprocess
import sys
import threading
import time
import uuid
from dataclasses import dataclass
from pathlib import Path

from ..conftest import PATIENCE

ROOT = Path(__file__).parents[2]
BIN = Path(sys.executable).parent
CLIENTS = 4


@dataclass(frozen=True)
class Server:
    """A way Python is served. In its command {port} is where it listens."""

    name: str
    command: str
    workers: int = 2
    """How many processes answer."""
    own_time: float = 2.5
    """How many seconds its end may take with nothing to send."""
    is_hard_of_hearing: bool = False
    """Misses one SIGTERM in a hundred, also without any middleware: its processes are told again."""
    package: str | None = None
    """What it needs besides its program."""

    def __str__(self):
        return self.name


def gunicorn(kind, *options):
    name = "-".join(["gunicorn", kind, *options]).replace("---", "-")
    common = f"--bind 127.0.0.1:{{port}} --workers 2 --no-control-socket --worker-class {kind}"
    command = f"gunicorn {common} {' '.join(options)} tests.servers.sites:wsgi"
    return Server(name, command, package="gevent" if kind == "gevent" else None)


def uwsgi(name, options):
    common = (
        "--master --processes 2 --enable-threads --need-app --disable-logging --http-socket 127.0.0.1:{port}"
    )
    # with die-on-term alone, a worker that is busy at that moment ends without its exit handlers
    graceful = "--hook-master-start 'unix_signal:15 gracefully_kill_them_all'"
    return Server(f"uwsgi-{name}", f"uwsgi {common} {graceful} {options} --module tests.servers.sites:wsgi")


def granian(interface, workers):
    common = f"--host 127.0.0.1 --port {{port}} --interface {interface} --workers {workers} --no-ws"
    name = f"granian-{interface}-{workers}"
    return Server(name, f"granian {common} tests.servers.sites:{interface}", workers, is_hard_of_hearing=True)


SERVERS = [
    gunicorn("sync"),
    gunicorn("sync", "--preload"),
    gunicorn("gthread"),
    gunicorn("gthread", "--preload"),
    gunicorn("gevent"),
    gunicorn("gevent", "--preload"),
    uwsgi("prefork", ""),
    uwsgi("prefork-threads", "--threads 2"),
    uwsgi("lazy", "--lazy-apps"),
    uwsgi("lazy-threads", "--lazy-apps --threads 2"),
    Server("waitress", "waitress-serve --listen 127.0.0.1:{port} tests.servers.sites:wsgi", 1),
    Server("uvicorn-1", "uvicorn --port {port} tests.servers.sites:asgi", 1),
    Server("uvicorn-2", "uvicorn --port {port} --workers 2 tests.servers.sites:asgi"),
    Server("hypercorn-1", "hypercorn --bind 127.0.0.1:{port} tests.servers.sites:asgi", 1),
    Server("hypercorn-2", "hypercorn --bind 127.0.0.1:{port} --workers 2 tests.servers.sites:asgi"),
    granian("wsgi", 1),
    granian("wsgi", 2),
    granian("asgi", 1),
    granian("asgi", 2),
    Server("celery", "celery --app tests.servers.jobs worker --concurrency 2 --loglevel INFO", own_time=8),
]


@contextlib.contextmanager
def reserved_port():
    """A port that nobody listens on, and that only who asks for it by number can take."""
    with socket.socket() as holder:
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        holder.bind(("127.0.0.1", 0))
        yield holder.getsockname()[1]


class Running:
    """A server that was started, in a process group of its own."""

    def __init__(self, server, *, port, folder, settings, environ):
        self.server = server
        self.port = port
        self.folder = folder
        self.log = folder / f"{server}-{port}.log"
        program, *arguments = shlex.split(server.command.format(port=port))
        variables = {
            **os.environ,
            **{f"TRACKING_{name.upper()}": str(value) for name, value in settings.items()},
            "TRACKING_APP_ID": "site",
            "PYTHONPATH": str(ROOT),
            "PYTHONUNBUFFERED": "1",
            "SITE_FOLDER": str(folder),
            **environ,
        }
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [BIN / program, *arguments],
                cwd=ROOT,
                env=variables,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def wait_until_ready(self):
        """Until each of its processes answers; one that is still starting may miss a signal."""

        def is_up():
            assert self.process.poll() is None, f"{self.server} ended with {self.process.returncode}"
            return self.ask(f"/health-{uuid.uuid4()}")

        wait_until(is_up, f"{self.server} answers")
        with Load(self, prefix="/health-") as load:
            load.wait_until_all_answer()

    def ask(self, path):
        """The process that answered a request with 200, and completely; else None."""
        return self._do(path) if self.server.name == "celery" else self._get(path)

    @functools.cached_property
    def _sender(self):
        from .broker import Sender  # imports Celery

        return Sender(self.folder)

    def _get(self, path):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        try:
            connection.request("GET", path, headers={"Accept": "text/html", "Connection": "close"})
            response = connection.getresponse()
            body = response.read()
        except (OSError, http.client.HTTPException):
            return None
        finally:
            connection.close()
        assert response.status == 200, f"{path}: {response.status}"
        return int(body)

    def _do(self, path):
        """The same for a task."""
        answer = self.folder / f"answer-{path.strip('/')}"
        self._sender.send("visit", path)
        wait_until(lambda: answer.exists() or self.is_gone(), f"the task {path}")
        return int(answer.read_text()) if answer.exists() else None

    def is_gone(self):
        """Whether neither the main process nor any other of its group is alive."""
        return self.process.poll() is not None and not any(members(self.process.pid))

    def wait_until_gone(self):
        wait_until(self.is_gone, f"{self.server} ended")

    def terminate(self):
        """Tell the main process to end, and wait until all have; how many seconds that took."""
        begun = time.monotonic()
        self.process.terminate()
        if self.server.is_hard_of_hearing:
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(2)
            self._signal(signal.SIGTERM)
        self.wait_until_gone()
        return time.monotonic() - begun

    def kill(self):
        """End all processes at once, as a failing machine does."""
        self._signal(signal.SIGKILL)
        self.process.wait(PATIENCE)
        self.wait_until_gone()

    def _signal(self, number):
        if not self.is_gone():
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, number)


def members(group):
    """The process ids of a group, without those that ended and were not waited for."""
    for path in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            state, _parent, its_group = path.read_text().rpartition(")")[2].split()[:3]
            if int(its_group) == group and state not in "ZX":
                yield int(path.parent.name)


def wait_until(condition, what, patience=PATIENCE):
    """Until ``condition()`` gives something true; that."""
    deadline = time.monotonic() + patience
    while not (found := condition()):
        assert time.monotonic() < deadline, f"waited {patience} s: {what}"
        time.sleep(0.01)
    return found


class Load:
    """Visits by a few clients at once, until they are refused or the ``with`` block ends.

    ``answered`` has the paths of those that were answered completely, ``slowest`` the longest time
    one took in seconds.
    """

    def __init__(self, running, *, prefix="/"):
        self.answered = []
        self.processes = set()
        self.slowest = 0.0
        self._running = running
        self._prefix = prefix
        self._is_over = False
        self._threads = [threading.Thread(target=self._visit) for _ in range(CLIENTS)]

    def wait_until_all_answer(self):
        """Until every process of the server answered."""
        workers = self._running.server.workers
        wait_until(lambda: len(self.processes) == workers, f"{workers} processes answer")

    def wait_until_under_way(self):
        """The same, and a good number of visits was made."""
        self.wait_until_all_answer()
        wait_until(lambda: len(self.answered) >= 50, "visits are answered")

    def _visit(self):
        while not self._is_over:
            path, begun = f"{self._prefix}{uuid.uuid4()}", time.monotonic()
            process = self._running.ask(path)
            if process is None:
                return
            self.slowest = max(self.slowest, time.monotonic() - begun)
            self.processes.add(process)
            self.answered.append(path)

    def __enter__(self):
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_exception):
        self._is_over = True
        for thread in self._threads:
            thread.join()
