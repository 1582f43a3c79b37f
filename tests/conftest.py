"""What all tests share: a real loopback collector of our own making, and visitors with cookies."""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx
import hypothesis
import pytest

from tracking_middleware.request import outside, page

# how long an example takes is the machine's affair, not the code's
hypothesis.settings.register_profile("project", deadline=None)
hypothesis.settings.load_profile("project")

PATIENCE = 15
"""Seconds until a thing that must happen counts as not happening."""

_COLLECTOR = ("collector", "--port", "0", "--unknown-schemas", "good")
POST_PATH = "/com.snowplowanalytics.snowplow/tp2"
SCHEMA = "iglu:com.snowplowanalytics.snowplow/payload_data/jsonschema/1-0-4"


def missing(what):
    """A part of the real world that is not there: a failure in CI, else a skip."""
    if os.environ.get("CI") == "true":
        pytest.fail(f"{what} is missing, and CI=true")
    pytest.skip(f"{what} is missing")


@pytest.fixture(autouse=True)
def _outside_requests():
    """A request's page stays the current one of its thread, which all tests share: each begins outside."""
    page.enter_exchange(page._outside)


@pytest.fixture(autouse=True)
def _nothing_outside_requests(monkeypatch):
    """The count of writes outside requests is the process's, so that each test begins with its own."""
    monkeypatch.setattr(outside.count_outside, "writes", 0)
    monkeypatch.setattr(outside.count_outside, "_told", set())


@pytest.fixture(autouse=True)
def _levels_of_loggers():
    """``debug`` lets a logger of ours speak for the rest of a process: each test begins with its own."""
    levels = {name: logging.getLogger(name).level for name in _loggers_of_ours()}
    yield
    for name in _loggers_of_ours():
        logging.getLogger(name).setLevel(levels.get(name, logging.NOTSET))


def _loggers_of_ours():
    return [name for name in logging.root.manager.loggerDict if name.startswith("tracking_middleware")]


class Sink:
    """Takes POSTs on a port of the system's choice and keeps the events in them, with the headers."""

    def __init__(self):
        self.events: list[dict[str, str]] = []
        self.requests: list[dict] = []
        self.statuses: list[int] = []
        self.judge = lambda events: self.statuses.pop(0) if self.statuses else 200
        self.arrived = threading.Condition()
        sink = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                sink.take(self)

            def log_message(self, *_arguments):
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def take(self, handler):
        """Keep a request, then answer it: ``judge`` gives the status, the next of ``statuses`` or 200."""
        posted = json.loads(handler.rfile.read(int(handler.headers["Content-Length"])))
        status = self.judge(posted["data"])
        with self.arrived:
            self.requests.append(
                {"path": handler.path, "headers": dict(handler.headers), "body": posted, "status": status}
            )
            if status == 200:
                self.events.extend(posted["data"])
            self.arrived.notify_all()
        handler.send_response(status)
        handler.send_header("Content-Length", "2")
        handler.send_header("Set-Cookie", "sp=00000000-1111-4111-8111-000000000000; Path=/")
        handler.end_headers()
        handler.wfile.write(b"ok")

    def wait(self, condition):
        """Until ``condition(events)`` gives something true; that."""
        deadline = time.monotonic() + PATIENCE
        with self.arrived:
            while not (found := condition(self.events)):
                rest = deadline - time.monotonic()
                assert rest > 0, f"waited for an event; {len(self.events)} arrived"
                self.arrived.wait(rest)
            return found

    def wait_for(self, marker):
        """The event whose page_url holds ``marker``."""
        return self.wait(
            lambda events: next((event for event in events if marker in event.get("url", "")), None)
        )

    def close(self):
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@pytest.fixture
def sink():
    sink = Sink()
    yield sink
    sink.close()


@pytest.fixture(scope="session")
def shared_sink():
    sink = Sink()
    yield sink
    sink.close()


class Collector:
    """The collector as its users have it, in a process of its own, and a client that keeps no cookies.

    Schemas that it does not know are no fault, unless ``options`` say so: few tests have schemas to show.
    """

    def __init__(self, *options):
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tracking_middleware", *_COLLECTOR, *options],
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
            stdout=subprocess.PIPE,
            text=True,
        )
        line = self.process.stdout.readline()
        assert line.startswith("collector listening on http://"), line
        self.address = line.split()[-1]
        self.url = self.address.partition("/?")[0]
        self.client = httpx.Client(base_url=self.url, timeout=PATIENCE)

    @classmethod
    def at(cls, url):
        """The client of a collector that somebody else started and ends."""
        collector = cls.__new__(cls)
        collector.url = collector.address = url
        collector.client = httpx.Client(base_url=url, timeout=PATIENCE)
        return collector

    def post(self, *events, headers=None, **envelope):
        """POST events in the payload schema; keywords replace parts of the envelope."""
        self.client.cookies.clear()
        body = {"schema": SCHEMA, "data": list(events), **envelope}
        return self.client.post(POST_PATH, json=body, headers=headers)

    def get(self, path, **options):
        self.client.cookies.clear()
        return self.client.get(path, **options)

    def good(self, **criteria):
        return self.client.post("/micro/good", json=criteria).raise_for_status().json()

    def bad(self, **criteria):
        return self.client.post("/micro/bad", json=criteria).raise_for_status().json()

    def counts(self):
        return self.get("/micro/all").json()

    def reset(self):
        return self.get("/micro/reset")

    def stop(self):
        """End it as a supervisor does; its exit status."""
        self.client.close()
        self.process.terminate()
        status = self.process.wait(PATIENCE)
        self.process.stdout.close()
        return status

    def kill(self):
        self.client.close()
        self.process.kill()
        self.process.wait(PATIENCE)
        self.process.stdout.close()


@pytest.fixture(scope="session")
def running_collector():
    collector = Collector()
    yield collector
    assert collector.stop() == 0


@pytest.fixture
def collector(running_collector):
    """A collector without events."""
    running_collector.reset()
    return running_collector
