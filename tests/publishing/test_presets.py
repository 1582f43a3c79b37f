"""A page of a publishing system is described by our app for it, with nothing written: a site in a process."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ARTICLE_2 = "iglu:org.tracking_middleware/article/jsonschema/2-0-0"
KNOWN = {
    "wagtail": {"headline": "Rivers rise", "content_type": "wagtailcore.Page"},
    "cms": {"headline": "Rivers rise", "language": "en"},
}


@pytest.mark.parametrize("system", KNOWN)
def test_a_page_carries_its_article(system):
    command = [sys.executable, "-m", "tests.publishing.site", system]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=120)
    assert ran.returncode == 0, ran.stderr
    told = json.loads(ran.stdout)
    assert (told["status"], told["events"], told["counts"]) == (200, 1, {})
    (entity,) = told["entities"]
    assert entity["schema"] == ARTICLE_2
    data = entity["data"]
    assert data["id"] == told["id"]
    assert {name: data.get(name) for name in KNOWN[system]} == KNOWN[system]
    assert ("published" in data) is (system == "wagtail")


def test_what_django_rest_framework_made_data_of_is_what_a_page_shows():
    command = [sys.executable, "-m", "tests.publishing.rest"]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=120)
    assert ran.returncode == 0, ran.stderr
    assert json.loads(ran.stdout) == {
        "one/1": [200, ["first"]],
        "several/": [200, ["first", "second"]],
        "paged/": [200, ["first"]],
        "given/": [200, ["second"]],
    }
