"""Whoever asks for what in whatever order: a page view says what the page says that was given."""

from __future__ import annotations

import itertools
import json
import pickle
import re

import flask
import flask_caching
import pytest
from django.core.cache import cache
from django.http import HttpResponse
from django.template.response import TemplateResponse
from django.test import Client, override_settings
from django.urls import path
from django.views.decorators.cache import cache_page
from django.views.decorators.vary import vary_on_cookie
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tracking_middleware import Article2, cached_page, current_page, describes, entity
from tracking_middleware.django import get_tracker
from tracking_middleware.flask import Tracking
from tracking_middleware.metadata.objects import declaring

from .sites import django

WAYS = ["uncached", "cached", "cached-by-visitor", "by-hand"]
VISITORS = ["ada", "ben", "cyd"]
REQUESTS = st.lists(
    st.tuples(
        st.sampled_from(WAYS),
        st.sampled_from(["one", "two"]),
        st.sampled_from(VISITORS),
        st.sampled_from(["document", "document", "empty"]),
    ),
    max_size=30,
)
BACKEND = "tracking_middleware.django.backends.django.DjangoTemplates"
LOADERS = [("django.template.loaders.locmem.Loader", {"page.html": "<p>{{ story.render }}</p>"})]
LOCMEM = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": "whose"}}
made = itertools.count()


@entity("iglu:com.acme/teaser/jsonschema/1-0-0", cacheable=True)
class Teaser:
    render: int


@entity("iglu:com.acme/reader/jsonschema/1-0-0")
class Reader:
    name: str


class Story:
    def __init__(self, render):
        self.render = render


def say(visitor):
    """What a view says; the page that it is about."""
    story, page = Story(next(made)), current_page()
    page.title = f"render {story.render}"
    page.attach(Teaser(story.render))
    page.attach(Reader(visitor))
    return story


@pytest.fixture
def _described(monkeypatch):
    monkeypatch.setattr(declaring, "_descriptions", {})
    declaring.description_of.cache_clear()
    describes(Story)(lambda story: Article2(id=str(story.render)))
    yield
    declaring.description_of.cache_clear()


def judge(event, render, visitor, *, is_made_now):
    """A page view is of the render whose body was given, and of nobody but its visitor."""
    said = {}
    for one in map(json.loads, event.entities):
        assert one["schema"] not in said
        said[one["schema"].split("/")[1]] = one["data"]
    assert event.page_title == f"render {render}"
    assert said.pop("teaser") == {"render": int(render)}
    assert said.pop("article") == {"id": render}
    assert said == ({"reader": {"name": visitor}} if is_made_now else {})


def judged(requests, ask, events, flush):
    """Ask for all, and judge each page view."""
    renders, views = set(), []
    for way, slug, visitor, wanted in requests:
        body = ask(f"/{way}/{slug}", {"accept": "text/html", "sec-fetch-dest": wanted}, visitor)
        (render,) = re.findall(r"<p>(\d+)</p>", body)
        if wanted == "document":
            views.append((render, visitor, render not in renders))
        renders.add(render)
    flush()
    for event, (render, visitor, is_made_now) in zip(events, views, strict=True):
        judge(event, render, visitor, is_made_now=is_made_now)
    events.clear()


def django_page(request, slug):
    story = say(request.COOKIES["who"])
    return TemplateResponse(request, "page.html", {"story": story, "slug": slug})


def django_by_hand(request, slug):
    kept = cache.get(f"by-hand-{slug}")
    if kept is not None:
        return pickle.loads(kept)
    answer = HttpResponse(django_page(request, slug).render().content)
    cache.set(f"by-hand-{slug}", pickle.dumps(answer))
    return answer


@pytest.fixture
def django_site(options, _described):
    django.configure(options)
    events = []
    views = {
        "uncached": django_page,
        "cached": cache_page(60)(django_page),
        "cached-by-visitor": cache_page(60)(vary_on_cookie(django_page)),
        "by-hand": django_by_hand,
    }
    with override_settings(
        MIDDLEWARE=["tracking_middleware.django.TrackingMiddleware"],
        ROOT_URLCONF=tuple(path(f"{way}/<slug>", view) for way, view in views.items()),
        TEMPLATES=[{"BACKEND": BACKEND, "OPTIONS": {"loaders": LOADERS}}],
        CACHES=LOCMEM,
        TRACKING={**options, "before_send": lambda event: events.append(event) or event},
    ):
        tracker = get_tracker()
        yield tracker, events
        tracker.close()


def visits(*, max_examples):
    return settings(
        max_examples=max_examples,
        deadline=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture],
    )


@visits(max_examples=25)
@given(requests=REQUESTS)
def test_in_django(django_site, requests):
    tracker, events = django_site
    cache.clear()

    def ask(url, headers, visitor):
        return Client().get(url, headers={**headers, "cookie": f"who={visitor}"}).content.decode()

    judged(requests, ask, events, lambda: tracker.flush(10))


@pytest.fixture
def flask_site(_described):
    """With pages whose bytes differ, and with ``cached_page`` as well as by Flask-Caching itself."""
    events = []
    app = flask.Flask(__name__)
    tracking = Tracking(
        app, collector_url="log:", app_id="x", before_send=lambda event: events.append(event) or event
    )
    caching = flask_caching.Cache(app, config={"CACHE_TYPE": "SimpleCache"})

    def page(slug):
        story = say(flask.request.cookies["who"])
        return flask.render_template_string("<p>{{ story.render }}</p>", story=story, slug=slug)

    def by_visitor(*_given, **_named):
        return flask.request.path + flask.request.cookies["who"]

    views = {
        "uncached": page,
        "cached": caching.cached(timeout=60)(page),
        "cached-by-visitor": caching.cached(timeout=60, make_cache_key=by_visitor)(page),
        "by-hand": cached_page(caching.cached(timeout=60, key_prefix="by-hand/%s"))(page),
    }
    for way, view in views.items():
        app.get(f"/{way}/<slug>", endpoint=way)(view)
    with app.app_context():
        tracker = tracking.tracker
    yield app, caching, tracker, events
    tracker.close()


@visits(max_examples=25)
@given(requests=REQUESTS)
def test_in_flask(flask_site, requests):
    app, caching, tracker, events = flask_site
    with app.app_context():
        caching.clear()

    def ask(url, headers, visitor):
        client = app.test_client()
        client.set_cookie("who", visitor)
        return client.get(url, headers=headers).text

    judged(requests, ask, events, lambda: tracker.flush(10))
