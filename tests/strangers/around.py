"""A pytest plugin: the middleware around every app of the project that STRANGER names.

Every request is taken for a page view, its body is read for all that it says, and every object that a
template is given is described, so that all of the middleware is at work.
"""

from __future__ import annotations

import functools
import os
from typing import Any

from tracking_middleware import Article2, Tracker, describes
from tracking_middleware.asgi import ASGIMiddleware
from tracking_middleware.wsgi import WSGIMiddleware

SETTINGS: dict[str, Any] = {
    "collector_url": "http://127.0.0.1:9",
    "app_id": "stranger",
    "track_status": range(100, 600),
    "metadata": ["title", "canonical", "json-ld", "parsely", "opengraph", "dublin-core"],
}


class Nowhere:
    """A delivery that makes each event at once, and lets it go."""

    recorded = 0

    def record(self, recorded: Any) -> None:
        self.recorded += 1
        recorded.to_event()

    def stats(self) -> dict[str, Any]:
        return {"recorded": self.recorded}

    def flush(self, timeout: float) -> int:
        return 0

    close = flush


@functools.cache
def tracker() -> Tracker:
    """The one tracker of the run."""
    describes(object)(lambda shown: Article2(id=type(shown).__name__))
    made = Tracker(delivery=Nowhere(), **SETTINGS)
    made.reconsider = lambda _request, _reason: None
    return made


def wsgi(app: Any) -> Any:
    return WSGIMiddleware(app, tracker=tracker())


def asgi(app: Any) -> Any:
    return ASGIMiddleware(app, tracker=tracker())


def starlette_asgi(app: Any) -> Any:
    """What the test client takes; one of ASGI 2 as it is, which no middleware of Starlette's takes."""
    from starlette.testclient import _is_asgi3

    from tracking_middleware.starlette import TrackingMiddleware

    return TrackingMiddleware(app, tracker=tracker()) if _is_asgi3(app) else app


def _call_through(kind: type, around: Any) -> None:
    """Have the apps of a class be called through ours."""
    original = kind.__call__

    if around is not wsgi:

        async def call(self: Any, scope: Any, receive: Any, send: Any) -> Any:
            return await around(functools.partial(original, self))(scope, receive, send)
    else:

        def call(self: Any, environ: Any, start_response: Any) -> Any:
            return around(functools.partial(original, self))(environ, start_response)

    kind.__call__ = functools.wraps(original)(call)


def _hand_in(owner: type, name: str, around: Any) -> None:
    """Have the app that a method takes first be one of ours."""
    original = getattr(owner, name)

    @functools.wraps(original)
    def method(self: Any, app: Any, *given: Any, **named: Any) -> Any:
        return original(self, around(app), *given, **named)

    setattr(owner, name, method)


def falcon() -> None:
    import falcon
    import falcon.asgi

    _call_through(falcon.App, wsgi)
    _call_through(falcon.asgi.App, asgi)


def webob() -> None:
    import webob
    import webob.dec
    import webob.static

    _hand_in(webob.BaseRequest, "call_application", wsgi)
    _call_through(webob.Response, wsgi)


def a2wsgi() -> None:
    import a2wsgi

    _hand_in(a2wsgi.WSGIMiddleware, "__init__", wsgi)
    _hand_in(a2wsgi.ASGIMiddleware, "__init__", asgi)


def hypercorn() -> None:
    from hypercorn import app_wrappers

    _hand_in(app_wrappers.ASGIWrapper, "__init__", asgi)
    _hand_in(app_wrappers.WSGIWrapper, "__init__", wsgi)


def starlette() -> None:
    from starlette.testclient import TestClient

    _hand_in(TestClient, "__init__", starlette_asgi)


def sse_starlette() -> None:
    import httpx

    starlette()
    _hand_in(httpx.ASGITransport, "__init__", starlette_asgi)


def flask() -> None:
    import flask

    from tracking_middleware.flask import Tracking

    original = flask.Flask.__init__

    @functools.wraps(original)
    def made(self: Any, *given: Any, **named: Any) -> None:
        original(self, *given, **named)
        Tracking(self, tracker=tracker())

    flask.Flask.__init__ = made


def werkzeug() -> None:
    import werkzeug.test
    import werkzeug.wrappers

    _hand_in(werkzeug.test.Client, "__init__", wsgi)
    _call_through(werkzeug.wrappers.Response, wsgi)
    original = werkzeug.test.run_wsgi_app
    werkzeug.test.run_wsgi_app = lambda app, *given, **named: original(wsgi(app), *given, **named)


def bottle() -> None:
    import bottle

    _call_through(bottle.Bottle, wsgi)


def quart() -> None:
    import quart

    _call_through(quart.Quart, asgi)


def django() -> None:
    """For any project of Django's: first in the middleware of whatever settings there are."""
    from django.conf import settings
    from django.core.handlers.base import BaseHandler
    from django.test import override_settings

    from tracking_middleware.django import middleware

    middleware.get_tracker = tracker
    original = BaseHandler.load_middleware

    @functools.wraps(original)
    def load_middleware(self: Any, *given: Any, **named: Any) -> None:
        with override_settings(
            MIDDLEWARE=["tracking_middleware.django.TrackingMiddleware", *settings.MIDDLEWARE]
        ):
            original(self, *given, **named)

    BaseHandler.load_middleware = load_middleware


PROJECTS = {
    project.__name__: project
    for project in (
        a2wsgi,
        bottle,
        django,
        falcon,
        flask,
        hypercorn,
        quart,
        sse_starlette,
        starlette,
        webob,
        werkzeug,
    )
}


def pytest_configure() -> None:
    if "STRANGER" in os.environ:
        PROJECTS[os.environ["STRANGER"]]()


def pytest_terminal_summary(terminalreporter: Any) -> None:
    terminalreporter.write_line(f"around: {tracker().stats()}")
