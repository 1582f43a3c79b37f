"""Forgetting that is killed, beside others who use the files, and of what came meanwhile."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections import Counter
from contextlib import closing
from dataclasses import fields, replace

import pytest

from tracking_middleware.commands.cli import main
from tracking_middleware.delivery.outbox.file import Outbox
from tracking_middleware.forgetting.files.sqlite_file import is_locked
from tracking_middleware.forgetting.in_use import InUseError
from tracking_middleware.forgetting.persons import Person
from tracking_middleware.forgetting.plan import plan_beside

from ..conftest import PATIENCE, Collector
from .conftest import ADA, ADAS, BEA, NAMING, OTHERS, PHONE, bytes_of, canaries, stored, waiting

STAY = sorted([*OTHERS, *NAMING])
_DIE = """
import os, signal, sys
from tracking_middleware.commands.cli import main
from tracking_middleware.forgetting import forgetting, plan
from tracking_middleware.forgetting.files import outbox_file, sqlite_file, store_file

def die(*_, **__):
    os.kill(os.getpid(), signal.SIGKILL)

store_file.STRIDE = sqlite_file.STRIDE = 2
note = plan.PlanFile.note

def die_after_the_first_stride(self, kind, counts):
    note(self, kind, counts)
    die()

{patch}
main(sys.argv[1:])
"""
KILLS = {
    "before anything is taken out": "store_file.HeldStore.forget = die",
    "after the first stride": "plan.PlanFile.note = die_after_the_first_stride",
    "before it is written over": "store_file.HeldStore.write_over = die",
    "before the second file": "outbox_file.HeldOutbox.take_out = die",
    "before the second is written over": "outbox_file.HeldOutbox.write_over = die",
    "before the receipt": "forgetting.write_receipt = die",
}


@pytest.mark.parametrize("patch", KILLS.values(), ids=KILLS)
def test_killed_in_the_middle_the_same_call_goes_on(store_path, outbox_path, tmp_path, forget, patch):
    receipt = tmp_path / "receipt.json"
    # by a device that leads to the rest: once its events are gone nothing does
    arguments = ("--domain-userid", PHONE, "--store", store_path, "--outbox", outbox_path, "--yes")
    arguments = [*map(str, arguments), "--receipt", str(receipt)]
    killed = subprocess.run(
        [sys.executable, "-c", _DIE.format(patch=patch), "forget", *arguments], timeout=PATIENCE * 4
    )
    assert killed.returncode == -signal.SIGKILL
    plan = store_path.with_name(store_path.name + ".forgetting")
    assert plan.stat().st_mode & 0o777 == 0o600
    status, out, _ = forget(*arguments)
    assert status == 0
    assert "an earlier run was broken off" in out
    assert stored(store_path) == (STAY, 1)
    assert waiting(outbox_path)[0] == sorted([*STAY, "bea"])
    files = (store_path, outbox_path)
    assert [canary for canary in canaries() for path in files if canary in bytes_of(path)] == []
    assert not plan.exists()
    said = json.loads(receipt.read_text())
    assert said["resumed"]
    assert said["files"][0]["removed"]["events"] == len(ADAS)


def test_a_plan_that_was_killed_while_it_was_written_is_begun_anew(store_path, forget):
    store_path.with_name(store_path.name + ".forgetting").write_bytes(b'{"person": {"user_ids": ["ad')
    status, out, _ = forget("--user-id", ADA, "--store", store_path, "--yes")
    assert status == 0
    assert "broken off" not in out


def test_another_person_after_a_broken_run_takes_both_out(store_path, forget, tmp_path):
    arguments = ["forget", "--user-id", ADA, "--store", str(store_path), "--yes"]
    script = _DIE.format(patch=KILLS["after the first stride"])
    subprocess.run([sys.executable, "-c", script, *arguments], timeout=PATIENCE * 4)
    assert forget("--user-id", BEA, "--store", store_path, "--yes")[0] == 0
    # both are asked for by then, and nobody else was seen on the browser that they shared
    assert stored(store_path) == ([], 0)


def test_what_a_reader_holds_is_waited_for_and_then_said(store_path, forget):
    reading = (
        "import sqlite3, sys; c = sqlite3.connect(sys.argv[1]); c.isolation_level = None;"
        "c.execute('BEGIN'); c.execute('SELECT count(*) FROM events').fetchall(); print('reads', flush=True);"
        "sys.stdin.read()"
    )
    reader = subprocess.Popen(
        [sys.executable, "-c", reading, str(store_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    try:
        assert reader.stdout.readline() == b"reads\n"
        arguments = ("--user-id", ADA, "--store", store_path, "--yes")
        status, _, err = forget(*arguments, "--wait", "0.2")
        assert status == 3
        assert "longer than the 0.2 s" in err
        if sys.platform == "linux":
            assert f"process {reader.pid} (" in err
    finally:
        reader.communicate(timeout=PATIENCE)
    assert forget(*arguments)[0] == 0
    assert ADA.encode() not in bytes_of(store_path)


def test_who_writes_is_waited_for(store_path, forget):
    writer = sqlite3.connect(store_path, isolation_level=None, check_same_thread=False)
    writer.execute("BEGIN IMMEDIATE")
    assert forget("--user-id", ADA, "--store", store_path, "--yes", "--wait", "0")[0] == 3
    timer = threading.Timer(0.3, lambda: (writer.execute("COMMIT"), writer.close()))
    timer.start()
    assert forget("--user-id", ADA, "--store", store_path, "--yes")[0] == 0
    timer.join()
    assert stored(store_path) == (STAY, 1)


def test_two_runs_at_once_wait_for_each_other(store_path, outbox_path):
    arguments = ["forget", "--store", str(store_path), "--outbox", str(outbox_path), "--yes", "--user-id"]
    runs = [
        subprocess.Popen([sys.executable, "-m", "tracking_middleware", *arguments, person])
        for person in (ADA, BEA)
    ]
    assert [run.wait(PATIENCE * 4) for run in runs] == [0, 0]
    # who is last is the only one seen on the shared browser by then: what nobody is named in is theirs
    assert stored(store_path) == ([], 0)
    assert waiting(outbox_path)[0] == []
    assert not list(store_path.parent.glob("*.forgetting"))
    assert len(list(store_path.parent.glob("forget-*.json"))) == 2


@pytest.mark.parametrize("cut", [b"", b"\n", b'\n{"kind": "store", "cou'])
def test_who_goes_on_takes_nothing_out_of_the_plan_that_was_left(tmp_path, cut):
    person = {each.name: [] for each in fields(Person)} | {"user_ids": ["ada"]}
    begun = {"person": person, "begun": "2026-11-01T00:00:00Z", "files": {"store": "/a"}}
    counts = {"kind": "store", "counts": {"events": 3}}
    left = json.dumps(begun).encode() + b"\n" + json.dumps(counts).encode() + cut
    own = tmp_path / "a.forgetting"
    own.write_bytes(left)
    with plan_beside(tmp_path / "a", wait=0) as file:
        before = file.read()
        before.person = replace(before.person, devices=frozenset({"d"}))
        file.begin(before)
        assert own.read_bytes().startswith(left.removesuffix(b'{"kind": "store", "cou'))
        file.note("store", Counter(events=2))
        again = file.read()
    assert again.person == Person(user_ids=frozenset({"ada"}), devices=frozenset({"d"}))
    assert (again.begun, again.done) == (begun["begun"], {"store": Counter(events=5)})


def test_a_plan_that_another_process_has_is_waited_for(tmp_path):
    other = plan_beside(tmp_path / "events", wait=0)
    with plan_beside(tmp_path / "events", wait=0), pytest.raises(InUseError, match="in use"):
        other.__enter__()
    with plan_beside(tmp_path / "events", wait=0):
        pass
    assert list(tmp_path.iterdir()) == []


def test_a_collector_that_runs_goes_on(store_path):
    collector = Collector("--store", str(store_path))
    try:
        collector.post({**OTHERS["bea"], "page": "before"})
        collector.post({**ADAS["named"], "page": "of Ada's"})
        assert main(["forget", "--user-id", ADA, "--store", str(store_path), "--yes"]) == 0
        assert [canary for canary in canaries() if canary in bytes_of(store_path)] == []
        collector.post({**OTHERS["bea"], "page": "after"})
        titles = [shape["event"]["page_title"] for shape in collector.good()]
        assert sorted(titles) == sorted([*STAY, "before", "after"])
    finally:
        assert collector.stop() == 0


def test_an_app_that_has_the_outbox_open_goes_on(outbox_path, forget):
    from tracking_middleware.delivery.outbox.file import Outbox

    outbox = Outbox(outbox_path, lease_seconds=60)
    claimed = outbox.claim(most=2, most_bytes=10_000).batches
    status, out, err = forget("--user-id", ADA, "--outbox", outbox_path, "--yes")
    assert status == 0
    assert "events that are being sent" in out
    assert "may reach the collector yet" in err
    for batch in claimed:
        outbox.deliver(batch)
    outbox.store([(json.dumps({**OTHERS["bea"], "page": "after"}).encode(), False)])
    ledger = outbox.ledger()
    outbox.close()
    assert ledger.forgotten == len(ADAS) + 1
    places = ledger.as_dict()
    assert places.pop("stored") == sum(places.values())
    assert ledger.delivered == 50
    assert os.path.getsize(f"{outbox_path}") > 0


def left_of_a_broken_run(store_path, outbox_path):
    files = ("--store", str(store_path), "--outbox", str(outbox_path))
    script = _DIE.format(patch=KILLS["before the second file"])
    subprocess.run(
        [sys.executable, "-c", script, "forget", "--user-id", ADA, *files, "--yes"], timeout=PATIENCE * 4
    )
    return files


def test_after_a_broken_run_all_its_files_are_asked_for(store_path, outbox_path, forget):
    files = left_of_a_broken_run(store_path, outbox_path)
    status, _, err = forget("--user-id", ADA, *files[:2], "--yes")
    assert (status, f"the outbox {outbox_path}" in err) == (1, True)
    assert forget("--user-id", ADA, *files, "--yes")[0] == 0
    assert [canary for canary in canaries() if canary in bytes_of(outbox_path)] == []


@pytest.mark.parametrize("left", ["[]", "null", '{"person": 3}', '{"person": {"names": []}}', '{"x": 1}'])
def test_what_is_no_plan_is_refused_and_stays(store_path, forget, left):
    plan = store_path.with_name(store_path.name + ".forgetting")
    plan.write_text(f"{left}\n")
    status, _, err = forget("--user-id", ADA, "--store", store_path, "--yes")
    assert (status, str(plan) in err, plan.read_text()) == (1, True, f"{left}\n")


def test_a_link_in_the_place_of_the_plan_is_not_followed(store_path, forget, tmp_path):
    victim = tmp_path / "victim"
    victim.write_text("precious")
    store_path.with_name(store_path.name + ".forgetting").symlink_to(victim)
    status, _, err = forget("--user-id", ADA, "--store", store_path, "--yes")
    assert (status, "cannot be written" in err, victim.read_text()) == (1, True, "precious")


def test_a_plan_of_another_user_is_not_followed(store_path, forget, monkeypatch):
    store_path.with_name(store_path.name + ".forgetting").write_text("{}\n")
    owner = os.geteuid()
    monkeypatch.setattr(os, "geteuid", lambda: owner + 1)
    status, _, err = forget("--user-id", ADA, "--store", store_path, "--yes")
    assert (status, f"of another user (number {owner})" in err) == (1, True)


@pytest.mark.parametrize("path", [".", "/", "no folder/events.sqlite3"])
def test_what_can_be_no_file_is_refused(path, forget):
    assert forget("--user-id", ADA, "--store", path, "--yes")[0] == 1


def test_what_may_not_be_written_is_refused_before_anything_is_done(
    store_path, forget, monkeypatch, tmp_path
):
    may = os.access
    monkeypatch.setattr(os, "access", lambda path, mode: path != store_path.resolve() and may(path, mode))
    status, _, err = forget("--user-id", ADA, "--store", store_path, "--yes")
    assert (status, f"{store_path} cannot be changed" in err) == (1, True)
    assert [path.name for path in tmp_path.iterdir()] == [store_path.name]


def test_a_receipt_that_cannot_be_written_is_refused_before_anything_is_done(store_path, forget, tmp_path):
    before = store_path.read_bytes()
    receipt = tmp_path / "no folder" / "receipt.json"
    status, _, err = forget("--user-id", ADA, "--store", store_path, "--yes", "--receipt", receipt)
    assert (status, str(receipt) in err, store_path.read_bytes()) == (1, True, before)


def test_of_two_files_of_a_kind_none_is_passed_over(store_path, forget, capsys):
    with pytest.raises(SystemExit) as stopped:
        forget("--user-id", ADA, "--store", store_path, "--store", store_path, "--yes")
    assert (stopped.value.code, "given twice" in capsys.readouterr().err) == (2, True)


@pytest.mark.parametrize(("ago", "said"), [(0, "events that are being sent"), (3600, "events that wait")])
def test_what_an_app_took_that_has_ended_is_not_being_sent(tmp_path, forget, ago, said):
    outbox = Outbox(
        path := tmp_path / "outbox.sqlite3", lease_seconds=60, clock=lambda: time.monotonic() - ago
    )
    outbox.store([(json.dumps(ADAS["named"]).encode(), False)])
    assert outbox.claim(most=10, most_bytes=100_000).batches
    outbox.close()
    status, out, err = forget("--user-id", ADA, "--outbox", path, "--yes")
    assert (status, f"took out 1 {said}" in out, "being sent" in err) == (0, True, not ago)


def test_a_file_whose_table_is_called_locked_is_not_in_use():
    with closing(sqlite3.connect(":memory:")) as connection, pytest.raises(sqlite3.Error) as refused:
        connection.execute("SELECT 1 FROM locked")
    assert not is_locked(refused.value)
