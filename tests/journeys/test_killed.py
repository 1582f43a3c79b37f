"""What is left of a run that ends in the middle, or finds nothing better."""

import os
import signal
import subprocess
import sys
import tempfile
import time

import duckdb
import pytest

from tracking_middleware.journeys import driver
from tracking_middleware.journeys.apart.moments import end_of
from tracking_middleware.journeys.config import Config
from tracking_middleware.journeys.file import HeldError, JourneysFileError, opened
from tracking_middleware.journeys.increments.past import as_known
from tracking_middleware.journeys.increments.running import run
from tracking_middleware.journeys.making import Making
from tracking_middleware.journeys.models import MODELS

from ..conftest import PATIENCE

COUNTS = (
    "SELECT (SELECT count(*) FROM events), (SELECT count(*) FROM persons), (SELECT count(*) FROM page_views)"
)
UNFINISHED = "SELECT table_name FROM duckdb_tables() WHERE table_name LIKE 'unfinished%'"


def test_a_run_that_fails_half_way_leaves_the_tables_of_the_run_before(tables, story, monkeypatch):
    story.add(0, device="d", session="s")
    made = tables(story)
    before = made.ask(COUNTS)
    story.add(1, device="e", session="t")
    make = Making.make

    def failing(making, model):
        if model.name == "sessions":
            raise duckdb.Error("no space left")
        make(making, model)

    monkeypatch.setattr(Making, "make", failing)
    with pytest.raises(driver.RunFailedError, match="the table sessions could not be made: no space left"):
        tables(story)
    assert made.ask(COUNTS) == before
    assert made.ask(UNFINISHED) == []


@pytest.fixture
def killed(story, tmp_path):
    """Runs a story and two hundred visitors more, and is killed in the middle."""

    def kill(*, before_the_end=lambda: None):
        for number in range(200):
            story.add(number, device=f"d{number}", session=f"s{number}")
        (tmp_path / "more.tsv").write_text(story.tsv())
        line = [sys.executable, "-m", "tracking_middleware", "journeys", "run", "more.tsv", "--full"]
        with subprocess.Popen(line, cwd=tmp_path, stderr=subprocess.PIPE, text=True) as running:
            deadline = time.monotonic() + PATIENCE * 4
            while " sessions" not in running.stderr.readline():
                assert time.monotonic() < deadline
            os.kill(running.pid, signal.SIGSTOP)
            before_the_end()
            running.kill()

    return kill


def test_a_run_that_is_killed_leaves_the_tables_of_the_run_before(tables, story, killed, tmp_path):
    story.add(0, device="d", session="s")
    made = tables(story)
    before = made.ask(COUNTS)
    killed()
    assert made.ask(COUNTS) == before
    assert made.ask(UNFINISHED) != []
    assert tables(tmp_path / "more.tsv").ask(COUNTS) == [(201, 201, 201)]
    assert made.ask(UNFINISHED) == []


def test_what_a_killed_run_put_aside_goes_with_the_next_and_not_before(killed, tmp_path):
    path, folder = tmp_path / "journeys.duckdb", tmp_path / "journeys.duckdb.scratch"

    def others_try():
        for is_read in (True, False):
            with pytest.raises(HeldError), opened(path, config=Config(), read_only=is_read):
                pass

    killed(before_the_end=others_try)
    assert (folder / "scratch.duckdb").exists()
    assert folder.stat().st_mode & 0o777 == 0o700
    with opened(path, config=Config(), read_only=True):
        pass
    assert (folder / "scratch.duckdb").exists()
    run([tmp_path / "more.tsv"], to=path, config=Config(threads=1), progress=lambda *_: None)
    assert sorted(tmp_path.iterdir()) == [path, tmp_path / "more.tsv"]


def test_whoever_writes_the_file_takes_away_what_was_left_and_nothing_of_others(tables, story, tmp_path):
    story.add(0, device="d", session="s")
    path = tables(story).path
    scratch, spilled = (tmp_path / f"journeys.duckdb.{name}" for name in ("scratch", "tmp"))
    for folder in (scratch, spilled):
        folder.mkdir()
        (folder / "letter.txt").touch()
    (spilled / "duckdb_temp_storage_DEFAULT-0.tmp").touch()
    with pytest.raises(JourneysFileError, match=r"duckdb\.scratch is there, where a run has what it reads"):
        tables(story)
    assert [*scratch.iterdir(), *spilled.iterdir()] == [scratch / "letter.txt", spilled / "letter.txt"]
    (spilled / "letter.txt").unlink()
    (scratch / "scratch.duckdb").touch()  # so that the folder is a run's
    with opened(path, config=Config()):
        assert not scratch.exists()
        assert not spilled.exists()


def test_nothing_is_removed_through_a_link(tables, story, tmp_path):
    story.add(0, device="d", session="s")
    path = tables(story).path
    theirs = tmp_path / "theirs"
    theirs.mkdir()
    kept = [theirs / name for name in ("duckdb_temp_storage_DEFAULT-0.tmp", "scratch.duckdb")]
    for each in kept:
        each.write_text("theirs")
    for name in ("scratch", "tmp"):
        (tmp_path / f"{path.name}.{name}").symlink_to(theirs)
    with pytest.raises(JourneysFileError, match="take it away"):
        tables(story)
    assert [each.read_text() for each in kept] == ["theirs", "theirs"]


def test_a_run_through_a_link_puts_aside_beside_the_file_itself(tables, story, tmp_path):
    story.add(0, device="d", session="s")
    path = tables(story).path
    (tmp_path / "elsewhere").mkdir()
    link = tmp_path / "elsewhere" / "link.duckdb"
    link.symlink_to(path)
    left = tmp_path / "journeys.duckdb.scratch"
    left.mkdir()
    with opened(link, config=Config()):
        assert not left.exists()


def test_what_was_put_aside_to_show_a_date_goes_when_another_is_shown(tables, story, tmp_path, monkeypatch):
    story.add(0, device="d", session="s")
    path = tables(story).path
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    code = """
import os, signal, sys, tempfile
from datetime import datetime
from pathlib import Path
from tracking_middleware.journeys.increments.past import as_known
tempfile.tempdir = sys.argv[2]
with as_known(Path(sys.argv[1]), as_of=datetime(2026, 3, 15)):
    os.kill(os.getpid(), signal.SIGKILL)
"""
    subprocess.run([sys.executable, "-c", code, str(path), str(folder)], check=False)
    (left,) = folder.iterdir()
    assert (left / "past.duckdb").exists()
    day = end_of("2026-03-15")
    with as_known(path, as_of=day), as_known(path, as_of=day):
        assert not left.exists()
        assert len([*folder.iterdir()]) == 2
    assert not [*folder.iterdir()]


def test_every_model_says_what_a_row_is_and_needs_only_those_above_it():
    for model in MODELS:
        if model.kind != "components":
            assert model.sql.startswith("-- One row"), model.name
    names = [model.name for model in MODELS]
    assert len(set(names)) == len(names)
