"""The guard fails when something gets dearer, and only then."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from ..benchmarks.processes import Sink
from . import figures
from .counting import ROOT
from .figures import Here, compare, read, renew, report
from .scenarios import COLLECTOR, SCENARIOS

HERE = Here("CPython 3.11.7", "x86_64, GCC 12.2.0", {"msgspec": "0.22.0"})
OTHER = Here("CPython 3.11.8", "x86_64, GCC 12.2.0", {"msgspec": "0.22.0"})
GOOD = {"bare_wsgi": 4_000, "wsgi_page": 100_000, "encode_page": 80_000}


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "figures.toml"
    renew(GOOD, path, HERE)
    return path


def judged(capsys, path, at=HERE, **changed):
    """The status that the guard ends with, and what it prints."""
    return report({**GOOD, **changed}, known=GOOD, path=path, at=at), capsys.readouterr().out


def test_passes_where_all_is_within_the_bound(capsys, path):
    status, output = judged(capsys, path, wsgi_page=104_900, encode_page=76_100)
    assert status == 0
    assert "FAILED" not in output


def test_fails_where_something_is_dearer(capsys, path):
    status, output = judged(capsys, path, wsgi_page=105_100)
    assert status == 1
    assert "FAILED: wsgi_page +5.1%: 105,100 instructions, and its figure is 100,000" in output


def test_tells_to_renew_where_something_is_much_cheaper(capsys, path):
    status, output = judged(capsys, path, encode_page=60_000)
    assert status == 0
    assert "note: encode_page -25.0%: 60,000 instructions, and its figure is 80,000; keep the gain" in output
    assert figures.RENEW in output


@pytest.mark.parametrize("bare", [3_900, 4_100])
def test_fails_where_the_yardstick_shows_another_interpreter(capsys, path, bare):
    status, output = judged(capsys, path, bare_wsgi=bare)
    assert status == 1
    assert "another build than the figures'" in output


def test_fails_without_figures_of_the_interpreter_and_says_how_to_make_them(capsys, path):
    status, output = judged(capsys, path, at=OTHER)
    assert status == 1
    assert "no figures of CPython 3.11.8, only of CPython 3.11.7" in output
    assert figures.RENEW in output


def test_a_failure_says_what_else_is_not_as_it_was(capsys, path):
    newer = Here(HERE.interpreter, HERE.build, {"msgspec": "0.23.0"})
    _, output = judged(capsys, path, at=newer, wsgi_page=120_000)
    assert "the figures are with msgspec 0.22.0, this is 0.23.0" in output


def test_a_scenario_without_a_figure_fails():
    (finding,) = compare(GOOD, {"asgi_page": 1}, known=[*GOOD, "asgi_page"])
    assert finding.is_fatal
    assert "has no figure" in finding.says


def test_a_figure_without_a_scenario_fails():
    (finding,) = compare(GOOD, {"wsgi_page": 100_000}, known=["bare_wsgi", "wsgi_page"])
    assert (finding.scenario, finding.is_fatal) == ("encode_page", True)


def test_renewing_keeps_the_figures_of_other_interpreters(path):
    renew({"wsgi_page": 90_000}, path, OTHER)
    assert read(path)[HERE.interpreter]["instructions"] == GOOD
    assert read(path)[OTHER.interpreter]["instructions"] == {"wsgi_page": 90_000}


def test_renewing_a_few_keeps_the_others(path):
    renew({"wsgi_page": 90_000}, path, HERE)
    assert read(path)[HERE.interpreter]["instructions"] == {**GOOD, "wsgi_page": 90_000}


def test_every_figure_has_a_scenario():
    """That every scenario has a figure is what the guard itself looks at."""
    known = {scenario.__name__ for scenario in SCENARIOS}
    assert read()
    for section in read().values():
        assert set(section["instructions"]) <= known


def test_every_scenario_tracks_what_it_is_to_count():
    """Each as the guard runs it, but without valgrind, which takes its time."""
    names = [scenario.__name__ for scenario in SCENARIOS]
    options = {"tree": str(ROOT), "only": names, "count": 20, "jobs": 2, "only_load": False}
    with Sink() as sink:
        ended = subprocess.run(
            [sys.executable, "-m", "tests.guard.child", json.dumps(options)],
            cwd=ROOT,
            env={**os.environ, COLLECTOR: sink.url},
            capture_output=True,
            text=True,
            timeout=100,
            check=False,
        )
        assert ended.returncode == 0, ended.stderr
        status = {each["scenario"]: each["status"] for each in map(json.loads, ended.stdout.splitlines())}
        assert status == dict.fromkeys(names, 0), ended.stderr
        assert sink.arrivals(220, within=10).events == 220
