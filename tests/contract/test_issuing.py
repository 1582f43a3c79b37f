"""``identity="issue"`` through every adapter, on real servers: which cookies a browser gets, and when."""

from __future__ import annotations

import contextlib
import json
import re

import pytest

from tracking_middleware import Tracker

from .conftest import ADAPTERS, COOKIES, ID_COOKIE, KEY, NETWORK, PERSON, SESSION, SUFFIX, Site
from .sites import content, django

pytestmark = pytest.mark.filterwarnings("ignore:.*StreamingHttpResponse:Warning")

ID, SES, TWIN = f"_sp_id.{SUFFIX}", f"_sp_ses.{SUFFIX}", f"_sp_twin.{SUFFIX}"
UUID4 = r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"


@contextlib.contextmanager
def running(name, options, sink, **settings):
    """A site with a tracker of its own, which is closed with it."""
    django.configure(options)
    adapter, given = ADAPTERS[name], {**options, **settings}
    if name.startswith("django"):
        app = adapter.make(given)
        tracker = app.tracker
    else:
        tracker = Tracker(**given)
        app = adapter.make({"tracker": tracker})
    port, stop = adapter.serve(app)
    yield Site(name, port, sink, app)
    stop()
    tracker.close()


@pytest.fixture(scope="module", params=list(ADAPTERS))
def issuing_site(request, options, shared_sink):
    settings = {"identity": "issue", "secret_key": KEY, "server_timing": True}
    with running(request.param, options, shared_sink, **settings) as site:
        yield site


def cookies_of(answer):
    """Value and attributes of each cookie that an answer sets; none is set twice."""
    set_cookies = [value for name, value in answer.headers if name == "set-cookie"]
    named = {}
    for line in set_cookies:
        name, _, rest = line.partition("=")
        value, *attributes = [part.strip() for part in rest.split(";")]
        assert name not in named
        named[name] = (value, {attribute.lower() for attribute in attributes})
    return named


def header(answer, name):
    return [value for key, value in answer.headers if key == name]


def entities_of(event):
    return {entity["schema"].split("/")[1]: entity["data"] for entity in json.loads(event["co"])["data"]}


def visit(site, path="/page", **headers):
    """An answer, and the event of the same request."""
    marked = f"{path}?m={len(site.events.requests)}-{id(headers)}"
    answer = site.get(marked, **headers)
    return answer, site.events.wait_for(marked)


def test_mints_on_the_first_page(issuing_site):
    answer, event = visit(issuing_site, Cookie=None)
    cookies = cookies_of(answer)
    assert set(cookies) == {ID, SES, TWIN}
    value, attributes = cookies[ID]
    created = int(event["dtm"]) // 1000
    assert re.fullmatch(rf"{UUID4}\.{created}\.1\.{created}\.\.{UUID4}\.\.\.\.0", value)
    assert attributes == {"path=/", "max-age=63072000", "samesite=lax"}
    assert cookies[SES] == ("*", {"path=/", "max-age=1800", "samesite=lax"})
    assert cookies[TWIN][1] == {"path=/", "max-age=63072000", "samesite=lax", "httponly"}
    assert header(answer, "cache-control") == ["private"]
    assert answer.body == content.HTML.encode()
    person, session = value.split(".")[0], value.split(".")[5]
    assert (event["duid"], event["sid"], event["vid"], event["tnuid"]) == (person, session, "1", "")
    assert entities_of(event)["client_session"] == {
        "userId": person,
        "sessionId": session,
        "sessionIndex": 1,
        "eventIndex": 0,
        "previousSessionId": None,
        "storageMechanism": "COOKIE_1",
    }


def test_rolls_where_the_session_is_gone(issuing_site):
    answer, event = visit(issuing_site, Cookie=f"{ID_COOKIE}; sp={NETWORK}")
    fields = cookies_of(answer)[ID][0].split(".")
    assert fields[:3] == [PERSON, "1700000000", "4"]
    assert fields[4] == "1700000100"
    assert fields[6:] == [SESSION, "", "", "0"]
    assert (event["duid"], event["sid"], event["vid"], event["tnuid"]) == (PERSON, fields[5], "4", NETWORK)
    assert entities_of(event)["client_session"]["previousSessionId"] == SESSION


