"""Events that are tracked in requests, on every adapter and a real server."""

from __future__ import annotations

import json
import uuid

import pytest

from tracking_middleware import Tracker

from .conftest import ADAPTERS, KEY, NETWORK, PERSON, SESSION, Site, wait_until
from .sites import django

pytestmark = pytest.mark.filterwarnings("ignore:.*StreamingHttpResponse:Warning")

both_methods = pytest.mark.parametrize("method", ["GET", "POST"])


def entities_of(event):
    return {
        entity["schema"].split("/")[1]: entity["data"]
        for entity in json.loads(event.get("co", '{"data":[]}'))["data"]
    }


def marked(path):
    marker = f"m={uuid.uuid4().hex}"
    return f"{path}{'&' if '?' in path else '?'}{marker}", marker


def events_of(site, path, *, kinds, method="GET", **headers):
    """What a request brings, by kind, and the words of its body."""
    path, marker = marked(path)
    answer = site.get(path, method=method, **headers)

    def found(events):
        own = {event["e"]: event for event in events if marker in event.get("url", "")}
        return own if own.keys() >= set(kinds) else None

    return site.events.wait(found), answer.body.decode().split()


@both_methods
def test_tracks_a_typed_event_with_the_visitor_and_the_page(site, method):
    events, (event_id, *_) = events_of(
        site, "/track?a=1", kinds=["pv", "ue"] if method == "GET" else ["ue"], method=method
    )
    event = events["ue"]
    assert json.loads(event["ue_pr"])["data"] == {
        "schema": "iglu:com.acme/order_placed/jsonschema/1-0-0",
        "data": {"sku": "RS-1", "margin": 12.5},
    }
    assert event["eid"] == event_id
    assert event["url"].startswith(f"http://127.0.0.1:{site.port}/track?a=1&m=")
    assert event["refr"] == "https://search.example/?q=rivers"
    assert (event["duid"], event["sid"], event["vid"], event["tnuid"]) == (PERSON, SESSION, "3", NETWORK)
    assert (event["ip"], event["ua"], event["lang"]) == ("127.0.0.1", "Contract/1.0", "de-AT")
    entities = entities_of(event)
    assert entities.pop("article")["tags"] == ["water", "stone"]
    if method == "GET":
        assert entities == {"web_page": entities_of(events["pv"])["web_page"]}
    else:
        assert entities == {}
        assert "pv" not in events


@both_methods
def test_tracks_after_the_response(site, method):
    path = "/afterwards-async" if site.name == "django-asgi" else "/afterwards"
    events, _ = events_of(site, path, kinds=["se"], method=method)
    event = events["se"]
    assert (event["se_ca"], event["se_ac"]) == ("order", "packed")
    assert (event["duid"], event["sid"]) == (PERSON, SESSION)
    assert "article" in entities_of(event)


def test_tracks_after_a_response_that_is_no_page(site):
    if site.name not in {"asgi", "starlette", "fastapi"}:
        return  # the others know no background tasks
    events, _ = events_of(site, "/download", kinds=["se"])
    assert events["se"]["duid"] == PERSON


@both_methods
def test_tracks_from_a_body_that_is_no_page(site, method):
    events, _ = events_of(site, "/export", kinds=["se"], method=method)
    assert events["se"]["se_ac"] == "exported"
    assert events["se"]["duid"] == PERSON


@both_methods
def test_a_sealed_visitor_comes_back_elsewhere(site, method):
    _, (_, token) = events_of(site, "/track", kinds=["ue"], method=method)
    with Tracker(collector_url="log:", app_id="elsewhere", secret_key=KEY) as tracker:
        subject = tracker.unseal(token, max_age=60)
    assert subject.domain_userid == PERSON
    assert subject.domain_sessionid is None
    assert subject.handed_off.domain_sessionid == SESSION
    assert subject.consent == "full"


