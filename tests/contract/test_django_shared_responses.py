"""One response of Django's that is returned again and again: nobody is told what another was."""

from __future__ import annotations

import asyncio
import itertools
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.http import HttpResponse, StreamingHttpResponse
from django.test import AsyncClient, Client, override_settings
from django.urls import path

from tracking_middleware.django import get_tracker

from .sites import django
from .test_django_cache import NEWCOMER, TRACKING, ids_in


class Replayed(StreamingHttpResponse):
    """A stream that can be sent any number of times."""

    is_async = False

    @property
    def streaming_content(self):
        return iter((b"<h1>", b"About us"))

    @streaming_content.setter
    def streaming_content(self, chunks):
        """It has its own."""


class Slotted(HttpResponse):
    __slots__ = ("mark",)

    def close(self):
        assert self.mark == "kept"
        super().close()


def slotted():
    response = Slotted("<h1>About us")
    response.mark = "kept"
    return response


MAKERS = {
    "plain": lambda: HttpResponse("<h1>About us"),
    "stream": Replayed,
    "slotted": slotted,
}


@pytest.fixture(params=MAKERS)
def shared(request, options):
    """A response that a site returns for every request."""
    django.configure(options)
    response = MAKERS[request.param]()
    response.set_cookie("theme", "dark")
    given = {**options, "collector_url": "log:", "secret_key": "k" * 32, "identity": "issue"}
    with override_settings(
        MIDDLEWARE=[TRACKING],
        ROOT_URLCONF=(path("", lambda _request: response),),
        TRACKING={**given, "cookie_domain": "testserver", "server_timing": True},
    ):
        get_tracker.cache_clear()
        yield response
        get_tracker().close()
        get_tracker.cache_clear()


def visit():
    return Client().get("/", headers=NEWCOMER)


def visit_async():
    async def get():
        return await AsyncClient().get("/", headers=NEWCOMER)

    return asyncio.run(get())


def said(response):
    return dict(response.headers), response.cookies.output()


@pytest.mark.parametrize("get", [visit, visit_async])
def test_each_visitor_is_told_an_identity_of_their_own(shared, get):
    before = said(shared)
    told = [ids_in(get()) for _ in range(3)]
    assert all(told)
    assert all(a.isdisjoint(b) for a, b in itertools.combinations(told, 2))
    assert said(shared) == before


def test_whoever_is_not_tracked_is_told_nothing(shared):
    visit()
    answer = Client().get("/", headers={**NEWCOMER, "sec-gpc": "1"})
    assert [name for name in answer.cookies if name != "theme"] == []
    assert [name for name in Client().post("/").cookies if name != "theme"] == []


def test_the_answer_is_the_response_in_all_else(shared):
    answer = visit()
    assert (type(answer), answer.status_code) == (type(shared), 200)
    assert b"".join(answer) == b"<h1>About us"
    assert answer.cookies["theme"].value == "dark"


def test_what_waits_for_the_end_of_the_response_is_called_once(shared):
    ended = []
    shared._resource_closers.append(lambda: ended.append("once"))
    for _ in range(2):
        visit().close()
    assert ended == ["once"]


def test_threads_that_have_the_response_at_the_same_time_share_nothing(shared):
    together = threading.Barrier(4, timeout=10)

    def at_once(_number):
        together.wait()
        return [ids_in(visit()) for _ in range(5)]

    with ThreadPoolExecutor(4) as pool:
        told = [ids for each in pool.map(at_once, range(4)) for ids in each]
    assert [bool(ids) for ids in told] == [True] * 20
    assert all(a.isdisjoint(b) for a, b in itertools.combinations(told, 2))
