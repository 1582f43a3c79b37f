"""Hostile requests, seeded: ``FUZZ_CASES`` of them in all (2 000 by default), by ``FUZZ_SEED``."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

from ..conftest import PATIENCE
from . import mutator
from .corpus import FOLDER, corpus, read
from .growth import READERS, inputs
from .serving import close_loop
from .targets import SEED, TARGETS, attack, cases_of

CASES = int(os.environ.get("FUZZ_CASES", "2000"))
CASE_SEED = int(os.environ.get("FUZZ_SEED", str(SEED)))
_AT_ONCE = 2000
ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module", autouse=True)
def _loop():
    yield
    close_loop()


def slices():
    """The cases of each target in pieces that several processes can share."""
    for name in TARGETS:
        count = cases_of(name, CASES)
        for start in range(0, count, _AT_ONCE):
            cases = range(start, min(start + _AT_ONCE, count))
            yield pytest.param(name, cases, id=f"{name}-{cases.start}-{cases.stop - 1}-seed-{CASE_SEED}")


def attack_elsewhere(name, cases):
    """In a process of its own, since a process has one Django with one set of settings."""
    command = [sys.executable, "-m", "tests.fuzz", "--only", name, "--seed", str(CASE_SEED)]
    command += ["--first", str(cases.start), "--cases", str(len(cases))]
    done = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, timeout=PATIENCE * 7, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{len(cases)} cases" in done.stdout


@pytest.mark.parametrize(("name", "cases"), list(slices()))
def test_no_request_breaks_a_promise(name, cases):
    if name.startswith("django"):
        attack_elsewhere(name, cases)
        return
    failures = []
    attack(name, CASE_SEED, cases, on_failure=failures.append)
    assert not failures, f"{len(failures)} of {len(cases)} cases; the first:\n{failures[0]}"


@pytest.mark.parametrize("reader", READERS)
def test_no_text_of_64_kb_takes_ages(reader):
    for name, text in inputs():
        begun = time.process_time()
        READERS[reader](text)
        assert time.process_time() - begun < 2, name


def test_a_case_is_the_same_whenever_it_is_run():
    first, second = (mutator.mutated(random.Random(f"{SEED} {n}")) for n in (1, 2))
    assert first == mutator.mutated(random.Random(f"{SEED} 1"))
    assert first != second


def test_the_corpus_says_what_each_of_its_requests_is():
    assert len(corpus()) >= 35
    for path in FOLDER.iterdir():
        assert path.read_text("latin-1").startswith("# "), path.name


def test_a_file_of_the_corpus_is_written_out():
    request = read(b"# why\nGET /\\x00?<<3*ab>>\nX: a\\r\\nb\n<<2*Y: <\\x3e>>\n\nbody\n\nmore\n")
    assert (request.method, request.target) == ("GET", b"/\0?ababab")
    assert request.headers == ((b"X", b"a\r\nb"), (b"Y", b"<>"), (b"Y", b"<>"))
    assert request.body == b"body\n\nmore"
