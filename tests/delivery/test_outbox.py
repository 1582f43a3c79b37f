"""The outbox file alone: leases, limits, troubles of the disk, and its ledger at every step."""

from __future__ import annotations

import os
import sqlite3
import stat
import subprocess
import sys
import threading

import pytest
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from tracking_middleware.delivery.outbox.file import (
    CorruptOutboxError,
    Outbox,
    OutboxError,
    OutboxFullError,
    existing,
)

LEASE = 10


class Clock:
    """Seconds that go by when they are told to."""

    def __init__(self, now=1000.0):
        self.now = now

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def make(tmp_path, clock):
    made = []

    def make(**options):
        outbox = Outbox(tmp_path / "outbox.sqlite3", lease_seconds=LEASE, clock=clock, **options)
        made.append(outbox)
        return outbox

    yield make
    for outbox in made:
        outbox.close()


def store(outbox, *names, is_anonymous=False):
    outbox.store([(name.encode(), is_anonymous) for name in names])


def claim(outbox, most=100, most_bytes=1_000_000):
    return list(outbox.claim(most=most, most_bytes=most_bytes).batches)


def names(batches):
    return [payload.decode() for batch in batches for payload in batch.payloads]


def counted(outbox):
    """Where the rows really are, and the ledger's word."""
    with sqlite3.connect(outbox.path) as connection:
        waiting = connection.execute("SELECT count(*) FROM events").fetchone()[0]
        dead = connection.execute("SELECT count(*) FROM dead_letters").fetchone()[0]
    connection.close()
    return waiting, dead, outbox.ledger()


def assert_balanced(outbox):
    waiting, dead, ledger = counted(outbox)
    assert ledger.pending + ledger.leased == waiting
    assert ledger.dead == dead
    assert ledger.stored == waiting + ledger.delivered + dead + ledger.evicted
    assert min(ledger.as_dict().values()) >= 0


def test_is_readable_by_its_owner_alone(make):
    outbox = make()
    store(outbox, "a")
    for path in outbox.path.parent.iterdir():
        assert stat.S_IMODE(os.stat(path).st_mode) == 0o600, path


def test_gives_the_oldest_first_and_the_kinds_apart(make):
    outbox = make()
    store(outbox, "a", "b")
    store(outbox, "secret", is_anonymous=True)
    store(outbox, "c")
    batches = claim(outbox)
    assert [(batch.is_anonymous, names([batch])) for batch in batches] == [
        (False, ["a", "b", "c"]),
        (True, ["secret"]),
    ]
    assert_balanced(outbox)


def test_cuts_by_count_and_by_bytes(make):
    outbox = make()
    store(outbox, *"abcdef")
    assert names(claim(outbox, most=2)) == ["a", "b"]
    assert names(claim(outbox, most_bytes=3)) == ["c", "d", "e"]
    store(outbox, "x" * 10)
    assert names(claim(outbox)) == ["f", "x" * 10]


def test_gives_an_event_that_is_too_large_for_its_batch_alone(make):
    outbox = make()
    store(outbox, "x" * 10, "y")
    assert names(claim(outbox, most_bytes=3)) == ["x" * 10]


def test_nobody_else_gets_what_is_leased(make):
    outbox, other = make(), make()
    store(outbox, *"abcd")
    assert names(claim(outbox, most=2)) == ["a", "b"]
    assert names(claim(other, most=2)) == ["c", "d"]
    assert claim(outbox) == []
    assert outbox.ledger().leased == 4


def test_a_lease_runs_out_and_is_taken_over(make, clock):
    outbox, other = make(), make()
    store(outbox, *"abcd")
    (batch,) = claim(outbox, most=2)
    clock.now += LEASE + 1
    assert names(claim(other, most=2)) == ["a", "b"]
    assert not outbox.hold(batch)
    assert_balanced(outbox)


def test_a_claim_says_how_many_another_may_find_at_once(make, clock):
    outbox = make()
    store(outbox, *"abcde")

    def beyond(most):
        return outbox.claim(most=most, most_bytes=1_000_000).beyond

    assert beyond(3) == 2
    assert beyond(3) == 0
    clock.now += LEASE + 1
    store(outbox, "f")
    assert beyond(3) is None  # the first that ran out; behind it are others
    assert beyond(3) is None
    assert beyond(3) == 0


def test_a_lease_is_lengthened_as_long_as_its_holder_lives(make, clock):
    outbox, other = make(), make()
    store(outbox, "a")
    (batch,) = claim(outbox)
    for _ in range(5):
        clock.now += LEASE * 0.6
        assert outbox.hold(batch)
        assert claim(other) == []


def test_a_lease_from_before_the_machine_started_again_does_not_hold(make, clock):
    outbox = make()
    clock.now = 1_000_000.0
    store(outbox, "a")
    claim(outbox)
    clock.now = 5.0
    assert names(claim(outbox)) == ["a"]


def test_what_is_put_off_does_not_hold_up_the_rest(make, clock):
    outbox = make()
    store(outbox, *"abcd")
    (batch,) = claim(outbox, most=2)
    outbox.give_back(batch, wait=60)
    (rest,) = claim(outbox, most=2)
    assert names([rest]) == ["c", "d"]
    outbox.deliver(rest)
    assert claim(outbox) == []
    clock.now += 61
    (again,) = claim(outbox)
    assert (names([again]), again.attempt) == (["a", "b"], 1)


