"""The demo and the example sites, run as the README says."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import httpx
import pytest

from example_apps.demo.__main__ import show_addresses, sites_environment
from example_apps.demo.processes import EXAMPLES, Processes
from example_apps.demo.visitors import BROWSER_HEADERS, VISITS, take_step

ROOT = Path(__file__).resolve().parents[2]


def demo(*arguments):
    return subprocess.run(
        [sys.executable, "-m", "example_apps.demo", "--once", *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=100,
    )


def test_the_demo_ends_with_0_when_all_events_arrived():
    done = demo()
    assert done.returncode == 0, done.stderr
    assert "12 page views and 5 other events arrived in the collector" in done.stdout
    table = done.stdout.split("12 page views")[0]
    for event in ("page_view", "fraud_checked", "order_placed", "order_declined", "order_returned"):
        assert event in table
    journey = done.stdout.partition("What the journeys say of the shop's visitor:")[2]
    assert "user_id 123" in journey
    lines = [line for line in journey.splitlines() if line.startswith("    ")]
    assert any("browser+server" in line and "/products/RS-1" in line for line in lines)
    assert any("browser+server" in line and "/basket" in line and "with basket" in line for line in lines)
    assert "off the browser" in lines[-1]
    assert "order_returned" in lines[-1]
    assert "http://" not in done.stdout, "an address where nobody answers any more"


def test_the_demo_that_stays_says_where_to_look_on(capsys):
    show_addresses({"shop": "http://127.0.0.1:1", "collector": "http://127.0.0.1:2"})
    assert capsys.readouterr().out == (
        "To look on:\n  shop       http://127.0.0.1:1/\n  collector  http://127.0.0.1:2/\n"
    )


def test_the_demo_fails_and_says_what_is_missing(sink):
    """The sink takes the events but does not show them, as a collector without Micro's API."""
    done = demo("--collector", sink.url)
    assert done.returncode == 1
    assert "newsroom: no page view of / ('The Newsroom')" in done.stderr
    assert "shop: no page view of /basket ('Your basket')" in done.stderr
    assert "shop: no order_returned" in done.stderr


class Sites(NamedTuple):
    addresses: dict[str, str]
    environment: dict[str, str]

    def run(self, visit, command):
        return subprocess.run(
            [sys.executable, "-m", *shlex.split(command)],
            cwd=EXAMPLES / visit.site,
            env={**os.environ, **self.environment},
            capture_output=True,
            text=True,
            timeout=30,
        )


@pytest.fixture(scope="module", params=["true", "false"])
def sites(request):
    """The sites, with tracking on and off; nobody listens where the events go."""
    with Processes() as processes:
        environment = {
            **sites_environment(processes, "http://127.0.0.1:9"),
            "SNOWPLOW_JS_URL": "http://127.0.0.1:9/tracker.js",
            "TRACKING_ENABLED": request.param,
        }
        migrate = [sys.executable, "manage.py", "migrate", "--verbosity=0"]
        processes.run("migrate", migrate, cwd=EXAMPLES / "newsroom", environment=environment)
        addresses = {visit.site: processes.start_site(visit.site, environment) for visit in VISITS}
        yield Sites(addresses, environment)


@pytest.mark.parametrize("visit", VISITS, ids=lambda visit: visit.site)
def test_each_page_works_without_a_collector_and_loads_the_browsers_tracker(sites, visit):
    with httpx.Client(
        base_url=sites.addresses[visit.site], headers=BROWSER_HEADERS, follow_redirects=True, timeout=15
    ) as browser:
        for step in visit.steps:
            answer = take_step(browser, step)
            assert answer.status_code == 200
            assert "http://127.0.0.1:9/tracker.js" in answer.text
            for secret in visit.secrets:
                assert secret not in answer.text
                assert secret not in str(answer.headers)
    for command in visit.commands:
        done = sites.run(visit, command)
        assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("wrong", ["99 RS-1", "1 BC-3", "1 no-such-article"])
def test_the_warehouse_is_told_when_there_is_no_such_order(sites, wrong):
    shop = next(visit for visit in VISITS if visit.site == "shop")
    done = sites.run(shop, f"flask --app shop returns {wrong}")
    assert done.returncode != 0
    assert "Error: " in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("visit", VISITS, ids=lambda visit: visit.site)
def test_each_site_serves_the_shared_files_that_its_pages_name(sites, visit):
    with httpx.Client(base_url=sites.addresses[visit.site], headers=BROWSER_HEADERS, timeout=15) as browser:
        page = take_step(browser, visit.steps[-1] if visit.site == "magazine" else "/").text
        for file in sorted((EXAMPLES / "shared").iterdir()):
            (address,) = re.findall(rf'(?:href|src)="([^"]*/{re.escape(file.name)})"', page)
            answer = browser.get(address)
            assert (answer.status_code, answer.text) == (200, file.read_text())
            assert {".css": "css", ".js": "javascript"}[file.suffix] in answer.headers["Content-Type"]
        assert "<style>" not in page
