"""``track_prefetch`` through every adapter, on real servers: what it marks is never a page view."""

from __future__ import annotations

import json

import pytest

from .conftest import ADAPTERS, COOKIES, ID_COOKIE, NETWORK, PERSON, SESSION
from .sites import content
from .test_issuing import consent_of, consent_of_later, running

pytestmark = pytest.mark.filterwarnings("ignore:.*StreamingHttpResponse:Warning")

AHEAD = {"Sec-Purpose": "prefetch"}


@pytest.fixture(scope="module", params=list(ADAPTERS))
def ahead_site(request, options, shared_sink):
    """A site that would also issue identities and Server-Timing, and asks for consent."""
    is_wsgi = request.param in {"wsgi", "flask", "django-wsgi"}
    settings = {
        "identity": "issue",
        "secret_key": "contract" * 4,
        "server_timing": True,
        "track_prefetch": True,
        "consent": consent_of if is_wsgi else consent_of_later,
    }
    with running(request.param, options, shared_sink, **settings) as site:
        yield site


def full(cookies):
    return f"{cookies}; consent=full" if cookies else "consent=full"


@pytest.mark.parametrize("path", ["/page", "/streamed", "/lazy", "/mounted/page"])
def test_a_page_that_is_fetched_ahead_is_a_structured_event(ahead_site, path):
    event = ahead_site.event_of(path, Cookie=full(COOKIES), Sec_Purpose="prefetch;prerender")
    assert (event["e"], event["se_ca"], event["se_ac"]) == ("se", "prefetch", "prerender")
    assert (event["duid"], event["sid"], event["tnuid"]) == (PERSON, SESSION, NETWORK)
    assert f"{path}?" in event["url"]
    assert "page" not in event
    schemas = [entity["schema"] for entity in json.loads(event.get("co", '{"data": []}'))["data"]]
    assert not any("web_page" in schema or "client_session" in schema for schema in schemas)
    if path.endswith("/page"):
        assert any("article" in schema for schema in schemas)


def test_each_prefetch_is_one_event_and_the_visit_after_it_a_page_view(ahead_site):
    path = f"/page?once={ahead_site.name}"
    ahead_site.get(path, Cookie=full(COOKIES), **AHEAD)
    ahead_site.get(path, Cookie=full(COOKIES))
    ahead_site.event_of("/page", Cookie=full(COOKIES))
    ahead_site.event_of("/page", Cookie=full(COOKIES))
    kinds = [event["e"] for event in ahead_site.events.events if path in event.get("url", "")]
    assert sorted(kinds) == ["pv", "se"]


@pytest.mark.parametrize("cookies", [None, ID_COOKIE, COOKIES])
@pytest.mark.parametrize("headers", [AHEAD, {"Purpose": "prefetch"}, {"X-Moz": "prefetch"}], ids=str)
def test_its_answer_tells_the_browser_nothing(ahead_site, cookies, headers):
    answer = ahead_site.get("/page", Cookie=full(cookies), **headers)
    assert answer.body == content.HTML.encode()
    names = {name for name, _ in answer.headers}
    assert not {"set-cookie", "server-timing", "cache-control"} & names


def test_consent_holds(ahead_site):
    event = ahead_site.event_of("/page", Cookie=f"{COOKIES}; consent=anonymous", **AHEAD)
    assert (event["e"], event["tnuid"], event["ip"]) == ("se", "", "")
    assert "duid" not in event
    path = f"/page?none={ahead_site.name}"
    ahead_site.get(path, Cookie=f"{COOKIES}; consent=none", **AHEAD)
    for _ in range(2):
        ahead_site.event_of("/page", Cookie=full(COOKIES))
    assert not any(path in event.get("url", "") for event in ahead_site.events.events)


@pytest.mark.parametrize("path", ["/json", "/missing", "/redirect", "/skip", "/raises"])
def test_what_would_be_no_page_is_not_sent(ahead_site, path):
    marked = f"{path}?ahead={ahead_site.name}"
    ahead_site.get(marked, Cookie=full(COOKIES), **AHEAD)
    for _ in range(2):
        ahead_site.event_of("/page", Cookie=full(COOKIES))
    assert not any(marked in event.get("url", "") for event in ahead_site.events.events)
