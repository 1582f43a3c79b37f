"""The plugin as users have it: in a pytest of its own, over a site in each framework."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
ROOT = HERE.parents[1]

SITE = """
from dataclasses import dataclass
from typing import Annotated
import pytest
from tracking_middleware import *

@event("iglu:com.acme/order_placed/jsonschema/1-0-0")
@dataclass(frozen=True)
class OrderPlaced:
    sku: str
    margin: Annotated[float, Confidential]

tracker = Tracker(collector_url="http://127.0.0.1:9", app_id="shop")
"""


@pytest.fixture
def run(tmp_path):
    """Runs pytest with the plugin, in a process of its own, away from this project's settings."""

    def run(*arguments, suite=None, ini="[pytest]\n"):
        (tmp_path / "pytest.ini").write_text(ini)
        if suite is not None:
            (tmp_path / "test_suite.py").write_text(SITE + suite)
        finished = subprocess.run(
            [
                sys.executable,
                "-m",
                "pytest",
                "-p",
                "tracking_middleware.testing",
                "-q",
                "-c",
                "pytest.ini",
                *map(str, arguments),
            ],
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            timeout=100,
        )
        return finished.stdout + finished.stderr

    return run


def passed(output):
    assert " failed" not in output, output
    assert " error" not in output, output
    return int(re.search(r"(\d+) passed", output)[1])


def test_a_users_suite_sees_what_its_site_tracks_in_every_framework(run):
    assert passed(run("--noconftest", HERE / "users_suite.py")) == 39


def test_it_does_so_in_the_processes_of_xdist(run):
    assert passed(run("--noconftest", "-n", "2", HERE / "users_suite.py")) == 39


def test_the_cases_of_django_and_unittest_see_it_too(run):
    assert passed(run("--noconftest", HERE / "users_cases.py")) == 9


def test_the_cases_need_no_pytest():
    finished = subprocess.run(
        [sys.executable, "-m", "tests.testing.users_cases"],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=100,
    )
    assert finished.returncode == 0, finished.stderr
    assert "Ran 9 tests" in finished.stderr


def test_a_failure_shows_what_was_tracked_instead_and_nothing_confidential(run):
    output = run(
        suite="""
def test_it(tracked_events):
    tracker.track(OrderPlaced(sku="RS-1", margin=41.25), subject=Subject(user_id="17"))
    tracker.track(StructuredEvent("shop", "order"))
    tracked_events.page_views.one()
"""
    )
    assert "AssertionError: expected one page view, found 0; tracked were" in output
    assert "1  order_placed  (no page)" in output
    assert "user_id '17'" in output
    assert "iglu:com.acme/order_placed/jsonschema/1-0-0 {'sku': 'RS-1', 'margin': ***}" in output
    assert "2  structured" in output
    assert "41.25)" not in output.replace('margin=41.25), subject=Subject(user_id="17")', "")


def test_a_failure_says_in_what_the_events_differ(run):
    output = run(
        suite="""
def test_it(tracked_events):
    tracker.track(StructuredEvent("shop", "pay"))
    tracked_events.structured.where(category="shop", action="order").one()
"""
    )
    assert "expected one structured event with category='shop', action='order', found 0" in output
    assert "- action: wanted 'order', is 'pay'" in output


def test_no_event_leaves_unless_somebody_asks(run, sink):
    suite = f"""
def test_it():
    tracker = Tracker(collector_url="{sink.url}", app_id="shop")
    tracker.track(StructuredEvent("shop", "pay"))
    tracker.close()
    assert tracker.stats()["dropped"].get("held_by_tests", 0) == HELD
"""
    assert passed(run(suite=suite.replace("HELD", "1"))) == 1
    assert sink.requests == []
    assert passed(run(suite=suite.replace("HELD", "0"), ini="[pytest]\ntracking_delivery = send\n")) == 1
    assert len(sink.events) == 1


