"""Threads, pools and asyncio tasks that a request starts: the context goes along, and with it the visitor."""

from __future__ import annotations

import asyncio
import concurrent.futures
import contextvars
import subprocess
import sys
import threading

import pytest

from tracking_middleware import StructuredEvent, track

from .conftest import PERSON, visit, with_label


@pytest.fixture
def tracker(make_tracker, sink):
    return make_tracker(collector_url=sink.url)


def note(label):
    return track(StructuredEvent("job", "note", label=label))


def in_a_thread():
    thread = threading.Thread(target=contextvars.copy_context().run, args=(note, "job"))
    thread.start()
    thread.join()


def in_a_thread_pool():
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        pool.submit(contextvars.copy_context().run, note, "job").result()


async def as_a_task():
    async def job():
        note("job")

    await asyncio.create_task(job())


async def in_asyncios_pool():
    await asyncio.to_thread(note, "job")


@pytest.mark.parametrize("start", [in_a_thread, in_a_thread_pool])
def test_what_a_thread_tracks_is_about_the_visitor(tracker, sink, start):
    visit(tracker, start)
    assert sink.wait(with_label("job"))["duid"] == PERSON


@pytest.mark.parametrize("start", [as_a_task, in_asyncios_pool])
def test_what_an_asyncio_task_tracks_is_about_the_visitor(tracker, sink, start):
    visit(tracker, lambda: asyncio.run(start()))
    assert sink.wait(with_label("job"))["duid"] == PERSON


def test_a_thread_that_outlives_the_response_still_knows_the_visitor(tracker, sink):
    is_answered = threading.Event()

    def job():
        assert is_answered.wait(10)
        note("job")

    def view():
        thread = threading.Thread(target=contextvars.copy_context().run, args=(job,))
        thread.start()
        return thread

    thread = visit(tracker, view)
    is_answered.set()
    thread.join()
    event = sink.wait(with_label("job"))
    assert event["duid"] == PERSON
    assert event["url"].endswith("/page")


def test_a_thread_pools_own_threads_know_no_visitor(tracker, sink):
    """A pool makes its threads once: whose request that was must not stick to them."""
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        visit(tracker, lambda: pool.submit(contextvars.copy_context().run, note, "job").result())
        assert pool.submit(note, "nobody's").result() == ""
    sink.wait(with_label("job"))


RECIPES = {
    "with": """
with Tracker.from_env():
    track(StructuredEvent("nightly", "report", label="done"))
""",
    "without": """
tracker = Tracker.from_env()
tracker.track(StructuredEvent("nightly", "report", label="done"))
""",
    "failing": """
with Tracker.from_env():
    track(StructuredEvent("nightly", "report", label="done"))
    sys.exit("failed")
""",
}


@pytest.mark.parametrize("name", RECIPES)
def test_a_script_sends_what_it_tracked_before_it_ends(sink, name):
    code = "import sys\nfrom tracking_middleware import StructuredEvent, Tracker, track\n" + RECIPES[name]
    subprocess.run(
        [sys.executable, "-c", code],
        env={"TRACKING_COLLECTOR_URL": sink.url, "TRACKING_APP_ID": "nightly"},
        timeout=60,
        check=name != "failing",
    )
    assert [event["se_la"] for event in sink.events] == ["done"]