def test_never_writes_the_id_of_a_living_session(issuing_site):
    answer, event = visit(issuing_site)
    cookies = cookies_of(answer)
    assert set(cookies) == {SES, TWIN}
    assert (event["duid"], event["sid"], event["vid"]) == (PERSON, SESSION, "3")
    assert "client_session" not in entities_of(event)
    again, _ = visit(issuing_site, Cookie=f"{ID_COOKIE}; {SES}=*; {TWIN}={cookies[TWIN][0]}")
    assert set(cookies_of(again)) == {SES}


def test_refuses_a_twin_that_it_did_not_sign(issuing_site):
    answer, event = visit(issuing_site, Cookie=f"{TWIN}=forged.twin")
    assert cookies_of(answer)[ID][0].startswith(event["duid"])
    if issuing_site.tracker:
        assert issuing_site.tracker.stats()["errors"]["twin_refused"] >= 1


@pytest.mark.parametrize("path", ["/json", "/missing", "/redirect", "/not-modified", "/skip", "/raises"])
def test_sets_nothing_on_what_is_no_page_view_or_may_be_cached(issuing_site, path):
    answer = issuing_site.get(path, Cookie=None)
    assert cookies_of(answer) == {}
    assert header(answer, "server-timing") == []
    assert header(answer, "cache-control") in ([], ["no-cache"])


def test_sets_nothing_past_a_shared_cache(issuing_site):
    answer, event = visit(issuing_site, "/cached", Cookie=None)
    assert cookies_of(answer) == {}
    assert header(answer, "cache-control") == [content.PUBLIC]
    assert header(answer, "server-timing") == []
    assert "duid" not in event


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Dest": "empty"},
        {"Sec-Fetch-Dest": "iframe"},
        {"Sec-Purpose": "prefetch;prerender"},
        {"HX-Request": "true"},
    ],
)
def test_sub_requests_and_prefetches_never_mint_or_roll(issuing_site, headers):
    for cookie in (None, ID_COOKIE):
        assert cookies_of(issuing_site.get("/page", Cookie=cookie, **headers)) == {}


def test_the_apps_own_cookies_stay(issuing_site):
    answer, _ = visit(issuing_site, "/cookies", Cookie=None)
    assert set(cookies_of(answer)) == {"one", "two", ID, SES, TWIN}


@pytest.mark.parametrize("path", ["/streamed", "/lazy"])
def test_streamed_pages_carry_them_too(issuing_site, path):
    answer, event = visit(issuing_site, path, Cookie=None)
    assert cookies_of(answer)[ID][0].startswith(event["duid"])
    assert answer.is_complete


def test_server_timing_carries_the_web_page_id(issuing_site):
    answer, event = visit(issuing_site)
    web_page = entities_of(event)["web_page"]["id"]
    assert header(answer, "server-timing") == [f'sp_pv;desc="{web_page}"']


@pytest.fixture(scope="module", params=list(ADAPTERS))
def consent_site(request, options, shared_sink):
    is_wsgi = request.param in {"wsgi", "flask", "django-wsgi"}
    consent = consent_of if is_wsgi else consent_of_later
    with running(request.param, options, shared_sink, linger=0.2, consent=consent) as site:
        yield site


def consent_of(view):
    return view.cookies.get("consent")


async def consent_of_later(view):
    return view.cookies.get("consent")


def test_identified_and_anonymous_page_views_never_share_a_post(consent_site):
    markers = {}
    for number in range(6):
        answer = ("full", "anonymous", "none")[number % 3]
        markers[f"/page?n={number}-{id(consent_site)}"] = answer
        consent_site.get(list(markers)[-1], Cookie=f"{COOKIES}; consent={answer}")
    tracked = {marker: answer for marker, answer in markers.items() if answer != "none"}
    for marker in tracked:
        consent_site.events.wait_for(marker)
    sent = [
        (request["headers"].get("sp-anonymous", request["headers"].get("SP-Anonymous")), event)
        for request in consent_site.events.requests
        for event in request["body"]["data"]
    ]
    for marker, answer in markers.items():
        found = [(header, event) for header, event in sent if event.get("url", "").endswith(marker)]
        assert len(found) == (answer != "none")
        for anonymous, event in found:
            assert anonymous == ("*" if answer == "anonymous" else None)
            assert event.get("duid") == (PERSON if answer == "full" else None)
            if answer == "anonymous":
                assert (event["tnuid"], event["ip"]) == ("", "")
                assert not {"sid", "vid", "uid"} & event.keys()
