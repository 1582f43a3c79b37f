"""A suite as users write it, over a small site in each framework; run by test_plugin.py with the plugin."""

from dataclasses import dataclass
from typing import Annotated

import pytest

from tracking_middleware import Confidential, StructuredEvent, Tracker, current_page, entity, event, track
from tracking_middleware.testing import Visitor


@entity("iglu:com.acme/article/jsonschema/1-0-0")
@dataclass(frozen=True)
class Article:
    id: str
    tags: list[str]


@event("iglu:com.acme/order_placed/jsonschema/1-0-0")
@dataclass(frozen=True)
class OrderPlaced:
    sku: str
    margin: Annotated[float, Confidential]


def answer(path):
    """What each site does, whatever it is made with."""
    if path == "/article":
        page = current_page()
        page.title = "An article"
        page.attach(Article(id="a1", tags=["x", "y"]))
    if path == "/order":
        track(OrderPlaced(sku="RS-1", margin=41.25))
        track(StructuredEvent("shop", "order", value=2))
    return f"<p>{path}</p>"


OPTIONS = {"collector_url": "http://127.0.0.1:9", "app_id": "shop"}


@pytest.fixture
def flask_client():
    from flask import Flask, request

    from tracking_middleware.flask import Tracking

    app = Flask(__name__)
    app.config["TRACKING"] = OPTIONS
    app.add_url_rule("/<path:path>", view_func=lambda path: answer(request.path))
    Tracking(app)
    return app.test_client()


@pytest.fixture
def starlette_client():
    from starlette.applications import Starlette
    from starlette.middleware import Middleware
    from starlette.responses import HTMLResponse
    from starlette.routing import Route
    from starlette.testclient import TestClient

    from tracking_middleware.starlette import TrackingMiddleware

    app = Starlette(
        routes=[Route("/{path}", lambda request: HTMLResponse(answer(request.url.path)))],
        middleware=[Middleware(TrackingMiddleware, **OPTIONS)],
    )
    return TestClient(app)


@pytest.fixture
def django_client():
    import sys

    import django
    from django.conf import settings
    from django.http import HttpResponse
    from django.test import Client
    from django.urls import re_path

    if not settings.configured:
        settings.configure(
            ROOT_URLCONF=__name__,
            MIDDLEWARE=["tracking_middleware.django.TrackingMiddleware"],
            TRACKING=OPTIONS,
            SECRET_KEY="s" * 50,
            ALLOWED_HOSTS=["*"],
        )
        django.setup()
        sys.modules[__name__].urlpatterns = [re_path("", lambda request: HttpResponse(answer(request.path)))]
    return Client()


@pytest.fixture(params=["flask", "starlette", "django"])
def client(request):
    return request.getfixturevalue(f"{request.param}_client")


HTML = {"Accept": "text/html"}


def test_a_page_view_with_its_entity(client, tracked_events):
    client.get("/article", headers=HTML)
    page_view = tracked_events.page_views.one()
    assert page_view.page_title == "An article"
    assert page_view.page_url.endswith("/article")
    assert page_view.entity(Article) == Article(id="a1", tags=["x", "y"])
    assert page_view.entity(Article) == {"id": "a1", "tags": ["x", "y"]}
    assert page_view.entity(Article) != Article(id="a2", tags=[])
    assert tracked_events.entity("iglu:com.acme/article/jsonschema") == page_view.entity(Article)


def test_events_of_a_request_come_with_its_visitor(client, tracked_events):
    visitor = Visitor("localhost" if client.__class__.__module__.startswith("flask") else "testserver")
    visitor.track()
    visitor.visit(client)
    client.get("/order", headers=HTML)
    order = tracked_events.of(OrderPlaced).one()
    assert order.data == OrderPlaced(sku="RS-1", margin=41.25)
    assert order.domain_userid == visitor.domain_userid
    assert order.domain_sessionid == visitor.domain_sessionid
    assert order.domain_sessionidx == 1
    assert tracked_events.structured.where(category="shop", action="order").one().value == 2
    assert [event.name for event in tracked_events] == ["page_view", "order_placed", "structured"] or [
        event.name for event in tracked_events
    ] == ["order_placed", "structured", "page_view"]


