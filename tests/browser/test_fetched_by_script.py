"""Pages that no plain page load asks for, in Chromium: by service workers, by Turbo, and fetched ahead."""

from __future__ import annotations

import time
from urllib.parse import urlsplit

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import FileResponse, HTMLResponse, Response
from starlette.routing import Route

from tracking_middleware import Tracker
from tracking_middleware.starlette import TrackingMiddleware

from ..conftest import PATIENCE
from .conftest import Site, served, tracker_cookies

WORKER = """
const preloads = new URL(location).searchParams.has("preload");
addEventListener("install", () => skipWaiting());
addEventListener("activate", (event) => event.waitUntil((async () => {
  if (preloads) await registration.navigationPreload.enable();
  await clients.claim();
})()));
addEventListener("fetch", (event) => event.respondWith(
  preloads ? event.preloadResponse.then((answer) => answer || fetch(event.request)) : fetch(event.request)
));
"""
CONTROLLED = """async (script) => {
  const isControlled = new Promise((done) => navigator.serviceWorker.oncontrollerchange = done);
  await navigator.serviceWorker.register(script);
  if (!navigator.serviceWorker.controller) await isControlled;
}"""
SPECULATE = """([kind, path]) => {
  const rules = document.createElement("script");
  rules.type = "speculationrules";
  rules.textContent = JSON.stringify({ [kind]: [{ source: "list", urls: [path], eagerness: "immediate" }] });
  document.head.append(rules);
}"""
TURBO = """<!doctype html><title>Turbo</title><link rel="icon" href="data:,">
<script type="module" src="/turbo.js"></script>
<a id="visit" href="/visited">visit</a><a id="hover" href="/hovered">hover</a>
<a id="stream" data-turbo-stream href="/streamed">stream</a>
<form action="/posted" method="post"><button id="post">send</button></form>
<turbo-frame id="part"><a id="within" href="/framed">within</a></turbo-frame>"""
STREAM = '<turbo-stream action="append" target="part"><template><b id="came"></b></template></turbo-stream>'


@pytest.fixture
def site(packages, collector):
    """A site on localhost, which browsers trust over plain http, as they must for service workers."""
    tracker = Tracker(
        collector_url=collector.url,
        app_id="site",
        identity="issue",
        secret_key="browser" * 5,
        track_prefetch=True,
        linger=0.02,
    )
    turbo = packages / "@hotwired" / "turbo" / "dist" / "turbo.es2017-esm.js"
    page = HTMLResponse('<!doctype html><title>A page</title><link rel="icon" href="data:,"><p id="shown">')
    app = Starlette(
        routes=[
            Route("/worker.js", lambda request: Response(WORKER, media_type="text/javascript")),
            Route("/turbo.js", lambda request: FileResponse(turbo)),
            Route("/turbo", lambda request: HTMLResponse(TURBO)),
            Route("/framed", lambda r: HTMLResponse('<turbo-frame id="part"><p id="framed"></turbo-frame>')),
            Route("/streamed", lambda r: Response(STREAM, media_type="text/vnd.turbo-stream.html")),
            Route(
                "/posted",
                lambda r: Response(status_code=303, headers={"location": "/thanks"}),
                methods=["POST"],
            ),
            Route("/{path:path}", lambda request: page),
        ],
        middleware=[Middleware(TrackingMiddleware, tracker=tracker)],
    )
    with served(app, None) as port:
        yield Site(port, "http", tracker)
        tracker.close()


@pytest.fixture
def arrived(site, context, collector):
    """What of the server's arrived so far, in order: kind or action, and path."""

    def look():
        context.new_page().goto(site.url("localhost", "/last"))
        deadline = time.monotonic() + PATIENCE
        while ("page_view", "/last") not in (events := server_events(collector)):
            assert time.monotonic() < deadline, f"{events} {collector.bad()}"
            time.sleep(0.02)
        return [event for event in events if event[1] != "/last"]

    return look


def server_events(collector):
    events = [shape["event"] for shape in reversed(collector.good())]
    return [
        (event["se_action"] or event["event"], urlsplit(event["page_url"]).path)
        for event in events
        if event["platform"] == "srv"
    ]


@pytest.fixture
def page(context):
    return context.new_page()


@pytest.mark.parametrize("script", ["/worker.js", "/worker.js?preload"])
def test_a_page_through_a_service_worker_is_one_page_view_of_somebody(
    site, context, page, collector, arrived, script
):
    page.goto(site.url("localhost", "/first"))
    page.evaluate(CONTROLLED, script)
    context.clear_cookies()
    page.goto(site.url("localhost", "/second"))
    assert page.evaluate("navigator.serviceWorker.controller !== null")
    for options in ({}, {"headers": {"Accept": "text/html"}}, {"mode": "same-origin"}, {"mode": "no-cors"}):
        page.evaluate("(options) => fetch('/own', options).then((answer) => answer.text())", options)
    cookies = tracker_cookies(context)
    assert arrived() == [("page_view", "/first"), ("page_view", "/second")]
    (event,) = (
        shape["event"] for shape in collector.good() if shape["event"]["page_url"].endswith("/second")
    )
    (written,) = (cookie["value"] for name, cookie in cookies.items() if name.startswith("_sp_id."))
    assert written.split(".")[0] == event["domain_userid"]
    assert event["domain_sessionidx"] == 1


@pytest.mark.parametrize("kind", ["prefetch", "prerender"])
def test_a_page_that_was_fetched_ahead_and_is_seen_never_comes_back(site, context, page, arrived, kind):
    page.goto(site.url("localhost", "/first"))
    context.clear_cookies()
    page.evaluate(SPECULATE, [kind, "/ahead"])
    wait_until_fetched(site)
    assert tracker_cookies(context) == {}  # nobody has seen it: it begins nobody
    page.evaluate("location.href = '/ahead'")
    page.wait_for_url("**/ahead")
    timing = page.evaluate("performance.getEntriesByType('navigation')[0].toJSON()")
    assert timing["deliveryType"] == "navigational-prefetch" or timing["activationStart"] > 0
    assert arrived() == [("page_view", "/first"), (kind, "/ahead")]


def test_turbo_visits_are_pages_and_its_frames_streams_and_prefetches_are_none(site, page, arrived):
    def on_the_start(selector, shown):
        page.goto(site.url("localhost", "/turbo"))
        page.wait_for_function("window.Turbo !== undefined")
        page.evaluate(f"document.querySelector('{selector}').click()")
        page.wait_for_selector(shown, state="attached")

    on_the_start("#visit", "#shown")
    on_the_start("#within", "#framed")
    on_the_start("#stream", "#came")
    on_the_start("#post", "#shown")
    page.goto(site.url("localhost", "/turbo"))
    page.wait_for_function("window.Turbo !== undefined")
    with page.expect_response("**/hovered"):
        page.hover("#hover")
    page.click("#hover")  # shows what was fetched
    page.wait_for_selector("#shown", state="attached")
    start = ("page_view", "/turbo")
    assert arrived() == [
        *(start, ("page_view", "/visited"), start, start, start, ("page_view", "/thanks"), start),
        ("prefetch", "/hovered"),
    ]
    assert page.url.endswith("/hovered")


def wait_until_fetched(site):
    """Until a page was fetched ahead: no page of the browser's can tell."""
    deadline = time.monotonic() + PATIENCE
    while not site.tracker.stats()["skipped"].get("prefetch"):
        assert time.monotonic() < deadline, site.tracker.stats()
        time.sleep(0.02)
