"""What is sent of agents, by the settings ``agents`` and ``agents_sample``."""

from __future__ import annotations

import asyncio
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracking_middleware import Article, Settings, SettingsError, StructuredEvent, current_page
from tracking_middleware.agents import AGENT_CLASSES, PROOFS
from tracking_middleware.collector.schemas.iglu import load_iglu
from tracking_middleware.events.entities import encode_entity
from tracking_middleware.events.events import PageView
from tracking_middleware.exchange.agents.entity import AgentRead
from tracking_middleware.wiring import tracker_from

from ..exchanges import COOKIES, HTML, PERSON, request

GPTBOT = (
    "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko); compatible; GPTBot/1.2; +https://openai.com/gptbot"
)
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:142.0) Gecko/20100101 Firefox/142.0"
WEBKIT = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko)"
ANY = {"accept": "*/*", "user-agent": GPTBOT}
ISSUING = {"identity": "issue", "secret_key": "unit" * 8, "tracker_compat": "3"}
AGENT = "iglu:org.tracking_middleware/agent/jsonschema/1-0-0"


@pytest.fixture
def served(make_tracker):
    """Serves a request of an agent's; the tracker, and the headers that are added to the answer."""

    def serve(
        headers=ANY, *, path="/page", status=200, answer=HTML, chunks=(b"",), during=lambda: None, **options
    ):
        tracker = make_tracker(**{"agents": "all", **options})
        exchange = tracker.begin(request(path, headers=headers))
        during()
        if tracker.asks:
            extra = asyncio.run(exchange.start_async(status, answer))
        else:
            extra = exchange.start(status, answer)
        for chunk in chunks[:-1]:
            exchange.keep(chunk)
        exchange.finish("complete", chunks[-1:])
        exchange.finish("closed")
        return tracker, extra

    return serve


@pytest.fixture(scope="module")
def problems():
    """What the collector would say of an entity."""
    check = load_iglu().validation.for_request()

    def said(value):
        described = json.loads(encode_entity(value)[1])
        return [problem.sentence for problem in check(described, "entity", [])]

    return said


@given(
    st.builds(
        AgentRead,
        agent_class=st.sampled_from(AGENT_CLASSES),
        proof=st.sampled_from(PROOFS),
        status=st.integers(100, 599),
        seconds=st.floats(0, 1e6),
        operator=st.none() | st.text(st.characters(codec="utf-8"), max_size=255),
        product=st.none() | st.text(st.characters(codec="utf-8"), max_size=255),
        bytes=st.none() | st.integers(0, 2**53 - 1),
        rate=st.none() | st.floats(0, 1),
    )
)
def test_whatever_is_said_of_an_agent_is_valid_by_its_schema(problems, read):
    assert problems(read) == []


@pytest.mark.parametrize(("agents", "is_told"), [("all", True), ("mark", False)])
def test_the_start_up_names_what_writes_the_schema(caplog, agents, is_told):
    with caplog.at_level("INFO"):
        tracker_from(None, {"collector_url": "log:", "app_id": "news", "agents": agents}).close()
    assert ("agent/jsonschema/1-0-0" in caplog.text and "schema export --own" in caplog.text) == is_told


@pytest.mark.parametrize("share", [0, 1.1, -1, True, "half", "nan", float("nan"), None])
def test_a_sample_that_is_no_share_is_refused(share):
    with pytest.raises(SettingsError, match="agents_sample must be a number above 0 and up to 1"):
        Settings(collector_url="log:", app_id="news", agents_sample=share)


def said_of_agent(event):
    return [json.loads(entity)["data"] for entity in event.entities if AGENT.encode() in entity]


def test_an_agent_s_page_view_needs_no_browser_s_headers(served, records):
    served(during=lambda: current_page().attach(Article(id="a-1")), chunks=(b"<p>", b"two</p>"))
    (event,) = records.events()
    assert type(event) is PageView
    assert event.page_url == "https://www.example.test/page"
    assert b'"id":"a-1"' in event.entities[0]
    (said,) = said_of_agent(event)
    assert said.pop("seconds") >= 0
    assert said == {
        "agent_class": "ai_training",
        "operator": "OpenAI",
        "product": "GPTBot",
        "proof": "declared",
        "status": 200,
        "bytes": 10,
    }


