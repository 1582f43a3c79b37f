"""The frameworks' targets: a site in each with and without us, to which both the same request is made."""

from __future__ import annotations

from functools import cache

import django
import flask
from django.conf import settings as django_settings
from django.core.handlers.asgi import ASGIHandler
from django.core.handlers.wsgi import WSGIHandler
from django.http import HttpResponse, HttpResponseRedirect
from django.test import override_settings
from django.urls import re_path
from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Route

from tracking_middleware.django.middleware import TrackingMiddleware as DjangoMiddleware
from tracking_middleware.flask import _FlaskMiddleware
from tracking_middleware.request import page as page_module
from tracking_middleware.starlette import TrackingMiddleware

from . import mutator
from .adapters import answer_to, new_tracker, tell
from .oracle import check_added, check_events
from .serving import answered, called, environ_of, run, same_messages, scope_of


class Now:
    """What the sites of this process answer with at this moment."""

    answer = None
    tracker = None
    is_tracked = False


def _tell():
    tell(Now.answer, Now.tracker if Now.is_tracked else None)


def _prepare(random):
    request = mutator.mutated(random, {"GET"})
    Now.answer = answer_to(random, request)
    Now.tracker, delivery = new_tracker(random)
    return request, delivery


def _without(ask, *arguments):
    page_module.enter_exchange(page_module._outside)
    Now.is_tracked = False
    return ask(*arguments)


def _with(ask, *arguments):
    Now.is_tracked = True
    return ask(*arguments)


def _compare(bare, tracked):
    assert (bare[0], bare[2]) == (tracked[0], tracked[2]), f"{bare[0]}, with us {tracked[0]}"
    check_added(bare[1], tracked[1])


# --- Flask ---


def flask_site(random, _log):
    request, delivery = _prepare(random)
    app = _flask_app()
    environ = environ_of(random, request)
    before = _without(answered, app, dict(environ))
    _compare(before, _with(answered, _FlaskMiddleware(app.wsgi_app, tracker=Now.tracker), environ))
    return check_events(delivery, Now.tracker)


@cache
def _flask_app():
    app = flask.Flask("fuzz")
    app.logger.disabled = True

    @app.route("/", defaults={"rest": ""})
    @app.route("/<path:rest>")
    def page(rest):
        _tell()
        answer = Now.answer
        return flask.Response(b"".join(answer.chunks), answer.status, headers=answer.headers)

    return app


# --- Starlette ---


async def _starlette_page(_request):
    _tell()
    answer = Now.answer
    response = Response(b"".join(answer.chunks), answer.status)
    for name, value in answer.headers:
        response.headers[name] = value
    return response


_starlette_bare = Starlette(routes=[Route("/{rest:path}", _starlette_page)])


def starlette_site(random, _log):
    request, delivery = _prepare(random)
    scope = scope_of(random, request)
    bare = _without(run, called(_starlette_bare, dict(scope)))
    tracked = TrackingMiddleware(_starlette_bare, tracker=Now.tracker)
    same_messages(bare, _with(run, called(tracked, scope)))
    return check_events(delivery, Now.tracker)


# --- Django ---


def _django_page(_request, **_rest):
    _tell()
    return _django_response()


async def _django_page_async(_request, **_rest):
    _tell()
    return _django_response()


def _django_response():
    answer = Now.answer
    response = HttpResponse(b"".join(answer.chunks), status=answer.status)
    for name, value in answer.headers:
        response.headers[name] = value
    return HttpResponseRedirect("/elsewhere") if answer.status == 302 else response


urlpatterns = [re_path(r"(?s).*", _django_page)]


class AsyncUrls:
    urlpatterns = [re_path(r"(?s).*", _django_page_async)]


class Middleware(DjangoMiddleware):
    """The middleware with the tracker of the case, which is another for each."""

    def __init__(self, get_response):
        super().__init__(get_response)
        self.__dict__.pop("tracker", None)

    @property
    def tracker(self):
        return Now.tracker

    @tracker.setter
    def tracker(self, _made):
        """Django's one tracker of a process is not this case's."""


MIDDLEWARE = f"{__name__}.Middleware"


@cache
def _django_handlers(handler, urls):
    """A site without us and one with us."""
    if not django_settings.configured:
        django_settings.configure(
            ALLOWED_HOSTS=["*"],
            SECRET_KEY="fuzz" * 8,
            TRACKING={"collector_url": "log:", "app_id": "fuzz"},
            LOGGING_CONFIG=None,
        )
        django.setup()
    bare_site = override_settings(ROOT_URLCONF=urls, MIDDLEWARE=[])
    tracked_site = override_settings(ROOT_URLCONF=urls, MIDDLEWARE=[MIDDLEWARE])
    with bare_site:
        bare = handler()
    with tracked_site:
        tracked = handler()
    return bare, tracked


def django_sync(random, _log):
    request, delivery = _prepare(random)
    bare, tracked = _django_handlers(WSGIHandler, __name__)
    environ = environ_of(random, request)
    with override_settings(ROOT_URLCONF=__name__):
        before = _without(answered, bare, dict(environ))
        _compare(before, _with(answered, tracked, environ))
    return check_events(delivery, Now.tracker)


def django_async(random, _log):
    request, delivery = _prepare(random)
    bare, tracked = _django_handlers(ASGIHandler, AsyncUrls)
    scope = scope_of(random, request)
    with override_settings(ROOT_URLCONF=AsyncUrls):
        before = _without(run, called(bare, dict(scope)))
        same_messages(before, _with(run, called(tracked, scope)))
    return check_events(delivery, Now.tracker)
