"""The reader is right about pages like those of publishing systems, damaged ones among them."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tracking_middleware.collector.schemas.iglu import load_iglu
from tracking_middleware.events.entities import encode_entity

from .__main__ import PRECISION, RECALL
from .corpus import HELD_BACK, SYSTEMS, pages
from .score import Score, read, scores

ROOT = Path(__file__).resolve().parents[2]


def test_there_are_enough_pages_of_enough_systems():
    made = list(pages(SYSTEMS, "1"))
    assert len({page.system for page in made}) >= 20
    assert len(made) >= 200
    assert len({page.body for page in made}) == len(made)
    assert len(list(pages(HELD_BACK, "1"))) == 90
    assert SYSTEMS.keys().isdisjoint(HELD_BACK)


@pytest.mark.parametrize("seed", ["1", "2", "3"])
@pytest.mark.parametrize("systems", [SYSTEMS, HELD_BACK], ids=["pages", "held back"])
def test_every_field_is_nearly_always_right(systems, seed):
    found = scores(pages(systems, seed))
    assert {"title", "canonical", "article.headline", "product.price"} <= set(found)
    missed = {
        name: (score.precision, score.recall, score.where[:3])
        for name, score in found.items()
        if score.precision < PRECISION or score.recall < RECALL
    }
    assert missed == {}


@pytest.mark.parametrize("seed", ["1", "2"])
def test_whatever_is_read_is_valid_by_its_schema(seed):
    check = load_iglu().validation.for_request()
    found = [entity for page in pages({**SYSTEMS, **HELD_BACK}, seed) for entity in read(page).entities]
    assert len(found) > 200
    for entity in found:
        described = json.loads(encode_entity(entity)[1])
        assert [problem.sentence for problem in check(described, "entity", [])] == []


def test_a_score_counts_what_is_wrong_and_what_is_missing():
    score = Score(right=8, wrong=2, missed=8)
    assert (score.precision, score.recall) == (0.8, 0.5)


def test_the_figures_of_the_document_are_those_that_are_printed():
    printed = subprocess.run(
        [sys.executable, "-m", "tests.metadata"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    shown = re.search(r"```text\n(pages: .*?)```", (ROOT / "docs" / "metadata.md").read_text(), re.DOTALL)[1]
    assert shown.strip() == printed.strip(), "put in what python -m tests.metadata prints"
