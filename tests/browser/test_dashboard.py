"""The dashboard over a file of a run, in a real browser: journeys and gaps, and nothing that axe finds."""

from __future__ import annotations

import re
import subprocess
import sys
import time

import pytest
from playwright.sync_api import expect

from tests.pictures import fill
from tracking_middleware.journeys.config import Config
from tracking_middleware.journeys.driver import run

from ..conftest import PATIENCE
from .page_helpers import opened, overflow
from .test_live_page_looks import SIZES, keep, violations


@pytest.fixture(scope="module")
def url(tmp_path_factory):
    """A dashboard over what a run made of a magazine's week."""
    folder = tmp_path_factory.mktemp("dashboard")
    fill(folder / "events.sqlite3", time.time() - 300)
    config = Config(threads=1)
    run([folder / "events.sqlite3"], to=folder / "journeys.duckdb", config=config, progress=lambda *_: None)
    line = [sys.executable, "-m", "tracking_middleware", "dashboard", "--port", "0", "--journeys"]
    process = subprocess.Popen([*line, str(folder / "journeys.duckdb")], stdout=subprocess.PIPE, text=True)
    try:
        yield process.stdout.readline().split()[-1]
    finally:
        process.terminate()
        process.wait(PATIENCE)
        process.stdout.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("path", ["/journeys", "/gaps", "/journeys?q=ada"])
def test_every_page_is_accessible_and_fits(browser, url, packages, path, size, scheme):
    with opened(browser, url + path, viewport=SIZES[size], color_scheme=scheme) as page:
        expect(page.locator("h1")).to_be_attached()
        assert overflow(page) <= 0
        assert violations(page, packages) == []
        keep(page, f"dashboard{re.sub('[^a-z]', '-', path)}", size, scheme)


@pytest.mark.parametrize("scripted", [True, False], ids=["scripted", "plain"])
def test_from_a_gap_to_a_person_and_to_an_event(browser, url, packages, scripted):
    with opened(browser, f"{url}/gaps", java_script_enabled=scripted) as page:
        page.locator(".gap-tables a").filter(has_text=re.compile(r"\d{4}-\d\d-\d\d")).first.click()
        expect(page).to_have_url(re.compile(r"/journeys\?from=.*&to="))
        page.locator(".journey h2 a").first.click()
        expect(page.get_by_role("heading", name="Who it is")).to_be_visible()
        page.get_by_text("As a list").click()
        page.locator(".steps a").first.click()
        expect(page.locator("#panel h2" if scripted else "main article h2")).to_be_visible()
        page.get_by_role("link", name="journey", exact=True).click()
        expect(page.get_by_role("heading", name="Who it is")).to_be_visible()
        if scripted:
            assert violations(page, packages) == []
