"""A pytest plugin: the middleware around every app of the project that STRANGER names.

Every request is taken for a page view, so that all of the middleware is at work.
"""

from __future__ import annotations

import functools
import os
from typing import Any

from tracking_middleware import Tracker
from tracking_middleware import tracker as core
from tracking_middleware.asgi import ASGIMiddleware
from tracking_middleware.wsgi import WSGIMiddleware


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
    request_reason = core.request_reason

    def none(*given: Any) -> None:
        request_reason(*given)

    core.request_reason = none
    settings = {"collector_url": "http://127.0.0.1:9", "app_id": "stranger", "track_status": range(100, 600)}
    return Tracker(delivery=Nowhere(), **settings)


def wsgi(app: Any) -> Any:
    return WSGIMiddleware(app, tracker=tracker())


def asgi(app: Any) -> Any:
    return ASGIMiddleware(app, tracker=tracker())


def _call_through(kind: type, around: Any) -> None:
    """Have the apps of a class be called through ours."""
    original = kind.__call__

    if around is asgi:

        async def call(self: Any, scope: Any, receive: Any, send: Any) -> Any:
            return await asgi(functools.partial(original, self))(scope, receive, send)
    else:

        def call(self: Any, environ: Any, start_response: Any) -> Any:
            return wsgi(functools.partial(original, self))(environ, start_response)

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


PROJECTS = {project.__name__: project for project in (falcon, webob, a2wsgi, hypercorn)}


def pytest_configure() -> None:
    if "STRANGER" in os.environ:
        PROJECTS[os.environ["STRANGER"]]()


def pytest_terminal_summary(terminalreporter: Any) -> None:
    terminalreporter.write_line(f"around: {tracker().stats()}")
