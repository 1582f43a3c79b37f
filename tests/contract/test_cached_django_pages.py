"""A page from Django's cache says what its render said: what is the page's, and nothing of anybody's."""

from __future__ import annotations

import asyncio
import copy
import itertools
import json
import pickle
from typing import Annotated

import msgspec
import pytest
from django.core.cache import cache
from django.http import HttpResponse
from django.template.response import TemplateResponse
from django.test import AsyncClient, Client, override_settings
from django.urls import path
from django.views.decorators.cache import cache_page

from tracking_middleware import (
    Article,
    Article2,
    Confidential,
    EntityError,
    current_page,
    describes,
    entity,
)
from tracking_middleware.django import get_tracker
from tracking_middleware.metadata.objects import declaring
from tracking_middleware.metadata.objects.cached import packed

from .sites import django

TRACKING = "tracking_middleware.django.TrackingMiddleware"
UPDATE = "django.middleware.cache.UpdateCacheMiddleware"
FETCH = "django.middleware.cache.FetchFromCacheMiddleware"
DOCUMENT = {"accept": "text/html", "sec-fetch-dest": "document"}
TEMPLATES = {
    "page.html": "<title>of the HTML</title><h1>{{ story.headline }}</h1>",
    "none.html": "<p>no title</p>",
}
LOADERS = [("django.template.loaders.locmem.Loader", TEMPLATES)]
BACKEND = "tracking_middleware.django.backends.django.DjangoTemplates"
LOCMEM = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": "cached"}}


@entity("iglu:com.acme/teaser/jsonschema/1-0-0", cacheable=True)
class Teaser:
    place: str


@entity("iglu:com.acme/reader/jsonschema/1-0-0")
class Reader:
    name: str


class Story:
    def __init__(self, headline):
        self.headline = headline


class Account:
    is_authenticated = True


made = itertools.count()


def say_all():
    page = current_page()
    page.title = f"render {next(made)}"
    page.attach(Teaser("top"))
    page.attach(Reader("ada"))


def plain(_request):
    say_all()
    return HttpResponse("<title>of the HTML</title>")


def template(request):
    say_all()
    return TemplateResponse(request, "page.html", {"story": Story("rivers"), "who": Account()})


def rendered(request):
    from django.shortcuts import render

    say_all()
    return render(request, "page.html", {"story": Story("rivers"), "who": Account()})


def pickled_by_hand(request):
    kept = cache.get("by-hand")
    if kept is not None:
        return pickle.loads(kept)
    answer = template(request)
    answer.add_post_render_callback(lambda response: cache.set("by-hand", pickle.dumps(response)))
    return answer


def silent(_request):
    return HttpResponse("<title>silent</title>")


def of_a_person(_request):
    page = current_page()
    page.user_id, page.title = "u1", "Ada's page"
    page.attach(Article2(id="1", reader="subscriber"))
    page.attach(Article(id="old"))
    page.url = "https://www.example.com/canonical"
    return HttpResponse("<p>no title</p>")


def copied(_request):
    say_all()
    answer = copy.copy(HttpResponse("<p>copied</p>"))
    current_page().title = None
    return answer


VIEWS = {
    "plain": plain,
    "template": template,
    "rendered": rendered,
    "silent": silent,
    "of-a-person": of_a_person,
}
WAYS = {
    "the view's own": ([TRACKING], lambda view: view),
    "cache_page": ([TRACKING], cache_page(60)),
    "middleware within": ([TRACKING, UPDATE, FETCH], lambda view: view),
    "middleware around and within": ([UPDATE, TRACKING, FETCH], lambda view: view),
}


@pytest.fixture
def described(monkeypatch):
    """No class is described but those of a test."""
    monkeypatch.setattr(declaring, "_descriptions", {})
    declaring.description_of.cache_clear()
    describes(Story)(lambda story: Article2(id=story.headline))
    describes(Account)(lambda account: Reader("an account"))
    yield
    declaring.description_of.cache_clear()


@pytest.fixture
def page_views(options, described):
    """Asks for a page several times; gives the page views, and the tracker's counts."""
    django.configure(options)

    def ask(way, view, times=2, headers=(), is_async=False, **settings):
        events = []
        middleware, decorate = WAYS[way]
        given = {**options, **settings, "before_send": lambda event: events.append(event) or event}
        with override_settings(
            MIDDLEWARE=middleware,
            ROOT_URLCONF=(path("page", decorate(VIEWS.get(view, view))),),
            TEMPLATES=[{"BACKEND": BACKEND, "OPTIONS": {"loaders": LOADERS}}],
            CACHES=LOCMEM,
            CACHE_MIDDLEWARE_SECONDS=60,
            TRACKING=given,
        ):
            cache.clear()
            tracker = get_tracker()
            try:
                answers = []
                for of_this in itertools.islice(itertools.chain(headers, itertools.repeat({})), times):
                    asked = {**DOCUMENT, **of_this}
                    if is_async:
                        answers.append(asyncio.run(AsyncClient().get("/page", headers=asked)))
                    else:
                        answers.append(Client().get("/page", headers=asked))
                assert tracker.flush(10) == 0
                counts = tracker.stats()["errors"]
            finally:
                tracker.close()
        for answer in answers:
            assert "teaser" not in f"{answer.headers}{answer.content}{answer.cookies}"
        return events, counts

    return ask


