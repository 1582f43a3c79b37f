"""A setting that names a file: whatever else is given, or cannot be used, is said at start-up."""

from __future__ import annotations

import contextlib
import os
import tempfile
from pathlib import Path

import pytest

from tracking_middleware import Settings, Tracker
from tracking_middleware.settings.file_paths import new_file_path

from .test_settings import RIGHT, problems_of


class BytesPath:
    def __fspath__(self):
        return b"/tmp/outbox"


@contextlib.contextmanager
def ordinary_user():
    """Whoever runs the tests may be allowed everything."""
    user = os.geteuid()
    if user == 0:
        os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(user)


@pytest.fixture
def folder():
    """One that anybody may enter, unlike pytest's own."""
    path = Path(tempfile.mkdtemp())
    path.chmod(0o777)
    yield path
    path.chmod(0o777)
    for file in path.iterdir():
        file.unlink()
    path.rmdir()


@pytest.mark.parametrize("name", ["outbox", "ca_bundle"])
@pytest.mark.parametrize(
    "value", [False, True, 5, [], {}, object(), b"/tmp/outbox", BytesPath(), "", "a\0b", "\ud800"]
)
def test_what_names_no_file_is_refused(name, value, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (problem,) = problems_of(**{name: value})
    assert problem.startswith(f"{name} must be the path of a file")
    assert list(tmp_path.iterdir()) == []


def test_a_name_that_is_too_long_is_refused(tmp_path):
    (problem,) = problems_of(outbox=tmp_path / ("x" * 300))
    assert "File name too long" in problem


def test_links_that_lead_nowhere_are_refused(tmp_path):
    (tmp_path / "circle").symlink_to(tmp_path / "circle")
    (tmp_path / "dangling").symlink_to("/nowhere/outbox")
    assert problems_of(outbox=tmp_path / "circle")
    assert "folder that is there" in problems_of(outbox=tmp_path / "dangling")[0]


def test_a_link_is_followed(tmp_path):
    (tmp_path / "link").symlink_to(tmp_path / "outbox")
    assert new_file_path(tmp_path / "link") == str(tmp_path / "link")


@pytest.mark.parametrize(
    ("mode", "said"), [(0o000, "cannot be used (Permission denied)"), (0o555, "may make files")]
)
def test_a_folder_that_is_closed_is_refused(folder, mode, said):
    folder.chmod(mode)
    with ordinary_user():
        (problem,) = problems_of(outbox=folder / "outbox")
    assert said in problem


def test_a_file_that_may_not_be_written_is_refused(folder):
    (folder / "outbox").touch(0o444)
    with ordinary_user():
        (problem,) = problems_of(outbox=folder / "outbox")
    assert "may not read and write" in problem


def test_a_folder_that_is_closed_later_is_told_and_raises_nothing(folder, sink):
    settings = Settings(**{**RIGHT, "collector_url": sink.url}, outbox=folder / "outbox")
    folder.chmod(0)
    with ordinary_user():
        tracker = Tracker(settings)
        tracker.track({"schema": "iglu:a/b/jsonschema/1-0-0", "data": {}})
        assert tracker.flush(5) == 0
        assert "Permission denied" in tracker.health()["reasons"][0]
        assert tracker.stats()["errors"]["outbox_failed"]
        tracker.close()


def test_no_outbox_is_none():
    assert Settings(**RIGHT, outbox=None).outbox is None
