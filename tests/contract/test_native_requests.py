"""What the application's callables get as the framework's own request."""

from __future__ import annotations

import asyncio

import flask
import pytest
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory
from starlette.requests import Request

from tracking_middleware import Tracker
from tracking_middleware.django.middleware import TrackingMiddleware as DjangoMiddleware
from tracking_middleware.flask import Tracking
from tracking_middleware.starlette import TrackingMiddleware as StarletteMiddleware

from .sites import django


class Nowhere:
    """A delivery that keeps nothing."""

    def record(self, recorded):
        pass


@pytest.fixture
def natives():
    return []


@pytest.fixture
def tracker(natives):
    def user_id(view):
        natives.append(view.native)
        return "u"

    return Tracker(collector_url="log:", app_id="native", user_id=user_id, delivery=Nowhere())


def test_starlettes(tracker, natives):
    scope = {"type": "http", "method": "GET", "path": "/", "headers": [(b"accept", b"text/html")]}

    async def app(scope, receive, send):
        headers = [(b"content-type", b"text/html")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})

    async def send(message):
        pass

    asyncio.run(StarletteMiddleware(app, tracker=tracker)(scope, None, send))
    (native,) = natives
    assert isinstance(native, Request)
    assert native.scope is scope


def test_flasks(tracker, natives):
    app = flask.Flask(__name__)
    Tracking(app, tracker=tracker)

    @app.get("/")
    def index():
        return f"<p>{id(flask.request._get_current_object())}</p>"

    answer = app.test_client().get("/", headers={"Accept": "text/html"})
    assert answer.status_code == 200
    (native,) = natives
    assert isinstance(native, flask.Request)


def test_djangos(options, tracker, natives):
    django.configure(options)
    middleware = DjangoMiddleware(lambda request: HttpResponse("<p>"))
    middleware.tracker = tracker
    request = RequestFactory().get("/", headers={"Accept": "text/html", "Host": "testserver"})
    assert isinstance(request, HttpRequest)
    middleware(request)
    assert natives == [request]