@both_methods
def test_an_anonymous_event_names_nobody_and_goes_alone(site, method):
    events, (event_id, *_) = events_of(site, "/track?consent=anonymous", kinds=["ue"], method=method)
    event = events["ue"]
    assert not {"duid", "sid", "vid", "uid"} & set(event)
    assert (event["tnuid"], event["ip"], event["ua"]) == ("", "", "Contract/1.0")
    (posted,) = [
        sent
        for sent in site.events.requests
        if any(other.get("eid") == event_id for other in sent["body"]["data"])
    ]
    assert {name.lower(): value for name, value in posted["headers"].items()}["sp-anonymous"] == "*"
    assert all("duid" not in other for other in posted["body"]["data"])


@both_methods
def test_without_consent_no_event_leaves(site, method):
    _, marker = path = marked("/track?consent=none")
    answer = site.get(path[0], method=method)
    assert len(answer.body.split()[0]) == 36
    for _ in range(2):  # what comes later has arrived
        events_of(site, "/track", kinds=["ue"], method=method)
    assert not [event for event in site.events.events if marker in event.get("url", "")]


@both_methods
def test_the_browsers_own_signal_holds_for_events(site, method):
    events, _ = events_of(site, "/track", kinds=["ue"], method=method, Sec_GPC="1")
    assert "duid" not in events["ue"]


@both_methods
def test_tracks_from_a_thread_of_the_framework(site, method):
    if site.name not in {"starlette", "fastapi"}:
        return  # the others run no view in a thread of its own
    events, _ = events_of(site, "/track-in-thread", kinds=["ue"], method=method)
    assert events["ue"]["duid"] == PERSON


def consents(view):
    return view.cookies.get("consent", "none")


async def consents_later(view):
    return consents(view)


@pytest.fixture(params=list(ADAPTERS))
def asked(request, shared_sink):
    """Starts a site that asks for consent, and for a user id, and stops it afterwards."""
    stops, trackers = [], []

    def start(consent):
        options = {
            "collector_url": shared_sink.url,
            "app_id": "asked",
            "linger": 0.02,
            "secret_key": KEY,
            "consent": consent,
            "user_id": lambda view: type(view.native).__name__,
        }
        django.configure(options)
        tracker = Tracker(**options)
        trackers.append(tracker)
        adapter = ADAPTERS[request.param]
        app = adapter.make(options if request.param.startswith("django") else {"tracker": tracker})
        port, stop = adapter.serve(app)
        stops.append(stop)
        return Site(request.param, port, shared_sink, app)

    yield start
    for stop in stops:
        stop()
    for tracker in trackers:
        tracker.close()


NATIVE = {
    "wsgi": "dict",
    "flask": "Request",
    "django-wsgi": "WSGIRequest",
    "asgi": "dict",
    "starlette": "Request",
    "fastapi": "Request",
    "django-asgi": "ASGIRequest",
}


@pytest.mark.parametrize("consent", [consents, consents_later])
def test_asks_for_consent_and_for_the_users_id_where_an_event_waits(asked, consent):
    site = asked(consent)
    if consent is consents_later and site.is_wsgi:
        return  # nobody can await it there
    for method in ("GET", "POST"):
        events, _ = events_of(site, "/track", kinds=["ue"], method=method, Cookie="consent=full")
        assert events["ue"]["uid"] == NATIVE[site.name]
        events, _ = events_of(site, "/track", kinds=["ue"], method=method, Cookie="consent=anonymous")
        assert "uid" not in events["ue"]
        path, marker = marked("/track")
        site.get(path, method=method, Cookie="consent=none")
        events_of(site, "/track", kinds=["ue"], method=method, Cookie="consent=full")
        assert not [event for event in site.events.events if marker in event.get("url", "")]
    tracker = site.tracker
    if tracker is not None:
        wait_until(lambda: tracker.stats()["skipped"].get("consent_none", 0) >= 2)
        assert "consent_failed" not in tracker.stats()["errors"]
        assert "user_id_failed" not in tracker.stats()["errors"]
