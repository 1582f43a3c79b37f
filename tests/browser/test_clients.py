"""The official JavaScript trackers, in Chromium and in Node.js, against the collector as it is."""

from __future__ import annotations

import json
import shutil
import subprocess
import uuid

import pytest
from starlette.applications import Starlette
from starlette.responses import FileResponse, HTMLResponse
from starlette.routing import Route

from ..clients.expected import ENTITY, EVENT, STRUCTURED, TITLE, assert_all_arrived
from ..conftest import PATIENCE, Collector, missing
from .conftest import HERE, TRACKERS, served, umd

HOST = "www.example.test"
POST_PATH = "com.acme/track"
NIL = str(uuid.UUID(int=0))


@pytest.fixture(scope="module")
def mapped():
    """A collector that knows a custom path."""
    collector = Collector("--post-path", POST_PATH)
    yield collector
    assert collector.stop() == 0


@pytest.fixture(autouse=True)
def _emptied(mapped):
    mapped.reset()


@pytest.fixture(params=["4", "3"])
def visit(request, packages, context):
    """Opens a page of a site that has the tracker, which sends one event of each kind."""
    site = Starlette(
        routes=[
            Route("/sp.js", lambda _: FileResponse(umd(packages, TRACKERS[request.param]))),
            Route("/", lambda asked: HTMLResponse(html(asked.query_params["told"]))),
        ]
    )
    with served(site, None) as port:

        def opened(collector, *, host=HOST, **options):
            page = context.new_page()
            problems = []
            page.on("console", lambda message: problems.append(message.text))
            page.on("pageerror", lambda error: problems.append(str(error)))
            told = {
                "collector": collector.url,
                "options": {"appId": "client", "cookieSecure": False, "cookieSameSite": "Lax", **options},
                "entity": ENTITY,
                "event": EVENT,
                "structured": STRUCTURED,
                "title": TITLE,
            }
            page.goto(
                f"http://{host}:{port}/?told={json.dumps(told).encode().hex()}", wait_until="networkidle"
            )
            assert problems == []

        yield opened


def html(told):
    return f"""<!doctype html><title>A page</title><link rel="icon" href="data:,">
<script src="/sp.js"></script><script>
  const bytes = Uint8Array.from("{told}".match(/../g), (pair) => parseInt(pair, 16));
  const told = JSON.parse(new TextDecoder().decode(bytes));
  const tracker = window.snowplowBrowserTracking || window.snowplow;
  const context = [told.entity];
  tracker.newTracker("browser", told.collector, told.options);
  tracker.trackPageView({{ title: told.title, context }});
  tracker.trackStructEvent({{ ...told.structured, context }});
  tracker.trackSelfDescribingEvent({{ event: told.event, context }});
</script>"""


@pytest.mark.parametrize(
    ("options", "version"),
    [({}, "tp2"), ({"eventMethod": "get"}, "tp1"), ({"postPath": f"/{POST_PATH}"}, "tp2")],
    ids=["post", "get", "custom path"],
)
@pytest.mark.parametrize("base64", [True, False], ids=["base64", "plain"])
def test_what_the_browser_tracker_sends_arrives(visit, mapped, options, version, base64):
    visit(mapped, encodeBase64=base64, **options)
    page_view = assert_all_arrived(mapped, platform="web", version=version)
    assert uuid.UUID(page_view["domain_userid"])
    assert uuid.UUID(page_view["domain_sessionid"])
    assert page_view["domain_sessionidx"] == 1
    assert uuid.UUID(page_view["network_userid"]).version == 4
    assert page_view["page_urlhost"] == HOST


def test_server_anonymisation_leaves_nothing(visit, mapped, context):
    visit(mapped, anonymousTracking={"withServerAnonymisation": True})
    page_view = assert_all_arrived(mapped, platform="web")
    assert page_view["network_userid"] == NIL
    assert page_view["user_ipaddress"] == "unknown"
    assert page_view["domain_userid"] is None
    assert context.cookies(mapped.url) == []


def test_chromium_keeps_the_cookie_sp_also_over_plain_http_on_this_machine(visit, mapped, context):
    visit(mapped, host="127.0.0.1")
    first = assert_all_arrived(mapped, platform="web")
    (cookie,) = (cookie for cookie in context.cookies(mapped.url) if cookie["name"] == "sp")
    assert cookie["value"] == mapped.good(limit=1)[0]["event"]["network_userid"]
    assert (cookie["secure"], cookie["httpOnly"], cookie["sameSite"]) == (True, True, "None")
    mapped.reset()
    visit(mapped, host="127.0.0.1")
    again = assert_all_arrived(mapped, platform="web")
    assert again["network_userid"] == cookie["value"]
    assert first["domain_userid"] == again["domain_userid"]


def node(collector, packages, *, base64=False, **emitter):
    told = {
        "port": collector.client.base_url.port,
        "base64": base64,
        "emitter": emitter,
        "title": TITLE,
        "structured": STRUCTURED,
        "event": EVENT,
        "entity": ENTITY,
    }
    program = shutil.which("node") or missing("node")
    assert packages == HERE / "node_modules"
    done = subprocess.run(
        [program, str(HERE / "node_client.cjs"), json.dumps(told)],
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("base64", [True, False], ids=["base64", "plain"])
@pytest.mark.parametrize(
    ("emitter", "version"),
    [
        ({"eventMethod": "post"}, "tp2"),
        ({"eventMethod": "get"}, "tp1"),
        ({"postPath": f"/{POST_PATH}"}, "tp2"),
    ],
    ids=["post", "get", "custom path"],
)
def test_what_the_node_tracker_sends_arrives(packages, mapped, emitter, version, base64):
    node(mapped, packages, base64=base64, **emitter)
    assert_all_arrived(mapped, platform="srv", version=version)


def test_the_node_trackers_server_anonymisation_leaves_nothing(packages, mapped):
    node(mapped, packages, serverAnonymization=True)
    page_view = assert_all_arrived(mapped, platform="srv")
    assert page_view["network_userid"] == NIL
    assert page_view["user_ipaddress"] == "unknown"
