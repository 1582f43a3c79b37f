"""Warnings, ``log:`` and ``debug`` are seen in each framework as it is, and never twice."""

from __future__ import annotations

import json
import logging
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import pytest

from tracking_middleware.log_text import LastResort, show

from ..conftest import PATIENCE

FRAMEWORKS = ("django", "flask", "fastapi")
DOWN = "http://127.0.0.1:9"
"""Where nobody listens."""
ROOT = Path(__file__).resolve().parents[2]
CONFIGURED = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"theirs": {"format": "theirs: %(message)s"}},
    "handlers": {"theirs": {"class": "logging.StreamHandler", "formatter": "theirs"}},
    "root": {"handlers": ["theirs"], "level": "WARNING"},
}


def said(framework, **options):
    """The lines on standard error of a site with these settings."""
    given = {"app_id": "site", "shutdown_timeout": 5, **options}
    done = subprocess.run(
        [sys.executable, "-m", "tests.unit.log_sites", framework, json.dumps(given)],
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        cwd=ROOT,
    )
    assert done.returncode == 0, done.stderr
    return done.stderr.splitlines()


def of(lines, word):
    return [line for line in lines if word in line]


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_a_collector_that_is_down_and_what_is_lost_is_said(framework):
    lines = said(framework, collector_url=DOWN)
    (down,) = of(lines, "refused")
    (lost,) = of(lines, "were not delivered")
    (wrong,) = of(lines, "entity_invalid")
    assert all(line.startswith("WARNING: tracking: ") for line in (down, lost, wrong))


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_the_log_as_the_collector_and_debug_show_without_any_configuration(framework):
    lines = said(framework, collector_url="log:", debug=True)
    (event,) = [json.loads(line) for line in lines if line.startswith("{")]
    assert event["aid"] == "site"
    assert len(of(lines, "not tracked: GET '/': fetch")) == 1


@pytest.mark.parametrize("framework", FRAMEWORKS)
@pytest.mark.parametrize("keeps_loggers", [True, False])
def test_nothing_is_said_twice_where_the_application_configures_logging(framework, keeps_loggers):
    configured = {**CONFIGURED, "disable_existing_loggers": not keeps_loggers}
    lines = said(framework, collector_url="log:", debug=True, logging=configured)
    assert len(of(lines, '"aid"')) == len(of(lines, "not tracked: ")) == 1
    assert all(line.startswith("theirs: ") for line in lines)


def test_what_was_asked_for_shows_beside_a_handler_that_leaves_it_out():
    quiet = {**CONFIGURED["handlers"]["theirs"], "level": "WARNING"}
    lines = said("flask", collector_url="log:", logging={**CONFIGURED, "handlers": {"theirs": quiet}})
    assert [line.partition(":")[0] for line in of(lines, "entity_invalid")] == ["theirs"]
    assert len([line for line in lines if line.startswith("{")]) == 1


@contextmanager
def ours():
    """A logger of ours under a parent that, from now on, passes nothing on to pytest's own handlers."""
    parent = logging.getLogger("tracking_middleware.test")
    child = parent.getChild("child")
    parent.propagate = False
    parent.addHandler(LastResort())
    try:
        yield child
    finally:
        parent.propagate = True
        for each in (parent, child):
            each.handlers.clear()
            each.setLevel(logging.NOTSET)


def test_only_warnings_are_written_unasked(capsys):
    with ours() as logger:
        logger.info("fine")
        logger.warning("not %s", "fine")
    assert capsys.readouterr().err == "WARNING: not fine\n"


def test_an_applications_null_handler_or_level_silences(capsys):
    with ours() as logger:
        logger.addHandler(logging.NullHandler())
        logger.warning("quiet")
        logger.handlers.clear()
        logger.setLevel(logging.ERROR)
        show(logger.name)
        logger.warning("quiet")
        logger.info("quiet")
    assert capsys.readouterr().err == ""


def test_a_handler_of_higher_level_decides_on_warnings_as_python_has_it(capsys):
    handler = logging.NullHandler()
    handler.setLevel(logging.ERROR)
    with ours() as logger:
        logger.addHandler(handler)
        logger.warning("theirs to leave out")
    assert capsys.readouterr().err == ""


def test_an_exception_is_written_with_its_traceback(capsys):
    with ours() as logger:
        try:
            raise ValueError("x")
        except ValueError:
            logger.exception("failed")
    assert capsys.readouterr().err.startswith("ERROR: failed\nTraceback ")


@pytest.mark.parametrize("stream", [None, "closed"])
def test_standard_error_that_is_gone_raises_nothing(monkeypatch, stream, tmp_path):
    if stream == "closed":
        stream = (tmp_path / "x").open("w")
        stream.close()
    with ours() as logger, monkeypatch.context() as patched:
        patched.setattr(sys, "stderr", stream)
        logger.warning("nobody hears it")