def test_what_is_delivered_leaves_the_file(make):
    outbox = make()
    store(outbox, *"abc")
    (batch,) = claim(outbox)
    outbox.deliver(batch)
    assert counted(outbox)[:2] == (0, 0)
    assert outbox.ledger().as_dict() == {
        "stored": 3,
        "pending": 0,
        "leased": 0,
        "delivered": 3,
        "dead": 0,
        "evicted": 0,
    }


def test_one_that_is_delivered_twice_counts_once(make, clock):
    outbox, other = make(), make()
    store(outbox, *"abc")
    (batch,) = claim(outbox)
    clock.now += LEASE + 1
    (same,) = claim(other)
    outbox.deliver(batch)
    other.deliver(same)
    assert outbox.ledger().delivered == 3
    assert_balanced(outbox)


def test_halves_are_settled_one_by_one(make):
    outbox = make()
    store(outbox, *"abcd")
    first, second = claim(outbox)[0].halves()
    outbox.deliver(first)
    outbox.refuse(second, "HTTP status 400")
    assert [(letter.payload, letter.reason) for letter in outbox.dead_letters()] == [
        (b"c", "HTTP status 400"),
        (b"d", "HTTP status 400"),
    ]
    assert_balanced(outbox)
    assert outbox.ledger().dead == 2


def test_dead_letters_can_be_sent_again_beside_a_lease_on_their_old_place(make):
    outbox = make()
    store(outbox, *"abc")
    (batch,) = claim(outbox)
    first, rest = batch.halves()
    outbox.refuse(first, "HTTP status 400")
    assert outbox.retry_dead_letters() == 1
    outbox.deliver(rest)
    assert names(claim(outbox)) == ["a"]
    assert_balanced(outbox)


def test_an_event_can_be_buried_at_once(make):
    outbox = make()
    outbox.bury(b"large", is_anonymous=False, reason="too large")
    assert (outbox.ledger().stored, outbox.ledger().dead) == (1, 1)
    assert_balanced(outbox)


def test_exports_all_events_waiting_or_dead_in_their_order(make):
    outbox = make()
    store(outbox, *"abc")
    outbox.bury(b"dead", is_anonymous=False, reason="too large")
    store(outbox, "d")
    claim(outbox, most=1)
    assert list(outbox.payloads()) == [b"a", b"b", b"c", b"dead", b"d"]


def test_a_full_file_evicts_the_oldest_and_dead_letters_first(make):
    outbox = make(max_bytes=400_000, on_full="drop_oldest")
    outbox.bury(b"dead", is_anonymous=False, reason="too large")
    for n in range(100):
        store(outbox, f"{n:03}" + "x" * 9_997)
    ledger = outbox.ledger()
    assert (ledger.stored, ledger.dead) == (101, 0)
    assert ledger.evicted >= 60
    assert names(claim(outbox))[-1].startswith("099")
    assert os.stat(outbox.path).st_size < 600_000
    assert_balanced(outbox)


def test_a_full_file_never_evicts_what_is_being_sent(make):
    outbox = make(max_bytes=400_000, on_full="drop_oldest")
    store(outbox, *("x" * 10_000 for _ in range(10)))
    (batch,) = claim(outbox)
    for _ in range(50):
        store(outbox, "x" * 10_000)
    outbox.deliver(batch)
    assert outbox.ledger().delivered == 10
    assert_balanced(outbox)


def test_a_full_file_refuses_what_comes_by_the_other_policy(make):
    outbox = make(max_bytes=400_000, on_full="drop_newest")
    for n in range(30):
        store(outbox, f"{n:03}" + "x" * 10_000)
    with pytest.raises(OutboxFullError, match="outbox_max_bytes"):
        store(outbox, *("x" * 10_000 for _ in range(10)))
    assert names(claim(outbox))[0].startswith("000")
    assert_balanced(outbox)


def test_a_locked_file_is_said_to_be_locked(make):
    outbox = make()
    store(outbox, "a")
    with sqlite3.connect(outbox.path, isolation_level=None) as other:
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(OutboxError, match="locked"):
            store(outbox, "b")
        other.execute("COMMIT")
    other.close()
    store(outbox, "b")
    assert names(claim(outbox)) == ["a", "b"]


def corrupt(outbox):
    """Somebody writes nonsense into the file; what using it raises."""
    outbox.path.write_bytes(b"no database at all" * 100)
    return trouble(outbox)


def trouble(outbox):
    with pytest.raises(CorruptOutboxError, match="not a database") as caught:
        store(outbox, "a")
    return caught.value


def test_a_corrupt_file_is_set_aside_and_never_deleted(make):
    outbox = make()
    aside = outbox.put_aside(corrupt(outbox))
    assert aside.name.startswith("outbox.sqlite3.corrupt-")
    assert aside.read_bytes().startswith(b"no database at all")
    store(outbox, "a")
    assert names(claim(outbox)) == ["a"]


