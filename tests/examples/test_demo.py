"""The demo and the example sites, run as the README says."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from example_apps.demo.processes import EXAMPLES, Processes
from example_apps.demo.visitors import BROWSER_HEADERS, VISITS

ROOT = Path(__file__).resolve().parents[2]


def demo(*arguments):
    return subprocess.run(
        [sys.executable, "-m", "example_apps.demo", "--once", *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=100,
    )


def test_the_demo_ends_with_0_when_all_page_views_arrived():
    done = demo()
    assert done.returncode == 0, done.stderr
    assert "9 page views arrived in the collector" in done.stdout
    for name in ("newsroom", "shop", "magazine", "collector"):
        assert f"  {name:<10} http://127.0.0.1:" in done.stdout


def test_the_demo_fails_and_says_what_is_missing(sink):
    """The sink takes the events but does not show them, as a collector without Micro's API."""
    done = demo("--collector", sink.url)
    assert done.returncode == 1
    assert "newsroom: no page view of / ('The Newsroom')" in done.stderr
    assert "shop: no page view of /basket ('Your basket')" in done.stderr


@pytest.fixture(scope="module", params=["true", "false"])
def sites(request):
    """The sites' addresses, with tracking on and off; nobody listens where the events go."""
    environment = {
        "COLLECTOR_URL": "http://127.0.0.1:9",
        "SNOWPLOW_JS_URL": "http://127.0.0.1:9/tracker.js",
        "TRACKING_ENABLED": request.param,
        "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")]).rstrip(os.pathsep),
    }
    with Processes() as processes:
        environment["NEWSROOM_DATABASE"] = str(processes.folder / "newsroom.sqlite3")
        migrate = [sys.executable, "manage.py", "migrate", "--verbosity=0"]
        processes.run("migrate", migrate, cwd=EXAMPLES / "newsroom", environment=environment)
        yield {visit.site: processes.start_site(visit.site, environment) for visit in VISITS}


@pytest.mark.parametrize("visit", VISITS, ids=lambda visit: visit.site)
def test_each_page_works_without_a_collector_and_loads_the_browsers_tracker(sites, visit):
    with httpx.Client(
        base_url=sites[visit.site], headers=BROWSER_HEADERS, follow_redirects=True, timeout=15
    ) as browser:
        for step in visit.steps:
            method, _, path = step.rpartition(" ")
            answer = browser.request(method or "GET", path)
            assert answer.status_code == 200
            assert "http://127.0.0.1:9/tracker.js" in answer.text
            for secret in ("38.55", "21.35"):
                assert secret not in answer.text
                assert secret not in str(answer.headers)
