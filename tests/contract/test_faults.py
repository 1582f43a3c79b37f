"""What goes wrong in tracking never reaches the response."""

from __future__ import annotations

import socket
import time
from contextlib import closing

import pytest

from tracking_middleware import Tracker
from tracking_middleware import tracker as tracker_module
from tracking_middleware.asgi import ScopeRequest
from tracking_middleware.asgi import scope_request as scope_module
from tracking_middleware.django import middleware as django_adapter
from tracking_middleware.exchange import answer as answer_module
from tracking_middleware.exchange import capture as capture_module
from tracking_middleware.exchange import exchange as exchange_module
from tracking_middleware.exchange import issuer as issuer_module
from tracking_middleware.exchange import visitor as visitor_module
from tracking_middleware.exchange.visited import Visited
from tracking_middleware.wsgi import EnvironRequest
from tracking_middleware.wsgi import environ_request as environ_module

from .conftest import ADAPTERS, Site, wait_until
from .sites import django


@pytest.fixture(params=[name for name in ADAPTERS if not name.startswith("django")])
def serve(request):
    """Starts a site with a ready tracker, and stops it afterwards."""
    stops = []

    def start(tracker):
        adapter = ADAPTERS[request.param]
        app = adapter.make({"tracker": tracker})
        port, stop = adapter.serve(app)
        stops.append(stop)
        return Site(request.param, port, app=app)

    yield start
    for stop in stops:
        stop()


@pytest.fixture
def tracker(sink):
    with closing(Tracker(collector_url=sink.url, app_id="faults", linger=0.02)) as tracker:
        yield tracker


def broken(*_arguments, **_options):
    raise ZeroDivisionError("a bug of ours")


@pytest.mark.parametrize(
    ("module", "name"),
    [
        (tracker_module, "request_reason"),
        (exchange_module, "answer_reason"),
        (Visited, "_make_visitor"),
        (exchange_module, "CapturedPageView"),
        (ScopeRequest, "opening"),
        (EnvironRequest, "opening"),
        (scope_module, "header_names"),
        (environ_module, "_ordinary"),
    ],
    ids=lambda value: getattr(value, "__name__", value),
)
def test_a_bug_of_ours_costs_only_the_event(serve, tracker, monkeypatch, module, name):
    site = serve(tracker)
    path = "/skip" if module is Visited else "/page"  # whose view asks for its page
    if name in {"request_reason", "opening"}:
        path = "/%70age"  # the begin of which does not tell whether it is excluded
    before = site.get(path)
    monkeypatch.setattr(module, name, broken)
    after = site.get(path)
    assert after == before
    if module in ({ScopeRequest, scope_module} if site.is_wsgi else {EnvironRequest, environ_module}):
        return  # the other protocol's
    wait_until(lambda: tracker.stats()["errors"].get("internal"))


@pytest.mark.parametrize(
    ("module", "name"),
    [
        (answer_module, "cache_answer"),
        (visitor_module, "consent_answer"),
        (issuer_module, "visited_host"),
        (issuer_module, "decide"),
        (issuer_module, "TwinSigner"),
        (issuer_module, "_cookie"),
    ],
)
def test_a_bug_in_issuing_costs_only_the_cookies(serve, sink, monkeypatch, module, name):
    if name == "TwinSigner":
        module, name = issuer_module.TwinSigner, "sign"
    with closing(
        Tracker(
            collector_url=sink.url,
            app_id="faults",
            linger=0.02,
            identity="issue",
            secret_key="k" * 32,
            consent=consents,
        )
    ) as tracker:
        site = serve(tracker)
        assert any(name == "set-cookie" for name, _ in site.get("/page", Cookie=None).headers)
        monkeypatch.setattr(module, name, broken)
        answer = site.get("/page", Cookie=None)
        assert answer.status == 200
        assert not any(name == "set-cookie" for name, _ in answer.headers)
        wait_until(lambda: tracker.stats()["errors"])


def consents(view):
    return "full"


def test_a_bug_on_the_background_thread_costs_only_the_event(serve, tracker, monkeypatch):
    site = serve(tracker)
    monkeypatch.setattr(capture_module.CapturedPageView, "to_event", broken)
    assert site.get("/page").status == 200
    wait_until(lambda: tracker.stats()["dropped"] == {"internal": 1})


@pytest.mark.parametrize("trouble", ["down", "hung", "500", "404"])
def test_a_broken_collector_changes_nothing(serve, sink, trouble):
    with socket.create_server(("127.0.0.1", 0), backlog=1) as silent:
        silent_port = silent.getsockname()[1]
        sink.judge = lambda events: int(trouble)
        url = {"down": "http://127.0.0.1:9", "hung": f"http://127.0.0.1:{silent_port}"}.get(trouble, sink.url)
        with closing(
            Tracker(collector_url=url, app_id="faults", shutdown_timeout=0.05, linger=0.001, timeout=20)
        ) as tracker:
            site = serve(tracker)
            begun = time.monotonic()
            answers = {site.get("/page") for _ in range(20)}
            # a request that waited once for the collector would have waited 20 s
            assert time.monotonic() - begun < 15
            assert len(answers) == 1
            assert answers.pop().status == 200


def test_a_django_site_survives_a_bug_of_ours(options, monkeypatch):
    django.configure(options)
    adapter = ADAPTERS["django-wsgi"]
    app = adapter.make(options)
    port, stop = adapter.serve(app)
    try:
        site = Site("django-wsgi", port)
        before = site.get("/page")
        monkeypatch.setattr(django_adapter, "_raw_request", broken)
        assert site.get("/page") == before
        assert app.tracker.stats()["errors"]["internal"] >= 1
    finally:
        stop()
