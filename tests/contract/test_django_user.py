"""Who is logged in to Django names the visitor, under WSGI and ASGI alike, and nothing is asked for it."""

from __future__ import annotations

import asyncio

import pytest
from asgiref.sync import iscoroutinefunction, markcoroutinefunction
from django.http import HttpResponse
from django.test import AsyncClient, Client, override_settings
from django.urls import path
from django.utils.functional import SimpleLazyObject

from tracking_middleware.django import get_tracker, logged_in_user_id

from .sites import django

DOCUMENT = {"accept": "text/html", "sec-fetch-dest": "document"}


class User:
    is_authenticated = True

    def __init__(self, pk):
        self.pk = pk


class Nobody:
    is_authenticated = False
    pk = None


class LogsIn:
    """What ``django.contrib.auth`` does to a request; asking it counts."""

    def __init__(self, pk):
        self.user = Nobody() if pk is None else User(pk)
        self.asked = 0

    def found(self):
        self.asked += 1
        return self.user

    def __call__(self, get_response):
        if iscoroutinefunction(get_response):

            async def middleware(request):
                self.prepare(request)
                return await get_response(request)

            return markcoroutinefunction(middleware)

        def middleware(request):
            self.prepare(request)
            return get_response(request)

        return middleware

    sync_capable = async_capable = True

    def prepare(self, request):
        request.user = SimpleLazyObject(self.found)

        async def auser():
            if not hasattr(request, "_acached_user"):
                request._acached_user = self.found()
            return request._acached_user

        request.auser = auser


def looks(request):
    return HttpResponse(f"<p>{request.user.pk}")


async def looks_async(request):
    return HttpResponse(f"<p>{(await request.auser()).pk}")


def ignores(request):
    return HttpResponse("<p>page")


def logs_in(request):
    request.user = User(11)
    return HttpResponse("<p>welcome")


auth = LogsIn(7)


def middleware(get_response):
    return auth(get_response)


middleware.sync_capable = middleware.async_capable = True


class Urls:
    urlpatterns = [
        path("looks", looks),
        path("looks_async", looks_async),
        path("ignores", ignores),
        path("logs_in", logs_in),
    ]


@pytest.fixture
def user_of(sink, monkeypatch):
    options = {"collector_url": sink.url, "app_id": "who", "linger": 0.02, "user_id": logged_in_user_id}
    django.configure(options)
    stack = ["tracking_middleware.django.TrackingMiddleware", f"{__name__}.middleware"]
    with override_settings(TRACKING=options, MIDDLEWARE=stack, ROOT_URLCONF=Urls):
        get_tracker.cache_clear()

        def ask(url, pk, *, is_async):
            monkeypatch.setattr(f"{__name__}.auth", LogsIn(pk))
            if is_async:

                async def get():
                    return await AsyncClient().get(f"/{url}", headers=DOCUMENT)

                response = asyncio.run(get())
            else:
                response = Client().get(f"/{url}", headers=DOCUMENT)
            response.close()
            return sink.wait_for(f"/{url}").get("uid"), auth.asked

        yield ask
        get_tracker().close()
        get_tracker.cache_clear()


@pytest.mark.parametrize("is_async", [False, True])
@pytest.mark.parametrize(
    ("url", "pk", "expected"),
    [
        ("looks", 7, ("7", 1)),
        ("looks", None, (None, 1)),
        ("looks_async", 7, ("7", 1)),
        ("ignores", 7, (None, 0)),
        ("logs_in", None, ("11", 0)),
    ],
)
def test_the_user_that_the_application_looked_at_is_named(user_of, url, pk, expected, is_async):
    assert user_of(url, pk, is_async=is_async) == expected
