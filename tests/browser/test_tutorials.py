"""Each tutorial, followed to the letter: files, commands, a real browser, and what it says is printed."""

from __future__ import annotations

import contextlib
import os
import re
import shlex
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

from tests.documentation.tutorial import Command, File, Output, steps

from ..conftest import PATIENCE
from .conftest import umd

ROOT = Path(__file__).resolve().parents[2]
TUTORIALS = {
    "django": ("python manage.py runserver", "8000"),
    "flask": ("flask --app shop run --port", "5000"),
    "fastapi": ("uvicorn magazine:app --port", "8000"),
}
"""The command that serves the site, with what comes before its port; and the port that it has by itself."""
COLLECTOR = "tracking-middleware collector --port"
ENVIRONMENT = re.compile(r"mkdir |cd |python -m venv |\. |pip install ")
"""What makes the reader's folder and environment, which are those of the test."""


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return str(listener.getsockname()[1])


def wait_until(said, is_so):
    deadline = time.monotonic() + PATIENCE
    while not is_so():
        assert time.monotonic() < deadline, said
        time.sleep(0.02)


class Reader:
    """Somebody who does what a tutorial says, on other ports, since those may be taken."""

    def __init__(self, name, folder, context, script):
        self.folder, self.context, self.script = folder, context, script
        self.serve, own_port = TUTORIALS[name]
        self.ports = {own_port: free_port(), "9090": free_port()}
        self.site, self.collector = (f"http://127.0.0.1:{port}" for port in self.ports.values())
        self.printed = ""
        self.servers = contextlib.ExitStack()

    def elsewhere(self, text):
        for own, port in self.ports.items():
            text = text.replace(f"127.0.0.1:{own}", f"127.0.0.1:{port}")
        return text

    def take(self, step):
        match step:
            case File(path, text, is_addition):
                File(path, self.elsewhere(text), is_addition).write(self.folder)
            case Command(line) if line.startswith(COLLECTOR.removesuffix(" --port")):
                self.start(
                    line.replace("collector", f"collector --port {self.ports['9090']}"), self.collector
                )
            case Command(line) if self.serve.startswith(line):
                self.start(f"{self.serve} {self.site.rpartition(':')[2]}", self.site)
                self.visit()
            case Command(line) if not ENVIRONMENT.match(line):
                self.run(line)
            case Output(lines):
                assert [self.shape(line) for line in lines] == self.shapes_like(lines)

    def shape(self, line):
        return re.sub(r"^ *\d\d:\d\d:\d\d", "    time", self.elsewhere(line))

    def shapes_like(self, lines):
        """The last lines that were printed."""
        return [self.shape(line) for line in self.printed.rstrip("\n").splitlines()[-len(lines) :]]

    def process(self, line, **more):
        environment = {key: value for key, value in os.environ.items() if not key.startswith("PYTEST_")}
        environment |= {
            "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
            "PYTHONPATH": str(ROOT),
        }
        return subprocess.Popen(
            shlex.split(line), cwd=self.folder, env=environment, text=True, start_new_session=True, **more
        )

    def run(self, line):
        with self.process(line, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as process:
            self.printed, _ = process.communicate(timeout=2 * PATIENCE)
        assert process.returncode == 0, f"{line}: {self.printed}"

    def start(self, line, url):
        log = self.servers.enter_context((self.folder / f"server{url[-5:]}.log").open("w"))
        process = self.servers.enter_context(self.process(line, stdout=log, stderr=log))
        self.servers.callback(os.killpg, process.pid, signal.SIGTERM)
        host, port = url.removeprefix("http://").split(":")

        def listens():
            assert process.poll() is None, (self.folder / log.name).read_text()
            with socket.socket() as client:
                return client.connect_ex((host, int(port))) == 0

        wait_until(f"{line} does not listen", listens)

    def visit(self):
        self.context.route("https://cdn.jsdelivr.net/**", lambda route: route.fulfill(path=self.script))
        page = self.context.new_page()
        page.goto(self.site)
        self.wait_for_events(2)
        page.get_by_role("button").click()
        self.wait_for_events(3)

    def wait_for_events(self, count):
        """Until so many arrived, and all are good."""

        def arrived():
            assert httpx.get(f"{self.collector}/micro/bad").json() == []
            return len({event["event"]["event_id"] for event in self.good()}) >= count

        wait_until(f"{count} events did not come", arrived)

    def good(self):
        return httpx.get(f"{self.collector}/micro/good").json()


@pytest.fixture
def persons_browser(browser):
    """A browser that somebody sits at: one without a head says so, and is no person."""
    agent = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko)"
    context = browser.new_context(user_agent=f"{agent} Chrome/{browser.version} Safari/537.36")
    context.set_default_timeout(PATIENCE * 1000)
    yield context
    context.close()


@pytest.mark.parametrize("name", TUTORIALS)
def test_a_tutorial_leads_from_an_empty_folder_to_a_stitched_journey(
    name, tmp_path, persons_browser, packages
):
    reader = Reader(name, tmp_path, persons_browser, umd(packages, "browser-tracker-4"))
    with reader.servers:
        for step in steps((ROOT / "docs" / "tutorials" / f"{name}.md").read_text()):
            reader.take(step)
        assert len({event["event"]["domain_userid"] for event in reader.good()}) == 1
    assert any(shown in reader.printed for shown in ("1 passed", "Ran 2 tests"))