def entities(event):
    return sorted(json.loads(one)["schema"].split("/")[1] for one in event.entities)


@pytest.mark.parametrize("is_async", [False, True])
@pytest.mark.parametrize("view", ["plain", "template", "rendered"])
@pytest.mark.parametrize("way", sorted(WAYS.keys() - {"the view's own"}))
def test_a_hit_carries_what_is_the_pages(page_views, way, view, is_async):
    (render, hit), counts = page_views(way, view, is_async=is_async)
    shown = [] if view == "plain" else ["article"]
    assert entities(render) == sorted(["reader", "teaser", *shown])
    assert entities(hit) == sorted(["teaser", *shown])
    assert hit.page_title == render.page_title
    assert hit.page_title.startswith("render ")
    assert counts == {"metadata_not_cached": 1}


def test_a_response_that_a_view_caches_itself_carries_it(page_views):
    (render, hit), _ = page_views("the view's own", pickled_by_hand)
    assert (entities(hit), hit.page_title) == (["article", "teaser"], render.page_title)


def test_what_is_missing_is_told_by_its_name(page_views, caplog):
    page_views("cache_page", "plain")
    assert "com.acme/reader" in caplog.text


def test_of_a_page_that_says_nothing_nothing_is_missing(page_views):
    (_, hit), counts = page_views("cache_page", "silent")
    assert (hit.page_title, hit.entities, counts) == ("silent", (), {})


def test_nothing_of_a_person_is_carried(page_views, caplog):
    (_, hit), counts = page_views("cache_page", "of-a-person", metadata=[])
    assert (hit.page_title, hit.subject.user_id, entities(hit)) == ("", "", ["article"])
    assert b"subscriber" not in b"".join(hit.entities)
    assert counts == {"metadata_not_cached": 1}
    assert "without title, url" in caplog.text


def test_a_page_that_was_made_for_what_is_no_page_view_carries_it_too(page_views):
    (hit,), _ = page_views("cache_page", "rendered", headers=[{"sec-fetch-dest": "empty"}])
    assert entities(hit) == ["article", "teaser"]


def test_what_is_said_for_each_request_wins_and_is_not_missing(page_views):
    cached = cache_page(60)(plain)

    def saying(request):
        current_page().attach(Reader("bob"))
        current_page().attach(Teaser("bottom"))
        current_page().title = "of this request"
        return cached(request)

    (_, hit), counts = page_views("the view's own", saying)
    assert (hit.page_title, entities(hit), counts) == ("of this request", ["reader", "teaser"], {})
    assert b"bob" in b"".join(hit.entities)
    assert b"bottom" in b"".join(hit.entities)


def greet(request):
    """As a site may that knows its visitor."""
    if "who" in request.COOKIES:
        current_page().title = f"Hello {request.COOKIES['who']}"


def greeting_middleware(get_response):
    def answer(request):
        greet(request)
        return get_response(request)

    return answer


@pytest.mark.parametrize("around", ["view", "after", "middleware", "middleware before the cache's"])
@pytest.mark.parametrize("says", [True, False])
def test_a_title_that_is_said_around_a_cached_view_is_of_nobody_else(page_views, monkeypatch, around, says):
    def view(request):
        if says:
            current_page().title = "the page's"
        return TemplateResponse(request, "none.html")

    cached = cache_page(60)(view)

    def greeting(request):
        greet(request)
        return cached(request)

    def greeting_after(request):
        answer = cached(request)
        greet(request)
        return answer

    middleware = f"{__name__}.greeting_middleware"
    way, asked = {
        "view": (([TRACKING], lambda view: view), greeting),
        "after": (([TRACKING], lambda view: view), greeting_after),
        "middleware": (([TRACKING, middleware], lambda view: view), cached),
        "middleware before the cache's": (([TRACKING, middleware, UPDATE, FETCH], lambda view: view), view),
    }[around]
    monkeypatch.setitem(WAYS, "greeting", way)
    (_, of_nobody), counts = page_views("greeting", asked, headers=[{"cookie": "who=ada"}], metadata=[])
    assert of_nobody.page_title == ("the page's" if says else "")
    assert counts == ({} if says else {"metadata_not_cached": 1})


def test_a_copy_that_is_cached_says_what_was_said_after_it_was_made(page_views):
    def view(_request):
        current_page().title = "Ada's page"
        answer, _other = copy.copy(HttpResponse("<p>copied</p>")), copy.deepcopy(HttpResponse("<p>b</p>"))
        current_page().attach(Teaser("top"))
        current_page().user_id = "ada"
        return answer

    (render, hit), counts = page_views("cache_page", view, metadata=[])
    assert (render.page_title, entities(render)) == ("Ada's page", ["teaser"])
    assert (hit.page_title, entities(hit), counts) == ("", ["teaser"], {"metadata_not_cached": 1})


