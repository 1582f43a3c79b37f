"""Copies of a file of journeys: of one moment, without a lock, and gone when nobody has them."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
import sys
import tempfile

import duckdb
import pytest

from tracking_middleware.collector.insights.of_file import snapshots
from tracking_middleware.collector.insights.of_file.file_tables import FileTables
from tracking_middleware.collector.insights.of_file.snapshots import is_written, snapshot_of, stamp_of
from tracking_middleware.journeys.file import JourneysFileError
from tracking_middleware.journeys.live import LiveError

WRITER = """
import duckdb, os, signal, sys
connection = duckdb.connect(sys.argv[1], config={"checkpoint_threshold": "1GB"})
connection.execute(sys.argv[2])
print("done", flush=True)
if sys.argv[3] == "killed":
    os.kill(os.getpid(), signal.SIGKILL)
sys.stdin.read()
"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Where the copies are."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "journeys.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute("CREATE TABLE numbers AS SELECT range AS number FROM range(3)")
    return path


def write(path, statement, *, then="waits"):
    line = [sys.executable, "-c", WRITER, str(path), statement, then]
    writer = subprocess.Popen(line, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert writer.stdout.readline() == "done\n"
    return writer


def numbers(path):
    with duckdb.connect(str(path), read_only=True) as connection:
        return connection.execute("SELECT count(*) FROM numbers").fetchall()[0][0]


def test_who_reads_a_copy_keeps_nobody_from_writing(path, folder):
    snapshot = snapshot_of(path)
    with duckdb.connect(str(snapshot.path), read_only=True) as reading:
        snapshot.unlink()
        assert not is_written(path)
        with write(path, "INSERT INTO numbers VALUES (9)") as writer:
            assert is_written(path)
            with snapshot_of(path) as meanwhile:
                assert numbers(meanwhile.path) == 3  # what is not in the file yet is none of it
            writer.communicate()
        assert reading.execute("SELECT count(*) FROM numbers").fetchall() == [(3,)]
    assert stamp_of(path) != snapshot.stamp
    snapshot.close()
    assert not [*folder.iterdir()]
    assert numbers(path) == 4


def test_what_somebody_wrote_who_was_killed_is_there(path, folder):
    with write(path, "INSERT INTO numbers VALUES (9)", then="killed") as writer:
        writer.wait()
    assert path.with_name("journeys.duckdb.wal").exists()
    before = path.read_bytes()
    with snapshot_of(path) as snapshot:
        assert numbers(snapshot.path) == 4
        assert stamp_of(path) == snapshot.stamp
    assert path.read_bytes() == before


def test_a_copy_during_which_the_file_was_written_is_made_anew(path, folder):
    writes = iter(range(2))

    def meanwhile():
        if next(writes, None) is not None:
            with write(path, "INSERT INTO numbers VALUES (9)") as writer:
                writer.communicate()

    with snapshot_of(path, before_each=meanwhile) as snapshot:
        assert numbers(snapshot.path) == 5
    writes = iter(range(100))
    with pytest.raises(JourneysFileError, match="reload in a moment"):
        snapshot_of(path, before_each=meanwhile)
    assert not [*folder.iterdir()]


def test_a_copy_is_broken_off_where_the_dashboard_ends(path, folder, monkeypatch):
    monkeypatch.setattr(snapshots, "_CHUNK", 4096)
    tables, parts = FileTables(path), []

    def part():
        parts.append(len(parts))
        if len(parts) == 3:
            tables.end()
        go_on()

    go_on = tables._go_on
    monkeypatch.setattr(tables, "_go_on", part)
    with pytest.raises(LiveError, match="the dashboard ends"):
        tables.make()
    assert len(parts) == 3
    assert not [*folder.iterdir()]


def test_where_copies_are_is_said_where_one_cannot_be_made(path, folder, monkeypatch):
    def full():
        raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(JourneysFileError, match=f"No space left on device; copies are in {folder}"):
        snapshot_of(path, before_each=full)
    assert not [*folder.iterdir()]
    folder.rmdir()
    with pytest.raises(JourneysFileError, match=r"cannot be copied to be read: .*TMPDIR"):
        snapshot_of(path)


def test_a_file_that_takes_the_place_of_another_is_another(path, tmp_path):
    before = stamp_of(path)
    shutil.copyfile(path, tmp_path / "new")
    os.replace(tmp_path / "new", path)
    assert stamp_of(path) != before
    path.unlink()
    assert (stamp_of(path), is_written(path)) == (None, False)


def test_what_cannot_be_read_is_said(path, folder, tmp_path):
    with pytest.raises(JourneysFileError, match="none is not there: tracking-middleware journeys run makes"):
        snapshot_of(tmp_path / "none")
    with pytest.raises(JourneysFileError, match="cannot be copied to be read: "):
        snapshot_of(tmp_path)
    for content in (b"", b"SQLite format 3\0" + bytes(9000), b"no database at all"):
        path.write_bytes(content)
        with pytest.raises(JourneysFileError, match="it is no database of DuckDB's"):
            snapshot_of(path)
    assert not [*folder.iterdir()]


def test_what_was_left_while_it_was_made_goes_in_time_and_what_is_of_others_stays(path, folder):
    left, theirs = folder / "journeys-dashboard-left", folder / "journeys-dashboard-notes"
    for each in (left, theirs):
        each.mkdir()
    (left / "begun").touch()
    snapshot_of(path).close()
    assert left.exists()  # it may be being made
    (theirs / "letter.txt").touch()
    for each in (left, theirs):
        os.utime(each, (0, 0))
    snapshot_of(path).close()
    assert [*folder.iterdir()] == [theirs]
    assert [*theirs.iterdir()] == [theirs / "letter.txt"]


def test_copies_of_those_who_were_killed_go(path, folder):
    code = """
import os, signal, sys, tempfile
from pathlib import Path
from tracking_middleware.collector.insights.of_file.snapshots import snapshot_of
tempfile.tempdir = sys.argv[2]
kept = snapshot_of(Path(sys.argv[1]))
print(kept.path, flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""
    line = [sys.executable, "-c", code, str(path), str(folder)]
    left = subprocess.run(line, capture_output=True, text=True, check=False).stdout.strip()
    assert os.path.exists(left)
    with snapshot_of(path) as used, snapshot_of(path) as other:
        assert not os.path.exists(left)
        assert used.path.exists()
        assert other.path.exists()
    assert not [*folder.iterdir()]