def test_what_is_no_page_view_is_there_with_its_reason(client, tracked_events):
    client.post("/article", headers=HTML)
    client.get("/article", headers={"Accept": "application/json"})
    assert [(skip.method, skip.path, skip.reason) for skip in tracked_events.skipped] == [
        ("POST", "/article", "method"),
        ("GET", "/article", "fetch"),
    ]
    tracked_events.page_views.none()


def test_each_test_begins_with_nothing(tracked_events):
    assert len(tracked_events) == 0
    assert tracked_events.skipped == []


def test_nothing_confidential_shows(client, tracked_events):
    response = client.get("/order", headers=HTML)
    tracked_events.assert_no_confidential_leak(response)


def test_a_confidential_value_in_a_page_is_found(tracked_events, flask_client, caplog):
    flask_client.get("/order", headers=HTML)
    with pytest.raises(AssertionError, match=r"confidential value shows in: .* that was given"):
        tracked_events.assert_no_confidential_leak("<p>margin: 41.25 €</p>")


def test_a_confidential_value_in_the_log_is_found(tracked_events, flask_client):
    import logging

    flask_client.get("/order", headers=HTML)
    logging.getLogger("shop").warning("the margin is %s", 41.25)
    with pytest.raises(AssertionError, match="a log record of shop"):
        tracked_events.assert_no_confidential_leak()


def test_what_could_not_be_used_is_there(flask_client, tracked_events):
    flask_client.application.before_request(lambda: current_page().attach(object()))
    flask_client.get("/article", headers=HTML)
    assert tracked_events.errors == {"entity_invalid": 1}


def test_writing_to_a_page_outside_a_request_is_an_error(tracked_events):
    from tracking_middleware import TrackingError
    from tracking_middleware.request.page import _outside, enter_exchange

    enter_exchange(_outside)
    with pytest.raises(TrackingError, match="outside a request"):
        current_page().title = "nobody sees it"
    with pytest.raises(TrackingError, match="outside a request"):
        track(StructuredEvent("a", "b"))


def test_a_tracker_away_from_requests(tracked_events):
    from tracking_middleware import Subject, Tracker

    tracker = Tracker(**OPTIONS)
    tracker.track(OrderPlaced(sku="RS-2", margin=1.0), subject=Subject(user_id="17"))
    assert tracked_events.of("iglu:com.acme/order_placed/jsonschema/1-0-0").one().user_id == "17"
    assert tracker.stats()["dropped"] == {"held_by_tests": 1}


def test_a_real_collector_gets_what_is_sent_to_it(collector):
    from tracking_middleware import Tracker

    with Tracker(collector_url=collector.url, app_id="shop") as tracker:
        tracker.track(StructuredEvent("a", "b"))
        assert [event["event"]["se_category"] for event in collector.good(at_least=1)] == ["a"]
        assert collector.good(event_type="page_view") == []
        assert collector.counts() == {"total": 1, "good": 1, "bad": 0}


def test_the_collector_begins_empty(collector):
    assert collector.counts()["total"] == 0


def test_the_collector_shows_what_failed(collector):
    import httpx

    httpx.get(f"{collector.url}/i?e=pv&p=none")
    (failed,) = collector.bad(at_least=1)
    assert "none" in str(failed["errors"])


@pytest.mark.parametrize(("wait", "index"), [(0, 1), (1799, 1), (1800, 2)])
def test_a_visitor_has_a_session_until_half_an_hour_without_events(wait, index):
    visitor = Visitor("www.example.com")
    visitor.track()
    person, session = visitor.domain_userid, visitor.domain_sessionid
    visitor.wait(wait)
    visitor.track()
    assert visitor.domain_userid == person
    assert (visitor.domain_sessionid == session) == (index == 1)
    assert visitor.domain_sessionidx == index
    assert visitor.id_name == "_sp_id.8809"


