"""The collector as its users have it: the command, in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
import uuid

import httpx
import pytest

from ..conftest import PATIENCE

POST_PATH = "/com.snowplowanalytics.snowplow/tp2"
SCHEMA = "iglu:com.snowplowanalytics.snowplow/payload_data/jsonschema/1-0-4"


class Collector:
    """A running collector and a client of it that keeps no cookies."""

    def __init__(self, *options):
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tracking_middleware.cli", "collector", "--port", "0", *options],
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
            stdout=subprocess.PIPE,
            text=True,
        )
        line = self.process.stdout.readline()
        assert line.startswith("collector listening on http://"), line
        self.url = line.split()[-1]
        self.client = httpx.Client(base_url=self.url, timeout=PATIENCE)

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


def page_view(**parameters):
    """The parameters of a page view that every pipeline takes."""
    given = {
        "e": "pv",
        "p": "web",
        "tv": "js-4.6.9",
        "eid": str(uuid.uuid4()),
        "dtm": "1700000000000",
        "url": "https://www.example.com/a/b?x=1#top",
        "page": "A page",
        **parameters,
    }
    return {key: value for key, value in given.items() if value is not None}
