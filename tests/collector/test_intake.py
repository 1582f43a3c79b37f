"""Requests on their way into the store: what cannot be kept is answered so, and a listener costs nothing."""

from __future__ import annotations

import asyncio
import json
import socket
import subprocess
import sys
import threading
from concurrent.futures import Future

import httpx
import pytest

from tracking_middleware.collector import Store, create_app
from tracking_middleware.collector.intake.intake import Intake, _Wakings
from tracking_middleware.collector.store.committer import NotKeptError

from ..conftest import PATIENCE, POST_PATH, SCHEMA
from .conftest import page_view, wrapped
from .test_store_queries import rows


class Hit:
    """As much of one as the intake looks at."""

    def __init__(self, size):
        self.body = "x" * size


async def post_to(app, *events):
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://localhost") as client:
        body = json.dumps({"schema": SCHEMA, "data": list(events)})
        headers = {"Content-Type": "application/json"}
        posted = await client.post(POST_PATH, content=body, headers=headers)
        return posted, await client.get("/i", params=page_view())


def test_a_store_that_keeps_nothing_is_answered_503_so_that_trackers_send_again(tmp_path):
    store = Store(tmp_path / "events.sqlite3")
    app = create_app(store)
    store.close()
    for answer in asyncio.run(post_to(app, page_view())):
        assert answer.status_code == 503
        assert answer.headers["retry-after"] == "5"
        assert answer.headers["access-control-allow-origin"] == "*"
        assert "set-cookie" not in answer.headers


def test_a_listener_that_fails_costs_no_answer(tmp_path):
    def broken(_rows):
        raise RuntimeError("a bug of a listener")

    store = Store(tmp_path / "events.sqlite3")
    answers = asyncio.run(post_to(create_app(store, heard=broken), page_view()))
    assert [answer.status_code for answer in answers] == [200, 200]
    assert store.counts() == (2, 0)
    store.close()


def test_more_than_may_wait_is_refused_until_there_is_room(tmp_path):
    store = Store(tmp_path / "events.sqlite3")
    may_read = threading.Event()

    def read(_hit):
        assert may_read.wait(PATIENCE)
        return rows(page_view())

    async def send():
        intake = Intake(store, read)
        first = asyncio.create_task(intake.keep(Hit(60_000_000)))
        second = asyncio.create_task(intake.keep(Hit(5_000_000)))
        await asyncio.sleep(0)
        with pytest.raises(NotKeptError):
            await intake.keep(Hit(5_000_000))
        may_read.set()
        await asyncio.gather(first, second)
        await intake.keep(Hit(100_000_000))

    asyncio.run(send())
    assert store.counts() == (3, 0)
    store.close()


def test_a_request_that_waits_for_a_schema_holds_up_no_other(tmp_path):
    store = Store(tmp_path / "events.sqlite3")
    may_read = threading.Event()

    def read(hit):
        if hit.body:
            assert may_read.wait(PATIENCE)
        return rows(page_view())

    async def send():
        intake = Intake(store, read)
        slow = asyncio.create_task(intake.keep(Hit(1)))
        await asyncio.wait_for(intake.keep(Hit(0)), PATIENCE)
        assert not slow.done()
        may_read.set()
        await slow

    asyncio.run(send())
    store.close()


def test_a_request_that_is_given_up_while_it_is_read_is_not_kept(tmp_path):
    store = Store(tmp_path / "events.sqlite3")
    is_reading, may_read = threading.Event(), threading.Event()

    def read(_hit):
        is_reading.set()
        assert may_read.wait(PATIENCE)
        return rows(page_view())

    async def send():
        intake = Intake(store, read)
        keeping = asyncio.create_task(intake.keep(Hit(1)))
        await asyncio.to_thread(is_reading.wait, PATIENCE)
        keeping.cancel()
        with pytest.raises(NotKeptError):
            await keeping
        may_read.set()
        intake._threads.shutdown()

    asyncio.run(send())
    store.close()
    again = Store(tmp_path / "events.sqlite3")
    assert again.counts() == (0, 0)
    again.close()


def test_what_waits_for_nobody_is_read_where_it_is_unless_it_is_large(tmp_path):
    store = Store(tmp_path / "events.sqlite3")
    threads, heard = [], []

    def read(_hit):
        threads.append(threading.current_thread() is threading.main_thread())
        return rows(page_view())

    async def send():
        intake = Intake(store, read, heard.append, may_wait=False)
        await intake.keep(Hit(100))
        await intake.keep(Hit(100_000))
        await Intake(store, read, heard.append, may_wait=True).keep(Hit(100))

    asyncio.run(send())
    assert threads == [True, False, False]
    assert store.counts() == (3, 0)
    store.close()
    assert [len(of_request) for of_request in heard] == [1, 1, 1]


