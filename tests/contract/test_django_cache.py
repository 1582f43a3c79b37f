"""Django's own cache beside ``identity="issue"``: two visitors never get one identity, whatever the order."""

from __future__ import annotations

import itertools
import re
from http.cookies import SimpleCookie

import pytest
from django.core.cache import cache
from django.http import HttpResponse
from django.test import AsyncClient, Client, override_settings
from django.urls import path
from django.views.decorators.cache import cache_control, cache_page, never_cache
from django.views.decorators.vary import vary_on_cookie

from tracking_middleware.django import get_tracker

from .sites import django

TRACKING = "tracking_middleware.django.TrackingMiddleware"
UPDATE = "django.middleware.cache.UpdateCacheMiddleware"
FETCH = "django.middleware.cache.FetchFromCacheMiddleware"
ORDERS = {
    "tracking first": [TRACKING, UPDATE, FETCH],
    "tracking within": [UPDATE, TRACKING, FETCH],
    "tracking last": [UPDATE, FETCH, TRACKING],
    "no cache for the site": [TRACKING],
}
NEWCOMER = {"accept": "text/html", "sec-fetch-dest": "document"}
WITH_COOKIE = {**NEWCOMER, "cookie": "theme=dark"}
UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
made = itertools.count()


def page(_request):
    return HttpResponse(f"page {next(made)}")


async def page_async(_request):
    return HttpResponse(f"page {next(made)}")


def saying(**headers):
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda request: HttpResponse(f"page {next(made)}", headers=named)


def views():
    """By path; Django's decorators want its settings."""
    return {
        "plain": page,
        "async": page_async,
        "cached": cache_page(60)(page),
        "varied": vary_on_cookie(page),
        "cached-varied": cache_page(60)(vary_on_cookie(page)),
        "never": never_cache(page),
        "public": cache_control(public=True, max_age=60)(page),
        "private": cache_control(private=True)(page),
        "no-store": saying(Cache_Control="no-store"),
        "shouted": saying(Cache_Control="Private, max-age=60"),
        "expires": saying(Expires="Thu, 01 Jan 2099 00:00:00 GMT"),
    }


PATHS = [
    f"/{name}"
    for name in (
        "plain",
        "async",
        "cached",
        "varied",
        "cached-varied",
        "never",
        "public",
        "private",
        "no-store",
        "shouted",
        "expires",
    )
]


@pytest.fixture(params=["sync", "async"])
def visit(request):
    """Sends a document request; gives the response."""
    if request.param == "sync":
        return lambda url, headers: Client().get(url, headers=headers)

    def get(url, headers):
        import asyncio

        async def get():
            return await AsyncClient().get(url, headers=headers)

        return asyncio.run(get())

    return get


@pytest.fixture
def site(options, request):
    """Makes a site with the given middlewares and settings."""
    django.configure(options)

    def make(middleware, **settings):
        given = {
            **options,
            "collector_url": "log:",
            "secret_key": "k" * 32,
            "cookie_domain": "testserver",
            **settings,
        }
        changed = override_settings(
            MIDDLEWARE=middleware,
            TRACKING=given,
            ROOT_URLCONF=tuple(path(name, view) for name, view in views().items()),
            CACHE_MIDDLEWARE_SECONDS=60,
            CACHES={"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": "t"}},
        )
        changed.enable()
        request.addfinalizer(changed.disable)
        get_tracker.cache_clear()
        request.addfinalizer(get_tracker.cache_clear)
        request.addfinalizer(get_tracker().close)
        cache.clear()

    return make


def ids_in(response):
    """Every id that the visitor was told."""
    told = [morsel.value for morsel in SimpleCookie(response.cookies).values()]
    return set(UUID.findall(" ".join([*told, response.headers.get("Server-Timing", "")])))


@pytest.mark.parametrize("identity", ["issue", "read"])
@pytest.mark.parametrize("order", ORDERS)
def test_two_visitors_never_get_one_identity(site, visit, order, identity):
    site(ORDERS[order], identity=identity, server_timing=True)
    for url, headers in itertools.product(PATHS, (NEWCOMER, WITH_COOKIE)):
        told = [ids_in(visit(url, headers)) for _ in range(4)]
        assert all(a.isdisjoint(b) for a, b in itertools.combinations(told, 2)), url


@pytest.mark.parametrize("order", ["tracking first", "no cache for the site"])
def test_the_cache_still_does_its_work(site, visit, order):
    site(ORDERS[order], identity="issue", server_timing=True)
    # what Django makes of these depends on its version
    urls = (
        [url for url in PATHS if url not in {"/no-store", "/shouted"}]
        if order == "tracking first"
        else ["/cached"]
    )
    for url in urls:
        bodies = {visit(url, NEWCOMER).content for _ in range(3)}
        assert len(bodies) == (3 if url in {"/never", "/private"} else 1), url
        if url in {"/plain", "/cached"}:
            response = visit(url, NEWCOMER)
            assert (ids_in(response), response.headers["Cache-Control"]) == (set(), "max-age=60")


@pytest.mark.parametrize("order", ["tracking within", "tracking last"])
def test_in_a_cache_around_it_there_is_no_page_with_an_identity(site, visit, order):
    site(ORDERS[order], identity="issue")
    for url in PATHS:
        responses = [visit(url, NEWCOMER) for _ in range(3)]
        told = [response.content for response in responses if ids_in(response)]
        assert len(told) == len(set(told)), url
    assert ids_in(visit("/private", NEWCOMER))