@pytest.mark.parametrize("agents", ["mark", "off"])
def test_unless_all_is_chosen_an_agent_is_tracked_as_anybody_is(served, records, agents):
    tracker, _ = served(agents=agents)
    assert tracker.stats()["skipped"] == {"fetch": 1}
    served({"accept": "text/html", "user-agent": GPTBOT, "cookie": COOKIES}, agents=agents)
    (event,) = records.events()
    assert said_of_agent(event) == []
    assert event.subject.domain_userid == PERSON


def test_a_person_is_tracked_as_ever(served, records):
    tracker, _ = served({"accept": "*/*", "user-agent": FIREFOX})
    assert tracker.stats()["skipped"] == {"fetch": 1}
    served({"accept": "text/html", "user-agent": FIREFOX, "cookie": COOKIES})
    (event,) = records.events()
    assert said_of_agent(event) == []
    assert event.subject.domain_userid == PERSON


def test_an_agent_s_page_view_names_nobody(served, records):
    served(
        {**ANY, "cookie": f"{COOKIES}; sp=6fbe7f1e-0c6e-4e5e-9f0e-3c2b4f3a7a11"}, user_id=lambda view: "ada"
    )
    (event,) = records.events()
    subject = event.subject
    named = (subject.domain_userid, subject.domain_sessionid, subject.network_userid, subject.user_id)
    assert not any(named)
    assert (subject.useragent, subject.user_ipaddress) == (GPTBOT, "203.0.113.9")


@pytest.mark.parametrize("consent", ["anonymous", "none"])
def test_consent_holds_for_agents_too_and_an_anonymous_one_keeps_its_class(served, records, consent):
    served(consent=lambda view: consent)
    events = records.events()
    assert len(events) == (consent == "anonymous")
    for event in events:
        assert event.is_anonymous
        assert event.subject.user_ipaddress == ""
        assert said_of_agent(event)[0]["product"] == "GPTBot"


def test_an_address_is_sent_as_far_as_the_settings_allow(served, records):
    served(anonymize_ip=True)
    assert records.event().subject.user_ipaddress == "203.0.113.0"


@pytest.mark.parametrize(
    ("path", "answer", "status", "action"),
    [
        ("/robots.txt", "text/plain", 200, "robots"),
        ("/llms.txt", "text/plain", 404, "llms"),
        ("/docs/llms-full.txt", "text/markdown", 200, "llms"),
        ("/sitemap.xml", "application/xml", 200, "sitemap"),
        ("/news/sitemap-2.xml.gz", "application/gzip", 200, "sitemap"),
        ("/news/latest", "application/rss+xml; charset=utf-8", 200, "feed"),
        ("/feed", "text/xml", 304, "feed"),
    ],
)
def test_what_agents_read_that_is_no_page_is_an_event_of_its_own(
    served, records, path, answer, status, action
):
    served(path=path, status=status, answer=[("Content-Type", answer), ("Content-Length", "12")])
    (event,) = records.events()
    assert type(event) is StructuredEvent
    assert (event.category, event.action, event.label) == ("agent", action, "GPTBot")
    assert event.page_url == f"https://www.example.test{path}"
    assert event.web_page_id == ""
    (said,) = said_of_agent(event)
    assert (said["status"], said["bytes"]) == (status, 0 if status == 304 else 12)


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"path": "/robots.txt", "headers": {**ANY, "user-agent": FIREFOX}}, "excluded"),
        ({"path": "/static/app.css", "answer": [("Content-Type", "text/css")]}, "excluded"),
        ({"path": "/page/robots.txt", "answer": [("Content-Type", "text/plain")]}, "content_type"),
        ({"path": "/data", "answer": [("Content-Type", "application/json")]}, "content_type"),
        ({"path": "/data.xml", "answer": [("Content-Type", "text/xml")]}, "content_type"),
        ({"path": "/page", "status": 404}, "status"),
        ({"headers": {**ANY, "sec-fetch-dest": "empty"}}, "fetch"),
        ({"headers": {**ANY, "x-requested-with": "XMLHttpRequest"}}, "fetch"),
        ({"headers": {**ANY, "sec-purpose": "prefetch"}}, "prefetch"),
        ({"during": lambda: current_page().skip("no")}, "skipped_by_app"),
        ({"agents_sample": 1e-12}, "sampled"),
    ],
)
def test_what_else_agents_ask_for_is_not_tracked(served, records, options, reason):
    tracker, _ = served(**options)
    assert records.recorded == []
    assert tracker.stats()["skipped"] == {reason: 1}


