"""The real JavaScript tracker in the real Chromium, on a tracked site of our own, over http and https.

Chromium is the system's; the trackers come from the npm registry by the lock file beside this one.
Where either is missing the tests are skipped, but fail with ``CI=true``.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import shutil
import socket
import subprocess
import threading
import time
from dataclasses import dataclass
from pathlib import Path

import pytest
import trustme
import uvicorn
from playwright.sync_api import sync_playwright
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import FileResponse, HTMLResponse
from starlette.routing import Route

from tracking_middleware import Tracker
from tracking_middleware.starlette import TrackingMiddleware

from ..conftest import PATIENCE, missing

HERE = Path(__file__).parent
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
FLAGS = [
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"),
    *("--disable-background-networking", "--disable-component-update"),
    "--host-resolver-rules=MAP * 127.0.0.1, EXCLUDE localhost",
]
TRACKERS = {"4": "browser-tracker-4", "3": "browser-tracker-3"}


@pytest.fixture(scope="session")
def packages():
    """The folder of the npm packages, installed by the lock file where that was not done yet."""
    folder = HERE / "node_modules"
    done = folder / ".package-lock.json"
    with (HERE / "package-lock.json").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # one of several workers installs
        if not done.exists() or done.stat().st_mtime < os.stat(lock.fileno()).st_mtime:
            npm = shutil.which("npm") or missing("npm")
            command = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
            subprocess.run(command, cwd=HERE, check=True, timeout=300)
            done.touch()
    return folder


@pytest.fixture(scope="package")
def browser():
    """Ends with these tests: Playwright keeps an event loop running in the thread as long as it lives."""
    if CHROMIUM is None:
        missing("Chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def context(browser):
    """A new profile without cookies, which takes the self-signed certificate."""
    context = browser.new_context(ignore_https_errors=True)
    context.set_default_timeout(PATIENCE * 1000)
    yield context
    context.close()


@pytest.fixture(scope="session")
def certificate(tmp_path_factory):
    """A certificate for the test hosts, in one file."""
    path = tmp_path_factory.mktemp("tls") / "server.pem"
    trustme.CA().issue_cert("*.example.test", "example.test").private_key_and_cert_chain_pem.write_to_path(
        path
    )
    return path


@dataclass(frozen=True)
class Event:
    """An event as the collector has it, with its entities' data by name."""

    columns: dict
    entities: dict

    @property
    def ids(self):
        """Person, session, and the session's count."""
        return tuple(
            self.columns[name] for name in ("domain_userid", "domain_sessionid", "domain_sessionidx")
        )


def events_of(collector, platform):
    """The page views of one side, in the order they arrived; the tracker may send one twice."""
    events = {}
    for shape in reversed(collector.good()):
        columns = shape["event"]
        if columns["platform"] == platform and columns["event"] == "page_view":
            entities = (columns["contexts"] or {}).get("data", [])
            named = {entity["schema"].split("/")[1]: entity["data"] for entity in entities}
            events.setdefault(columns["event_id"], Event(columns, named))
    return list(events.values())


def wait_for_events(collector, platform, count):
    """Until so many page views of one side arrived; those."""
    deadline = time.monotonic() + PATIENCE
    while len(events := events_of(collector, platform)) < count:
        assert time.monotonic() < deadline, (
            f"{len(events)} of {count} {platform} page views; {collector.bad()}"
        )
        time.sleep(0.02)
    return events


def first_of_both_sides(collector):
    """Until a page view of the server and one of the browser arrived, and no more; those."""
    (server,), (client,) = (wait_for_events(collector, platform, 1) for platform in ("srv", "web"))
    return server, client


@dataclass(frozen=True)
class Site:
    """A running site."""

    port: int
    scheme: str
    tracker: Tracker

    def url(self, host, path="/"):
        return f"{self.scheme}://{host}:{self.port}{path}"


@pytest.fixture
def make_site(packages, certificate, collector):
    """Starts a site whose pages load the JavaScript tracker, version ``js``, with the given options."""
    with contextlib.ExitStack() as stack:

        def make(
            *, js="4", scheme="https", js_options=None, plugin=False, script="/sp.js", js_setup="", **settings
        ):
            given = {"identity": "issue", "secret_key": "browser" * 5, "tracker_compat": js, "linger": 0.02}
            tracker = Tracker(collector_url=collector.url, app_id="site", **{**given, **settings})
            html = page_html(
                collector.url,
                scheme=scheme,
                options=js_options,
                plugin=plugin,
                script=script,
                setup=js_setup,
            )
            app = Starlette(
                routes=[
                    Route(script, lambda request: FileResponse(umd(packages, TRACKERS[js]))),
                    Route(
                        "/plugin.js",
                        lambda request: FileResponse(
                            umd(packages, "@snowplow/browser-plugin-performance-navigation-timing")
                        ),
                    ),
                    Route("/{path:path}", lambda request: HTMLResponse(html)),
                ],
                middleware=[Middleware(TrackingMiddleware, tracker=tracker)],
            )
            port = stack.enter_context(served(app, certificate if scheme == "https" else None))
            stack.callback(tracker.close)
            return Site(port, scheme, tracker)

        yield make


def umd(packages, name):
    return packages / name / "dist" / "index.umd.min.js"


def page_html(collector_url, *, scheme, options, plugin, script, setup):
    """A page as a site has it: the tracker, its options, one page view."""
    given = {"appId": "site", "contexts": {"webPage": True, "session": True}}
    if scheme == "http":
        given |= {"cookieSecure": False, "cookieSameSite": "Lax"}
    given |= options or {}
    plugins = "options.plugins = [snowplowPerformanceNavigationTiming.PerformanceNavigationTimingPlugin()];"
    return f"""<!doctype html><title>A page</title><p>A page</p>
<script src="{script}"></script>{'<script src="/plugin.js"></script>' if plugin else ""}
<script>
  const tracker = window.snowplowBrowserTracking || window.snowplow;
  if (tracker) {{
    const options = {json.dumps(given)};
    {plugins if plugin else ""}
    tracker.newTracker("browser", "{collector_url}", options);
    {setup}
    const view = () => tracker.trackPageView();
    {"addEventListener('load', () => setTimeout(view))" if plugin else "view()"};
  }}
</script>"""


@contextlib.contextmanager
def served(app, certificate):
    """The app on a port of the system's choice."""
    listener = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(
        app, log_level="critical", ssl_certfile=certificate, timeout_graceful_shutdown=5, lifespan="off"
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    yield listener.getsockname()[1]
    server.should_exit = True
    thread.join(PATIENCE)
    listener.close()


def tracker_cookies(context, prefix="_sp_"):
    """The cookies of the tracker and the server, with their domains, by name; each is there once."""
    cookies = {}
    for cookie in context.cookies():
        if cookie["name"].startswith(prefix):
            assert cookie["name"] not in cookies
            cookies[cookie["name"]] = cookie
    return cookies
