"""The benchmarked site in Django, Flask and FastAPI, without and with ours."""

from __future__ import annotations

from types import ModuleType, SimpleNamespace
from typing import Any, ClassVar

from .contestants import Contestant, Setup
from .ours import Ours
from .sites import VISIT, ASGIApp, WSGIApp
from .visitors import PAGE

_HTML = PAGE.body.decode()


class DjangoSite(Contestant):
    """One view, and no middleware of Django's own; a process has one such site."""

    name = "Django"
    protocol = "WSGI"
    middleware: ClassVar[list[str]] = []

    def tracking(self) -> dict[str, Any]:
        """What ``TRACKING`` is."""
        return {}

    def wsgi_app(self) -> WSGIApp:
        import django
        from django.conf import settings
        from django.core.handlers.wsgi import WSGIHandler
        from django.http import HttpRequest, HttpResponse
        from django.urls import re_path

        def page(request: HttpRequest) -> HttpResponse:
            self.view(SimpleNamespace(story=request.META[VISIT].story))
            return HttpResponse(_HTML, headers={"Content-Length": str(len(_HTML))})

        urls = ModuleType("benchmark_urls")
        urls.urlpatterns = [re_path("", page)]
        settings.configure(
            ROOT_URLCONF=urls,
            ALLOWED_HOSTS=["*"],
            SECRET_KEY="a long random text that stays secret",
            MIDDLEWARE=self.middleware,
            TRACKING=self.tracking(),
            LOGGING_CONFIG=None,
        )
        django.setup()
        return WSGIHandler()


class OursInDjango(DjangoSite):
    """The same with ours, which Django gives its tracker."""

    bare = "bare-django"
    each = 1
    middleware: ClassVar[list[str]] = ["tracking_middleware.django.TrackingMiddleware"]
    view = Ours.view
    flush, held, close = Ours.flush, Ours.held, Ours.close

    def __init__(self, setup: Setup) -> None:
        self._tracking = {"collector_url": setup.url, "app_id": "benchmark", "buffer_size": setup.capacity}

    def tracking(self) -> dict[str, Any]:
        return self._tracking

    @property
    def tracker(self) -> Any:
        """The process's."""
        from tracking_middleware.django import get_tracker

        return get_tracker()


class FlaskSite(Contestant):
    """One view."""

    name = "Flask"
    protocol = "WSGI"

    def wsgi_app(self) -> WSGIApp:
        import flask

        app = flask.Flask(__name__)

        @app.get("/<path:_path>")
        def page(_path: str) -> str:
            self.view(SimpleNamespace(story=flask.request.environ[VISIT].story))
            return _HTML

        self.extend(app)
        return app

    def extend(self, app: Any) -> None:
        """Give the app its extensions."""


class OursInFlask(FlaskSite, Ours):
    """The same with ours."""

    name = "Flask"
    bare = "bare-flask"
    view = Ours.view

    def extend(self, app: Any) -> None:
        from tracking_middleware.flask import Tracking

        Tracking(app, tracker=self.tracker)


class FastAPISite(Contestant):
    """One endpoint."""

    name = "FastAPI"
    protocol = "ASGI"

    def asgi_app(self) -> ASGIApp:
        import fastapi
        from fastapi.responses import HTMLResponse

        app = fastapi.FastAPI()

        async def page(request: fastapi.Request) -> HTMLResponse:
            self.view(SimpleNamespace(story=request.scope[VISIT].story))
            return HTMLResponse(_HTML)

        page.__annotations__["request"] = fastapi.Request  # the name is known nowhere but here
        app.get("/{path:path}", response_model=None)(page)
        self.extend(app)
        return app

    def extend(self, app: Any) -> None:
        """Give the app its middleware."""


class OursInFastAPI(FastAPISite, Ours):
    """The same with ours."""

    name = "FastAPI"
    bare = "bare-fastapi"
    view = Ours.view

    def extend(self, app: Any) -> None:
        from tracking_middleware.starlette import TrackingMiddleware

        app.add_middleware(TrackingMiddleware, tracker=self.tracker)
