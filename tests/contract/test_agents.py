"""``agents`` through every adapter, on real servers: what agents read, and that they are given no cookie."""

from __future__ import annotations

import json

import pytest

from .conftest import ADAPTERS, COOKIES, KEY
from .sites import content
from .test_issuing import running

pytestmark = pytest.mark.filterwarnings("ignore:.*StreamingHttpResponse:Warning")

GPTBOT = (
    "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko); compatible; GPTBot/1.2; +https://openai.com/gptbot"
)
AGENT = "iglu:org.tracking_middleware/agent/jsonschema/1-0-0"
ASKED = {"User_Agent": GPTBOT, "Accept": "*/*"}
ISSUING = {"identity": "issue", "secret_key": KEY}


@pytest.fixture(scope="module", params=list(ADAPTERS))
def site(request, options, shared_sink):
    with running(request.param, options, shared_sink, agents="all", **ISSUING) as site:
        yield site


def entities_of(event):
    return json.loads(event.get("co", '{"data": []}'))["data"]


@pytest.mark.parametrize("path", ["/page", "/streamed", "/lazy", "/mounted/page"])
def test_a_page_that_an_agent_reads_is_its_page_view(site, path):
    event = site.event_of(path, Cookie=COOKIES, **ASKED)
    assert event["e"] == "pv"
    assert "duid" not in event
    assert (event["tnuid"], event["ua"]) == ("", GPTBOT)
    (said,) = [entity["data"] for entity in entities_of(event) if entity["schema"] == AGENT]
    assert (said["agent_class"], said["product"], said["proof"]) == ("ai_training", "GPTBot", "declared")
    assert said["status"] == 200
    assert 0 <= said["seconds"] < 60
    if path == "/page":
        assert said["bytes"] == len(content.HTML.encode())
        assert any("article" in entity["schema"] for entity in entities_of(event))


def test_its_answer_is_the_app_s_own(site):
    answer = site.get("/page", **ASKED)
    assert answer.body == content.HTML.encode()
    assert not {"set-cookie", "cache-control"} & {name for name, _ in answer.headers}


@pytest.mark.parametrize("path", ["/json", "/missing", "/redirect", "/skip", "/raises"])
def test_what_is_no_page_is_no_page_of_an_agent_s(site, path):
    marked = f"{path}?agent={site.name}"
    site.get(marked, **ASKED)
    for _ in range(2):
        site.event_of("/page", **ASKED)
    assert not any(marked in event.get("url", "") for event in site.events.events)


def test_what_it_asks_for_that_is_no_page_is_an_event_of_its_own(site):
    event = site.event_of("/llms.txt", **ASKED)
    assert (event["e"], event["se_ca"], event["se_ac"], event["se_la"]) == ("se", "agent", "llms", "GPTBot")
    (said,) = [entity["data"] for entity in entities_of(event) if entity["schema"] == AGENT]
    assert said["status"] == site.get("/llms.txt").status


@pytest.fixture(scope="module", params=list(ADAPTERS))
def marking_site(request, options, shared_sink):
    with running(request.param, options, shared_sink, **ISSUING) as site:
        yield site


def test_by_default_an_agent_is_given_no_cookie_and_its_event_is_as_a_person_s(marking_site):
    person = marking_site.get("/page", Cookie=None)
    agent = marking_site.get("/page", Cookie=None, User_Agent=GPTBOT)
    assert "set-cookie" in {name for name, _ in person.headers}
    assert "set-cookie" not in {name for name, _ in agent.headers}
    event = marking_site.event_of("/page", User_Agent=GPTBOT, Cookie=COOKIES)
    assert "duid" in event
    assert not any(entity["schema"] == AGENT for entity in entities_of(event))