def test_of_a_sample_each_says_its_rate(served, records):
    for _ in range(200):
        served(agents_sample=0.25)
    events = records.events()
    assert 20 <= len(events) <= 80
    assert {said_of_agent(event)[0]["rate"] for event in events} == {0.25}


def test_people_are_not_sampled(served, records):
    served({"accept": "text/html", "user-agent": FIREFOX}, agents_sample=1e-12)
    assert len(records.events()) == 1


@pytest.mark.parametrize("agents", ["mark", "all"])
def test_an_agent_is_given_no_cookie(served, agents):
    agent, person = ({"accept": "text/html", "user-agent": of} for of in (GPTBOT, FIREFOX))
    assert served(agent, agents=agents, **ISSUING)[1] == ()
    assert "Set-Cookie" in dict(served(person, agents=agents, **ISSUING)[1])


def test_an_agent_is_given_a_cookie_where_its_class_is_not_looked_up(served):
    agent = {"accept": "text/html", "user-agent": GPTBOT}
    assert "Set-Cookie" in dict(served(agent, agents="off", **ISSUING)[1])


def test_an_agent_in_a_browser_s_clothes_is_known_by_its_signature(served, records):
    served({"accept": "text/html", "user-agent": FIREFOX, "signature-agent": '"https://chatgpt.com"'})
    assert records.recorded  # whose proof is for the background thread


def test_before_send_sees_the_agent(served, records):
    served(before_send=lambda event: None if said_of_agent(event) else event)
    assert records.events() == [None]


@pytest.mark.parametrize("length", ["", "12a", "-1", "9" * 400, "१२"])
def test_a_length_that_is_none_is_not_believed(served, records, length):
    served(answer=[*HTML, ("Content-Length", length)], chunks=(b"abc",))
    assert said_of_agent(records.event())[0]["bytes"] == 3


def test_a_body_that_nobody_saw_has_no_length(served, records):
    served()
    assert "bytes" not in said_of_agent(records.event())[0]


@pytest.mark.parametrize(
    "user_agent", ["Something-Bot/1.0", f"{WEBKIT} HeadlessChrome/142.0.0.0 Safari/537.36"]
)
def test_who_may_be_a_person_or_the_site_s_own_test_is_given_its_cookie_unless_agents_are_tracked(
    served, user_agent
):
    headers = {"accept": "text/html", "user-agent": user_agent}
    assert "Set-Cookie" in dict(served(headers, agents="mark", **ISSUING)[1])
    assert "Set-Cookie" not in dict(served(headers, agents="all", **ISSUING)[1])


def test_under_the_preset_for_audiences_an_agent_s_address_is_shortened(served, records):
    served(privacy="audience", opt_out_cookie="no")
    event = records.event()
    assert event.subject.user_ipaddress == "203.0.113.0"
    assert said_of_agent(event)


@pytest.mark.parametrize("agent", ["GPTBot/1.2" + "x" * 100_000, "GPTBot/é\udcff\x00", "curl\n"])
def test_odd_user_agents_cost_nothing_but_their_own_event(served, records, agent):
    tracker, _ = served({"accept": "text/html", "user-agent": agent})
    assert len(records.events()) == 1
    assert "errors" not in tracker.stats() or not tracker.stats()["errors"].get("internal")
