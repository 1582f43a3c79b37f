"""``@page_entity`` and FastAPI's ``Page``: what a page is about, said beside its view, in each framework."""

from __future__ import annotations

import asyncio
import contextlib
import json
from types import SimpleNamespace

import fastapi
import flask
import flask.views
import httpx
import pytest
from django.http import HttpResponse
from django.test import AsyncClient, Client, override_settings
from django.urls import path
from django.utils.decorators import method_decorator
from django.views import View
from starlette.applications import Starlette
from starlette.endpoints import HTTPEndpoint
from starlette.middleware import Middleware
from starlette.responses import HTMLResponse
from starlette.routing import Route

from tracking_middleware import Article2, Tracker, TrackingError, page_entity
from tracking_middleware.django import get_tracker
from tracking_middleware.fastapi import Page
from tracking_middleware.flask import Tracking
from tracking_middleware.starlette import TrackingMiddleware

from .sites import django

HEADERS = {"accept": "text/html", "sec-fetch-dest": "document"}
URL = "/rivers/page"
urlpatterns: list = []


def said(request, slug, **_rest):
    return Article2(id=slug, subject=request.method)


async def said_later(request, slug, **_rest):
    await asyncio.sleep(0)
    return said(request, slug)


def asked(app):
    async def get():
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://site.example") as client:
            return await client.get(URL, headers=HEADERS)

    return asyncio.run(get())


def flask_app(tracker, view):
    app = flask.Flask(__name__)
    Tracking(app, tracker=tracker)
    app.add_url_rule("/<slug>/page", view_func=view)
    return app.test_client().get(URL, headers=HEADERS)


def starlette_app(tracker, view):
    tracked = Middleware(TrackingMiddleware, tracker=tracker)
    return asked(Starlette(routes=[Route("/{slug}/page", view)], middleware=[tracked]))


def fastapi_app(tracker, view):
    app = fastapi.FastAPI(default_response_class=HTMLResponse)
    app.add_middleware(TrackingMiddleware, tracker=tracker)
    app.get("/{slug}/page")(view)
    return asked(app)


def django_site(client):
    def get(view):
        urlpatterns[:] = [path("<slug>/page", view)]
        answer = client().get(URL, headers=HEADERS)
        return asyncio.run(answer) if asyncio.iscoroutine(answer) else answer

    return get


def flask_view(describe):
    return page_entity(describe)(lambda slug: "page")


def flask_class(describe):
    class Shown(flask.views.MethodView):
        @page_entity(describe)
        def get(self, slug):
            return "page"

    return Shown.as_view("shown")


def starlette_view(describe):
    @page_entity(describe)
    async def view(request):
        return HTMLResponse("page")

    return view


def starlette_thread(describe):
    @page_entity(describe)
    def view(request):
        return HTMLResponse("page")

    return view


def starlette_class(describe):
    class Shown(HTTPEndpoint):
        @page_entity(describe)
        async def get(self, request):
            return HTMLResponse("page")

    return Shown


def fastapi_view(describe):
    @page_entity(describe)
    async def view(slug: str, request: fastapi.Request):
        return "page"

    return view


def fastapi_thread(describe):
    @page_entity(describe)
    def view(slug: str):
        return "page"

    return view


def django_view(describe):
    return page_entity(describe)(lambda request, slug: HttpResponse("page"))


def django_async(describe):
    @page_entity(describe)
    async def view(request, slug):
        return HttpResponse("page")

    return view


def django_class(describe):
    @method_decorator(page_entity(describe), name="dispatch")
    class Shown(View):
        def get(self, request, slug):
            return HttpResponse("page")

    return Shown.as_view()


def django_async_class(describe):
    class Shown(View):
        async def get(self, request, slug):
            return HttpResponse("page")

    return page_entity(describe)(Shown.as_view())