class Unmade(HttpResponse):
    """One that was never begun, as an unpickled one of an older class may be."""

    def __init__(self):
        self.begun = False


def test_a_response_without_headers_is_pickled_as_it_is(page_views):
    def view(_request):
        assert pickle.loads(pickle.dumps(Unmade())).__dict__ == {"begun": False}
        return HttpResponse("<title>made</title>")

    assert page_views("the view's own", view, times=1)[0][0].page_title == "made"


OF_ANOTHER_PATH = packed("/another", "another", (("iglu:a/b/jsonschema/1-0-0", b"{}"),), ())
OF_ANOTHER_VERSION = msgspec.msgpack.encode([9, *msgspec.msgpack.decode(packed("/page", "t", (), ()))[1:]])


@pytest.mark.parametrize("kept", [b"", b"\xc1", 1, OF_ANOTHER_PATH, OF_ANOTHER_VERSION])
def test_a_page_of_another_path_or_that_cannot_be_read_carries_nothing_and_is_counted(page_views, kept):
    def moved(_request):
        answer = plain(_request)
        state = pickle.loads(pickle.dumps(answer))
        state.__dict__["_tracking_middleware_page"] = kept
        current_page().title = None
        return state

    (page,), counts = page_views("the view's own", moved, times=1)
    assert (entities(page), counts) == (["reader", "teaser"], {"metadata_not_cached": 1})
    assert page.page_title == "of the HTML"


def test_a_copy_of_a_response_is_no_hit(page_views):
    (page,), counts = page_views("the view's own", copied, times=1)
    assert (page.page_title, entities(page), counts) == ("", ["reader", "teaser"], {})


def test_a_page_that_nothing_was_kept_with_is_counted(page_views):
    cached = cache_page(60)(lambda request: HttpResponse("<p>of another type</p>", content_type="text/plain"))

    def page(request):
        answer = cached(request)
        answer.headers["Content-Type"] = "text/html"
        return answer

    (_, hit), counts = page_views("the view's own", page)
    assert (hit.entities, counts) == ((), {"metadata_not_cached": 1})


def test_a_person_whom_a_page_shows_is_not_carried_nor_what_is_said_not_to_be(page_views):
    def showing(request):
        return TemplateResponse(request, "page.html", {"story": Story("rivers"), "who": Account()})

    (render, hit), _ = page_views("cache_page", showing)
    assert (entities(render), entities(hit)) == (["article", "reader"], ["article"])
    describes_again = declaring.Description(lambda story: Article2(id="1"), "refused", is_cacheable=False)
    declaring._descriptions[Story] = describes_again
    declaring.description_of.cache_clear()
    (render, hit), _ = page_views("cache_page", showing)
    assert (entities(render), entities(hit)) == (["article", "reader"], [])


def test_what_is_described_for_the_cache_is_described_once(page_views):
    asked = []
    declaring._descriptions.clear()
    declaring.description_of.cache_clear()
    describes(Story)(lambda story: asked.append(story) or Article2(id="1"))
    page_views("cache_page", "rendered")
    page_views("cache_page", "template")
    assert len(asked) == 2


def test_what_is_shown_twice_is_looked_at_once(page_views):
    def view(request):
        return TemplateResponse(request, "page.html", {"story": Story("rivers"), "all": [0] * 6_000})

    assert page_views("cache_page", view)[1] == {}


def test_what_is_confidential_never_gets_into_a_cache(page_views):
    @entity("iglu:com.acme/margin/jsonschema/1-0-0")
    class Margin:
        amount: Annotated[int, Confidential]

    declaring._descriptions.clear()
    describes(Story)(lambda story: Margin(12))
    (render, hit), _ = page_views("cache_page", "rendered")
    assert entities(render) == ["margin", "reader", "teaser"]
    assert entities(hit) == ["teaser"]

    @entity("iglu:com.acme/sold/jsonschema/1-0-0", cacheable=True)
    class Sold:
        sku: str

    from dataclasses import dataclass

    @dataclass(frozen=True)
    class SoldWith(Sold):
        margin: Annotated[int, Confidential] = 0

    def selling(_request):
        current_page().attach(Sold("1"))
        current_page().attach(SoldWith("1", 9))
        current_page().attach({"schema": "iglu:com.acme/sold/jsonschema/1-0-0", "data": {"sku": "dict"}})
        return HttpResponse("<p>sold</p>")

    (render, hit), _ = page_views("cache_page", selling)
    assert len(render.entities) == 3
    assert [json.loads(one)["data"] for one in hit.entities] == [{"sku": "1"}]


def test_a_cacheable_class_with_a_confidential_field_is_refused():
    with pytest.raises(EntityError, match=r"is cacheable and has confidential fields \(margin\)"):

        @entity("iglu:com.acme/sale/jsonschema/1-0-0", cacheable=True)
        class Sale:
            margin: Annotated[int, Confidential]