def test_the_collector_knows_the_schemas_of_the_suite(run, tmp_path):
    place = tmp_path / "schemas" / "com.acme" / "order_placed" / "jsonschema"
    place.mkdir(parents=True)
    (place / "1-0-0").write_text('{"properties": {"sku": {"type": "string", "maxLength": 4}}}')
    output = run(
        suite="""
def test_it(collector):
    with Tracker(collector_url=collector.url, app_id="shop") as tracker:
        tracker.track(OrderPlaced(sku="RS-1", margin=1))
        tracker.track(OrderPlaced(sku="RS-100", margin=1))
        (good,), (bad,) = collector.good(at_least=1), collector.bad(at_least=1)
    assert good["schema"] == "iglu:com.acme/order_placed/jsonschema/1-0-0"
    assert "$.sku" in bad["reasons"][0]
""",
        ini="[pytest]\ntracking_schemas = schemas\n",
    )
    assert passed(output) == 1


def test_a_wrong_option_says_what_would_be_right(run):
    output = run(ini="[pytest]\ntracking_delivery = never\n", suite="")
    assert "tracking_delivery is 'never': write 'hold' or 'send'" in output


def test_a_suite_that_does_not_use_it_is_not_changed(run):
    output = run(
        "-v",
        suite="""
import logging, threading

def test_it(caplog):
    assert logging.getLogger("tracking_middleware").level == logging.NOTSET
    assert [type(handler).__name__ for handler in logging.getLogger("tracking_middleware").handlers] == [
        "LastResort"
    ]
    assert threading.active_count() == 1
    current_page().title = "outside a request, which only counts"
""",
    )
    assert passed(output) == 1


def test_events_of_other_threads_and_tasks_are_seen(run):
    output = run(
        suite="""
import asyncio, threading

def test_it(tracked_events):
    thread = threading.Thread(target=tracker.track, args=(StructuredEvent("a", "thread"),))
    thread.start()
    thread.join()

    async def main():
        await asyncio.gather(*(asyncio.to_thread(tracker.track, StructuredEvent("a", "task")) for _ in "12"))

    asyncio.run(main())
    assert sorted(event.action for event in tracked_events) == ["task", "task", "thread"]
"""
    )
    assert passed(output) == 1


FLASK = """
from flask import Flask
from tracking_middleware.flask import Tracking

@entity("iglu:com.acme/article/jsonschema/1-0-0")
@dataclass(frozen=True)
class Article:
    id: str
    fee: Annotated[float, Confidential] = 99.5

def page():
    current_page().attach(Article(id="a1"))
    return "<p>page</p>"

def client_of(**options):
    app = Flask(__name__)
    app.config["TRACKING"] = {"collector_url": "http://127.0.0.1:9", "app_id": "shop", **options}
    app.add_url_rule("/page", view_func=page)
    Tracking(app)
    return app.test_client()
"""


def test_a_failure_says_why_a_request_was_no_page_view(run):
    output = run(
        suite=FLASK
        + """
def test_one(tracked_events):
    client_of().get("/page", headers={"Accept": "application/json"})
    tracked_events.page_views.one()

def test_index(tracked_events):
    client_of().post("/page")
    tracked_events.page_views[0]

def test_length(tracked_events):
    client_of(exclude=["/page"]).get("/page")
    assert len(tracked_events.page_views) == 1
"""
    )
    assert output.count("skipped: fetch  GET /page: its Accept, X-Requested-With or Sec-Fetch-Dest") >= 1
    assert "send Accept: text/html alone" in output
    assert "IndexError: expected page view number 0, found 0; tracked was nothing" in output
    assert "skipped: method  POST /page: only a GET is a page view" in output
    assert "len(<no page view: skipped: excluded  GET /page: the setting exclude has its path>)" in output


def test_a_failure_shows_the_fields_that_differ_and_nothing_confidential(run):
    output = run(
        suite=FLASK
        + """
def test_assert(tracked_events):
    client_of().get("/page")
    wanted = Article(id="a2", fee=88.5)
    assert tracked_events.page_views.one().entity(Article) == wanted

def test_where(tracked_events):
    tracker.track(OrderPlaced(sku="RS-1", margin=1.25))
    tracked_events.of(OrderPlaced).where(data=OrderPlaced(sku="RS-2", margin=1.25)).one()

def test_attribute(tracked_events):
    client_of().get("/page")
    tracked_events.page_views.entity(Article).ident

def test_entity(tracked_events):
    client_of().get("/page")
    tracked_events.page_views.one().entity("iglu:com.acme/author/jsonschema")
"""
    )
    assert "- id: wanted 'a2', is 'a1'" in output
    assert "- fee: wanted ***, is ***" in output
    assert "99.5}" not in output
    assert "- data.sku: wanted 'RS-2', is 'RS-1'" in output
    assert "has no 'ident' here: it has id, fee" in output
    assert "expected one iglu:com.acme/author/jsonschema, found 0; attached to page_view http://" in output


