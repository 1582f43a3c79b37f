"""What is left of a run that ends in the middle, or finds nothing better."""

import subprocess
import sys
import time

import duckdb
import pytest

from tracking_middleware.journeys import driver
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


def test_a_run_that_is_killed_leaves_the_tables_of_the_run_before(tables, story, tmp_path):
    story.add(0, device="d", session="s")
    made = tables(story)
    before = made.ask(COUNTS)
    for number in range(200):
        story.add(number, device=f"d{number}", session=f"s{number}")
    (tmp_path / "more.tsv").write_text(story.tsv())
    line = [sys.executable, "-m", "tracking_middleware", "journeys", "run", "more.tsv", "--full"]
    with subprocess.Popen(line, cwd=tmp_path, stderr=subprocess.PIPE, text=True) as running:
        deadline = time.monotonic() + PATIENCE * 4
        while " sessions" not in running.stderr.readline():
            assert time.monotonic() < deadline
        running.kill()
    assert made.ask(COUNTS) == before
    assert made.ask(UNFINISHED) != []
    assert tables(tmp_path / "more.tsv").ask(COUNTS) == [(201, 201, 201)]
    assert made.ask(UNFINISHED) == []


def test_every_model_says_what_a_row_is_and_needs_only_those_above_it():
    for model in MODELS:
        if model.kind != "components":
            assert model.sql.startswith("-- One row"), model.name
    names = [model.name for model in MODELS]
    assert len(set(names)) == len(names)
