"""Random traffic, random faults, a real collector, a real file, and processes that are really killed.

Whatever happens, every event recorded is delivered unaltered, waits, or is counted; and it comes
twice only after a kill or an answer that was lost.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time

from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from tracking_middleware.delivery.outbox.file import Outbox, OutboxError

from .conftest import assert_balanced
from .faulty import FaultyCollector

STATUSES = [301, 401, 404, 408, 410, 429, 500, 503]
UNANSWERED = ["hang", "reset", "half", "lost", "slow"]
"""After these an event may come twice: it was taken, or may have been, and the answer did not arrive."""


class Accounting(RuleBasedStateMachine):
    """A process with an outbox between a user and a collector."""

    def __init__(self):
        super().__init__()
        self.collector = FaultyCollector()
        self.collector.rule = self.judge
        self.plan = []
        self.folder = tempfile.TemporaryDirectory()
        self.path = f"{self.folder.name}/outbox.sqlite3"
        self.recorded, self.may_be_lost = [], set()
        self.may_repeat = self.is_disk_full = False
        self.stats = None
        self.rejected = 0
        self.process = None

    def judge(self, events):
        if any(event["page"].startswith("bad") for event in events):
            return 422
        return self.plan.pop(0) if self.plan else 200

    @initialize()
    def start(self):
        self.process = subprocess.Popen(
            [sys.executable, "-W", "ignore", "-m", "tests.delivery.victim", self.collector.url, self.path],
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.is_disk_full = False
        self.rejected += self.stats["dropped"].get("rejected", 0) if self.stats else 0

    def tell(self, *command):
        self.process.stdin.write(json.dumps(command) + "\n")
        self.process.stdin.flush()
        self.stats = json.loads(self.process.stdout.readline())

    def new_titles(self, kinds):
        titles = [f"{kind} {len(self.recorded) + n}" for n, kind in enumerate(kinds)]
        self.recorded += titles
        return titles

    @rule(kinds=st.lists(st.sampled_from(["good"] * 9 + ["bad"]), min_size=1, max_size=150))
    def record(self, kinds):
        titles = self.new_titles(kinds)
        if self.is_disk_full:
            self.may_be_lost.update(titles)
        self.tell("record", titles)

    @rule(faults=st.lists(st.sampled_from([*STATUSES, *UNANSWERED, 200, 200]), min_size=1, max_size=6))
    def plan_faults(self, faults):
        self.plan += faults
        self.may_repeat = self.may_repeat or any(fault in UNANSWERED for fault in faults)

    @rule()
    def settle(self):
        self.tell("settle")

    @rule()
    def flush(self):
        self.tell("flush")

    @rule(events=st.integers(1, 30))
    def fork(self, events):
        if self.is_disk_full:  # what a child cannot write and cannot send ends with it
            return
        self.tell("fork", self.new_titles(["good"] * events))

    @rule(seconds=st.sampled_from([-86_400, -5, 5, 86_400 * 365]))
    def jump(self, seconds):
        self.tell("jump", seconds)

    @rule()
    def fill_disk(self):
        self.tell("settle")
        self.is_disk_full = True
        self.may_repeat = True  # what was delivered cannot be deleted from the file
        self.tell("fill_disk")

    @rule()
    def clear_disk(self):
        self.tell("clear_disk")
        self.tell("settle")
        self.is_disk_full = False

    @rule()
    def kill(self):
        self.tell("settle")
        self.process.kill()
        self.process.communicate()
        self.may_repeat = True
        self.start()

    @rule()
    def restart(self):
        self.tell("end")
        self.process.communicate()
        self.start()

    @invariant()
    def balances(self):
        if self.stats is not None:
            assert_balanced(self.stats)

    def teardown(self):
        try:
            if self.process is not None:
                self.end_well()
        finally:
            if self.process is not None:
                self.process.kill()
                self.process.communicate()
            self.collector.close()
            self.folder.cleanup()

    def end_well(self):
        """The collector is well and the disk has room: everything comes out, and is as it was."""
        self.plan.clear()
        self.tell("clear_disk")
        self.tell("settle")
        deadline = time.monotonic() + 30
        while (left := self.waiting()) and time.monotonic() < deadline:
            self.tell("flush")
        assert not left
        self.tell("end")
        self.rejected += self.stats["dropped"].get("rejected", 0)
        assert_balanced(self.stats)
        self.check_arrivals()

    def waiting(self):
        return (
            self.stats["buffered"]
            + self.stats["in_flight"]
            + self.in_file("pending")
            + self.in_file("leased")
        )

    def in_file(self, place):
        if not os.path.exists(self.path):
            return 0
        outbox = Outbox(self.path)
        try:
            return getattr(outbox.ledger(), place)
        except OutboxError:
            return 1
        finally:
            outbox.close()

    def check_arrivals(self):
        good = {title for title in self.recorded if title.startswith("good")}
        taken = self.collector.taken
        titles = [event["page"] for event in taken]
        assert set(titles) <= good
        assert good - set(titles) <= self.may_be_lost
        if not self.may_repeat:
            assert len(titles) == len(set(titles))
        versions = {(event["page"], json.dumps({**event, "stm": ""}, sort_keys=True)) for event in taken}
        assert len(versions) == len(set(titles))  # one that came twice was the same, id and all
        bad = {title for title in self.recorded if title.startswith("bad")} - self.may_be_lost
        # one that was refused while the file was left alone has no place there, and is counted
        assert self.in_file("dead") + self.rejected >= len(bad)


Accounting.TestCase.settings = hypothesis_settings(
    max_examples=int(os.environ.get("ACCOUNTING_EXAMPLES", "6")),
    stateful_step_count=15,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
TestAccounting = Accounting.TestCase