def test_a_failure_shows_no_frame_of_ours(run):
    output = run(
        suite=FLASK
        + """
def test_one(tracked_events):
    tracked_events.page_views.one()

def test_entity(tracked_events):
    client_of().get("/page")
    tracked_events.page_views.entity("iglu:com.acme/author/jsonschema")

def test_schemas(tracked_events):
    tracker.track(OrderPlaced(sku="RS-1", margin=1))
    tracked_events.assert_schema_valid()

def test_case():
    import unittest
    from tracking_middleware.testing import TrackingTestMixin

    class Case(TrackingTestMixin, unittest.TestCase):
        def test_it(self):
            self.tracked_events.page_views.one()

    result = unittest.TestResult()
    Case("test_it").run(result)
    print(result.failures[0][1])
    raise SystemError
"""
    )
    assert "4 failed" in output
    assert "tracking_middleware/testing/" not in output


def test_a_failure_says_why_nothing_came_at_all(run):
    output = run(
        suite="""
del tracker
import gc
gc.collect()  # it is part of a cycle

def test_none(tracked_events):
    tracked_events.page_views.one()

def test_off(tracked_events):
    tracker = Tracker(collector_url="http://127.0.0.1:9", app_id="shop", enabled=False)
    tracked_events.page_views.one()

def test_idle(tracked_events):
    tracker = Tracker(collector_url="http://127.0.0.1:9", app_id="shop")
    tracked_events.page_views.one()
"""
    )
    assert "there is no tracker in this process: is the middleware there" in output
    assert "tracking is off: the setting enabled is False" in output
    assert "no request reached the middleware, and nothing was tracked" in output


def test_a_collector_says_why_events_do_not_come(run):
    output = run(
        suite=f"""
import tracking_middleware.testing.collector as collector_module
collector_module._PATIENCE = 0.3
{FLASK}
def test_elsewhere(collector):
    client = client_of()
    client.get("/page")
    collector.good(at_least=1)

def test_unknown(collector):
    client = client_of(collector_url=collector.url)
    client.get("/page")
    collector.good(at_least=1)

def test_skipped(collector):
    client = client_of(collector_url=collector.url)
    client.get("/page", headers={{"Accept": "application/json"}})
    collector.good(at_least=1)
"""
    )
    assert "they have http://127.0.0.1:9; 1 events were held" in output
    assert (
        "bad: entity 2 (contexts): the schema iglu:com.acme/article/jsonschema/1-0-0 is not found" in output
    )
    assert "option tracking_schemas" in output
    assert "skipped: fetch  GET /page" in output
    assert "tracking_middleware/testing/" not in output


def test_a_wish_in_the_environment_lets_events_out(run, sink, monkeypatch):
    suite = f"""
def test_it():
    tracker = Tracker(collector_url="{sink.url}", app_id="shop")
    tracker.track(StructuredEvent("shop", "pay"))
    tracker.close()
"""
    monkeypatch.setenv("TRACKING_DELIVERY", "send")
    assert passed(run(suite=suite)) == 1
    assert len(sink.events) == 1
    monkeypatch.setenv("TRACKING_DELIVERY", "never")
    assert "TRACKING_DELIVERY is 'never': write 'hold' or 'send'" in run(suite=suite)


def test_a_mixin_in_the_wrong_place_says_where_it_belongs(run):
    output = run(
        suite="""
import unittest
from tracking_middleware.testing import TrackingTestMixin

class Tests(unittest.TestCase, TrackingTestMixin):
    def test_it(self):
        self.tracked_events.page_views.one()
"""
    )
    assert "Tests has no tracked_events yet: name TrackingTestMixin before TestCase" in output
