"""The subject of a request in the tasks of a real prefork worker, behind a broker that is a folder."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from celery import Celery, chain, group, signature

from tracking_middleware import Subject, current_page
from tracking_middleware.celery import HEADER, install

from ..conftest import PATIENCE, Sink
from ..servers.broker import broker
from .conftest import KEY, PERSON, SESSION, hand_offs, visit, with_label

ROOT = Path(__file__).resolve().parents[2]


class Courier:
    """Brings messages to the worker's queue when they are whole: it trips over half of one."""

    def __init__(self, folder):
        self._folder = folder
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self):
        while not self._is_over.wait(0.01):
            for message in (self._folder / "outgoing").iterdir():
                with contextlib.suppress(ValueError):
                    json.loads(message.read_text())
                    message.rename(self._folder / "queue" / message.name)

    def stop(self):
        self._is_over.set()
        self._thread.join()


@pytest.fixture(scope="module")
def jobs_sink():
    sink = Sink()
    yield sink
    sink.close()


@pytest.fixture(scope="module")
def queue(tmp_path_factory, jobs_sink):
    """The site's own Celery app; a worker with two processes does what is sent with it."""
    folder = tmp_path_factory.mktemp("jobs")
    app = Celery("site", **broker(folder, into="outgoing"))
    install(app)
    courier = Courier(folder)
    # before there is a worker: two processes that make the exchange at once trip over its file
    app.send_task("note", args=["ready"])
    log = (folder / "worker.log").open("w+b")
    worker = subprocess.Popen(
        [sys.executable, "-m", "celery", "--app", "tests.jobs.tasks", "worker", "--concurrency", "2"],
        cwd=ROOT,
        env={
            **os.environ,
            "JOBS_FOLDER": str(folder),
            "PYTHONPATH": str(ROOT),
            "TRACKING_COLLECTOR_URL": jobs_sink.url,
            "TRACKING_APP_ID": "jobs",
            "TRACKING_SECRET_KEY": KEY,
            "TRACKING_LINGER": "0.05",
        },
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=log,
    )
    try:
        jobs_sink.wait(with_label("ready"))
        yield app
    finally:
        worker.terminate()
        status = worker.wait(PATIENCE)
        courier.stop()
        with log:
            log.seek(0)
            print(log.read().decode())  # pytest shows it where a test failed
    assert status == 0


@pytest.fixture
def tracker(make_tracker):
    return make_tracker(secret_key=KEY)


def send(queue, name, *arguments, **options):
    return lambda: queue.send_task(name, args=arguments, **options)


def assert_about_the_visitor(event):
    assert (event["aid"], event["duid"], event.get("sid")) == ("jobs", PERSON, None)
    (hand_off,) = hand_offs(event)
    assert hand_off["session_id"] == SESSION


def assert_about_nobody(event):
    assert event.get("duid") is None
    assert hand_offs(event) == []


@pytest.mark.parametrize("name", ["note", "note_in_a_child", "note_at_the_second_try", "note_and_fail"])
def test_what_a_task_tracks_is_about_the_visitor_who_enqueued_it(queue, tracker, jobs_sink, name):
    visit(tracker, send(queue, name, f"visitor {name}"))
    assert_about_the_visitor(jobs_sink.wait(with_label(f"visitor {name}")))


def test_all_steps_of_a_workflow_are_about_the_visitor(queue, tracker, jobs_sink):
    def note(label):
        return signature("note", args=[label], immutable=True, app=queue)

    steps = chain(note("first"), note("second"), note("third"))
    beside = group(note("left"), note("right"))
    visit(tracker, lambda: [steps.apply_async(), beside.apply_async()])
    for label in ("first", "second", "third", "left", "right"):
        assert_about_the_visitor(jobs_sink.wait(with_label(label)))


def test_a_block_names_the_subject_where_there_is_no_request(queue, tracker, jobs_sink):
    with tracker.subject(Subject(user_id="shopper-123")):
        send(queue, "note_at_the_second_try", "block")()
    event = jobs_sink.wait(with_label("block"))
    assert (event["uid"], event.get("duid")) == ("shopper-123", None)


def test_a_kept_token_can_be_given_as_the_header(queue, tracker, jobs_sink):
    token = visit(tracker, lambda: current_page().seal())
    send(queue, "note", "kept token", headers={HEADER: token})()
    assert_about_the_visitor(jobs_sink.wait(with_label("kept token")))


def test_a_task_without_a_subject_is_about_nobody(queue, jobs_sink):
    send(queue, "note", "nobody")()
    assert_about_nobody(jobs_sink.wait(with_label("nobody")))


@pytest.mark.parametrize("token", ["changed", "", 5, ["list"], "\N{SNOWMAN}"])
def test_a_header_that_is_no_token_fails_no_task_and_names_nobody(queue, jobs_sink, token):
    send(queue, "note", f"header {token}", headers={HEADER: token})()
    assert_about_nobody(jobs_sink.wait(with_label(f"header {token}")))


def test_a_token_of_another_key_names_nobody(queue, make_tracker, jobs_sink):
    visit(make_tracker(secret_key="a long random text of the others"), send(queue, "note", "foreign"))
    assert_about_nobody(jobs_sink.wait(with_label("foreign")))


def test_the_consent_of_the_request_is_that_of_the_task(queue, make_tracker, jobs_sink):
    for consent in ("none", "anonymous", "full"):
        tracker = make_tracker(secret_key=KEY, consent=lambda request, answer=consent: answer)
        visit(tracker, send(queue, "note", f"consent {consent}"))
    assert_about_nobody(jobs_sink.wait(with_label("consent anonymous")))
    assert_about_the_visitor(jobs_sink.wait(with_label("consent full")))
    anonymous = [
        request["headers"].get("SP-Anonymous")
        for request in jobs_sink.requests
        for event in request["body"]["data"]
        if event.get("se_la") == "consent anonymous"
    ]
    assert anonymous == ["*"]
    # the worker may do them in any order; what it did before another one was sent has arrived by now
    for label in ("after", "after that"):
        send(queue, "note", label)()
        jobs_sink.wait(with_label(label))
    assert not with_label("consent none")(jobs_sink.events)
