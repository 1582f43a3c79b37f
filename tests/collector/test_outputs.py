"""Events handed on as they come: to standard output, to an address; and how many are kept."""

from __future__ import annotations

import http.server
import json
import queue
import socket
import subprocess
import sys
import threading

import httpx
import pytest

from ..conftest import PATIENCE, POST_PATH, SCHEMA, Collector
from .conftest import page_view


class Destination:
    """Takes POSTs, or refuses the first of them; what came is in a queue."""

    def __init__(self, *, refusals=0):
        bodies = self.bodies = queue.Queue()
        left = [503] * refusals

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                bodies.put((self.path, self.headers["Content-Type"], body))
                self.send_response(left.pop() if left else 200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_arguments):
                """Say nothing."""

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/events?from=local"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self):
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def destination(request):
    destination = Destination(refusals=getattr(request, "param", 0))
    yield destination
    destination.close()


@pytest.mark.parametrize(("option", "width"), [("-t", 131), ("--output-json", 1)])
def test_good_events_are_lines_on_standard_output_and_nothing_else_is(option, width):
    process = subprocess.Popen(
        [sys.executable, "-m", "tracking_middleware", "collector", "--port", "0", option],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    address = process.stderr.readline().split()[-1]
    events = [page_view(page="first"), page_view(eid="7"), page_view(page="second")]
    httpx.post(address + POST_PATH, json={"schema": SCHEMA, "data": events}).raise_for_status()
    first = process.stdout.readline()
    httpx.post(address + POST_PATH, json={"schema": SCHEMA, "data": [page_view(page="third")]})
    process.terminate()
    with process:
        lines = [first, *process.stdout.read().splitlines()]
    assert process.returncode == 0
    assert [len(line.split("\t")) for line in lines] == [width] * 3
    assert all(title in line for title, line in zip(("first", "second", "third"), lines, strict=True))


@pytest.mark.parametrize("destination", [0, 1], indirect=True, ids=["well", "refuses at first"])
def test_lines_are_posted_to_a_destination_until_it_takes_them(destination, request):
    refusals = request.node.callspec.params["destination"]
    collector = Collector("-j", "--destination", destination.url)
    collector.post(page_view(page="a"), page_view(page="b"))
    posted = [destination.bodies.get(timeout=PATIENCE) for _ in range(1 + refusals)]
    path, content_type, body = posted[-1]
    assert path == "/events?from=local"
    assert content_type == "application/x-ndjson"
    assert [json.loads(line)["page_title"] for line in body.split(b"\n")] == ["a", "b"]
    assert len({body for *_, body in posted}) == 1
    collector.post(page_view(page="c"))
    assert collector.stop() == 0
    assert json.loads(destination.bodies.get(timeout=PATIENCE)[2])["page_title"] == "c"


def test_very_many_events_at_once_are_posted_some_at_a_time_and_each_of_them(destination):
    collector = Collector("-j", "-d", destination.url)
    collector.post(*(page_view(page=str(n)) for n in range(450)))
    posted = [destination.bodies.get(timeout=PATIENCE)[2].split(b"\n") for _ in range(3)]
    assert [len(lines) for lines in posted] == [200, 200, 50]
    lines = [line for some in posted for line in some]
    assert [json.loads(line)["page_title"] for line in lines] == [str(n) for n in range(450)]
    assert collector.stop() == 0


def test_a_destination_that_takes_nothing_is_said_and_so_is_what_it_did_not_get():
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{nobody.getsockname()[1]}/"
        process = subprocess.Popen(
            [sys.executable, "-m", "tracking_middleware", "collector", "--port", "0", "-t", "-d", url],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        address = process.stdout.readline().split()[-1]
        httpx.post(address + POST_PATH, json={"schema": SCHEMA, "data": [page_view()]}).raise_for_status()
        assert "could not be handed on, again in 0.5 s" in process.stderr.readline()
        process.terminate()
        with process:
            assert "the last 1 events were not handed on" in process.stderr.read()
    assert process.returncode == 0


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["-d", "http://127.0.0.1:9/"], "--destination needs --output-tsv or --output-json"),
        (["-t", "-d", "ftp://somewhere"], "'ftp://somewhere' is no address that takes POSTs"),
        (["-t", "--tail"], "--tail cannot be with events on standard output"),
        (["--max-events", "0"], "'0' is no number of events"),
        (["--port", "99999"], "'99999' is no port: give a number from 0 (a free one) to 65535"),
        (["--port", "-1"], "'-1' is no port"),
    ],
)
def test_options_that_make_no_sense_are_refused_in_words(options, message):
    done = subprocess.run(
        [sys.executable, "-m", "tracking_middleware", "collector", "--port", "0", *options],
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )
    assert done.returncode == 2
    assert message in done.stderr
    assert "Traceback" not in done.stderr


def test_only_so_many_events_are_kept_as_was_asked():
    collector = Collector("--max-events", "5")
    collector.post(*(page_view(page=str(n)) for n in range(8)))
    assert [shape["event"]["page_title"] for shape in collector.good()] == ["7", "6", "5", "4", "3"]
    assert collector.counts()["total"] == 5
    assert collector.stop() == 0