SYNC = {
    flask_view: flask_app,
    flask_class: flask_app,
    starlette_thread: starlette_app,
    fastapi_thread: fastapi_app,
    django_view: django_site(Client),
    django_class: django_site(Client),
}
ASYNC = {
    starlette_view: starlette_app,
    starlette_class: starlette_app,
    fastapi_view: fastapi_app,
    django_async: django_site(AsyncClient),
    django_async_class: django_site(AsyncClient),
}
WAYS = {**SYNC, **ASYNC}


@pytest.fixture
def page_of(options):
    """What one request to a view brings."""

    def ask(make, describe):
        events = []
        given = {**options, "before_send": lambda event: events.append(event) or event}
        if make.__name__.startswith("django"):
            django.configure(options)
            settings = {"ROOT_URLCONF": __name__, "MIDDLEWARE": [django.MIDDLEWARE], "TRACKING": given}
            with override_settings(**settings), contextlib.closing(get_tracker()) as tracker:
                answer = WAYS[make](make(describe))
                assert tracker.flush(10) == 0
        else:
            with contextlib.closing(Tracker(**given)) as tracker:
                answer = WAYS[make](tracker, make(describe))
                assert tracker.flush(10) == 0
        (event,) = events
        entities = [json.loads(entity)["data"] for entity in event.entities]
        return SimpleNamespace(entities=entities, counts=tracker.stats()["errors"], status=answer.status_code)

    return ask


@pytest.mark.parametrize("make", WAYS, ids=lambda make: make.__name__)
def test_a_page_carries_what_is_said_beside_its_view(page_of, make):
    page = page_of(make, said)
    assert page.entities == [{"id": "rivers", "subject": "GET"}]
    assert (page.status, page.counts) == (200, {})


@pytest.mark.parametrize("make", ASYNC, ids=lambda make: make.__name__)
def test_beside_an_async_view_it_may_be_async(page_of, make):
    assert page_of(make, said_later).entities == [{"id": "rivers", "subject": "GET"}]


@pytest.mark.parametrize("make", SYNC, ids=lambda make: make.__name__)
def test_beside_a_sync_view_nobody_awaits_it_which_is_counted(page_of, make):
    page = page_of(make, said_later)
    assert (page.entities, page.status, page.counts) == ([], 200, {"description_failed": 1})


@pytest.mark.parametrize("make", WAYS, ids=lambda make: make.__name__)
def test_what_it_raises_is_counted_and_not_in_the_response(page_of, make):
    page = page_of(make, lambda request, **_named: 1 / 0)
    assert (page.entities, page.status, page.counts) == ([], 200, {"description_failed": 1})


def test_several_entities_are_a_list_and_none_is_nothing(page_of):
    page = page_of(flask_view, lambda request, slug: [Article2(id="a"), Article2(id="b")])
    assert [entity["id"] for entity in page.entities] == ["a", "b"]
    assert page_of(flask_view, lambda request, slug: None).entities == []


def test_outside_any_request_the_view_is_as_it_is():
    assert page_entity(said)(lambda slug: slug)("rivers") == "rivers"


def test_what_cannot_be_called_is_refused_at_declaration():
    with pytest.raises(TrackingError, match="function of the request"):
        page_entity(Article2(id="a"))


async def with_page(slug: str, page: Page):
    page.attach(Article2(id=slug))
    return "page"


def with_page_in_a_thread(slug: str, page: Page):
    page.attach(Article2(id=slug))
    return "page"


@pytest.mark.parametrize("view", [with_page, with_page_in_a_thread])
def test_fastapi_gives_the_page_to_whoever_depends_on_it(options, view):
    events = []
    tracker = Tracker(**{**options, "before_send": lambda event: events.append(event) or event})
    with contextlib.closing(tracker):
        assert fastapi_app(tracker, view).text == "page"
        assert tracker.flush(10) == 0
    assert [json.loads(entity)["data"]["id"] for entity in events[0].entities] == ["rivers"]
