"""A fork or an end that comes at the worst moment leaves nothing half loaded, nor leased."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import threading

import pytest

from tracking_middleware import Settings
from tracking_middleware.delivery.outbox.file import Outbox
from tracking_middleware.delivery.process import Plan, ProcessDelivery

from .conftest import Event, record
from .test_durability import ledger, start


@pytest.fixture
def path(tmp_path):
    return tmp_path / "outbox.sqlite3"


@pytest.mark.parametrize("module", ["httpx", "httpcore", "encodings.idna"])
def test_a_child_sends_though_the_fork_came_while_the_parent_loaded_a_module(collector, path, module):
    code = """
import threading
begun, forking, forked = threading.Event(), threading.Event(), threading.Event()

class Gate:
    def find_spec(self, name, path, target=None):
        if name == MODULE and not begun.is_set():
            begun.set()
            forking.wait(30)
            forked.wait(0.5)  # a fork that waits for no module comes now

sys.meta_path.insert(0, Gate())
assert MODULE not in sys.modules
t = tracker(20)
record(t, "parent")
assert begun.wait(30)
os.register_at_fork(before=forking.set, after_in_parent=forked.set)
child = os.fork()
if child == 0:
    record(t, "child")
    t.flush(20)
    os._exit(t.stats()["stored"] != 1 or t.close(20))
_, status = os.waitpid(child, 0)
assert t.close(20) == 0
sys.exit(status != 0)
"""
    with start(f"MODULE = {module!r}" + code, url=collector.url, path=path) as process:
        assert process.wait(60) == 0
    assert sorted(collector.titles()) == ["child", "parent"]
    assert ledger(path).delivered == 2


def test_sending_loads_no_module_once_it_is_connected(collector):
    code = """
import sys
from tracking_middleware.delivery.http import HttpEmitter
emitter = HttpEmitter(collector_url=sys.argv[1], timeout=10, headers={}, ca_bundle=None)
before = set(sys.modules)
print(emitter.send([b'{"eid":"1"}'], is_anonymous=False).verdict.name, set(sys.modules) - before)
"""
    url = collector.url.replace("127.0.0.1", "localhost")
    done = subprocess.run([sys.executable, "-c", code, url], check=True, capture_output=True, text=True)
    assert done.stdout == "DELIVERED set()\n"


def test_an_end_lets_go_of_a_batch_that_waits_for_its_answer(make_tracker, collector, path):
    collector.rule = lambda events: "hang"
    tracker = make_tracker(collector.url, outbox=path, timeout=60)
    record(tracker, "a", "b")
    assert collector.wait(lambda: collector.posts)
    assert ledger(path).leased == 2
    assert tracker.close(0.01) == 0
    assert (ledger(path).leased, ledger(path).pending) == (0, 2)


def test_an_end_lets_go_of_a_batch_whose_connection_is_not_made_yet(
    make_tracker, collector, path, monkeypatch
):
    begun, go_on = threading.Event(), threading.Event()
    look_up = socket.getaddrinfo

    def slow(*arguments, **options):
        begun.set()
        go_on.wait(30)
        return look_up(*arguments, **options)

    monkeypatch.setattr(socket, "getaddrinfo", slow)
    tracker = make_tracker(collector.url, outbox=path, timeout=60)
    record(tracker, "a", "b")
    assert begun.wait(15)
    assert tracker.close(0.01) == 0
    assert (ledger(path).leased, ledger(path).pending) == (0, 2)
    monkeypatch.undo()
    other = make_tracker(collector.url, outbox=path)  # does not have to wait for three time-outs
    assert other.flush() == 0
    go_on.set()


def test_a_fork_that_waits_in_vain_leaves_the_file_to_the_one_under_way(path):
    outbox = Outbox(path)
    outbox.prepare_fork()
    other = threading.Thread(target=lambda: (outbox.prepare_fork(), outbox.resume_parent()))
    other.start()
    other.join()
    outbox.resume_parent()
    outbox.store([(b"{}", False)])
    assert outbox.ledger().pending == 1
    outbox.close()


def test_a_child_that_is_forked_while_events_are_written_has_other_ids():
    reading, writing = os.pipe()
    children = []

    class Forking(Event):
        def to_event(self, new_id):
            event = super().to_event(new_id)
            if (
                not children and (child := os.fork()) == 0
            ):  # nothing of the test's own machinery may run twice
                try:
                    os.write(writing, "\n".join(ids_of(Event(str(n)) for n in range(60))).encode())
                finally:
                    os._exit(0)
            elif not children:
                children.append(child)
            return event

    parents = ids_of(Forking(str(n)) for n in range(60))
    os.close(writing)
    with os.fdopen(reading) as pipe:
        childs = pipe.read().split()
    assert os.waitpid(children[0], 0)[1] == 0
    assert len(set(parents)) == len(set(childs)) == 60
    assert not set(parents) & set(childs)


def ids_of(events):
    """The ids that a process's own writer gives to events."""
    delivery = ProcessDelivery(
        Plan(
            settings=Settings(collector_url="log:", app_id="a"),
            connect=Nowhere,
            count=lambda *_told: None,
            failure=lambda _where: None,
        )
    )
    for event in events:
        delivery.buffer.append(event)
    delivery._writer.write()
    batch = delivery.buffer.claim(is_hurried=True)
    return [json.loads(payload)["eid"] for payload in batch.payloads]


class Nowhere:
    """An emitter that is never made."""