SCHEMA = {
    "self": {"vendor": "com.acme", "name": "order_placed", "format": "jsonschema", "version": "1-0-0"},
    "type": "object",
    "properties": {"sku": {"type": "string"}, "margin": {"type": "number", "maximum": 40}},
}


@pytest.fixture
def schemas(tmp_path):
    import json

    place = tmp_path / "com.acme" / "order_placed" / "jsonschema"
    place.mkdir(parents=True)
    (place / "1-0-0").write_text(json.dumps(SCHEMA))
    return tmp_path


def test_what_is_as_its_schema_says(flask_client, tracked_events, schemas):
    from tracking_middleware import Tracker

    Tracker(**OPTIONS).track(OrderPlaced(sku="RS-1", margin=12))
    tracked_events.assert_schema_valid(schemas)


def test_what_is_not_as_its_schema_says(flask_client, tracked_events, schemas):
    flask_client.get("/order", headers=HTML)
    with pytest.raises(
        AssertionError, match=r"order_placed: \$\.margin: .*40.* iglu:com\.acme/order_placed"
    ) as error:
        tracked_events.assert_schema_valid(schemas)
    assert "41.25" not in str(error.value)


def test_what_has_no_schema(flask_client, tracked_events):
    flask_client.get("/order", headers=HTML)
    with pytest.raises(AssertionError, match=r"iglu:com\.acme/order_placed/jsonschema/1-0-0 is not found"):
        tracked_events.assert_schema_valid()


def test_a_plain_get_is_a_page_load(client, tracked_events):
    client.get("/article")
    article = tracked_events.page_views.one().entity(Article)
    assert article.id == "a1"
    assert article.tags == ["x", "y"]
    assert tracked_events.skipped == []


def test_a_script_that_asks_is_none(client, tracked_events):
    client.get("/article", headers={"X-Requested-With": "XMLHttpRequest"})
    client.get("/article", headers={"Sec-Fetch-Dest": "empty"})
    client.get("/article", headers={"Accept": "text/css"})
    tracked_events.page_views.none()
    assert [skip.reason for skip in tracked_events.skipped] == ["fetch"] * 3


def test_a_plain_get_is_what_it_is_in_production_where_nobody_looks(client):
    from tracking_middleware.tracking.living_trackers import living_trackers

    client.get("/made-with-the-first-request")
    trackers = living_trackers()
    before = sum(tracker.stats()["skipped"].get("fetch", 0) for tracker in trackers)
    client.get("/article")
    assert sum(tracker.stats()["skipped"].get("fetch", 0) for tracker in trackers) == before + 1


def test_errors_are_those_of_this_test_whatever_becomes_of_earlier_trackers():
    import gc

    from tracking_middleware.testing.observation import observation

    earlier, other = Tracker(**OPTIONS), Tracker(**OPTIONS)
    for _ in range(3):
        earlier.track(object())
    with observation() as seen:
        del earlier
        gc.collect()
        other.track(object())
        assert seen.errors == {"event_invalid": 1}


def test_the_collector_gets_what_a_client_of_flask_asked_for(collector):
    from flask import Flask

    from tracking_middleware.flask import Tracking

    app = Flask(__name__)
    app.config["TRACKING"] = {**OPTIONS, "collector_url": collector.url}
    app.add_url_rule("/page", view_func=lambda: answer("/page"))
    Tracking(app)
    app.test_client().get("/page")
    assert [event["event"]["page_urlpath"] for event in collector.good(at_least=1)] == ["/page"]


def test_the_collector_gets_what_a_client_of_django_asked_for(django_client, collector):
    from django.test import override_settings

    with override_settings(TRACKING={**OPTIONS, "collector_url": collector.url}):
        django_client.get("/page")
        assert [event["event"]["page_urlpath"] for event in collector.good(at_least=1)] == ["/page"]