def test_a_request_that_is_given_up_before_its_commit_begins_is_not_kept(tmp_path):
    store = Store(tmp_path / "events.sqlite3")
    is_busy, may_commit = threading.Event(), threading.Event()
    heard = []

    def hold(_connection):
        is_busy.set()
        assert may_commit.wait(PATIENCE)

    async def send():
        intake = Intake(store, lambda _hit: rows(page_view()), heard.append, may_wait=False)
        holding = store._committer.submit(hold)
        assert await asyncio.to_thread(is_busy.wait, PATIENCE)
        given_up, kept = (asyncio.create_task(intake.keep(Hit(1))) for _ in range(2))
        await asyncio.sleep(0)
        given_up.cancel()
        with pytest.raises(NotKeptError):
            await given_up
        may_commit.set()
        await asyncio.wait_for(kept, PATIENCE)
        await asyncio.wrap_future(holding)

    asyncio.run(send())
    assert store.counts() == (1, 0)
    store.close()
    assert len(heard) == 1


def test_all_of_one_commit_wake_the_loop_at_once():
    futures = [Future() for _ in range(50)]

    async def send():
        loop = asyncio.get_running_loop()
        wakings, calls = _Wakings(loop), []
        waiting = [wakings.of(future) for future in futures]
        call = loop.call_soon_threadsafe

        def counted(*arguments):
            calls.append(arguments)
            return call(*arguments)

        loop.call_soon_threadsafe = counted
        for _ in range(2):
            for future in futures[len(calls) * 25 :][:25]:
                future.set_result(None)
            await asyncio.sleep(0)
        await asyncio.wait_for(asyncio.gather(*waiting), PATIENCE)
        del loop.call_soon_threadsafe
        return len(calls)

    assert asyncio.run(send()) == 2


def test_a_request_on_its_way_to_the_disk_is_waited_for():
    committed, is_submitted = Future(), threading.Event()

    class Slow:
        def submit(self, _rows):
            is_submitted.set()
            return committed

    async def send():
        keeping = asyncio.create_task(Intake(Slow(), lambda _hit: []).keep(Hit(1)))
        await asyncio.to_thread(is_submitted.wait, PATIENCE)
        for _ in range(2):
            keeping.cancel()
            await asyncio.sleep(0.01)
        assert not keeping.done()
        committed.set_result(None)
        await asyncio.wait_for(keeping, PATIENCE)

    asyncio.run(send())


def ended_during(is_under_way, content, *options, length):
    """What a POST is answered during which the collector is told to end, and what that says on stderr."""
    command = [sys.executable, "-u", "-m", "tracking_middleware", "collector", "--port", "0", *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        port = int(process.stdout.readline().rpartition(":")[2])
        with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as sender:
            head = f"POST {POST_PATH} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
            head += f"Content-Length: {length}\r\nExpect: 100-continue\r\n\r\n"
            sender.sendall(head.encode() + content)
            is_under_way(sender)
            process.terminate()
            with sender.makefile("rb") as answer:
                answered = answer.read().decode()
        _, said = process.communicate(timeout=PATIENCE)
    return answered.rpartition("HTTP/1.1 ")[2], said


def assert_is_told_to_send_again(answer, said):
    assert answer.startswith("503 ")
    assert answer.endswith("send it again")
    assert "Traceback" not in said


def test_told_to_end_while_a_schema_hangs_it_says_send_again_and_keeps_nothing(tmp_path):
    path = str(tmp_path / "events.sqlite3")
    schema = "iglu:com.acme/hanging/jsonschema/1-0-0"
    event = page_view(co=wrapped({"schema": schema, "data": {}}))
    body = json.dumps({"schema": SCHEMA, "data": [event]}).encode()
    with socket.create_server(("127.0.0.1", 0)) as registry:
        url = f"http://127.0.0.1:{registry.getsockname()[1]}"
        registry.settimeout(PATIENCE)
        asked = []
        options = ("--store", path, "--registry", url)
        told = ended_during(lambda _: asked.append(registry.accept()[0]), body, *options, length=len(body))
        asked[0].close()
    assert_is_told_to_send_again(*told)
    store = Store(path)
    assert store.counts() == (0, 0)
    store.close()


def test_told_to_end_while_a_body_comes_it_says_send_again():
    told = ended_during(lambda sender: sender.recv(12), b"", length=1)
    assert_is_told_to_send_again(*told)