def test_a_file_that_another_process_set_aside_is_not_set_aside_again(make):
    outbox, other = make(), make()
    error, others = corrupt(outbox), trouble(other)
    assert other.put_aside(others) is not None
    store(other, "a")
    assert outbox.put_aside(error) is None
    assert names(claim(outbox)) == ["a"]


def test_two_threads_that_find_a_file_corrupt_set_it_aside_once(make):
    outbox = make()
    first, second = corrupt(outbox), trouble(outbox)
    assert outbox.put_aside(first) is not None
    store(outbox, "a")
    assert outbox.put_aside(second) is None
    assert names(claim(outbox)) == ["a"]


def test_a_database_of_another_kind_is_left_alone(make):
    outbox = make()
    with sqlite3.connect(outbox.path) as theirs:
        theirs.execute("CREATE TABLE customers (name TEXT)")
    theirs.close()
    before = outbox.path.read_bytes()
    with pytest.raises(OutboxError, match="no outbox") as caught:
        store(outbox, "a")
    assert not isinstance(caught.value, CorruptOutboxError)
    assert outbox.path.read_bytes() == before


def test_only_a_file_that_is_there_is_looked_into(tmp_path):
    with pytest.raises(OutboxError, match="is no file"):
        existing(tmp_path / "missing")
    assert list(tmp_path.iterdir()) == []


def test_many_processes_make_one_file_at_once(tmp_path):
    code = """
import sys
from tracking_middleware.delivery.outbox.file import Outbox
outbox = Outbox(sys.argv[1], lease_seconds=10)
sys.stdin.readline()
for n in range(20):
    outbox.store([(f"{sys.argv[2]}-{n}".encode(), False)])
outbox.close()
"""
    path = tmp_path / "outbox.sqlite3"
    command = [sys.executable, "-c", code, str(path)]
    processes = [
        subprocess.Popen([*command, str(n)], stdin=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for n in range(6)
    ]
    for process in processes:
        process.stdin.write("\n")
        process.stdin.flush()
    for process in processes:
        _, stderr = process.communicate(timeout=60)
        assert (process.returncode, stderr) == (0, "")
    outbox = Outbox(path, lease_seconds=10)
    assert len(set(outbox.payloads())) == 120
    assert_balanced(outbox)
    outbox.close()


def test_threads_take_turns(make):
    outbox = make()
    threads = [
        threading.Thread(target=lambda n=n: [store(outbox, f"{n}-{i}") for i in range(30)]) for n in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(names(claim(outbox, most=200)))) == 120


class SharedFile(RuleBasedStateMachine):
    """Two processes on one file: whatever they do, every event is in one place and sent at least once."""

    def __init__(self):
        super().__init__()
        import tempfile

        self.folder = tempfile.TemporaryDirectory()
        self.clock = Clock()
        self.processes = [self.start(), self.start()]
        self.held = [[], []]
        self.stored, self.taken = [], set()

    def start(self):
        return Outbox(
            f"{self.folder.name}/outbox.sqlite3", lease_seconds=LEASE, clock=self.clock, on_full="drop_oldest"
        )

    @rule(who=st.integers(0, 1), events=st.integers(1, 5), is_anonymous=st.booleans())
    def store(self, who, events, is_anonymous):
        new = [f"event {len(self.stored) + n}".encode() for n in range(events)]
        self.processes[who].store([(payload, is_anonymous) for payload in new])
        self.stored += new

    @rule(who=st.integers(0, 1), most=st.integers(1, 4))
    def claim(self, who, most):
        self.held[who] += self.processes[who].claim(most=most, most_bytes=1000).batches

    @rule(who=st.integers(0, 1), how=st.sampled_from(["deliver", "refuse", "give_back", "halve"]))
    def settle(self, who, how):
        if not self.held[who]:
            return
        batch = self.held[who].pop(0)
        outbox = self.processes[who]
        if how == "give_back":
            outbox.give_back(batch, wait=5)
        elif how == "halve" and len(batch) > 1:
            self.held[who] = [*batch.halves(), *self.held[who]]
        elif how == "refuse":
            outbox.refuse(batch, "HTTP status 400")
        else:
            outbox.deliver(batch)
            self.taken.update(batch.payloads)

    @rule(who=st.integers(0, 1))
    def die(self, who):
        self.processes[who].close()
        self.processes[who] = self.start()
        self.held[who].clear()

    @rule(seconds=st.floats(0, 15))
    def wait(self, seconds):
        self.clock.now += seconds

    @rule(who=st.integers(0, 1))
    def retry(self, who):
        self.processes[who].retry_dead_letters()

    @invariant()
    def is_balanced(self):
        outbox = self.processes[0]
        if not self.stored:
            return
        assert_balanced(outbox)
        assert outbox.ledger().stored == len(self.stored)
        assert set(outbox.payloads()) | self.taken == set(self.stored)

    def teardown(self):
        for outbox in self.processes:
            outbox.close()
        self.folder.cleanup()


SharedFile.TestCase.settings = hypothesis_settings(max_examples=60, stateful_step_count=30, deadline=None)
TestSharedFile = SharedFile.TestCase
